//! A client's configuration on its way into librdkafka.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::NonNull;

use rdkafka::bindings as sys;

use super::is_news;

/// Why a property was not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SetError {
    /// librdkafka has no property of this name.
    Unknown,
    /// Its value is not valid; the text says why.
    Invalid(String),
}

/// Owned until a client takes it over.
pub(crate) struct Conf(NonNull<sys::rd_kafka_conf_t>);

impl Conf {
    pub(crate) fn new() -> Self {
        // SAFETY: makes a fresh configuration; it is never null.
        let conf = NonNull::new(unsafe { sys::rd_kafka_conf_new() }).expect("librdkafka allocates or aborts");
        // SAFETY: the callback is a static function that keeps nothing.
        unsafe { sys::rd_kafka_conf_set_log_cb(conf.as_ptr(), Some(log)) };
        Self(conf)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), SetError> {
        let invalid = |_| SetError::Invalid("it contains a zero byte".to_owned());
        let (name, value) = (CString::new(name).map_err(invalid)?, CString::new(value).map_err(invalid)?);
        let mut text: [c_char; 512] = [0; 512];
        // SAFETY: all pointers are valid for the call, which copies what it keeps.
        let result = unsafe {
            sys::rd_kafka_conf_set(self.0.as_ptr(), name.as_ptr(), value.as_ptr(), text.as_mut_ptr(), text.len())
        };
        match result {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN => Err(SetError::Unknown),
            // SAFETY: librdkafka ends the text with a zero.
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_INVALID => {
                Err(SetError::Invalid(unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned()))
            }
        }
    }

    /// Which events are put into the client's main queue instead of being logged or dropped.
    pub(crate) fn set_events(&mut self, events: c_int) {
        // SAFETY: a plain setter.
        unsafe { sys::rd_kafka_conf_set_events(self.0.as_ptr(), events) };
    }

    /// Says that a token will be set by hand; without this, librdkafka would try to make one.
    pub(crate) fn expect_token(&mut self) {
        // SAFETY: the callback is a static function that does nothing.
        unsafe { sys::rd_kafka_conf_set_oauthbearer_token_refresh_cb(self.0.as_ptr(), Some(no_refresh)) };
    }

    /// Hands the configuration over.
    pub(crate) fn into_raw(self) -> *mut sys::rd_kafka_conf_t {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        // SAFETY: it was not handed over, for then `drop` does not run.
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) };
    }
}

unsafe extern "C" fn no_refresh(_rk: *mut sys::rd_kafka_t, _config: *const c_char, _opaque: *mut c_void) {}

/// librdkafka's log lines, through `tracing`. Its notes about properties of the other kind of client are for debugging:
/// users give the same properties to sources and sinks.
unsafe extern "C" fn log(_rk: *const sys::rd_kafka_t, level: c_int, facility: *const c_char, line: *const c_char) {
    // SAFETY: librdkafka gives two texts that end with a zero.
    let (facility, line) =
        unsafe { (CStr::from_ptr(facility).to_string_lossy(), CStr::from_ptr(line).to_string_lossy()) };
    match level {
        _ if facility == "CONFWARN" => tracing::debug!(target: "librdkafka", "{line}"),
        0..=3 if !is_news(&format!("{facility}: {line}")) => {
            tracing::debug!(target: "librdkafka", "{facility}: {line}");
        }
        0..=3 => tracing::warn!(target: "librdkafka", "{facility}: {line}"),
        4 => tracing::info!(target: "librdkafka", "{facility}: {line}"),
        _ => tracing::debug!(target: "librdkafka", "{facility}: {line}"),
    }
}
