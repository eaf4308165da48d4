//! The inputs of a task: takes from its channels in turn, combines their watermarks, aligns barriers.
//!
//! While a checkpoint is being aligned, a channel whose barrier has come is not read; what it holds belongs to the
//! next checkpoint. A channel that has ended counts as having sent every barrier. Checkpoints that do not wait:
//! [`recording`].

mod recording;

use std::collections::VecDeque;

use penstock_core::columns::ColumnBatch;
use penstock_core::event::{Alignment, Barrier, StreamElement, StreamEvent};
use penstock_core::{Error, ObjectBatch, Result};
use penstock_state::in_flight::{ChannelElement, ChannelState};

use crate::exchange::in_flight::replay;
use crate::exchange::{EdgeCodecs, Receiver};
use crate::raw_records::RecordMaker;
pub use recording::Recorded;
use recording::Recording;

/// What a gate gives.
#[derive(Debug)]
pub enum GateItem {
    /// Records of an input.
    Batch { input: usize, channel: usize, batch: ObjectBatch },
    /// Columns of an input.
    Columns { input: usize, batch: ColumnBatch },
    /// The smallest watermark of all channels has grown to this.
    Watermark(i64),
    /// Whether all channels are idle has changed.
    Idle(bool),
    /// All barriers of a checkpoint have come.
    Barrier(Barrier),
    /// A checkpoint was overtaken by a later one before all its barriers came.
    Overtaken(u64),
    /// [`InputGate::overtaking`] and [`InputGate::recorded`] may have something to say.
    LookAhead,
    /// A latency marker.
    LatencyMarker(StreamEvent),
    /// No channel has more records.
    EndOfData { drain: bool },
    /// All channels have ended.
    End,
}

/// A channel of a gate.
pub struct GateInput {
    /// Where elements come from.
    pub receiver: Receiver,
    /// Which input of the task it feeds.
    pub input: usize,
    /// Its edge in the job graph.
    pub edge: usize,
    /// Index of the sending subtask.
    pub sender: u32,
    /// Of records that are kept; absent where there are columns.
    pub codecs: Option<EdgeCodecs>,
    /// What was on its way at the checkpoint that is restored.
    pub restored: Option<ChannelState>,
}

impl GateInput {
    /// A channel of which nothing is restored or kept.
    #[must_use]
    pub fn new(receiver: Receiver, input: usize) -> Self {
        Self { receiver, input, edge: 0, sender: 0, codecs: None, restored: None }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the channel")]
struct GateChannel {
    receiver: Receiver,
    input: usize,
    edge: usize,
    sender: u32,
    codecs: Option<EdgeCodecs>,
    /// What was on its way at the checkpoint that is restored and was not taken yet.
    replay: VecDeque<ChannelElement>,
    /// What is kept for the checkpoint that is being recorded.
    kept: Option<ChannelState>,
    /// A later barrier, which waits until the other channels have theirs of the checkpoint that is being recorded.
    held: Option<Barrier>,
    watermark: i64,
    idle: bool,
    /// Whether the channel counts for the smallest watermark: one that was idle comes back when it has caught up.
    aligned: bool,
    barrier: bool,
    end_of_data: bool,
    ended: bool,
}

/// The channels of a task.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the input")]
pub struct InputGate {
    channels: Vec<GateChannel>,
    next: usize,
    watermark: i64,
    idle: bool,
    aligning: Option<Barrier>,
    recording: Option<Recording>,
    last_barrier: u64,
    drain: bool,
    ready: VecDeque<GateItem>,
    /// Whether channels have elements of the checkpoint that is restored. Nothing else is read before they are done.
    replaying: bool,
    end_of_data: bool,
    ended: bool,
}

impl InputGate {
    /// A gate over channels.
    #[must_use]
    pub fn new(inputs: Vec<GateInput>) -> Self {
        let restored = inputs.iter().any(|input| input.restored.is_some());
        let channels: Vec<GateChannel> = inputs.into_iter().map(GateChannel::new).collect();
        let replaying = channels.iter().any(|channel| !channel.replay.is_empty());
        let mut gate = Self {
            channels,
            next: 0,
            watermark: i64::MIN,
            idle: false,
            aligning: None,
            recording: None,
            last_barrier: 0,
            drain: true,
            ready: VecDeque::new(),
            replaying,
            end_of_data: false,
            ended: false,
        };
        if restored {
            gate.combine_idleness();
        }
        gate
    }

    /// Opens the user functions that records pass on their way in.
    pub fn open(&mut self) -> Result<()> {
        self.makers().try_for_each(RecordMaker::open)
    }

    /// Closes them, also after a failure; the first error counts.
    pub fn close(&mut self) -> Result<()> {
        let mut first = Ok(());
        for maker in self.makers() {
            first = first.and(maker.close());
        }
        first
    }

    fn makers(&mut self) -> impl Iterator<Item = &mut RecordMaker> {
        self.channels.iter_mut().filter_map(|channel| channel.receiver.maker())
    }

    /// The next item; `None`: nothing is there now. The interpreter is held.
    pub fn poll(&mut self) -> Result<Option<GateItem>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            let Some((channel, element)) = self.next_element()? else { return Ok(None) };
            match element {
                StreamElement::Objects(batch) => {
                    return Ok(Some(GateItem::Batch { input: self.channels[channel].input, channel, batch }));
                }
                StreamElement::Columns(batch) => {
                    return Ok(Some(GateItem::Columns { input: self.channels[channel].input, batch }));
                }
                StreamElement::Event(event) => self.handle(channel, event),
                StreamElement::Raw(_) => return Err(Error::internal("raw records are no objects yet")),
            }
        }
    }

    /// How the records of a channel become bytes.
    #[must_use]
    pub fn codecs_of(&self, channel: usize) -> Option<&EdgeCodecs> {
        self.channels[channel].codecs.as_ref()
    }

    /// Tells the producers how long a record takes.
    pub fn set_pace(&self, nanos_per_record: u32) {
        for channel in &self.channels {
            channel.receiver.set_nanos_per_record(nanos_per_record);
        }
    }

    /// The task is about to sleep, for it found nothing to do.
    pub fn about_to_sleep(&mut self) {
        self.channels.iter_mut().for_each(|channel| channel.receiver.about_to_sleep());
    }

    fn next_element(&mut self) -> Result<Option<(usize, StreamElement)>> {
        if self.replaying {
            let replayed = self.next_replayed()?;
            if replayed.is_some() {
                return Ok(replayed);
            }
            self.replaying = false;
        }
        let count = self.channels.len();
        for step in 0..count {
            let index = (self.next + step) % count;
            let channel = &mut self.channels[index];
            if channel.ended || channel.held.is_some() || (channel.barrier && self.aligning.is_some_and(holds_back)) {
                continue;
            }
            if let Some(element) = channel.receiver.try_recv()? {
                self.next = (index + 1) % count;
                if self.recording.is_some() {
                    self.keep_taken(index, &element);
                }
                return Ok(Some((index, element)));
            }
        }
        Ok(None)
    }

    /// The channels in turn, so that their watermarks keep about the pace that they had, and one epoch after the other.
    fn next_replayed(&mut self) -> Result<Option<(usize, StreamElement)>> {
        let count = self.channels.len();
        while self.channels.iter().any(|channel| !channel.replay.is_empty()) {
            for step in 0..count {
                let index = (self.next + step) % count;
                let channel = &mut self.channels[index];
                let front = channel.replay.front().filter(|element| **element != ChannelElement::NewEpoch);
                if let Some(element) = front {
                    let element = replay(element, channel.codecs.as_ref())?;
                    channel.replay.pop_front();
                    self.next = (index + 1) % count;
                    return Ok(Some((index, element)));
                }
            }
            for channel in &mut self.channels {
                channel.replay.pop_front();
            }
        }
        Ok(None)
    }

    fn handle(&mut self, index: usize, event: StreamEvent) {
        let channel = &mut self.channels[index];
        match event {
            StreamEvent::Watermark(time) => {
                channel.watermark = channel.watermark.max(time);
                channel.aligned |= channel.watermark >= self.watermark;
                self.combine_watermarks();
            }
            StreamEvent::Idle => {
                channel.idle = true;
                channel.aligned = false;
                self.combine_idleness();
            }
            StreamEvent::Active => {
                channel.idle = false;
                channel.aligned = channel.watermark >= self.watermark;
                self.combine_idleness();
            }
            StreamEvent::Barrier(barrier) => self.barrier(index, barrier),
            StreamEvent::LatencyMarker { .. } => self.ready.push_back(GateItem::LatencyMarker(event)),
            StreamEvent::EndOfData { drain } => {
                channel.end_of_data = true;
                self.drain &= drain;
                if !self.end_of_data && self.channels.iter().all(|c| c.end_of_data) {
                    self.end_of_data = true;
                    self.ready.push_back(GateItem::EndOfData { drain: self.drain });
                }
            }
            StreamEvent::EndOfPartition => {
                channel.ended = true;
                self.complete_alignment();
                if self.recording.is_some() {
                    self.ready.push_back(GateItem::LookAhead);
                }
                if !self.ended && self.channels.iter().all(|c| c.ended) {
                    self.ended = true;
                    self.ready.push_back(GateItem::End);
                }
            }
        }
    }

    fn combine_watermarks(&mut self) {
        let smallest = self.channels.iter().filter(|c| !c.idle && c.aligned).map(|c| c.watermark).min();
        if let Some(time) = smallest.filter(|&t| t > self.watermark) {
            self.watermark = time;
            self.ready.push_back(GateItem::Watermark(time));
        }
    }

    fn combine_idleness(&mut self) {
        let idle = self.channels.iter().all(|c| c.idle);
        if idle != self.idle {
            self.idle = idle;
            self.ready.push_back(GateItem::Idle(idle));
        }
        self.combine_watermarks();
    }

    fn barrier(&mut self, index: usize, barrier: Barrier) {
        if barrier.checkpoint_id <= self.last_barrier || self.is_recorded(index, barrier) {
            return;
        }
        match self.aligning {
            Some(current) if barrier.checkpoint_id < current.checkpoint_id => return,
            Some(current) if barrier.checkpoint_id > current.checkpoint_id => {
                self.ready.push_back(GateItem::Overtaken(current.checkpoint_id));
                self.channels.iter_mut().for_each(|c| c.barrier = false);
                self.aligning = Some(barrier);
            }
            Some(_) => {}
            None => self.aligning = Some(barrier),
        }
        self.channels[index].barrier = true;
        self.complete_alignment();
    }

    fn complete_alignment(&mut self) {
        let Some(barrier) = self.aligning else { return };
        if self.channels.iter().all(|c| c.barrier || c.ended) {
            self.aligning = None;
            self.last_barrier = barrier.checkpoint_id;
            self.channels.iter_mut().for_each(|c| c.barrier = false);
            self.ready.push_back(GateItem::Barrier(barrier));
        } else if barrier.alignment.may_overtake() {
            self.ready.push_back(GateItem::LookAhead);
        }
    }
}

impl GateChannel {
    fn new(input: GateInput) -> Self {
        let GateInput { receiver, input, edge, sender, codecs, restored } = input;
        let restored = restored.unwrap_or(ChannelState { sender, watermark: i64::MIN, idle: false, elements: vec![] });
        let mut replay: VecDeque<ChannelElement> = restored.elements.into();
        let last = replay.iter().rev().find(|element| matches!(element, ChannelElement::Idle | ChannelElement::Active));
        let idle_at_end = last.map_or(restored.idle, |last| *last == ChannelElement::Idle);
        if idle_at_end && !replay.is_empty() {
            // The sender is started anew and says so itself if it is idle.
            replay.push_back(ChannelElement::Active);
        }
        Self {
            receiver,
            input,
            edge,
            sender,
            codecs,
            kept: None,
            held: None,
            watermark: restored.watermark,
            idle: restored.idle && !replay.is_empty(),
            replay,
            aligned: true,
            barrier: false,
            end_of_data: false,
            ended: false,
        }
    }
}

/// Whether a channel whose barrier has come waits for the others.
fn holds_back(barrier: Barrier) -> bool {
    barrier.alignment != Alignment::AtLeastOnce
}

#[cfg(test)]
mod tests;
