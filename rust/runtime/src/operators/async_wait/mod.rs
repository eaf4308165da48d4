//! `AsyncDataStream`: calls an asynchronous function for every record, many at a time, and emits what the calls return.
//!
//! Calls run on a thread of the function's own. The task hands records over in batches and goes on; what has been
//! returned is emitted between two records, with the record's time, and while the task waits. Records without a result
//! are in every snapshot and are called with again after a restore. At the end of data their results are waited for.

mod ahead;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::event::Barrier;
use penstock_core::{Error, Object, ObjectCodec, Result};

use super::{Operator, OperatorSnapshot, OperatorState, Redistribution, RestoredOperator};
use crate::chain::Outputs;
use crate::lane::{AsyncFunction, CallEnd, ObjectLane};
use crate::mailbox::Mailbox;
use ahead::Ahead;
use queue::{Ready, Waiting, WaitingQueue};

/// Name of the operator state of records that wait for a result.
pub const WAITING_STATE: &str = "_async_wait_state";

/// Longest time that results are emitted without a look at the task's mail.
const SLICE: Duration = Duration::from_millis(5);

/// What the operator is made of.
pub struct AsyncWaitParts {
    /// The function.
    pub function: Box<dyn AsyncFunction>,
    /// The interpreter.
    pub lane: Arc<dyn ObjectLane>,
    /// The task's mailbox.
    pub mailbox: Mailbox,
    /// Codec of the records.
    pub codec: Arc<dyn ObjectCodec>,
    /// How many calls may be under way.
    pub capacity: usize,
    /// Whether results come in the order of the records.
    pub ordered: bool,
    /// Whether snapshots keep records as they came, whatever the function has made of them since.
    pub keeps_bytes: bool,
}

/// The operator of an asynchronous function.
pub struct AsyncWaitOperator {
    parts: AsyncWaitParts,
    queue: WaitingQueue,
    /// Number of the first record that was not handed over.
    next: u64,
    ahead: Ahead,
}

impl AsyncWaitOperator {
    /// An operator that first calls with the records that a restore has brought. The interpreter is held.
    pub fn new(parts: AsyncWaitParts, restored: &RestoredOperator) -> Result<Self> {
        let mut queue = WaitingQueue::new(parts.ordered);
        for element in restored.elements(WAITING_STATE) {
            let (timestamp, bytes) = element
                .split_first_chunk::<8>()
                .ok_or_else(|| Error::damaged("the snapshot of a record that waits for its result is damaged"))?;
            let value = parts.codec.decode(bytes).map_err(|error| {
                Error::invalid(format!("a record that waited for its result at the checkpoint cannot be read: {error}"))
            })?;
            let bytes = parts.keeps(&value).then(|| bytes.to_vec());
            queue.push(Waiting { value, bytes, timestamp: i64::from_be_bytes(*timestamp) });
        }
        Ok(Self { parts, queue, next: 0, ahead: Ahead::default() })
    }

    /// Hands over what has come since the last time.
    fn begin(&mut self) -> Result<()> {
        if self.next == self.queue.next_number() {
            return Ok(());
        }
        let records = self.queue.from(self.next).map(|(number, value)| (number, value.clone())).collect();
        self.next = self.queue.next_number();
        self.parts.function.begin(records)
    }

    fn begin_holding(&mut self) -> Result<()> {
        let lane = Arc::clone(&self.parts.lane);
        let mut begun = Ok(());
        lane.hold(&mut || begun = self.begin());
        begun
    }

    /// How many records may wait here: those that are called with, and those whose turn comes before the task's.
    fn room(&self) -> usize {
        self.parts.capacity + self.ahead.records()
    }

    fn take_ended(&mut self) -> Result<()> {
        if !self.parts.function.has_ended() {
            return Ok(());
        }
        let ended = self.parts.function.take_ended();
        self.ahead.ended(ended.len(), Instant::now());
        for (number, end) in ended {
            match (end, self.queue.get(number)) {
                (CallEnd::Returned(returned), Some(_)) => self.queue.complete(number, returned),
                (CallEnd::Raised(raised), Some(record)) => {
                    return Err(self.parts.function.error(raised, &record.value));
                }
                (_, None) => return Err(Error::internal("a call ended that was not begun")),
            }
        }
        Ok(())
    }

    fn emit_ready(&mut self, out: &mut Outputs) -> Result<()> {
        if !out.has_capacity() {
            return Ok(());
        }
        let (signal, deadline) = (self.parts.mailbox.signal(), Instant::now() + SLICE);
        while let Some(ready) = self.queue.next() {
            match ready {
                Ready::Watermark(time) => out.emit_watermark(time)?,
                Ready::Result { record, returned } => {
                    self.parts.function.emit(returned, &record.value, record.timestamp, out)?;
                }
            }
            if signal.is_raised() || Instant::now() > deadline {
                // The task comes back to the rest, unless an output is full: then it is woken when that is not.
                signal.wake();
                break;
            }
        }
        Ok(())
    }

    /// Waits in the middle of a record for calls to end; only cancellation is served meanwhile.
    fn wait_until(&mut self, out: &mut Outputs, enough: impl Fn(&WaitingQueue) -> bool) -> Result<()> {
        let signal = self.parts.mailbox.signal().clone();
        self.begin()?;
        loop {
            signal.lower();
            self.take_ended()?;
            self.emit_ready(out)?;
            if enough(&self.queue) {
                break;
            }
            if self.parts.mailbox.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let now = Instant::now();
            out.end_of_batch(now)?;
            self.parts.lane.release(&mut || signal.sleep(Some(now + Duration::from_millis(50))));
        }
        // What else was asked for in the meantime.
        signal.raise_locally();
        Ok(())
    }
}

impl AsyncWaitParts {
    fn keeps(&self, value: &Object) -> bool {
        self.keeps_bytes && self.codec.is_mutable(value)
    }
}

impl Operator for AsyncWaitOperator {
    fn open(&mut self) -> Result<()> {
        self.parts.function.open()?;
        self.begin_holding()
    }

    fn process(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        let mut bytes = None;
        if self.parts.keeps(&value) {
            let mut encoded = Vec::new();
            self.parts.codec.encode(&value, &mut encoded)?;
            bytes = Some(encoded);
        }
        self.queue.push(Waiting { value, bytes, timestamp });
        let room = self.room();
        if self.queue.len() >= room {
            self.begin()?;
            self.parts.mailbox.signal().raise_locally();
        }
        // One record that yields many may overdraw the room; it waits when it would need three of them.
        if self.queue.len() >= 3 * room {
            self.wait_until(out, |queue| queue.len() < 2 * room)?;
        }
        Ok(())
    }

    fn watermark(&mut self, time: i64, out: &mut Outputs) -> Result<()> {
        if self.queue.is_empty() {
            return out.emit_watermark(time);
        }
        self.queue.push_watermark(time);
        Ok(())
    }

    fn end_of_data(&mut self, _drain: bool, out: &mut Outputs) -> Result<()> {
        self.wait_until(out, WaitingQueue::is_empty)
    }

    /// Calls go on while the checkpoint is prepared and taken, which may be long.
    fn flush(&mut self, _out: &mut Outputs) -> Result<()> {
        self.begin_holding()
    }

    fn snapshot(&mut self, _barrier: &Barrier) -> Result<OperatorSnapshot> {
        let mut elements = Vec::with_capacity(self.queue.len());
        for record in self.queue.records() {
            let mut element = record.timestamp.to_be_bytes().to_vec();
            match &record.bytes {
                Some(bytes) => element.extend_from_slice(bytes),
                None => self.parts.codec.encode(&record.value, &mut element)?,
            }
            elements.push(element);
        }
        let state = OperatorState { name: WAITING_STATE.to_owned(), mode: Redistribution::Split, elements };
        Ok(OperatorSnapshot { operator: vec![state], ..OperatorSnapshot::default() })
    }

    fn has_capacity(&mut self) -> bool {
        self.queue.len() < self.room()
    }

    fn has_completed(&self) -> bool {
        self.parts.function.has_ended() || self.queue.has_ready()
    }

    fn take_completed(&mut self, out: &mut Outputs) -> Result<()> {
        self.take_ended()?;
        self.emit_ready(out)
    }

    fn end_of_batch(&mut self) -> Result<()> {
        self.begin()
    }

    fn close(&mut self) -> Result<()> {
        let (lane, queue) = (&self.parts.lane, &mut self.queue);
        lane.hold(&mut || queue.clear());
        self.parts.function.close()
    }
}
