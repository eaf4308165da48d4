//! From the end of a chain into channels: partitioning, and the building of batches.
//!
//! A batch is sent when it is full, when its consumer sleeps, when a control event cuts it, or when it is older than
//! the buffer timeout. "Full" follows the consumer's pace: a batch holds about [`BATCH_NANOS`] of its work, so that
//! fast records travel in thousands and slow ones one by one.

mod columns;
mod raw;

use rand::Rng;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::event::{Barrier, StreamElement, StreamEvent};
use penstock_core::{Error, Keys, Object, ObjectBatch, ObjectCodec, Result, key_group};

use crate::exchange::Sender;
use crate::lane::{CustomPartitioner, KeySelector, ObjectLane};
use crate::signal::TaskSignal;

/// A batch never holds more records than this. What waits in a full channel should still be in the processor's cache
/// when its consumer takes it, and Python's garbage collector looks at every tuple that waits.
pub const MAX_BATCH: usize = 512;
/// How much of its consumer's work a batch holds.
const BATCH_NANOS: usize = 5_000_000;

/// How the records of an edge find their channel.
pub enum Partitioning {
    /// There is one channel, or one that is meant.
    One(usize),
    /// Round robin from a start.
    RoundRobin(usize),
    /// The channel with the least to do among the next ones, round robin where they are alike.
    LeastLoaded {
        /// The channel of the record before.
        last: usize,
        /// How many are looked at.
        among: usize,
    },
    /// Random, from a seed.
    Random(Box<StdRng>),
    /// Every channel gets every record.
    Broadcast,
    /// By key group.
    Hash { selector: Box<dyn KeySelector>, max_parallelism: u32 },
    /// By the user's partitioner.
    Custom(Box<dyn CustomPartitioner>),
}

impl Partitioning {
    /// Opens the user's functions.
    pub fn open(&mut self) -> Result<()> {
        match self {
            Self::Hash { selector, .. } => selector.open(),
            Self::Custom(partitioner) => partitioner.open(),
            _ => Ok(()),
        }
    }

    /// Closes the user's functions.
    pub fn close(&mut self) -> Result<()> {
        match self {
            Self::Hash { selector, .. } => selector.close(),
            Self::Custom(partitioner) => partitioner.close(),
            _ => Ok(()),
        }
    }
}

struct Target {
    sender: Sender,
    batch: ObjectBatch,
    limit: usize,
}

impl Target {
    /// Makes a batch as large as the consumer's pace asks for.
    fn adjust_limit(&mut self) {
        let pace = self.sender.nanos_per_record() as usize;
        self.limit = BATCH_NANOS.checked_div(pace).map_or(256, |records| records.clamp(1, MAX_BATCH));
    }
}

/// Writes the records of one edge into its channels.
pub struct ChannelWriter {
    partitioning: Partitioning,
    targets: Vec<Target>,
    /// Makes records safe to hand to another thread's user code; `None`: by reference (`pipeline.object-reuse`).
    isolation: Option<Arc<dyn ObjectCodec>>,
    /// Every batch goes through bytes (testing).
    serialize: Option<Arc<dyn ObjectCodec>>,
    /// So does every batch of columns.
    serialize_columns: bool,
    lane: Arc<dyn ObjectLane>,
    signal: TaskSignal,
    buffer_timeout: Option<Duration>,
    /// When the oldest record came that is not sent.
    oldest: Option<Instant>,
    key_bytes: Vec<u8>,
    /// Where the last latency marker went.
    marker_channel: usize,
}

impl ChannelWriter {
    /// A writer into these channels; their order is that of the target's subtasks.
    #[must_use]
    pub fn new(
        partitioning: Partitioning,
        senders: Vec<Sender>,
        lane: Arc<dyn ObjectLane>,
        signal: TaskSignal,
    ) -> Self {
        let keyed = matches!(partitioning, Partitioning::Hash { .. });
        let targets =
            senders.into_iter().map(|sender| Target { sender, batch: empty_batch(keyed), limit: 64 }).collect();
        let (isolation, serialize, buffer_timeout, oldest) = (None, None, Some(Duration::from_millis(100)), None);
        Self {
            partitioning,
            targets,
            isolation,
            serialize,
            serialize_columns: false,
            lane,
            signal,
            buffer_timeout,
            oldest,
            key_bytes: Vec::new(),
            marker_channel: 0,
        }
    }

    /// Copies what could be changed on both sides of the channel.
    #[must_use]
    pub fn isolating(mut self, codec: Arc<dyn ObjectCodec>) -> Self {
        self.isolation = Some(codec);
        self
    }

    /// Sends every batch through bytes.
    #[must_use]
    pub fn serializing(mut self, codec: Arc<dyn ObjectCodec>) -> Self {
        self.serialize = Some(codec);
        self
    }

    /// How old a record may get that waits for more; `None`: batches are sent when they are full.
    #[must_use]
    pub fn buffer_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.buffer_timeout = timeout;
        self
    }

    /// How records find their channel.
    pub fn partitioning(&mut self) -> &mut Partitioning {
        &mut self.partitioning
    }

    /// Takes a record.
    #[inline]
    pub fn push(&mut self, value: Object, timestamp: i64) -> Result<()> {
        let value = match &self.isolation {
            Some(codec) => codec.isolate(value)?,
            None => value,
        };
        let count = self.targets.len();
        let channel = match &mut self.partitioning {
            Partitioning::Hash { selector, max_parallelism } => {
                self.key_bytes.clear();
                let (key, group) = selector.select(&value, &mut self.key_bytes)?;
                let channel =
                    if count == 1 { 0 } else { key_group::subtask_of(group, *max_parallelism, count as u32) as usize };
                let keys = self.targets[channel].batch.keys.get_or_insert_with(Keys::default);
                keys.push(key, group, &self.key_bytes);
                channel
            }
            Partitioning::One(channel) => *channel,
            Partitioning::RoundRobin(next) => {
                *next = (*next + 1) % count;
                *next
            }
            Partitioning::LeastLoaded { last, among } => {
                *last = least_loaded(&self.targets, *last, *among);
                *last
            }
            Partitioning::Random(rng) => rng.random_range(0..count),
            Partitioning::Custom(partitioner) => {
                let channel = partitioner.partition(&value, count as u32)?;
                if channel as usize >= count {
                    return Err(Error::invalid(format!(
                        "the partitioner returned {channel}, but there are {count} channels"
                    )));
                }
                channel as usize
            }
            Partitioning::Broadcast => return self.push_to_all(&value, timestamp),
        };
        self.append(channel, value, timestamp)
    }

    fn push_to_all(&mut self, value: &Object, timestamp: i64) -> Result<()> {
        for channel in 0..self.targets.len() {
            let copy = match &self.isolation {
                Some(codec) => codec.isolate(value.clone())?,
                None => value.clone(),
            };
            self.append(channel, copy, timestamp)?;
        }
        Ok(())
    }

    #[inline]
    fn append(&mut self, channel: usize, value: Object, timestamp: i64) -> Result<()> {
        let target = &mut self.targets[channel];
        target.batch.values.push(value);
        target.batch.timestamps.push(timestamp);
        if target.batch.values.len() >= target.limit {
            return self.send(channel);
        }
        if self.oldest.is_none() {
            self.oldest = Some(Instant::now());
        }
        Ok(())
    }

    fn send(&mut self, channel: usize) -> Result<()> {
        let Some(batch) = self.next_batch(channel)? else { return Ok(()) };
        self.wait_while_overdrawn(channel);
        self.send_records(channel, StreamElement::Objects(batch))
    }

    /// Sends records; when their channel is full then, the task is to look before its next record.
    fn send_records(&self, channel: usize, records: StreamElement) -> Result<()> {
        let sender = &self.targets[channel].sender;
        sender.send(records)?;
        if !sender.has_capacity() {
            self.signal.raise_locally();
        }
        Ok(())
    }

    /// Takes the records that wait for more; none: no batch.
    fn next_batch(&mut self, channel: usize) -> Result<Option<ObjectBatch>> {
        let target = &mut self.targets[channel];
        if target.batch.is_empty() {
            return Ok(None);
        }
        let mut batch =
            std::mem::replace(&mut target.batch, empty_batch(matches!(self.partitioning, Partitioning::Hash { .. })));
        if let Some(codec) = &self.serialize {
            let lane = Arc::clone(&self.lane);
            let mut result = Ok(());
            lane.hold(&mut || result = through_bytes(&mut batch, &**codec));
            result?;
        }
        target.adjust_limit();
        target.batch.values.reserve(target.limit);
        target.batch.timestamps.reserve(target.limit);
        if let Some(keys) = &mut target.batch.keys {
            keys.reserve(target.limit);
        }
        Ok(Some(batch))
    }

    /// One record yields more than its channel may be overdrawn by: waits in mid-record, without the interpreter.
    fn wait_while_overdrawn(&self, channel: usize) {
        let sender = &self.targets[channel].sender;
        if sender.is_overdrawn() {
            let (lane, signal) = (&self.lane, &self.signal);
            lane.release(&mut || {
                while sender.is_overdrawn() {
                    signal.sleep(Some(Instant::now() + Duration::from_millis(50)));
                }
            });
        }
    }

    /// Whether the channel of the next record takes it, whichever that is.
    #[must_use]
    pub fn has_capacity(&self) -> bool {
        match self.partitioning {
            Partitioning::LeastLoaded { last, among } => {
                self.targets[least_loaded(&self.targets, last, among)].sender.has_capacity()
            }
            _ => self.targets.iter().all(|t| t.sender.has_capacity()),
        }
    }

    /// Sends what waits although its consumer sleeps or it is older than the buffer timeout.
    pub fn flush_due(&mut self, now: Instant) -> Result<()> {
        let Some(oldest) = self.oldest else { return Ok(()) };
        if self.buffer_timeout.is_some_and(|timeout| now.duration_since(oldest) >= timeout) {
            return self.flush();
        }
        for channel in 0..self.targets.len() {
            let target = &self.targets[channel];
            if !target.batch.is_empty() && target.sender.consumer_is_idle() {
                self.send(channel)?;
            }
        }
        if self.targets.iter().all(|t| t.batch.is_empty()) {
            self.oldest = None;
        }
        Ok(())
    }

    /// When [`ChannelWriter::flush_due`] has to be called at the latest.
    #[must_use]
    pub fn flush_deadline(&self) -> Option<Instant> {
        Some(self.oldest? + self.buffer_timeout?)
    }

    /// Sends everything.
    pub fn flush(&mut self) -> Result<()> {
        for channel in 0..self.targets.len() {
            self.send(channel)?;
        }
        self.oldest = None;
        Ok(())
    }

    /// Sends an event to every channel, behind all records before it.
    pub fn broadcast_event(&mut self, event: &StreamEvent) -> Result<()> {
        self.flush()?;
        for target in &self.targets {
            target.sender.send(StreamElement::Event(event.clone()))?;
        }
        Ok(())
    }

    /// Sends a barrier to every channel, behind all records before it. One that may overtake waits for no capacity.
    pub fn send_barrier(&mut self, barrier: Barrier) -> Result<()> {
        if barrier.alignment.may_overtake() {
            for channel in 0..self.targets.len() {
                if let Some(batch) = self.next_batch(channel)? {
                    self.targets[channel].sender.send_at_once(StreamElement::Objects(batch))?;
                }
            }
        }
        self.broadcast_event(&StreamEvent::Barrier(barrier))
    }

    /// Sends a latency marker into one of the channels, each in its turn, behind the records that are there.
    pub fn send_marker(&mut self, marker: &StreamEvent) -> Result<()> {
        self.marker_channel = (self.marker_channel + 1) % self.targets.len().max(1);
        self.send(self.marker_channel)?;
        if let Some(target) = self.targets.get(self.marker_channel) {
            target.sender.send(StreamElement::Event(marker.clone()))?;
        }
        Ok(())
    }

    /// How full the channels are, from 0 to 1.
    #[must_use]
    pub fn usage(&self) -> f64 {
        let most = self.targets.iter().map(|t| t.sender.len()).max().unwrap_or(0);
        (most as f64 / crate::channel::CAPACITY as f64).min(1.0)
    }
}

/// Which of the next channels has the least to do: elements that its consumer has not taken, then records that wait for
/// a batch.
fn least_loaded(targets: &[Target], last: usize, among: usize) -> usize {
    let count = targets.len();
    let next = (1..=among.min(count)).map(|step| (last + step) % count);
    next.min_by_key(|&channel| (targets[channel].sender.len(), targets[channel].batch.len())).unwrap_or(0)
}

fn empty_batch(keyed: bool) -> ObjectBatch {
    ObjectBatch { keys: keyed.then(Keys::default), ..ObjectBatch::default() }
}

fn through_bytes(batch: &mut ObjectBatch, codec: &dyn ObjectCodec) -> Result<()> {
    let mut bytes = Vec::new();
    for value in &mut batch.values {
        bytes.clear();
        codec.encode(value, &mut bytes)?;
        *value = codec.decode(&bytes)?;
    }
    Ok(())
}
