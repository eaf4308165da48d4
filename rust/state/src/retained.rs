//! Which completed checkpoints go: decisions on facts, without any I/O.

use penstock_core::config::CheckpointRetention;

/// A completed checkpoint as far as its retention is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// The checkpoint's number.
    pub id: u64,
    /// Savepoints belong to the user: they are never removed and do not count.
    pub savepoint: bool,
}

/// The checkpoints that `execution.checkpointing.num-retained` leaves over, oldest first.
#[must_use]
pub fn to_discard(completed: &[Completed], num_retained: usize) -> Vec<u64> {
    let mut ids: Vec<u64> = completed.iter().filter(|c| !c.savepoint).map(|c| c.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let surplus = ids.len().saturating_sub(num_retained.max(1));
    ids.truncate(surplus);
    ids
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All input was processed.
    Finished,
    /// Somebody cancelled it.
    Canceled,
    /// It failed for good.
    Failed,
    /// The process goes away and the job is to go on elsewhere.
    Suspended,
}

/// Whether the checkpoints outlive the job, by `execution.checkpointing.externalized-checkpoint-retention`. A job that failed keeps them whatever the setting, so that it can be
/// started again from the last one.
#[must_use]
pub fn keep_at_end(ending: Ending, retention: CheckpointRetention) -> bool {
    match ending {
        Ending::Failed | Ending::Suspended => true,
        Ending::Finished => false,
        Ending::Canceled => retention == CheckpointRetention::RetainOnCancellation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoints(ids: &[u64]) -> Vec<Completed> {
        ids.iter().map(|&id| Completed { id, savepoint: false }).collect()
    }

    #[test]
    fn the_newest_stay() {
        assert_eq!(to_discard(&checkpoints(&[3, 1, 2, 5]), 2), [1, 2]);
        assert_eq!(to_discard(&checkpoints(&[3]), 2), [0_u64; 0]);
        assert_eq!(to_discard(&[], 1), [0_u64; 0]);
    }

    #[test]
    fn one_always_stays() {
        assert_eq!(to_discard(&checkpoints(&[7, 8]), 0), [7]);
    }

    #[test]
    fn savepoints_neither_go_nor_count() {
        let mut completed = checkpoints(&[1, 3]);
        completed.push(Completed { id: 2, savepoint: true });
        completed.push(Completed { id: 4, savepoint: true });
        assert_eq!(to_discard(&completed, 1), [1]);
    }

    #[test]
    fn the_end_decides_with_the_setting() {
        use CheckpointRetention::{DeleteOnCancellation, NoExternalizedCheckpoints, RetainOnCancellation};
        use Ending::{Canceled, Failed, Finished, Suspended};
        for retention in [RetainOnCancellation, DeleteOnCancellation, NoExternalizedCheckpoints] {
            assert!(keep_at_end(Failed, retention) && keep_at_end(Suspended, retention));
            assert!(!keep_at_end(Finished, retention));
            assert_eq!(keep_at_end(Canceled, retention), retention == RetainOnCancellation);
        }
    }
}
