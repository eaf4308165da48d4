//! Finds and aborts transactions that an earlier life left open, by asking every broker for those that are: whatever has
//! one of our prefixes, belongs to this subtask and is known to no checkpoint. What the restored checkpoint knows was
//! committed before, so nothing of it is open any more.

use crate::kafka::wire::{Cluster, WireError};

/// Whose transactions to look for.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// The prefix of the sink, or one that it had.
    pub(super) prefix: String,
    pub(super) subtask: u32,
    pub(super) parallelism: u32,
}

impl Owner {
    /// Whether an id is `<prefix>-<subtask>-<offset>` of this subtask, or of one that a larger job had and that falls to
    /// this one.
    fn owns(&self, id: &str) -> bool {
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
        let Some((subtask, offset)) =
            id.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('-')).and_then(|rest| rest.split_once('-'))
        else {
            return false;
        };
        number(offset).is_some()
            && number(subtask).is_some_and(|s| s % u64::from(self.parallelism.max(1)) == u64::from(self.subtask))
    }
}

/// Aborts every open transaction of the owner; gives their ids. `None` if the cluster cannot list transactions.
pub(super) async fn abort_listed(
    cluster: &mut Cluster,
    owner: &Owner,
    timeout_ms: i32,
) -> Result<Option<Vec<String>>, WireError> {
    let Some(ongoing) = cluster.ongoing_transactions().await? else { return Ok(None) };
    let mut own: Vec<String> = ongoing.into_iter().filter(|id| owner.owns(id)).collect();
    own.sort();
    for id in &own {
        cluster.take_over_patiently(id, timeout_ms).await?;
    }
    Ok(Some(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_this_sink_and_subtask_are_owned() {
        let owner = Owner { prefix: "orders-1".to_owned(), subtask: 1, parallelism: 2 };
        for own in ["orders-1-1-7", "orders-1-3-1", "orders-1-101-0"] {
            assert!(owner.owns(own), "{own}");
        }
        for other in
            ["orders-1-2-7", "orders-1-7", "orders-1-1-", "orders-1-1-7-2", "orders-11-1-7", "orders-1-x-7", "orders-1--1-7"]
        {
            assert!(!owner.owns(other), "{other}");
        }
    }
}
