//! Finds and aborts transactions that an earlier life left open, by asking every broker for those that are: whatever has
//! one of our prefixes, belongs to this subtask and was not prepared for the restored checkpoint or an earlier one.

use std::collections::BTreeMap;

use crate::kafka::native::Identity;
use crate::kafka::wire::{Cluster, WireError};

/// Whose transactions to look for.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// The prefix of the sink, or one that it had.
    pub(super) prefix: String,
    pub(super) subtask: u32,
    pub(super) parallelism: u32,
    /// The first offset after the restored checkpoint.
    pub(super) first: u64,
    /// Whether names with smaller offsets may be of prepared transactions: with a new name for each checkpoint.
    pub(super) older_are_prepared: bool,
}

/// The two numbers in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) subtask: u64,
    pub(super) offset: u64,
}

/// What to do about an open transaction.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// Not ours.
    Leave,
    /// It was prepared: its checkpoint commits it.
    Keep(Name),
    Abort,
}

impl Owner {
    /// The numbers in `<prefix>-<subtask>-<offset>`, if it is of this subtask, or of one that a larger job had and that
    /// falls to this one.
    fn own(&self, id: &str) -> Option<Name> {
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let (subtask, offset) = id.strip_prefix(&self.prefix)?.strip_prefix('-')?.split_once('-')?;
        let name = Name { subtask: number(subtask)?, offset: number(offset)? };
        (name.subtask % u64::from(self.parallelism.max(1)) == u64::from(self.subtask)).then_some(name)
    }

    /// Decides about an open transaction; `prepared` says that the checkpoint has it in its hands as it is now.
    fn decide(&self, id: &str, prepared: bool) -> Decision {
        match self.own(id) {
            None => Decision::Leave,
            Some(name) if prepared || (self.older_are_prepared && name.offset < self.first) => Decision::Keep(name),
            Some(_) => Decision::Abort,
        }
    }
}

/// What was found open.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) aborted: Vec<String>,
    pub(super) kept: Vec<Name>,
}

/// Aborts the owner's open transactions but for the prepared ones. `in_flight` has those that the checkpoint knows, as
/// they were then. `None` if the cluster cannot list transactions.
pub(super) async fn abort_listed(
    cluster: &mut Cluster,
    owner: &Owner,
    in_flight: &BTreeMap<String, Identity>,
    timeout_ms: i32,
) -> Result<Option<Found>, WireError> {
    let Some(mut ongoing) = cluster.ongoing_transactions().await? else { return Ok(None) };
    ongoing.sort();
    let mut found = Found::default();
    for id in ongoing.into_iter().filter(|id| owner.own(id).is_some()) {
        let prepared = match in_flight.get(&id) {
            None => false,
            // The name may have been used again since.
            Some(identity) => {
                let states = cluster.describe_patiently(std::slice::from_ref(&id)).await?;
                states.first().is_some_and(|state| state.identity == *identity)
            }
        };
        match owner.decide(&id, prepared) {
            Decision::Leave => {}
            Decision::Keep(name) => found.kept.push(name),
            Decision::Abort => {
                cluster.take_over_patiently(&id, timeout_ms).await?;
                found.aborted.push(id);
            }
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(older_are_prepared: bool) -> Owner {
        Owner { prefix: "orders-1".to_owned(), subtask: 1, parallelism: 2, first: 6, older_are_prepared }
    }

    #[test]
    fn only_ids_of_this_sink_and_subtask_are_owned() {
        for (own, subtask, offset) in [("orders-1-1-7", 1, 7), ("orders-1-3-1", 3, 1), ("orders-1-101-0", 101, 0)] {
            assert_eq!(owner(true).own(own), Some(Name { subtask, offset }));
        }
        for other in [
            "orders-1-2-7",
            "orders-1-7",
            "orders-1-1-",
            "orders-1-1-7-2",
            "orders-11-1-7",
            "orders-1-x-7",
            "orders-1--1-7",
            "orders-1-1-+7",
        ] {
            assert_eq!(owner(true).decide(other, false), Decision::Leave, "{other}");
        }
    }

    #[test]
    fn what_was_prepared_is_kept() {
        let kept = Decision::Keep(Name { subtask: 1, offset: 5 });
        assert_eq!(owner(true).decide("orders-1-1-5", false), kept);
        assert_eq!(owner(true).decide("orders-1-1-6", false), Decision::Abort);
        assert_eq!(owner(false).decide("orders-1-1-5", true), kept, "with names that are used again");
        assert_eq!(owner(false).decide("orders-1-1-5", false), Decision::Abort);
    }
}
