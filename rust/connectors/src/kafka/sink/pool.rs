//! Names that are used again (POOLING): a transaction takes the smallest number whose last transaction is over.
//!
//! A number is taken while a transaction is open under it, and after the barrier, while the transaction waits for its
//! commit. Whether that has come is asked of the broker, not remembered: it also comes from other lives of the job.

use std::collections::BTreeMap;

/// What is known of a number that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Records go there, or will.
    Open,
    /// Its transaction waits for its commit.
    Prepared,
}

/// The numbers of one subtask.
#[derive(Debug, Default)]
pub(super) struct Pool {
    taken: BTreeMap<u64, Use>,
}

impl Pool {
    /// Takes the smallest free number, from 1.
    pub(super) fn take(&mut self) -> u64 {
        let free = (1..).find(|number| !self.taken.contains_key(number)).expect("there is always a larger number");
        self.taken.insert(free, Use::Open);
        free
    }

    /// The transaction of a number has been prepared.
    pub(super) fn prepared(&mut self, number: u64) {
        self.taken.insert(number, Use::Prepared);
    }

    /// Numbers whose transactions may be over by now.
    pub(super) fn waiting(&self) -> Vec<u64> {
        self.taken.iter().filter(|(_, used)| **used == Use::Prepared).map(|(number, _)| *number).collect()
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
        assert_eq!([pool.take(), pool.take(), pool.take()], [1, 2, 3]);
        pool.prepared(2);
        pool.prepared(1);
        assert_eq!(pool.waiting(), [1, 2], "what is open is not asked about");
        pool.give_back(2);
        assert_eq!([pool.take(), pool.take()], [2, 4]);
    }
}
