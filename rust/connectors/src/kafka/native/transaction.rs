//! The parts of a transaction that librdkafka does: begin it and, where nothing is to be kept, abort it. It is
//! committed by the committer, which may live in another process (see `kafka::sink`).

use std::ffi::{CStr, c_int};
use std::time::Duration;

use penstock_core::{Error, Result};
use rdkafka::bindings as sys;

use super::Producer;

/// An error object of librdkafka, read and given back.
pub(super) struct NativeError {
    pub(super) code: sys::rd_kafka_resp_err_t,
    pub(super) text: String,
}

impl NativeError {
    /// Takes over an error that is not null.
    pub(super) fn take(error: *mut sys::rd_kafka_error_t) -> Self {
        // SAFETY: the error is ours until it is destroyed; its text ends with a zero.
        unsafe {
            let code = sys::rd_kafka_error_code(error);
            let text = CStr::from_ptr(sys::rd_kafka_error_string(error)).to_string_lossy().into_owned();
            sys::rd_kafka_error_destroy(error);
            Self { code, text }
        }
    }
}

fn check(what: &str, error: *mut sys::rd_kafka_error_t) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    let error = NativeError::take(error);
    Err(Error::external(format!("{what}: {} ({})", error.text, super::describe(error.code))))
}

fn millis(timeout: Duration) -> c_int {
    c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX)
}

impl Producer {
    /// Gets a producer id from the coordinator, which fences whoever used this transactional id before, and begins a
    /// transaction. The broker learns of it with the first record.
    pub(crate) fn begin(&mut self, timeout: Duration) -> Result<()> {
        self.wait_for_broker(timeout);
        // SAFETY: the client is alive; errors are given back by `check`.
        unsafe {
            check(
                "no transactional producer could be opened",
                sys::rd_kafka_init_transactions(self.client().raw(), millis(timeout)),
            )?;
            check("no transaction could be begun", sys::rd_kafka_begin_transaction(self.client().raw()))
        }
    }

    /// librdkafka looks for the coordinator at once if a broker is connected, and only every half second if not. Errors
    /// are left to what comes next, which describes them better.
    fn wait_for_broker(&self, timeout: Duration) {
        let mut metadata = std::ptr::null();
        // SAFETY: the client is alive; what it gives is given back.
        unsafe {
            sys::rd_kafka_metadata(self.client().raw(), 0, std::ptr::null_mut(), &raw mut metadata, millis(timeout));
            if !metadata.is_null() {
                sys::rd_kafka_metadata_destroy(metadata);
            }
        }
    }

    /// Drops what was written since [`Producer::begin`]. Its records come back as failures, which librdkafka waits to see
    /// served; so one thread aborts while this one serves.
    pub(crate) fn abort(&mut self, timeout: Duration) -> Result<()> {
        let client = std::sync::Arc::clone(self.client());
        let abort = move || {
            // SAFETY: the client is alive; errors are given back by `check`.
            unsafe {
                check(
                    "a transaction could not be aborted",
                    sys::rd_kafka_abort_transaction(client.raw(), millis(timeout)),
                )
            }
        };
        std::thread::scope(|scope| {
            let aborting = scope.spawn(abort);
            while !aborting.is_finished() {
                self.discard_events(Duration::from_millis(5));
            }
            aborting.join().unwrap_or_else(|_| Err(Error::internal("the thread that aborted a transaction panicked")))
        })
    }
}
