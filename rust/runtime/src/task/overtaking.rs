//! Unaligned checkpoints: a barrier is acted on before its turn, between two records, also while an output is full.

use std::sync::Arc;

use penstock_core::event::Barrier;
use penstock_core::{Error, Result};

use super::{Head, Task};
use crate::gate::Recorded;

impl Task {
    /// Acts on barriers that overtake what is before them, once the chain is ready for them: a sink that is not would
    /// hold records up afterwards until the next barrier overtakes them too.
    pub(super) fn look_ahead(&mut self) -> Result<()> {
        let now = self.context.clock.now_millis();
        let Head::Network(head) = &mut self.head else { return Ok(()) };
        if let Some(barrier) = head.gate.overtaking(now).filter(|_| self.root.is_ready_for_barrier()) {
            self.begin_unaligned(barrier)?;
        }
        let Head::Network(head) = &mut self.head else { return Ok(()) };
        if !head.gate.has_recorded() {
            return Ok(());
        }
        let mut recorded = None;
        self.context.lane.hold(&mut || recorded = head.gate.recorded());
        recorded.map_or(Ok(()), |recorded| self.end_unaligned(recorded))
    }

    /// When barriers that have come are to be acted on before their turn, in milliseconds since the epoch; `None` also
    /// where the chain says itself when it is ready for them.
    pub(super) fn overtaking_from(&mut self) -> Option<i64> {
        match &self.head {
            Head::Network(head) => head.gate.overtaking_from().filter(|_| self.root.is_ready_for_barrier()),
            Head::Source(_) => None,
        }
    }

    /// Takes the snapshot; what is on its way is kept from here on.
    fn begin_unaligned(&mut self, barrier: Barrier) -> Result<()> {
        let snapshot = self.freeze(barrier)?;
        let Head::Network(head) = &mut self.head else { return Ok(()) };
        let lane = Arc::clone(&self.context.lane);
        let mut begun = Ok(None);
        lane.hold(&mut || begun = head.begun());
        match begun {
            Ok(begun) => {
                head.unaligned = Some((barrier.checkpoint_id, snapshot));
                head.gate.record(barrier, begun);
            }
            Err(error) => {
                head.gate.record(barrier, None);
                self.cannot_keep(barrier.checkpoint_id, &error);
            }
        }
        Ok(())
    }

    /// All barriers have come.
    fn end_unaligned(&mut self, recorded: Recorded) -> Result<()> {
        let Head::Network(head) = &mut self.head else { return Ok(()) };
        let waiting = head.unaligned.take().filter(|(id, _)| *id == recorded.checkpoint);
        let Some((id, mut snapshot)) = waiting else { return Ok(()) };
        match recorded.in_flight {
            Ok(in_flight) => {
                let (_, first) = snapshot.first_mut().ok_or_else(|| Error::internal("a task without operators"))?;
                first.in_flight = in_flight;
                self.context.events.snapshot(self.context.id, id, snapshot);
            }
            Err(error) => self.cannot_keep(id, &error),
        }
        Ok(())
    }

    /// A later checkpoint overtook this one.
    pub(super) fn overtaken(&mut self, id: u64) {
        if let Head::Network(head) = &mut self.head
            && head.unaligned.as_ref().is_some_and(|(waiting, _)| *waiting == id)
        {
            head.unaligned = None;
        }
        let reason = Error::external("a later checkpoint overtook this one");
        self.context.events.declined(self.context.id, id, &reason);
    }

    fn cannot_keep(&self, id: u64, error: &Error) {
        let text = format!(
            "a record on its way to this task cannot be stored with an unaligned checkpoint; \
             execution.checkpointing.unaligned.enabled: false needs no bytes of it. {error}"
        );
        self.context.events.declined(self.context.id, id, &Error::external(text));
    }
}
