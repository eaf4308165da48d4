//! What of a job is replaced, or left out, under the testing option [`penstock_core::sabotage`].

use std::ops::RangeInclusive;
use std::sync::Arc;

use penstock_core::sabotage::Sabotage;
use penstock_core::sink::{Committable, Committer, Sink, SinkWriter, WriterContext};
use penstock_core::{Result, key_group};
use penstock_plan::JobVertex;
use penstock_runtime::operators::InFlight;

use crate::restore::RestorePoint;

/// The sink that the job gets in place of this one.
pub(crate) fn sink(sabotage: Option<Sabotage>, sink: Arc<dyn Sink>) -> Arc<dyn Sink> {
    if sabotage == Some(Sabotage::SkipCommit) { Arc::new(NeverCommits(sink)) } else { sink }
}

/// What the job goes on from in place of this.
pub(crate) fn restored(sabotage: Option<Sabotage>, point: Option<RestorePoint>) -> Option<RestorePoint> {
    point.filter(|_| sabotage != Some(Sabotage::SkipRestore))
}

/// The key groups that a subtask restores in place of its own: those it had in the checkpoint of the operator `id`.
pub(crate) fn key_groups(
    sabotage: Option<Sabotage>,
    point: Option<&RestorePoint>,
    id: &str,
    subtask: u32,
    vertex: &JobVertex,
    own: RangeInclusive<u16>,
) -> RangeInclusive<u16> {
    let stored = point.and_then(|point| point.metadata.operators.iter().find(|operator| operator.uid_hash == id));
    match stored {
        Some(stored) if sabotage == Some(Sabotage::OldKeyGroups) && stored.parallelism != vertex.parallelism => {
            old_key_groups(subtask, stored.parallelism, vertex.max_parallelism, &own)
        }
        _ => own,
    }
}

/// Those of its own that a subtask had at that parallelism; none if it was not there.
fn old_key_groups(subtask: u32, parallelism: u32, max: u32, own: &RangeInclusive<u16>) -> RangeInclusive<u16> {
    if subtask >= parallelism {
        return RangeInclusive::new(1, 0);
    }
    let old = key_group::key_group_range(subtask, parallelism, max);
    *own.start().max(old.start())..=*own.end().min(old.end())
}

/// Leaves out a batch of what was on its way to a task.
pub(crate) fn in_flight(sabotage: Option<Sabotage>, in_flight: &mut [InFlight]) {
    if sabotage != Some(Sabotage::DropInFlight) {
        return;
    }
    for channel in in_flight.iter_mut().flat_map(|one| &mut one.channels) {
        if let Some(batch) = channel.elements.iter().position(|element| !element.is_empty()) {
            channel.elements.remove(batch);
            return;
        }
    }
}

struct NeverCommits(Arc<dyn Sink>);

impl Sink for NeverCommits {
    fn preflight(&self) -> Result<()> {
        self.0.preflight()
    }

    fn is_two_phase(&self) -> bool {
        self.0.is_two_phase()
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        self.0.writer(context)
    }

    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        let committer = self.0.committer(context)?;
        Ok(committer.map(|_| Box::new(Skips) as Box<dyn Committer>))
    }
}

struct Skips;

impl Committer for Skips {
    fn commit(&mut self, _committables: &[Committable]) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtask_keeps_what_it_had_and_a_new_one_gets_nothing() {
        let own = |subtask| key_group::key_group_range(subtask, 2, 128);
        assert_eq!(old_key_groups(0, 4, 128, &own(0)), 0..=31);
        assert!(old_key_groups(1, 4, 128, &own(1)).is_empty());
        assert_eq!(old_key_groups(0, 1, 128, &own(0)), own(0));
        assert!(old_key_groups(1, 1, 128, &own(1)).is_empty());
    }
}
