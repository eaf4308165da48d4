//! Unaligned checkpoints at a gate: barriers that overtake, and the records that they have overtaken.
//!
//! A barrier lies in its channel at the place where it was sent, and the gate sees it as soon as it has come. From the first
//! such barrier on, until all channels have theirs, whatever is before the barrier of its channel is kept: what
//! the task had begun on, what it takes meanwhile, and, when the barrier comes, what lies before it. Reading goes on, nothing is
//! held back. So all that was on its way is kept by its receiver, and senders keep nothing.
//!
//! What a restore brought and what came after it may be records of one key in two channels, for a restore may give the key's
//! records another sender. A task that is still reading what was restored therefore keeps it as an epoch of its own, before
//! what is new in any channel.

use penstock_core::event::{Alignment, Barrier, StreamElement};
use penstock_core::{Error, Result};
use penstock_state::in_flight::{ChannelElement, ChannelState};

use super::{GateChannel, GateItem, InputGate};
use crate::exchange::in_flight::keep;
use crate::operators::InFlight;

/// A checkpoint whose snapshot was taken while barriers are still to come.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) checkpoint: u64,
    /// Why the records cannot be kept.
    failed: Option<Error>,
}

/// All that was on its way to a task.
pub struct Recorded {
    /// The checkpoint.
    pub checkpoint: u64,
    /// What was on its way, by edge; or why it cannot be kept.
    pub in_flight: Result<Vec<InFlight>>,
}

impl InputGate {
    /// The barrier whose snapshot is to be taken now, although others of its checkpoint have not come or it has not come to
    /// its turn. [`InputGate::record`] has to follow.
    pub fn overtaking(&mut self, now: i64) -> Option<Barrier> {
        let newest = self.may_overtake().max_by_key(|(barrier, _)| barrier.checkpoint_id);
        newest.filter(|(_, from)| *from <= now).map(|(barrier, _)| barrier)
    }

    /// When [`InputGate::overtaking`] is to be asked again, in milliseconds since the epoch.
    #[must_use]
    pub fn overtaking_from(&self) -> Option<i64> {
        let newest = self.may_overtake().max_by_key(|(barrier, _)| barrier.checkpoint_id);
        newest.map(|(_, from)| from)
    }

    /// Barriers that have come and were not acted on, each with the time from when on it overtakes.
    fn may_overtake(&self) -> impl Iterator<Item = (Barrier, i64)> {
        let known = self.recording.as_ref().map_or(self.last_barrier, |recording| recording.checkpoint);
        let ahead = self.channels.iter().filter_map(|channel| channel.receiver.barrier_ahead());
        // What is being aligned and may not overtake comes first.
        let patient = self.aligning.is_some_and(|barrier| !barrier.alignment.may_overtake());
        let all = ahead.chain(self.aligning).filter(move |barrier| barrier.checkpoint_id > known && !patient);
        all.filter_map(|barrier| match barrier.alignment {
            Alignment::Unaligned { from } => Some((barrier, from)),
            Alignment::Aligned | Alignment::AtLeastOnce => None,
        })
    }

    /// The snapshot of this barrier was taken: from now on what comes before the other barriers is kept. `begun` is what is
    /// left of a batch that was taken before, with its channel. The interpreter is held.
    pub fn record(&mut self, barrier: Barrier, begun: Option<(usize, Vec<ChannelElement>)>) {
        let same = |aligning: Barrier| aligning.checkpoint_id == barrier.checkpoint_id;
        let overtaken = self.aligning.take().filter(|older| !same(*older)).map(|older| older.checkpoint_id);
        if let Some(older) = overtaken.or_else(|| self.recording.take().map(|recording| recording.checkpoint)) {
            self.ready.push_back(GateItem::Overtaken(older));
            for channel in &mut self.channels {
                let held = channel.held.take();
                channel.barrier = held.is_some_and(same);
            }
        }
        let marks = |channel: &GateChannel| channel.replay.iter().filter(|e| **e == ChannelElement::NewEpoch).count();
        let replaying = self.channels.iter().filter(|channel| !channel.replay.is_empty());
        let restored = replaying.map(|channel| marks(channel) + 1).max().unwrap_or_default();
        for channel in &mut self.channels {
            let mut elements: Vec<_> = channel.replay.iter().cloned().collect();
            elements.extend(std::iter::repeat_n(ChannelElement::NewEpoch, restored.saturating_sub(marks(channel))));
            let (watermark, idle, sender) = (channel.watermark, channel.idle, channel.sender);
            channel.kept = Some(ChannelState { sender, watermark, idle, elements });
        }
        if let Some((channel, begun)) = begun {
            self.keep_begun(channel, begun);
        }
        self.recording = Some(Recording { checkpoint: barrier.checkpoint_id, failed: None });
    }

    /// In front, and in an epoch of its own: it may have been the last that was restored.
    fn keep_begun(&mut self, channel: usize, begun: Vec<ChannelElement>) {
        for kept in self.channels.iter_mut().filter_map(|channel| channel.kept.as_mut()) {
            kept.elements.insert(0, ChannelElement::NewEpoch);
        }
        if let Some(kept) = &mut self.channels[channel].kept {
            kept.elements.splice(0..0, begun);
        }
    }

    /// Keeps what newly arrived barriers have overtaken. Once all have come, gives what was kept. The interpreter is held.
    pub fn recorded(&mut self) -> Option<Recorded> {
        let recording = self.recording.as_mut()?;
        let id = recording.checkpoint;
        for channel in self.channels.iter_mut().filter(|channel| !channel.barrier && !channel.ended) {
            if channel.receiver.barrier_ahead().is_none_or(|barrier| barrier.checkpoint_id != id) {
                continue;
            }
            channel.barrier = true;
            if let Some(kept) = &mut channel.kept
                && let Err(error) = channel.receiver.keep_overtaken(&mut kept.elements)
            {
                recording.failed.get_or_insert(error);
            }
        }
        if !self.channels.iter().all(|channel| channel.barrier || channel.ended) {
            return None;
        }
        let failed = self.recording.take().and_then(|recording| recording.failed);
        self.last_barrier = id;
        let in_flight = self.take_kept();
        self.release_held();
        Some(Recorded { checkpoint: id, in_flight: failed.map_or(Ok(in_flight), Err) })
    }

    /// Whether a barrier has come that is being waited for.
    pub fn has_recorded(&self) -> bool {
        let Some(recording) = &self.recording else { return false };
        let waiting = |channel: &&GateChannel| !channel.barrier && !channel.ended;
        let come = |channel: &GateChannel| {
            channel.receiver.barrier_ahead().is_some_and(|barrier| barrier.checkpoint_id == recording.checkpoint)
        };
        let mut waiting = self.channels.iter().filter(waiting).peekable();
        waiting.peek().is_none() || waiting.any(come)
    }

    fn take_kept(&mut self) -> Vec<InFlight> {
        let mut in_flight: Vec<InFlight> = Vec::new();
        for channel in &mut self.channels {
            channel.barrier = false;
            let Some(kept) = channel.kept.take() else { continue };
            match in_flight.iter_mut().find(|one| one.edge == channel.edge) {
                Some(one) => one.channels.push(kept),
                None => in_flight.push(InFlight { edge: channel.edge, channels: vec![kept] }),
            }
        }
        let anything = in_flight
            .iter()
            .flat_map(|one| &one.channels)
            .any(|channel| channel.elements.iter().any(|e| *e != ChannelElement::NewEpoch));
        if anything { in_flight } else { Vec::new() }
    }

    /// Takes the barriers that waited for the recording to end.
    fn release_held(&mut self) {
        for index in 0..self.channels.len() {
            if let Some(later) = self.channels[index].held.take() {
                self.barrier(index, later);
            }
        }
    }

    /// Keeps an element that was taken before the barrier of its channel came.
    pub(super) fn keep_taken(&mut self, index: usize, element: &StreamElement) {
        let Some(recording) = &mut self.recording else { return };
        let channel = &mut self.channels[index];
        if channel.barrier {
            return;
        }
        if let Some(kept) = &mut channel.kept
            && let Err(error) = keep(element, channel.codecs.as_ref(), &mut kept.elements)
        {
            recording.failed.get_or_insert(error);
        }
    }

    /// A barrier in its turn, of the checkpoint that is being recorded; whether it was that.
    pub(super) fn is_recorded(&mut self, index: usize, barrier: Barrier) -> bool {
        match &self.recording {
            Some(recording) if recording.checkpoint == barrier.checkpoint_id => {
                self.channels[index].barrier = true;
                self.ready.push_back(GateItem::LookAhead);
                true
            }
            Some(recording) if recording.checkpoint > barrier.checkpoint_id => true,
            Some(_) if self.channels[index].barrier => {
                self.channels[index].held = Some(barrier);
                true
            }
            Some(recording) => {
                self.ready.push_back(GateItem::Overtaken(recording.checkpoint));
                self.recording = None;
                for channel in &mut self.channels {
                    channel.barrier = false;
                    channel.kept = None;
                }
                self.release_held();
                false
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
