//! A producer with what the writers around it share: a place for records that do not fit, a sense of when to stop
//! taking more, and counts.

use std::collections::VecDeque;
use std::time::Duration;

use penstock_core::metrics::{Counter, MetricGroup};
use penstock_core::sink::{SinkRecord, WriterContext};
use penstock_core::{Error, Result};

use super::buffer::OwnedRecord;
use super::capacity::CapacityWatch;
use crate::kafka::native::{Produced, Producer};
use crate::kafka::properties::Properties;

/// librdkafka's default of `queue.buffering.max.messages`.
const DEFAULT_LIMIT: usize = 100_000;
/// How many records may pass between two looks at the producer's queue.
const LOOK_EVERY: u32 = 128;
/// How long one flush waits before failures are looked at.
const FLUSH_STEP: Duration = Duration::from_millis(100);

pub(super) struct Output {
    producer: Producer,
    backlog: VecDeque<OwnedRecord>,
    watch: CapacityWatch,
    /// From this many records in flight on, the task is asked to wait, until there are at most half as many.
    high: usize,
    since_look: u32,
    full: bool,
    /// Found where it could not be returned.
    failure: Option<Error>,
    counts: Counts,
}

impl Output {
    pub(super) fn new(producer: Producer, limit: usize, context: &WriterContext) -> Self {
        let watch = CapacityWatch::new(context.io.clone(), std::sync::Arc::clone(&context.wake));
        let counts = Counts::new(&context.metrics);
        Self {
            producer,
            backlog: VecDeque::new(),
            watch,
            high: (limit / 2).max(1),
            since_look: 0,
            full: false,
            failure: None,
            counts,
        }
    }

    /// How many records a producer with these properties takes.
    pub(super) fn limit(properties: &Properties) -> usize {
        properties
            .client("queue.buffering.max.messages")
            .and_then(|n| n.parse().ok())
            .filter(|n| *n > 0)
            .unwrap_or(DEFAULT_LIMIT)
    }

    pub(super) fn producer(&mut self) -> &mut Producer {
        &mut self.producer
    }

    /// Takes a record.
    #[inline]
    pub(super) fn write(&mut self, topic: &str, record: &SinkRecord<'_>) -> Result<()> {
        if self.failure.is_some() || self.producer.has_events() {
            self.serve()?;
        }
        self.counts.add(record);
        if !self.backlog.is_empty() {
            self.backlog.push_back(OwnedRecord::of(topic, record));
            return Ok(());
        }
        match self.producer.produce(topic, record)? {
            Produced::Taken => {}
            Produced::Full => self.backlog.push_back(OwnedRecord::of(topic, record)),
        }
        Ok(())
    }

    /// Takes records that waited elsewhere, before any other.
    pub(super) fn take_over(&mut self, waiting: VecDeque<OwnedRecord>) -> Result<()> {
        for record in &waiting {
            self.counts.add(&record.record());
        }
        self.backlog = waiting;
        self.send_backlog().map(|_| ())
    }

    /// Whether more records are welcome. If not, the task is woken when they are.
    #[inline]
    pub(super) fn has_capacity(&mut self) -> bool {
        self.since_look += 1;
        if self.since_look < LOOK_EVERY && !self.full && self.backlog.is_empty() {
            return true;
        }
        self.look()
    }

    fn look(&mut self) -> bool {
        self.since_look = 0;
        self.counts.publish();
        let sent = self.serve().and_then(|()| self.send_backlog());
        let sent = sent.unwrap_or_else(|error| {
            self.failure = Some(error);
            // With room, the next record comes and gets the error.
            true
        });
        let low = self.high / 2;
        let in_flight = self.producer.in_flight();
        self.full = self.failure.is_none() && (!sent || in_flight >= if self.full { low + 1 } else { self.high });
        if self.full {
            self.watch.arm(self.producer.client(), low);
        }
        !self.full
    }

    /// Says whether all of it could be sent.
    fn send_backlog(&mut self) -> Result<bool> {
        while let Some(first) = self.backlog.front() {
            match self.producer.produce(first.topic(), &first.record())? {
                Produced::Taken => drop(self.backlog.pop_front()),
                Produced::Full => return Ok(false),
            }
        }
        Ok(true)
    }

    fn serve(&mut self) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let before = self.producer.failed();
        let served = self.producer.serve();
        self.counts.errors.add((self.producer.failed() - before) as i64);
        served
    }

    /// Waits until every record is stored, or one is known never to be.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.counts.publish();
        loop {
            self.serve()?;
            let sent = self.send_backlog()?;
            if self.producer.flush(FLUSH_STEP) && sent {
                return self.serve();
            }
        }
    }
}

/// Counted without atomics on the hot path.
struct Counts {
    records: Counter,
    bytes: Counter,
    errors: Counter,
    new_records: i64,
    new_bytes: i64,
}

impl Counts {
    fn new(metrics: &MetricGroup) -> Self {
        let counter = |name| metrics.counter(name);
        let (records, bytes, errors) =
            (counter("numRecordsSend"), counter("numBytesSend"), counter("numRecordsSendErrors"));
        Self { records, bytes, errors, new_records: 0, new_bytes: 0 }
    }

    #[inline]
    fn add(&mut self, record: &SinkRecord<'_>) {
        self.new_records += 1;
        self.new_bytes += (record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len)) as i64;
    }

    fn publish(&mut self) {
        self.records.add(std::mem::take(&mut self.new_records));
        self.bytes.add(std::mem::take(&mut self.new_bytes));
    }
}

impl Drop for Counts {
    fn drop(&mut self) {
        self.publish();
    }
}
