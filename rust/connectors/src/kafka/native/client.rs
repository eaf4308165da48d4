//! A client of either kind: made of properties, ended on drop.

use std::ffi::{CStr, c_char};
use std::ptr::NonNull;

use penstock_core::{Error, Result};
use rdkafka::bindings as sys;

use super::{Conf, SetError, c_string};
use crate::kafka::properties::Properties;

/// Consumer or producer.
pub(crate) enum Kind {
    Consumer,
    /// With these events in its main queue.
    Producer(i32),
}

/// The broker judges a token's lifetime; here it only must not be refreshed.
const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3600 * 1000;

/// A client. Its threads end with it: dropping waits for them, some milliseconds when brokers are reachable.
pub(crate) struct Client(NonNull<sys::rd_kafka_t>);

// SAFETY: librdkafka's handles may be used from any thread, several at a time.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    pub(crate) fn new(kind: &Kind, properties: &Properties) -> Result<Self> {
        let conf = configured(kind, properties)?;
        let raw_kind = match kind {
            Kind::Consumer => sys::rd_kafka_type_t::RD_KAFKA_CONSUMER,
            Kind::Producer(_) => sys::rd_kafka_type_t::RD_KAFKA_PRODUCER,
        };
        let mut text: [c_char; 512] = [0; 512];
        let conf = conf.into_raw();
        // SAFETY: librdkafka takes the configuration over if it succeeds; the buffer outlives the call.
        let raw = unsafe { sys::rd_kafka_new(raw_kind, conf, text.as_mut_ptr(), text.len()) };
        let Some(raw) = NonNull::new(raw) else {
            // SAFETY: the call failed, so the configuration is still ours; the text ends with a zero.
            let why = unsafe {
                sys::rd_kafka_conf_destroy(conf);
                CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
            };
            return Err(Error::invalid(format!("no Kafka client can be made of these properties: {why}")));
        };
        let client = Self(raw);
        client.set_token(properties)?;
        Ok(client)
    }

    pub(crate) fn raw(&self) -> *mut sys::rd_kafka_t {
        self.0.as_ptr()
    }

    /// A fixed OAUTHBEARER token, where the user gave one.
    fn set_token(&self, properties: &Properties) -> Result<()> {
        let Some(token) = properties.own("sasl.oauthbearer.token") else { return Ok(()) };
        let lifetime = penstock_core::Clock::System.now_millis() + TEN_YEARS_MS;
        let (token, principal) = (c_string("the token", token)?, c"penstock");
        let mut text: [c_char; 512] = [0; 512];
        // SAFETY: all pointers are valid for the call, which copies what it keeps.
        let code = unsafe {
            sys::rd_kafka_oauthbearer_set_token(
                self.raw(),
                token.as_ptr(),
                lifetime,
                principal.as_ptr(),
                std::ptr::null_mut(),
                0,
                text.as_mut_ptr(),
                text.len(),
            )
        };
        if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Ok(());
        }
        // SAFETY: the text ends with a zero.
        let why = unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy();
        Err(Error::invalid(format!("sasl.oauthbearer.token is not accepted: {why}")))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: nobody else has the handle; what depends on it (queues, topics, messages) was given back before.
        unsafe { sys::rd_kafka_destroy_flags(self.raw(), sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) };
    }
}

fn configured(kind: &Kind, properties: &Properties) -> Result<Conf> {
    let mut conf = Conf::new();
    for (name, value) in properties.iter() {
        conf.set(name, value).map_err(|e| match e {
            SetError::Unknown => Error::internal(format!("librdkafka does not know the property {name}")),
            SetError::Invalid(why) => Error::invalid(format!("the Kafka property {name} cannot be set: {why}")),
        })?;
    }
    if properties.own("sasl.oauthbearer.token").is_some() {
        conf.expect_token();
    }
    if let Kind::Producer(events) = kind {
        conf.set_events(*events);
    }
    Ok(conf)
}

/// Ends something that owns a client on a thread of its own, for tasks that must not wait.
pub(crate) fn end_in_background<T: Send + 'static>(owner: T) {
    let ending = std::thread::Builder::new().name("kafka-close".to_owned()).spawn(move || drop(owner));
    if let Err(e) = ending {
        tracing::warn!("no thread could be started to close a Kafka client, so the task waited for it: {e}");
    }
}
