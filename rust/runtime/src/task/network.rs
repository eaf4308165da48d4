//! The loop of a task that reads from other tasks.

use std::sync::Arc;
use std::time::Instant;

use penstock_core::event::StreamEvent;
use penstock_core::{Error, Keys, Object, ObjectBatch, Result};
use penstock_state::backend::KeyRef;
use penstock_state::in_flight::ChannelElement;

use super::sorted::{Released, SortSettings, SortedInput, Sorting};
use super::{Head, Phase, SLICE, Step, Task};
use crate::exchange::in_flight::keep_rows;
use crate::exchange::socket::batch::Rows;
use crate::gate::{GateItem, InputGate};
use crate::mailbox::TaskSnapshot;

/// The gate, and the batch that is being worked on.
pub struct NetworkHead {
    pub(super) gate: InputGate,
    current: Option<Current>,
    /// Records that wait for the end of data.
    sorted: Option<SortedInput>,
    /// The watermark that waits with them.
    held_watermark: Option<i64>,
    /// What waited, on its way down the chain, and whether the data ends for good behind it.
    released: Option<(Released, bool)>,
    /// The snapshot of an unaligned checkpoint that waits for what is on its way.
    pub(super) unaligned: Option<(u64, TaskSnapshot)>,
}

/// What is left of a batch. Values leave it one by one, so that each is freed as soon as its record is done.
struct Current {
    input: usize,
    channel: usize,
    values: std::vec::IntoIter<Object>,
    timestamps: Vec<i64>,
    /// The keys' objects, and the rest of the keys.
    keys: Option<(std::vec::IntoIter<Object>, Keys)>,
    row: usize,
}

impl Current {
    fn new(input: usize, channel: usize, batch: ObjectBatch) -> Self {
        let keys = batch.keys.map(|mut keys| (std::mem::take(&mut keys.objects).into_iter(), keys));
        Self { input, channel, values: batch.values.into_iter(), timestamps: batch.timestamps, keys, row: 0 }
    }

    /// The records that are left.
    fn rest(&self) -> Rows<'_> {
        Rows {
            values: self.values.as_slice(),
            timestamps: &self.timestamps[self.row..],
            keys: self.keys.as_ref().map(|(_, keys)| (keys, self.row)),
        }
    }
}

/// Why the inner loop stopped.
enum Stop {
    /// Mail, a full output, or the slice is over.
    Attention,
    /// The gate is empty.
    Empty,
    /// Something to be done without the interpreter.
    Item(GateItem),
    /// All that waited has gone down the chain.
    Released { drain: bool },
}

impl NetworkHead {
    pub(super) fn new(gate: InputGate, sorting: Option<(Sorting, SortSettings)>) -> Self {
        let sorted = sorting.map(|(sorting, settings)| SortedInput::new(sorting, settings));
        Self { gate, current: None, sorted, held_watermark: None, released: None, unaligned: None }
    }

    pub(super) fn about_to_sleep(&mut self) {
        self.gate.about_to_sleep();
    }

    /// What is left of the batch that was begun, with its channel, as bytes. The interpreter is held.
    pub(super) fn begun(&self) -> Result<Option<(usize, Vec<ChannelElement>)>> {
        let Some(current) = &self.current else { return Ok(None) };
        let mut elements = Vec::new();
        keep_rows(current.rest(), self.gate.codecs_of(current.channel), &mut elements)?;
        Ok(Some((current.channel, elements)))
    }

    pub(super) fn clear(&mut self) {
        self.current = None;
        self.unaligned = None;
        self.sorted = None;
        if let Some((released, _)) = &mut self.released {
            released.clear();
        }
    }
}

impl Task {
    pub(super) fn step_network(&mut self) -> Result<Step> {
        let lane = Arc::clone(&self.context.lane);
        let mut stop = Ok(Stop::Empty);
        lane.hold(&mut || stop = self.read_released().transpose().unwrap_or_else(|| self.read_gate()));
        match stop? {
            Stop::Released { drain } => self.end_of_sorted(drain).map(|()| Step::Again),
            Stop::Attention => Ok(Step::Again),
            Stop::Empty => Ok(Step::Idle),
            Stop::Item(item) => self.handle_item(item).map(|()| Step::Again),
        }
    }

    /// Works on batches and watermarks with the interpreter held, for at most a slice.
    fn read_gate(&mut self) -> Result<Stop> {
        let Head::Network(head) = &mut self.head else { return Err(Error::internal("a network task has a gate")) };
        let start = self.pace.start();
        loop {
            if let Some(current) = &mut head.current {
                for value in current.values.by_ref() {
                    let row = current.row;
                    current.row += 1;
                    if let Some((objects, keys)) = &mut current.keys
                        && let Some(object) = objects.next()
                    {
                        let key = KeyRef { group: keys.groups[row], bytes: keys.bytes_of(row) };
                        self.root.operator.set_key(object, key, current.timestamps[row])?;
                    }
                    self.root.process(current.input, value, current.timestamps[row])?;
                    if let Some(now) = self.pace.record() {
                        self.root.end_of_batch(now)?;
                        if now.duration_since(start) > SLICE {
                            self.signal.raise_locally();
                        }
                    }
                    if self.signal.is_raised() {
                        return Ok(Stop::Attention);
                    }
                }
                head.current = None;
                head.gate.set_pace(self.pace.nanos_per_record());
                self.root.end_of_batch(Instant::now())?;
            }
            match head.gate.poll()? {
                None => return Ok(Stop::Empty),
                Some(GateItem::Watermark(time)) if head.sorted.is_some() => head.held_watermark = Some(time),
                Some(GateItem::Batch { input, channel, batch }) => {
                    let batch = match &mut head.sorted {
                        Some(sorted) => sorted.keep(input, channel, batch, head.gate.codecs_of(channel))?,
                        None => Some(batch),
                    };
                    let Some(batch) = batch else { continue };
                    if let Some(keys) = &batch.keys {
                        self.root.operator.prefetch(keys)?;
                    }
                    head.current = Some(Current::new(input, channel, batch));
                }
                Some(GateItem::Columns { batch, .. }) => {
                    self.root.process_columns(&batch)?;
                    let now = Instant::now();
                    self.root.end_of_batch(now)?;
                    if now.duration_since(start) > SLICE {
                        self.signal.raise_locally();
                    }
                }
                Some(GateItem::Watermark(time)) => self.root.handle(&StreamEvent::Watermark(time))?,
                Some(item) => return Ok(Stop::Item(item)),
            }
            if self.signal.is_raised() {
                return Ok(Stop::Attention);
            }
        }
    }

    /// Works on what waited for the end of data, if that has come, for at most a slice.
    fn read_released(&mut self) -> Result<Option<Stop>> {
        let Head::Network(head) = &mut self.head else { return Ok(None) };
        let Some((released, drain)) = &mut head.released else { return Ok(None) };
        let start = self.pace.start();
        while released.process_next(&mut self.root, |channel| head.gate.codecs_of(channel))? {
            if let Some(now) = self.pace.record() {
                self.root.end_of_batch(now)?;
                if now.duration_since(start) > SLICE {
                    self.signal.raise_locally();
                }
            }
            if self.signal.is_raised() {
                return Ok(Some(Stop::Attention));
            }
        }
        let drain = *drain;
        head.released = None;
        Ok(Some(Stop::Released { drain }))
    }

    /// What follows the sorted records: the watermark, and the end of data.
    fn end_of_sorted(&mut self, drain: bool) -> Result<()> {
        let Head::Network(head) = &mut self.head else { return Ok(()) };
        if let Some(time) = head.held_watermark.take() {
            let (lane, root) = (Arc::clone(&self.context.lane), &mut self.root);
            let mut result = Ok(());
            lane.hold(&mut || result = root.handle(&StreamEvent::Watermark(time)));
            result?;
        }
        self.end_of_data(drain)
    }

    fn handle_item(&mut self, item: GateItem) -> Result<()> {
        match item {
            GateItem::Barrier(barrier) => self.take_checkpoint(barrier),
            GateItem::Overtaken(id) => {
                self.overtaken(id);
                Ok(())
            }
            // The loop looks before it goes on.
            GateItem::LookAhead => Ok(()),
            GateItem::Idle(idle) => self.root.handle(if idle { &StreamEvent::Idle } else { &StreamEvent::Active }),
            GateItem::LatencyMarker(marker) => self.root.handle(&marker),
            GateItem::EndOfData { drain } => match &mut self.head {
                Head::Network(head) if head.sorted.is_some() => {
                    let sorted = head.sorted.take().map(SortedInput::release).transpose()?;
                    head.released = sorted.map(|sorted| (sorted, drain));
                    Ok(())
                }
                _ => self.end_of_data(drain),
            },
            GateItem::End => {
                // A task whose inputs end because the last checkpoint is complete commits first: that mail is on its way.
                if !matches!(self.phase, Phase::AwaitingLastCheckpoint(Some(_))) {
                    self.phase = Phase::Finished;
                }
                Ok(())
            }
            GateItem::Batch { .. } | GateItem::Columns { .. } | GateItem::Watermark(_) => {
                Err(Error::internal("handled while the interpreter was held"))
            }
        }
    }
}
