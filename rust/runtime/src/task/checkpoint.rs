//! A task's part in a checkpoint: prepare, pass the barrier on, take the snapshot; later, commit.

use std::sync::Arc;

use penstock_core::event::{Alignment, Barrier};
use penstock_core::{Result, kill_point};

use super::{Head, Phase, Task};
use crate::mailbox::TaskSnapshot;

impl Task {
    /// Takes the checkpoints that a source was asked for, as soon as the chain is ready for them: a sink that is not would
    /// hold records up afterwards, perhaps until the next is asked for.
    pub(super) fn take_asked_when_ready(&mut self) -> Result<()> {
        while !self.asked.is_empty() && self.root.is_ready_for_barrier() {
            self.take_next_asked()?;
        }
        Ok(())
    }

    /// Takes the checkpoints that a source was asked for before what comes now.
    pub(super) fn take_asked(&mut self) -> Result<()> {
        while !self.asked.is_empty() {
            self.take_next_asked()?;
        }
        Ok(())
    }

    fn take_next_asked(&mut self) -> Result<()> {
        self.asked.pop_front().map_or(Ok(()), |barrier| self.take_checkpoint(barrier))
    }

    /// All barriers have come, or a source sends one.
    pub(super) fn take_checkpoint(&mut self, barrier: Barrier) -> Result<()> {
        let snapshot = self.freeze(barrier)?;
        self.context.events.snapshot(self.context.id, barrier.checkpoint_id, snapshot);
        Ok(())
    }

    /// Has what waits for a batch processed, prepares, passes the barrier on and takes the snapshot.
    pub(super) fn freeze(&mut self, mut barrier: Barrier) -> Result<TaskSnapshot> {
        if let Phase::AwaitingLastCheckpoint(first @ None) = &mut self.phase {
            *first = Some(barrier.checkpoint_id);
        }
        let id = barrier.checkpoint_id;
        self.root.for_each(&mut |_, operator, out| operator.flush(out))?;
        self.root.for_each(&mut |_, operator, _| operator.prepare_snapshot(id))?;
        if self.phase != Phase::Running {
            // Nobody may take this for a checkpoint before the end of data, which the last one has to follow.
            barrier.alignment = Alignment::Aligned;
        }
        kill_point::hit("task-before-barrier");
        self.root.for_each_writer(&mut |writer| writer.send_barrier(barrier))?;
        kill_point::hit("task-after-barrier");
        let lane = Arc::clone(&self.context.lane);
        let mut result = Ok(());
        let mut snapshot: TaskSnapshot = Vec::new();
        lane.hold(&mut || {
            result = self.root.for_each(&mut |identity, operator, _| {
                snapshot.push((identity.uid_hash.clone(), operator.snapshot(&barrier)?));
                Ok(())
            });
        });
        result?;
        if let (Head::Source(source), Some((_, head))) = (&self.head, snapshot.first_mut()) {
            head.operator.push(source.snapshot()?);
        }
        kill_point::hit("task-after-freeze");
        Ok(snapshot)
    }

    /// A checkpoint is complete: second phases are carried out, and a task that waited for it ends.
    pub(super) fn checkpoint_complete(&mut self, id: u64) -> Result<()> {
        self.root.for_each(&mut |_, operator, _| operator.checkpoint_complete(id))?;
        if matches!(self.phase, Phase::AwaitingLastCheckpoint(Some(first)) if first <= id) {
            self.phase = Phase::Finished;
        }
        Ok(())
    }
}
