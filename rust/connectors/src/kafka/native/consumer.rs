//! Reads partitions into one queue that is drained without waiting. This is librdkafka's interface without consumer
//! groups: partitions are handed out by the engine, and offsets are in its checkpoints.

use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::ptr::NonNull;

use penstock_core::source::Wake;
use penstock_core::{Error, Result};
use rdkafka::bindings as sys;

use super::client::end_in_background;
use super::offsets::List;
use super::{Client, Kind, Message, c_string};
use crate::kafka::properties::Properties;

/// Everything a subtask fetches with.
pub(crate) struct Consumer {
    /// Always there until `drop` hands it to a thread that closes it.
    parts: Option<Parts>,
}

struct Parts {
    queue: NonNull<sys::rd_kafka_queue_t>,
    topics: HashMap<String, NonNull<sys::rd_kafka_topic_t>>,
    started: Vec<(String, i32)>,
    /// What the queue's callback points at; it has to outlive the queue.
    _wake: Box<Wake>,
    /// Last, because the rest belongs to it.
    client: Client,
}

// SAFETY: librdkafka's handles may be used from any thread.
unsafe impl Send for Parts {}

impl Consumer {
    /// `wake` is called, from a thread of librdkafka, whenever the queue stops being empty.
    pub(crate) fn new(properties: &Properties, wake: Wake) -> Result<Self> {
        let client = Client::new(&Kind::Consumer, properties)?;
        // SAFETY: the client is valid; a queue is always made.
        let queue =
            NonNull::new(unsafe { sys::rd_kafka_queue_new(client.raw()) }).expect("librdkafka allocates or aborts");
        let wake = Box::new(wake);
        let opaque = std::ptr::from_ref::<Wake>(&wake).cast_mut().cast::<c_void>();
        // SAFETY: the box stays where it is until the queue is gone.
        unsafe { sys::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(on_event), opaque) };
        Ok(Self { parts: Some(Parts { queue, topics: HashMap::new(), started: Vec::new(), _wake: wake, client }) })
    }

    fn parts(&mut self) -> &mut Parts {
        self.parts.as_mut().expect("taken on drop only")
    }

    /// Begins to read a partition.
    pub(crate) fn start(&mut self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        let parts = self.parts();
        let handle = parts.topic(topic)?;
        // SAFETY: topic and queue belong to the client and are alive.
        let result =
            unsafe { sys::rd_kafka_consume_start_queue(handle.as_ptr(), partition, offset, parts.queue.as_ptr()) };
        if result != 0 {
            // SAFETY: reads the calling thread's last error.
            let why = super::describe(unsafe { sys::rd_kafka_last_error() });
            return Err(Error::external(format!(
                "partition {partition} of topic {topic} cannot be read from offset {offset}: {why}"
            )));
        }
        parts.started.push((topic.to_owned(), partition));
        Ok(())
    }

    /// Ends reading a partition; what is left of it in the queue is dropped.
    pub(crate) fn stop(&mut self, topic: &str, partition: i32) {
        let parts = self.parts();
        parts.started.retain(|(t, p)| (t.as_str(), *p) != (topic, partition));
        parts.stop(topic, partition);
    }

    /// Pauses or resumes partitions. What was fetched of a paused one and not drained is fetched again later.
    pub(crate) fn set_paused(&mut self, partitions: &[(String, i32)], paused: bool) -> Result<()> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = List::of(partitions.iter().map(|(t, p)| (t.as_str(), *p, 0)))?;
        let client = self.parts().client.raw();
        // SAFETY: client and list are alive.
        let code = unsafe {
            if paused {
                sys::rd_kafka_pause_partitions(client, list.raw())
            } else {
                sys::rd_kafka_resume_partitions(client, list.raw())
            }
        };
        if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Ok(());
        }
        Err(Error::external(format!("Kafka partitions cannot be paused or resumed: {}", super::describe(code))))
    }

    /// Appends what is in the queue now, at most `max` messages.
    pub(crate) fn drain(&mut self, into: &mut Vec<Message>, max: usize) {
        into.reserve(max);
        let spare = into.spare_capacity_mut();
        let queue = self.parts().queue.as_ptr();
        // SAFETY: `Message` is one pointer, and the spare room holds at least `max` of them.
        let count = unsafe { sys::rd_kafka_consume_batch_queue(queue, 0, spare.as_mut_ptr().cast(), max) };
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: librdkafka has filled the first `count`, each a message that is now ours.
        unsafe { into.set_len(into.len() + count) };
    }

    /// Has librdkafka log what it has to say about brokers; it keeps it otherwise.
    pub(crate) fn serve(&mut self) {
        // SAFETY: the client is alive; nothing is called back but the log.
        unsafe { sys::rd_kafka_poll(self.parts().client.raw(), 0) };
    }

    /// The end of a partition as the last fetch saw it.
    pub(crate) fn end_offset(&mut self, topic: &str, partition: i32) -> Option<i64> {
        let (mut low, mut high) = (-1, -1);
        let topic = CString::new(topic).ok()?;
        // SAFETY: all pointers are valid for the call.
        unsafe {
            sys::rd_kafka_get_watermark_offsets(
                self.parts().client.raw(),
                topic.as_ptr(),
                partition,
                &raw mut low,
                &raw mut high,
            )
        };
        (high >= 0).then_some(high)
    }
}

impl Parts {
    fn topic(&mut self, name: &str) -> Result<NonNull<sys::rd_kafka_topic_t>> {
        if let Some(topic) = self.topics.get(name) {
            return Ok(*topic);
        }
        let c_name = c_string("the topic", name)?;
        // SAFETY: the client is alive and copies the name.
        let topic = unsafe { sys::rd_kafka_topic_new(self.client.raw(), c_name.as_ptr(), std::ptr::null_mut()) };
        let topic =
            NonNull::new(topic).ok_or_else(|| Error::invalid(format!("'{name}' cannot be the name of a topic")))?;
        self.topics.insert(name.to_owned(), topic);
        Ok(topic)
    }

    fn stop(&self, topic: &str, partition: i32) {
        if let Some(topic) = self.topics.get(topic) {
            // SAFETY: the topic is alive; the call waits for a thread of librdkafka, not for a broker.
            unsafe { sys::rd_kafka_consume_stop(topic.as_ptr(), partition) };
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        for (topic, partition) in std::mem::take(&mut self.started) {
            self.stop(&topic, partition);
        }
        // SAFETY: queue and topics are given back once, before their client; nothing is called back after this.
        unsafe {
            sys::rd_kafka_queue_cb_event_enable(self.queue.as_ptr(), None, std::ptr::null_mut());
            sys::rd_kafka_queue_destroy(self.queue.as_ptr());
            for topic in self.topics.values() {
                sys::rd_kafka_topic_destroy(topic.as_ptr());
            }
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            end_in_background(parts);
        }
    }
}

unsafe extern "C" fn on_event(_rk: *mut sys::rd_kafka_t, opaque: *mut c_void) {
    // SAFETY: the box that `Consumer::new` made; it outlives the queue.
    let wake = unsafe { &*opaque.cast::<Wake>() };
    wake();
}
