//! Reads the partitions of one subtask. The task thread itself drains librdkafka's queue, so that a record is touched
//! once between the fetched response and its Arrow column; librdkafka calls when the queue stops being empty.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::metrics::{Gauge, MetricGroup};
use penstock_core::source::{Poll, RawBatch, ReaderContext, SourceReader, Split};
use penstock_core::{Error, Result};

use super::columns::Columns;
use super::split::PartitionSplit;
use crate::kafka::native::{Consumer, FetchError, Message, is_news};
use crate::kafka::properties::Properties;

/// How many messages are taken out of librdkafka's queue at once.
const DRAIN: usize = 4096;
/// A batch is cut at this size; Arrow's offsets have 32 bits.
const MAX_BATCH_BYTES: usize = 16 << 20;
/// How often the lag is computed.
const LAG_INTERVAL: Duration = Duration::from_millis(100);

pub(super) struct KafkaReader {
    consumer: Consumer,
    /// By index; finished ones stay, so that indexes do.
    partitions: Vec<PartitionState>,
    /// Index by what messages say of their partition.
    index: HashMap<(usize, i32), usize>,
    /// Drained and not given yet.
    drained: VecDeque<Message>,
    buffer: Vec<Message>,
    /// Indexes of splits whose end is to be told.
    ended: VecDeque<usize>,
    complete: bool,
    keys: bool,
    metrics: MetricGroup,
    pending_records: Gauge,
    /// `None` until the first records have told where partitions end.
    lag_computed: Option<Instant>,
}

struct PartitionState {
    id: Arc<str>,
    topic: String,
    partition: i32,
    /// The offset to be given next.
    position: i64,
    stop: Option<i64>,
    phase: Phase,
    /// Drained before the partition was paused.
    held: VecDeque<Message>,
    current_offset: Gauge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    Paused,
    Ended,
}

impl PartitionState {
    fn has_reached_stop(&self) -> bool {
        self.stop.is_some_and(|stop| self.position >= stop)
    }
}

impl KafkaReader {
    pub(super) fn new(properties: &Properties, context: &ReaderContext, keys: bool) -> Result<Self> {
        let metrics = context.metrics.group("KafkaSourceReader");
        Ok(Self {
            consumer: Consumer::new(properties, Arc::clone(&context.wake))?,
            partitions: Vec::new(),
            index: HashMap::new(),
            drained: VecDeque::new(),
            buffer: Vec::with_capacity(DRAIN),
            ended: VecDeque::new(),
            complete: false,
            keys,
            metrics,
            pending_records: context.metrics.gauge("pendingRecords"),
            lag_computed: None,
        })
    }

    fn add(&mut self, split: &Split) -> Result<()> {
        let PartitionSplit { topic, partition, stop } = PartitionSplit::read(split)?;
        let group = self.metrics.group("topic").group(&topic).group("partition").group(&partition.to_string());
        let mut state = PartitionState {
            id: Arc::from(split.id.as_str()),
            topic,
            partition,
            position: split.position,
            stop,
            phase: Phase::Reading,
            held: VecDeque::new(),
            current_offset: group.gauge("currentOffset"),
        };
        let index = self.partitions.len();
        if state.has_reached_stop() {
            state.phase = Phase::Ended;
            self.ended.push_back(index);
        } else {
            self.consumer.start(&state.topic, state.partition, state.position)?;
        }
        self.partitions.push(state);
        Ok(())
    }

    /// Index of the partition that a message belongs to; `None` if it is not read any more.
    fn find(&mut self, message: &Message) -> Option<usize> {
        if let Some(index) = self.index.get(&message.partition()) {
            return Some(*index);
        }
        let (key, topic) = (message.partition(), message.topic()?);
        let index = self.partitions.iter().position(|p| p.partition == key.1 && p.topic == topic)?;
        self.index.insert(key, index);
        Some(index)
    }

    fn refill(&mut self) {
        self.consumer.drain(&mut self.buffer, DRAIN);
        self.drained.extend(self.buffer.drain(..));
    }

    /// Puts what was held back of a partition before everything that was drained later.
    fn release(&mut self, index: usize) {
        let mut held = std::mem::take(&mut self.partitions[index].held);
        held.append(&mut self.drained);
        self.drained = held;
    }

    /// A message that is no record.
    fn take_error(&mut self, message: &Message) -> Result<()> {
        let index = self.find(message);
        let state = index.map(|i| &self.partitions[i]);
        let place = state.map_or_else(
            || "Kafka".to_owned(),
            |s| format!("partition {} of the Kafka topic '{}'", s.partition, s.topic),
        );
        match (message.error(), index) {
            (FetchError::End, Some(index)) => {
                let state = &mut self.partitions[index];
                state.position = state.position.max(message.offset());
                if state.has_reached_stop() {
                    self.end(index);
                }
                Ok(())
            }
            (FetchError::End, None) => Ok(()),
            (FetchError::Passing(why), _) => {
                let line = format!("{place}: {why}; trying again");
                if is_news(&line) {
                    tracing::warn!("{line}");
                } else {
                    tracing::debug!("{line}");
                }
                Ok(())
            }
            (FetchError::OutOfRange(why), _) => Err(Error::external(format!(
                "{place} cannot be read on from the wanted offset: {why}. The records there were deleted, or never existed; \
                 another offset reset strategy (EARLIEST, LATEST) would skip to where there are some"
            ))),
            (FetchError::Lasting(why), _) => Err(Error::external(format!("{place} cannot be read: {why}"))),
        }
    }

    fn end(&mut self, index: usize) {
        let state = &mut self.partitions[index];
        if state.phase != Phase::Ended {
            state.phase = Phase::Ended;
            state.held.clear();
            self.consumer.stop(&state.topic, state.partition);
            self.ended.push_back(index);
        }
    }

    /// The records at the front that belong to one partition, as a batch.
    fn batch(&mut self, index: usize, max_records: usize) -> Option<RawBatch> {
        let (count, bytes) = self.run(index, max_records);
        if count == 0 {
            return None;
        }
        let mut columns = Columns::new(count, bytes, self.keys);
        for message in self.drained.drain(..count) {
            columns.push(&message);
        }
        let state = &mut self.partitions[index];
        state.position = columns.position().unwrap_or(state.position);
        state.current_offset.set((state.position - 1) as f64);
        let batch = columns.finish(Arc::clone(&state.id));
        if state.has_reached_stop() {
            self.end(index);
        }
        Some(batch)
    }

    /// How many messages at the front are records of this partition before its end, and their size.
    fn run(&self, index: usize, max_records: usize) -> (usize, usize) {
        let Some(first) = self.drained.front() else { return (0, 0) };
        let (partition, stop) = (first.partition(), self.partitions[index].stop.unwrap_or(i64::MAX));
        let (mut count, mut bytes) = (0, 0);
        for message in self.drained.iter().take(max_records) {
            if message.partition() != partition
                || message.is_error()
                || message.offset() >= stop
                || bytes > MAX_BATCH_BYTES
            {
                break;
            }
            count += 1;
            bytes += message.value().map_or(0, <[u8]>::len);
        }
        (count, bytes)
    }

    fn update_lag(&mut self) {
        if self.lag_computed.is_some_and(|at| at.elapsed() < LAG_INTERVAL) {
            return;
        }
        self.lag_computed = Some(Instant::now());
        self.consumer.serve();
        let mut lag = 0;
        for state in self.partitions.iter().filter(|s| s.phase != Phase::Ended) {
            let end = self.consumer.end_offset(&state.topic, state.partition);
            lag += end.map_or(0, |end| (end - state.position).max(0));
        }
        self.pending_records.set(lag as f64);
    }

    /// What the front of the queue gives; `None`: nothing, but the queue is shorter now.
    fn advance(&mut self, max_records: usize) -> Result<Option<RawBatch>> {
        let Some(front) = self.drained.pop_front() else { return Ok(None) };
        if front.is_error() {
            self.take_error(&front)?;
            return Ok(None);
        }
        let Some(index) = self.find(&front) else { return Ok(None) };
        let state = &mut self.partitions[index];
        match state.phase {
            Phase::Ended => Ok(None),
            Phase::Paused => {
                state.held.push_back(front);
                Ok(None)
            }
            Phase::Reading if state.stop.is_some_and(|stop| front.offset() >= stop) => {
                self.end(index);
                Ok(None)
            }
            Phase::Reading => {
                self.drained.push_front(front);
                Ok(self.batch(index, max_records))
            }
        }
    }
}

impl SourceReader for KafkaReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        splits.iter().try_for_each(|split| self.add(split))
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        loop {
            if self.drained.is_empty() {
                if let Some(index) = self.ended.pop_front() {
                    return Ok(Poll::SplitFinished(self.partitions[index].id.to_string()));
                }
                self.refill();
            }
            if self.drained.is_empty() {
                // Errors may have ended the last split just now.
                if !self.ended.is_empty() {
                    continue;
                }
                if self.lag_computed.is_some() {
                    self.update_lag();
                }
                let all_ended = self.partitions.iter().all(|p| p.phase == Phase::Ended);
                return Ok(if self.complete && all_ended { Poll::Finished } else { Poll::Pending });
            }
            if let Some(batch) = self.advance(max_records.max(1))? {
                self.update_lag();
                return Ok(Poll::Batch(batch));
            }
        }
    }

    fn pause_splits(&mut self, paused: &[String]) {
        let (mut to_pause, mut to_resume) = (Vec::new(), Vec::new());
        for index in 0..self.partitions.len() {
            let state = &mut self.partitions[index];
            let pause = paused.iter().any(|id| **id == *state.id);
            let name = || (state.topic.clone(), state.partition);
            match (state.phase, pause) {
                (Phase::Reading, true) => {
                    to_pause.push(name());
                    state.phase = Phase::Paused;
                }
                (Phase::Paused, false) => {
                    to_resume.push(name());
                    state.phase = Phase::Reading;
                    self.release(index);
                }
                _ => {}
            }
        }
        for result in [self.consumer.set_paused(&to_pause, true), self.consumer.set_paused(&to_resume, false)] {
            if let Err(error) = result {
                // Paused partitions are held back here too; they only take more memory.
                tracing::warn!("{error}");
            }
        }
    }
}
