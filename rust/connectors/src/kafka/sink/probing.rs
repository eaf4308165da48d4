//! Finds and aborts transactions that an earlier life left open, by trying names: from the first checkpoint after the
//! restored one upwards until a name was never used, for this subtask's number, and then in steps of the parallelism
//! for the numbers of subtasks that a larger job had. Prepared transactions have smaller offsets and are never touched.
//!
//! That works because the names of a subtask have no gaps: the writer registers those it skips.

use async_trait::async_trait;
use std::ops::RangeInclusive;

use super::naming::transactional_id;
use crate::kafka::wire::{Cluster, TransactionPhase, WireError};

/// What probing needs of a cluster.
#[async_trait]
pub(super) trait Transactions: Send {
    /// The phase of each id, in order; `None` if the cluster cannot say.
    async fn phases(&mut self, ids: &[String]) -> Result<Option<Vec<TransactionPhase>>, WireError>;
    /// Aborts what is open under an id and fences its holder. Says whether the id had been in use.
    async fn take_over(&mut self, id: &str) -> Result<bool, WireError>;
}

/// Where to look.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pub(super) prefix: String,
    pub(super) subtask: u32,
    pub(super) parallelism: u32,
    /// The first offset after the restored checkpoint.
    pub(super) first: u64,
}

/// Aborts everything open in the search's range. Gives the number of ids that had been in use.
pub(super) async fn abort_lingering(transactions: &mut impl Transactions, search: &Search) -> Result<usize, WireError> {
    let mut total = 0;
    for subtask in (search.subtask..).step_by(search.parallelism.max(1) as usize) {
        let used = abort_of_subtask(transactions, search, subtask).await?;
        total += used;
        if used == 0 {
            break;
        }
    }
    Ok(total)
}

async fn abort_of_subtask(
    transactions: &mut impl Transactions,
    search: &Search,
    subtask: u32,
) -> Result<usize, WireError> {
    /// The first look is small, for there is mostly little to find.
    const FIRST_LOOK: u64 = 4;
    const LARGEST_LOOK: u64 = 256;
    let name = |offset| transactional_id(&search.prefix, subtask, offset);
    let (mut offset, mut look, mut used) = (search.first, FIRST_LOOK, 0);
    loop {
        let ids: Vec<String> = look_range(offset, look).map(name).collect();
        let Some(phases) = transactions.phases(&ids).await? else {
            return abort_one_by_one(transactions, search, subtask).await;
        };
        for (id, phase) in ids.iter().zip(phases) {
            match phase {
                TransactionPhase::Unknown => return Ok(used),
                // Over; whoever had it has gone on to another name.
                TransactionPhase::Complete => {}
                TransactionPhase::Empty | TransactionPhase::Ongoing | TransactionPhase::Ending => {
                    transactions.take_over(id).await?;
                }
            }
            used += 1;
        }
        offset += look;
        look = (look * 2).min(LARGEST_LOOK);
    }
}

fn look_range(offset: u64, look: u64) -> RangeInclusive<u64> {
    offset..=offset + look - 1
}

/// For clusters that describe nothing: taking over an unused name is how to find out that it is unused.
async fn abort_one_by_one(
    transactions: &mut impl Transactions,
    search: &Search,
    subtask: u32,
) -> Result<usize, WireError> {
    let mut used = 0;
    for offset in search.first.. {
        if !transactions.take_over(&transactional_id(&search.prefix, subtask, offset)).await? {
            break;
        }
        used += 1;
    }
    Ok(used)
}

/// The real thing.
pub(super) struct Probe<'a> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) timeout_ms: i32,
}

#[async_trait]
impl Transactions for Probe<'_> {
    async fn phases(&mut self, ids: &[String]) -> Result<Option<Vec<TransactionPhase>>, WireError> {
        let Some(first) = ids.first() else { return Ok(Some(Vec::new())) };
        if !self.cluster.describes_transactions(first).await? {
            return Ok(None);
        }
        let states = self.cluster.describe_patiently(ids).await?;
        Ok(Some(states.into_iter().map(|state| state.phase).collect()))
    }

    async fn take_over(&mut self, id: &str) -> Result<bool, WireError> {
        Ok(self.cluster.take_over_patiently(id, self.timeout_ms).await?.epoch > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Phases by id; takes note of what is taken over.
    #[derive(Default)]
    struct Fake {
        phases: BTreeMap<String, TransactionPhase>,
        taken: Vec<String>,
        describes: bool,
    }

    #[async_trait]
    impl Transactions for Fake {
        async fn phases(&mut self, ids: &[String]) -> Result<Option<Vec<TransactionPhase>>, WireError> {
            let phase = |id| self.phases.get(id).copied().unwrap_or(TransactionPhase::Unknown);
            Ok(self.describes.then(|| ids.iter().map(phase).collect()))
        }

        async fn take_over(&mut self, id: &str) -> Result<bool, WireError> {
            let used = self.phases.insert(id.to_owned(), TransactionPhase::Empty).is_some();
            self.taken.push(id.to_owned());
            Ok(used)
        }
    }

    fn fake(describes: bool, phases: &[(&str, TransactionPhase)]) -> Fake {
        Fake {
            phases: phases.iter().map(|(id, phase)| ((*id).to_owned(), *phase)).collect(),
            taken: Vec::new(),
            describes,
        }
    }

    fn search(subtask: u32, parallelism: u32, first: u64) -> Search {
        Search { prefix: "p".to_owned(), subtask, parallelism, first }
    }

    #[tokio::test]
    async fn only_open_ones_after_the_restored_checkpoint_are_taken_over() {
        use TransactionPhase::{Complete, Empty, Ending, Ongoing};
        let mut fake = fake(
            true,
            &[
                ("p-0-3", Ongoing),
                ("p-0-4", Complete),
                ("p-0-5", Ongoing),
                ("p-0-6", Empty),
                ("p-0-7", Ending),
                ("p-0-9", Ongoing),
            ],
        );
        assert_eq!(abort_lingering(&mut fake, &search(0, 1, 4)).await.unwrap(), 4);
        assert_eq!(fake.taken, ["p-0-5", "p-0-6", "p-0-7"]);
    }

    #[tokio::test]
    async fn subtasks_of_a_larger_job_are_cleaned_up_in_steps_of_the_parallelism() {
        use TransactionPhase::Ongoing;
        let open = [("p-1-1", Ongoing), ("p-3-1", Ongoing), ("p-5-1", Ongoing), ("p-2-1", Ongoing), ("p-9-1", Ongoing)];
        let mut fake = fake(true, &open);
        abort_lingering(&mut fake, &search(1, 2, 1)).await.unwrap();
        assert_eq!(fake.taken, ["p-1-1", "p-3-1", "p-5-1"]);
    }

    #[tokio::test]
    async fn a_long_history_is_walked_to_its_end() {
        let mut fake = fake(true, &[]);
        for offset in 1..=1000 {
            fake.phases.insert(format!("p-0-{offset}"), TransactionPhase::Complete);
        }
        fake.phases.insert("p-0-1000".to_owned(), TransactionPhase::Ongoing);
        assert_eq!(abort_lingering(&mut fake, &search(0, 1, 1)).await.unwrap(), 1000);
        assert_eq!(fake.taken, ["p-0-1000"]);
    }

    #[tokio::test]
    async fn without_descriptions_names_are_tried_until_one_is_unused() {
        use TransactionPhase::Ongoing;
        let mut fake = fake(false, &[("p-0-1", Ongoing), ("p-0-2", Ongoing)]);
        assert_eq!(abort_lingering(&mut fake, &search(0, 1, 1)).await.unwrap(), 2);
        assert_eq!(fake.taken, ["p-0-1", "p-0-2", "p-0-3", "p-1-1"]);
    }
}
