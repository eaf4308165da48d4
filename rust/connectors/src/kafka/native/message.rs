//! A fetched message, or an error that took the place of one.

use std::ffi::CStr;
use std::ptr::NonNull;

use rdkafka::bindings as sys;
use rdkafka::bindings::rd_kafka_resp_err_t as Code;

/// Owned; its bytes live in the fetched response, which goes when the last of its messages does.
#[repr(transparent)]
pub(crate) struct Message(NonNull<sys::rd_kafka_message_t>);

// SAFETY: a message belongs to whoever holds it; its buffer's count is atomic.
unsafe impl Send for Message {}

/// What may come instead of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FetchError {
    /// Everything that is there was read; the offset is the end.
    End,
    /// The client goes on by itself.
    Passing(String),
    /// The position is outside the log, and the policy is to fail.
    OutOfRange(String),
    /// Nothing will come any more.
    Lasting(String),
}

impl Message {
    #[inline]
    fn raw(&self) -> &sys::rd_kafka_message_t {
        // SAFETY: valid until it is destroyed, on drop.
        unsafe { self.0.as_ref() }
    }

    /// What tells partitions apart without looking at names.
    #[inline]
    pub(crate) fn partition(&self) -> (usize, i32) {
        let raw = self.raw();
        (raw.rkt as usize, raw.partition)
    }

    /// Name of the topic; errors that concern all of them have none.
    pub(crate) fn topic(&self) -> Option<&str> {
        let topic = self.raw().rkt;
        if topic.is_null() {
            return None;
        }
        // SAFETY: the message keeps its topic alive, and the name ends with a zero.
        unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(topic)) }.to_str().ok()
    }

    #[inline]
    pub(crate) fn offset(&self) -> i64 {
        self.raw().offset
    }

    /// `None` is a tombstone.
    #[inline]
    pub(crate) fn value(&self) -> Option<&[u8]> {
        let raw = self.raw();
        // SAFETY: librdkafka gives a pointer to `len` bytes, or null.
        (!raw.payload.is_null()).then(|| unsafe { std::slice::from_raw_parts(raw.payload.cast::<u8>(), raw.len) })
    }

    #[inline]
    pub(crate) fn key(&self) -> Option<&[u8]> {
        let raw = self.raw();
        // SAFETY: as for the value.
        (!raw.key.is_null()).then(|| unsafe { std::slice::from_raw_parts(raw.key.cast::<u8>(), raw.key_len) })
    }

    /// Milliseconds since the epoch; -1 if the record has none.
    #[inline]
    pub(crate) fn timestamp(&self) -> i64 {
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: both pointers are valid.
        unsafe { sys::rd_kafka_message_timestamp(self.0.as_ptr(), &raw mut kind) }
    }

    #[inline]
    pub(crate) fn is_error(&self) -> bool {
        self.raw().err != Code::RD_KAFKA_RESP_ERR_NO_ERROR
    }

    pub(crate) fn error(&self) -> FetchError {
        let code = self.raw().err;
        // SAFETY: for errors, librdkafka gives a text that ends with a zero and lives as long as the message.
        let text = unsafe { CStr::from_ptr(sys::rd_kafka_message_errstr(self.0.as_ptr())) };
        let text = format!("{} ({})", text.to_string_lossy(), super::describe(code));
        match code {
            Code::RD_KAFKA_RESP_ERR__PARTITION_EOF => FetchError::End,
            Code::RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET | Code::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE => {
                FetchError::OutOfRange(text)
            }
            Code::RD_KAFKA_RESP_ERR__TRANSPORT
            | Code::RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN
            | Code::RD_KAFKA_RESP_ERR__RESOLVE
            | Code::RD_KAFKA_RESP_ERR__TIMED_OUT
            | Code::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT
            | Code::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
            | Code::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION
            | Code::RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE
            | Code::RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE
            | Code::RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE => FetchError::Passing(text),
            _ => FetchError::Lasting(text),
        }
    }
}

impl Drop for Message {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the message is ours, once.
        unsafe { sys::rd_kafka_message_destroy(self.0.as_ptr()) };
    }
}
