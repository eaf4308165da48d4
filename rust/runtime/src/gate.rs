//! The inputs of a task: takes from its channels in turn, combines their watermarks, aligns barriers.
//!
//! While a checkpoint is being aligned, a channel whose barrier has come is not read; what it holds belongs to the
//! next checkpoint. A channel that has ended counts as having sent every barrier.

use penstock_core::columns::ColumnBatch;
use penstock_core::event::{Barrier, StreamElement, StreamEvent};
use penstock_core::{ObjectBatch, Result};

use crate::exchange::Receiver;

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
    /// A latency marker.
    LatencyMarker(StreamEvent),
    /// No channel has more records.
    EndOfData { drain: bool },
    /// All channels have ended.
    End,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the channel")]
struct GateChannel {
    receiver: Receiver,
    input: usize,
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
    last_barrier: u64,
    drain: bool,
    ready: std::collections::VecDeque<GateItem>,
    end_of_data: bool,
    ended: bool,
}

impl InputGate {
    /// A gate over channels, each with the index of its input.
    #[must_use]
    pub fn new(receivers: Vec<(Receiver, usize)>) -> Self {
        let channels = receivers
            .into_iter()
            .map(|(receiver, input)| GateChannel {
                receiver,
                input,
                watermark: i64::MIN,
                idle: false,
                aligned: true,
                barrier: false,
                end_of_data: false,
                ended: false,
            })
            .collect();
        Self {
            channels,
            next: 0,
            watermark: i64::MIN,
            idle: false,
            aligning: None,
            last_barrier: 0,
            drain: true,
            ready: std::collections::VecDeque::new(),
            end_of_data: false,
            ended: false,
        }
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
            }
        }
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
        let count = self.channels.len();
        for step in 0..count {
            let index = (self.next + step) % count;
            let channel = &mut self.channels[index];
            if channel.ended || (channel.barrier && self.aligning.is_some()) {
                continue;
            }
            if let Some(element) = channel.receiver.try_recv()? {
                self.next = (index + 1) % count;
                return Ok(Some((index, element)));
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
        if barrier.checkpoint_id <= self.last_barrier {
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
        }
    }
}

#[cfg(test)]
mod tests;
