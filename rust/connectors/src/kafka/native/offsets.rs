//! Questions about partitions and offsets, and commits to a consumer group. All of them wait for a broker.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;
use std::time::Duration;

use penstock_core::{Error, Result};
use rdkafka::bindings as sys;
use rdkafka::bindings::rd_kafka_resp_err_t as Code;

use super::{Client, Kind, c_string, describe};
use crate::kafka::properties::Properties;

/// One partition with an offset, or a timestamp where one is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionOffset {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

/// Asks for the first offset there is.
pub(crate) const EARLIEST: i64 = -2;
/// Asks for the offset after the last one.
pub(crate) const LATEST: i64 = -1;

/// A client for questions.
pub(crate) struct PartitionOffsets {
    client: Client,
    timeout: Duration,
}

impl PartitionOffsets {
    pub(crate) const EARLIEST: i64 = EARLIEST;
    pub(crate) const LATEST: i64 = LATEST;

    pub(crate) fn new(properties: &Properties, timeout: Duration) -> Result<Self> {
        Ok(Self { client: Client::new(&Kind::Consumer, properties)?, timeout })
    }

    fn timeout_ms(&self) -> c_int {
        c_int::try_from(self.timeout.as_millis()).unwrap_or(c_int::MAX)
    }

    /// Partitions of one topic, or of all topics. A topic that is not there has none.
    pub(crate) fn partitions(&self, topic: Option<&str>) -> Result<Vec<(String, Vec<i32>)>> {
        let handle = topic.map(|name| Topic::new(&self.client, name)).transpose()?;
        let raw = handle.as_ref().map_or(std::ptr::null_mut(), |t| t.0.as_ptr());
        // SAFETY: the client is alive; nothing is called back but the log, for what happened since the last question.
        unsafe { sys::rd_kafka_poll(self.client.raw(), 0) };
        let mut metadata = std::ptr::null();
        // SAFETY: client and topic are alive; the result is given back by `Metadata`.
        let code = unsafe {
            sys::rd_kafka_metadata(
                self.client.raw(),
                c_int::from(topic.is_none()),
                raw,
                &raw mut metadata,
                self.timeout_ms(),
            )
        };
        check(code, "the cluster's topics cannot be listed")?;
        Ok(Metadata(metadata).topics())
    }

    /// For each partition the offset of the first record at or after a timestamp, or [`EARLIEST`] or [`LATEST`].
    /// -1 where there is no such record.
    pub(crate) fn at(&self, partitions: &[PartitionOffset]) -> Result<Vec<PartitionOffset>> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let list = List::of(partitions.iter().map(|p| (p.topic.as_str(), p.partition, p.offset)))?;
        // SAFETY: client and list are alive.
        check(
            unsafe { sys::rd_kafka_offsets_for_times(self.client.raw(), list.raw(), self.timeout_ms()) },
            "offsets cannot be looked up",
        )?;
        list.read("the offset of")
    }

    /// What the group has committed; negative where it has not.
    pub(crate) fn committed(&self, partitions: &[PartitionOffset]) -> Result<Vec<PartitionOffset>> {
        let list =
            List::of(partitions.iter().map(|p| (p.topic.as_str(), p.partition, sys::RD_KAFKA_OFFSET_INVALID.into())))?;
        // SAFETY: client and list are alive.
        check(
            unsafe { sys::rd_kafka_committed(self.client.raw(), list.raw(), self.timeout_ms()) },
            "committed offsets cannot be read",
        )?;
        list.read("the committed offset of")
    }

    /// Commits to the group.
    pub(crate) fn commit(&self, partitions: &[PartitionOffset]) -> Result<()> {
        let list = List::of(partitions.iter().map(|p| (p.topic.as_str(), p.partition, p.offset)))?;
        // SAFETY: client and list are alive.
        check(unsafe { sys::rd_kafka_commit(self.client.raw(), list.raw(), 0) }, "offsets cannot be committed")?;
        list.read("the committed offset of").map(|_| ())
    }
}

fn check(code: Code, what: &str) -> Result<()> {
    if code == Code::RD_KAFKA_RESP_ERR_NO_ERROR {
        Ok(())
    } else {
        Err(Error::external(format!("{what}: {}", describe(code))))
    }
}

struct Topic(NonNull<sys::rd_kafka_topic_t>);

impl Topic {
    fn new(client: &Client, name: &str) -> Result<Self> {
        let c_name = c_string("the topic", name)?;
        // SAFETY: the client is alive and copies the name.
        let raw = unsafe { sys::rd_kafka_topic_new(client.raw(), c_name.as_ptr(), std::ptr::null_mut()) };
        NonNull::new(raw).map(Self).ok_or_else(|| Error::invalid(format!("'{name}' cannot be the name of a topic")))
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { sys::rd_kafka_topic_destroy(self.0.as_ptr()) };
    }
}

struct Metadata(*const sys::rd_kafka_metadata);

impl Metadata {
    fn topics(&self) -> Vec<(String, Vec<i32>)> {
        // SAFETY: librdkafka filled a structure whose counts match its arrays and whose names end with a zero.
        unsafe {
            let topics = slice((*self.0).topics, (*self.0).topic_cnt);
            let known = topics.iter().filter(|t| t.err == Code::RD_KAFKA_RESP_ERR_NO_ERROR);
            known
                .map(|t| {
                    (
                        CStr::from_ptr(t.topic).to_string_lossy().into_owned(),
                        slice(t.partitions, t.partition_cnt).iter().map(|p| p.id).collect(),
                    )
                })
                .collect()
        }
    }
}

/// # Safety
/// `start` points at `count` items, or `count` is 0.
unsafe fn slice<'a, T>(start: *const T, count: c_int) -> &'a [T] {
    // SAFETY: promised by the caller.
    if count <= 0 { &[] } else { unsafe { std::slice::from_raw_parts(start, count as usize) } }
}

impl Drop for Metadata {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { sys::rd_kafka_metadata_destroy(self.0) };
    }
}

/// librdkafka's list of partitions.
pub(super) struct List(NonNull<sys::rd_kafka_topic_partition_list_t>);

impl List {
    pub(super) fn of<'a>(partitions: impl Iterator<Item = (&'a str, i32, i64)>) -> Result<Self> {
        // SAFETY: a fresh list, never null.
        let list = Self(
            NonNull::new(unsafe { sys::rd_kafka_topic_partition_list_new(8) }).expect("librdkafka allocates or aborts"),
        );
        for (topic, partition, offset) in partitions {
            let topic = c_string("the topic", topic)?;
            // SAFETY: the list is alive and copies the name; the returned element is valid until the next one is added.
            unsafe { (*sys::rd_kafka_topic_partition_list_add(list.raw(), topic.as_ptr(), partition)).offset = offset };
        }
        Ok(list)
    }

    pub(super) fn raw(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    fn read(&self, what: &str) -> Result<Vec<PartitionOffset>> {
        // SAFETY: librdkafka keeps count and array in step.
        let elements = unsafe { slice((*self.raw()).elems.cast_const(), (*self.raw()).cnt) };
        let read = elements.iter().map(|e| {
            // SAFETY: names end with a zero.
            let topic = unsafe { CStr::from_ptr(e.topic) }.to_string_lossy().into_owned();
            check(e.err, &format!("{what} partition {} of topic {topic} is not to be had", e.partition))?;
            Ok(PartitionOffset { topic, partition: e.partition, offset: e.offset })
        });
        read.collect()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.raw()) };
    }
}
