//! What librdkafka has to say of a producer: records that failed, trouble in general, statistics.

use std::ffi::CStr;
use std::ptr::NonNull;

use penstock_core::{Error, Result};
use rdkafka::bindings as sys;
use rdkafka::bindings::rd_kafka_resp_err_t as Code;

use super::{Client, Identity, describe, is_news};

/// Owned.
pub(super) struct Event(NonNull<sys::rd_kafka_event_t>);

impl Event {
    /// Takes over an event from a queue.
    pub(super) fn new(raw: NonNull<sys::rd_kafka_event_t>) -> Self {
        Self(raw)
    }

    pub(super) fn kind(&self) -> i32 {
        // SAFETY: the event is alive.
        unsafe { sys::rd_kafka_event_type(self.0.as_ptr()) }
    }

    /// The records of a report that failed, as errors that name the topic.
    pub(super) fn failures(&self) -> impl Iterator<Item = Error> {
        // SAFETY: the event is alive and owns the messages that it gives one by one.
        let next = || unsafe { sys::rd_kafka_event_message_next(self.0.as_ptr()).as_ref() };
        std::iter::from_fn(next).filter(|m| m.err != Code::RD_KAFKA_RESP_ERR_NO_ERROR).map(|message| {
            // SAFETY: the message keeps its topic alive, and the name ends with a zero.
            let topic = unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(message.rkt)) }.to_string_lossy();
            Error::external(format!("a record for topic {topic} was not stored: {}", describe(message.err)))
        })
    }

    /// A general error. The client heals from most of them by itself; those are only logged.
    pub(super) fn error(&self, client: &Client) -> Result<()> {
        // SAFETY: the event is alive; its text ends with a zero.
        let (code, text) = unsafe {
            (
                sys::rd_kafka_event_error(self.0.as_ptr()),
                CStr::from_ptr(sys::rd_kafka_event_error_string(self.0.as_ptr())).to_string_lossy(),
            )
        };
        if code != Code::RD_KAFKA_RESP_ERR__FATAL {
            let line = format!("Kafka producer: {text} ({})", describe(code));
            if is_news(&line) {
                tracing::warn!("{line}");
            } else {
                tracing::debug!("{line}");
            }
            return Ok(());
        }
        fatal(client)
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        // SAFETY: the event is alive; its text ends with a zero.
        let json = unsafe { CStr::from_ptr(sys::rd_kafka_event_stats(self.0.as_ptr())) };
        let statistics: serde_json::Value = serde_json::from_slice(json.to_bytes()).ok()?;
        let eos = statistics.get("eos")?;
        let producer_id = eos.get("producer_id")?.as_i64().filter(|id| *id >= 0)?;
        let epoch = i16::try_from(eos.get("producer_epoch")?.as_i64()?).ok()?;
        Some(Identity { producer_id, epoch })
    }
}

/// Why a client cannot go on, if so. Its records fail then as well, and may be reported first.
pub(super) fn fatal(client: &Client) -> Result<()> {
    let mut why = [0; 512];
    // SAFETY: the client is alive, and the buffer is as long as said.
    let (code, why) = unsafe {
        let code = sys::rd_kafka_fatal_error(client.raw(), why.as_mut_ptr(), why.len());
        (code, CStr::from_ptr(why.as_ptr()).to_string_lossy().into_owned())
    };
    match code {
        Code::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        _ => Err(Error::external(format!("the Kafka producer cannot go on: {why}"))),
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { sys::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}
