//! Names that are used again (POOLING): a transaction takes the smallest number whose last transaction is over.
//!
//! A number is taken while a transaction is open under it, and after the barrier, while the transaction waits for its
//! commit. Whether that has come is asked of the broker, not remembered: it also comes from other lives of the job.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::kafka::native::Identity;

/// The numbers of one subtask that are taken; with the holder of a transaction that waits for its commit.
#[derive(Debug, Default)]
pub(super) struct Pool {
    taken: BTreeMap<u64, Option<Identity>>,
}

impl Pool {
    /// Takes the smallest free number, from 1.
    pub(super) fn take(pool: &Arc<Mutex<Self>>) -> Taken {
        let taken = &mut pool.lock().taken;
        let mut number = 1;
        while taken.contains_key(&number) {
            number += 1;
        }
        taken.insert(number, None);
        Taken { number, holder: None, pool: Arc::clone(pool) }
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

/// A number under which a transaction is open. Where none is prepared, it is given back when this is dropped.
pub(super) struct Taken {
    number: u64,
    holder: Option<Identity>,
    pool: Arc<Mutex<Pool>>,
}

impl Taken {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The transaction has been prepared.
    pub(super) fn prepared(mut self, holder: Identity) {
        self.holder = Some(holder);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut pool = self.pool.lock();
        match self.holder {
            Some(holder) => pool.prepared(self.number, holder),
            None => pool.give_back(self.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_number_is_taken() {
        let pool = Arc::new(Mutex::new(Pool::default()));
        let holder = Identity { producer_id: 1, epoch: 0 };
        let [first, second, third] = [(); 3].map(|()| Pool::take(&pool));
        assert_eq!([&first, &second, &third].map(Taken::number), [1, 2, 3]);
        second.prepared(holder);
        first.prepared(holder);
        assert_eq!(pool.lock().waiting(), [(1, holder), (2, holder)], "what is open is not asked about");
        pool.lock().give_back(2);
        let [again, fourth] = [(); 2].map(|()| Pool::take(&pool));
        assert_eq!([again.number(), fourth.number()], [2, 4]);
        drop(third);
        assert_eq!(Pool::take(&pool).number(), 3, "dropped unused");
    }
}
