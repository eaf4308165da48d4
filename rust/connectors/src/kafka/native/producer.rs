//! Writes records. Only failures are reported back, so that a record that arrives costs nothing after it was taken.

use std::collections::HashMap;
use std::ffi::{CString, c_int, c_void};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use penstock_core::sink::SinkRecord;
use penstock_core::source::Wake;
use penstock_core::{Error, Result};
use rdkafka::bindings as sys;
use rdkafka::bindings::rd_kafka_resp_err_t as Code;

use super::client::end_in_background;
use super::event::{Event, fatal};
use super::{Client, Kind, c_string};
use crate::kafka::properties::Properties;

/// What became of a record.
pub(crate) enum Produced {
    /// It is on its way.
    Taken,
    /// There is no room now.
    Full,
}

/// Who the broker takes an idempotent producer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
}

/// A producer. Dropping it neither sends nor aborts anything.
pub(crate) struct Producer {
    /// Always there until `drop` hands it to a thread that closes it.
    parts: Option<Parts>,
    last_topic: (String, *mut sys::rd_kafka_topic_t),
    /// From the statistics, where they were asked for.
    identity: Option<Identity>,
    /// How many records have failed.
    failed: u64,
}

struct Parts {
    queue: NonNull<sys::rd_kafka_queue_t>,
    topics: HashMap<String, NonNull<sys::rd_kafka_topic_t>>,
    /// What the queue's callback points at; it has to outlive the queue.
    events: Box<Events>,
    /// Last, because the rest belongs to it. Shared with whoever watches for room.
    client: Arc<Client>,
}

struct Events {
    pending: AtomicBool,
    wake: Wake,
}

// SAFETY: librdkafka's handles may be used from any thread.
unsafe impl Send for Parts {}
// SAFETY: the cached pointer is one of the topics that `parts` keeps.
unsafe impl Send for Producer {}

impl Producer {
    /// `wake` is called, from a thread of librdkafka, when there is a failure to be served.
    pub(crate) fn new(properties: &Properties, wake: Wake) -> Result<Self> {
        let mut properties = properties.clone();
        properties.force("delivery.report.only.error", "true");
        let events = sys::RD_KAFKA_EVENT_DR | sys::RD_KAFKA_EVENT_ERROR | sys::RD_KAFKA_EVENT_STATS;
        let client = Arc::new(Client::new(&Kind::Producer(events), &properties)?);
        // SAFETY: the client is alive; its main queue always exists.
        let queue =
            NonNull::new(unsafe { sys::rd_kafka_queue_get_main(client.raw()) }).expect("every client has a main queue");
        let events = Box::new(Events { pending: AtomicBool::new(false), wake });
        let opaque = std::ptr::from_ref::<Events>(&events).cast_mut().cast::<c_void>();
        // SAFETY: the box stays where it is until the queue is gone.
        unsafe { sys::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(on_event), opaque) };
        let parts = Parts { queue, topics: HashMap::new(), events, client };
        Ok(Self { parts: Some(parts), last_topic: (String::new(), std::ptr::null_mut()), identity: None, failed: 0 })
    }

    fn parts(&self) -> &Parts {
        self.parts.as_ref().expect("taken on drop only")
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.parts().client
    }

    /// Makes a topic known before its first record, so that this one does not wait for metadata.
    pub(crate) fn prepare_topic(&mut self, topic: &str) -> Result<()> {
        self.topic(topic).map(|_| ())
    }

    fn topic(&mut self, name: &str) -> Result<*mut sys::rd_kafka_topic_t> {
        if self.last_topic.0 == name && !self.last_topic.1.is_null() {
            return Ok(self.last_topic.1);
        }
        let parts = self.parts.as_mut().expect("taken on drop only");
        let raw = if let Some(topic) = parts.topics.get(name) {
            topic.as_ptr()
        } else {
            let c_name = c_string("the topic", name)?;
            // SAFETY: the client is alive and copies the name.
            let topic = unsafe { sys::rd_kafka_topic_new(parts.client.raw(), c_name.as_ptr(), std::ptr::null_mut()) };
            let topic =
                NonNull::new(topic).ok_or_else(|| Error::invalid(format!("'{name}' cannot be the name of a topic")))?;
            parts.topics.insert(name.to_owned(), topic);
            topic.as_ptr()
        };
        self.last_topic = (name.to_owned(), raw);
        Ok(raw)
    }

    /// Hands a record over; its bytes are copied.
    pub(crate) fn produce(&mut self, topic: &str, record: &SinkRecord<'_>) -> Result<Produced> {
        let handle = self.topic(topic)?;
        let headers = Headers::of(record.headers)?;
        let args = [
            argument(sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT, Value { rkt: handle }),
            argument(sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS, Value { i: sys::RD_KAFKA_MSG_F_COPY }),
            argument(sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE, bytes(record.value)),
            argument(sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_KEY, bytes(record.key)),
            // 0 means "now", which is what Flink sends for a record without a timestamp, or with a negative one.
            argument(
                sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_TIMESTAMP,
                Value { i64_: record.timestamp.unwrap_or(0).max(0) },
            ),
            argument(sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS, Value { headers: headers.0 }),
        ];
        let count = if headers.0.is_null() { args.len() - 1 } else { args.len() };
        // SAFETY: everything the arguments point at is alive; key and value are copied by the call.
        let error = unsafe { sys::rd_kafka_produceva(self.parts().client.raw(), args.as_ptr(), count) };
        if error.is_null() {
            // librdkafka has taken the headers over.
            std::mem::forget(headers);
            return Ok(Produced::Taken);
        }
        let error = super::transaction::NativeError::take(error);
        match error.code {
            Code::RD_KAFKA_RESP_ERR__QUEUE_FULL => Ok(Produced::Full),
            Code::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE => Err(Error::invalid(format!(
                "a record of {} bytes for topic {topic} is larger than max.request.size allows; raise that property of the sink \
                 and max.message.bytes of the topic",
                record.value.map_or(0, <[u8]>::len) + record.key.map_or(0, <[u8]>::len)
            ))),
            _ => Err(Error::external(format!("a record for topic {topic} cannot be sent: {}", error.text))),
        }
    }

    /// Whether there is something to serve.
    #[inline]
    pub(crate) fn has_events(&self) -> bool {
        self.parts().events.pending.load(Ordering::Relaxed)
    }

    /// Takes note of what librdkafka has to say. The first record that failed makes an error.
    pub(crate) fn serve(&mut self) -> Result<()> {
        self.parts().events.pending.store(false, Ordering::SeqCst);
        let mut result = Ok(());
        loop {
            // SAFETY: the queue is alive; an event is given back by `Event`.
            let Some(event) =
                NonNull::new(unsafe { sys::rd_kafka_queue_poll(self.parts().queue.as_ptr(), 0) }).map(Event::new)
            else {
                return result;
            };
            result = result.and(self.handle(&event));
        }
    }

    /// Waits for an event and drops it, failures included.
    pub(super) fn discard_events(&self, wait: Duration) {
        let wait = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the queue is alive; an event is given back by `Event`.
        drop(NonNull::new(unsafe { sys::rd_kafka_queue_poll(self.parts().queue.as_ptr(), wait) }).map(Event::new));
    }

    fn handle(&mut self, event: &Event) -> Result<()> {
        match event.kind() {
            sys::RD_KAFKA_EVENT_DR => {
                let failures: Vec<Error> = event.failures().collect();
                self.failed += failures.len() as u64;
                failures.into_iter().next().map_or(Ok(()), |failure| fatal(self.client()).and(Err(failure)))
            }
            sys::RD_KAFKA_EVENT_ERROR => event.error(self.client()),
            sys::RD_KAFKA_EVENT_STATS => {
                self.identity = event.identity().or(self.identity);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// How many records have failed so far.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// Producer id and epoch, once statistics have told them.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// Records that were taken and are not stored yet.
    pub(crate) fn in_flight(&self) -> usize {
        in_flight(self.client())
    }

    /// Sends what is waiting for company, and waits until all is stored or `timeout` is over. Says whether all is.
    pub(crate) fn flush(&mut self, timeout: Duration) -> bool {
        let timeout = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the client is alive. Failures are events, so nothing is called back.
        unsafe { sys::rd_kafka_flush(self.parts().client.raw(), timeout) == Code::RD_KAFKA_RESP_ERR_NO_ERROR }
    }
}

/// Records that a client has taken and that are not stored yet.
pub(crate) fn in_flight(client: &Client) -> usize {
    // SAFETY: the client is alive.
    usize::try_from(unsafe { sys::rd_kafka_outq_len(client.raw()) }).unwrap_or(0)
}

type Value = sys::rd_kafka_vu_s__bindgen_ty_1;

fn argument(vtype: sys::rd_kafka_vtype_t, u: Value) -> sys::rd_kafka_vu_t {
    sys::rd_kafka_vu_t { vtype, u }
}

fn bytes(of: Option<&[u8]>) -> Value {
    let (ptr, size) = of.map_or((std::ptr::null(), 0), |b| (b.as_ptr(), b.len()));
    Value { mem: sys::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 { ptr: ptr.cast_mut().cast(), size } }
}

/// A record's headers, until librdkafka takes them over.
struct Headers(*mut sys::rd_kafka_headers_t);

impl Headers {
    fn of(headers: &[(String, Vec<u8>)]) -> Result<Self> {
        if headers.is_empty() {
            return Ok(Self(std::ptr::null_mut()));
        }
        // SAFETY: a fresh list.
        let list = Self(unsafe { sys::rd_kafka_headers_new(headers.len()) });
        for (name, value) in headers {
            let name = CString::new(name.as_str())
                .map_err(|_| Error::invalid(format!("the header name {name:?} contains a zero byte")))?;
            // SAFETY: name and value are alive during the call, which copies them.
            unsafe { sys::rd_kafka_header_add(list.0, name.as_ptr(), -1, value.as_ptr().cast(), value.len() as isize) };
        }
        Ok(list)
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: not taken over, for then `drop` does not run.
            unsafe { sys::rd_kafka_headers_destroy(self.0) };
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // SAFETY: queue and topics are given back once, before their client; what is still queued is dropped.
        unsafe {
            sys::rd_kafka_queue_cb_event_enable(self.queue.as_ptr(), None, std::ptr::null_mut());
            sys::rd_kafka_purge(self.client.raw(), sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT);
            sys::rd_kafka_queue_destroy(self.queue.as_ptr());
            for topic in self.topics.values() {
                sys::rd_kafka_topic_destroy(topic.as_ptr());
            }
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            end_in_background(parts);
        }
    }
}

unsafe extern "C" fn on_event(_rk: *mut sys::rd_kafka_t, opaque: *mut c_void) {
    // SAFETY: the box that `Producer::new` made; it outlives the queue.
    let events = unsafe { &*opaque.cast::<Events>() };
    events.pending.store(true, Ordering::SeqCst);
    (events.wake)();
}
