//! Names that are used again (POOLING): a transaction takes the smallest number whose last transaction is over.
//!
//! A number is taken while a transaction is open under it, and after the barrier, while the transaction waits for its
//! commit. Whether that has come is asked of the broker, not remembered: it also comes from other lives of the job.

use std::collections::BTreeMap;

use crate::kafka::native::Identity;

/// The numbers of one subtask that are taken; with the holder of a transaction that waits for its commit.
#[derive(Debug, Default)]
pub(super) struct Pool {
    taken: BTreeMap<u64, Option<Identity>>,
}

impl Pool {
    /// Takes the smallest free number, from 1.
    pub(super) fn take(&mut self) -> u64 {
        let mut free = 1;
        while self.taken.contains_key(&free) {
            free += 1;
        }
        self.taken.insert(free, None);
        free
    }

    /// The transaction of a number has been prepared.
    pub(super) fn prepared(&mut self, number: u64, holder: Identity) {
        self.taken.insert(number, Some(holder));
    }

    /// Numbers whose transactions wait for their commit, or are over by now.
    pub(super) fn waiting(&self) -> Vec<(u64, Identity)> {
        self.taken.iter().filter_map(|(number, holder)| Some((*number, (*holder)?))).collect()
    }

    /// A number may be taken again.
    pub(super) fn give_back(&mut self, number: u64) {
        self.taken.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_number_is_taken() {
        let mut pool = Pool::default();
        let holder = Identity { producer_id: 1, epoch: 0 };
        assert_eq!([pool.take(), pool.take(), pool.take()], [1, 2, 3]);
        pool.prepared(2, holder);
        pool.prepared(1, holder);
        assert_eq!(pool.waiting(), [(1, holder), (2, holder)], "what is open is not asked about");
        pool.give_back(2);
        assert_eq!([pool.take(), pool.take()], [2, 4]);
    }
}
