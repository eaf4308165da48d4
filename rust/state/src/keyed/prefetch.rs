//! The values of a batch's keys, brought into the cache in one go before the batch is processed.

use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use penstock_core::{Keys, Result};

use super::cache::Cached;
use super::{KeyedState, StateHandle, ttl};
use crate::backend::{KeyRef, StateKind};

/// The most batches that are let pass without a look after those whose values were all in the cache.
const MOST_SKIPPED: u32 = 63;

/// When to look: looking costs a little for every record, and is in vain while everything is in the cache.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Batches to let pass.
    skip: u32,
    /// How many were let pass last time.
    last: u32,
}

impl Pace {
    /// Whether to look at this batch.
    fn is_due(&mut self) -> bool {
        match self.skip.checked_sub(1) {
            Some(left) => {
                self.skip = left;
                false
            }
            None => true,
        }
    }

    /// So many of the keys of a batch had to be read.
    fn read(&mut self, missing: usize, keys: usize) {
        self.last = if missing * 16 >= keys { 0 } else { (self.last * 2 + 1).min(MOST_SKIPPED) };
        self.skip = self.last;
    }
}

/// Values that are read in one go, and the longest that the task stands still for a batch's. What is left then is read
/// when its record comes: from a disk, a batch of thousands would take a noticeable pause.
const PIECE: usize = 256;
const LONGEST: Duration = Duration::from_millis(10);

/// Roughly what a cached value takes; no more are fetched ahead than half of the cache holds.
const TYPICAL: usize = 512;

impl KeyedState {
    /// Reads what the backend has under these keys and the cache has not, where that is faster together than one by one.
    /// The interpreter must be held.
    pub fn prefetch(&mut self, keys: &Keys) -> Result<()> {
        if self.states.is_empty() || !self.backend.reads_faster_together() || !self.prefetch_pace.is_due() {
            return Ok(());
        }
        let most = (self.max_cache_bytes / TYPICAL / 2).min(keys.groups.len());
        let mut missing = 0;
        for state in 0..self.states.len() {
            if self.states[state].kind == StateKind::Value && !self.states[state].namespaced {
                missing += self.prefetch_state(state, keys, most)?;
                // While every value is found because it was brought here, nobody else throws any out.
                self.evict(StateHandle(state))?;
            }
        }
        self.prefetch_pace.read(missing, keys.groups.len());
        Ok(())
    }

    /// Gives how many values had to be read.
    fn prefetch_state(&mut self, state: usize, keys: &Keys, most: usize) -> Result<usize> {
        let registered = &mut self.states[state];
        let mut missing: HashMap<&[u8], (u64, KeyRef<'_>)> = HashMap::new();
        for row in 0..keys.groups.len() {
            let key = KeyRef { group: keys.groups[row], bytes: keys.bytes_of(row) };
            let hash = self.hasher.hash_one(key.bytes);
            if missing.len() < most && !registered.cache.contains(hash, key) {
                missing.insert(key.bytes, (hash, key));
            }
        }
        // For one alone there is nothing to gain.
        let count = missing.len();
        if count < 2 {
            return Ok(count);
        }
        let (hashes, wanted): (Vec<u64>, Vec<KeyRef<'_>>) = missing.into_values().unzip();
        let began = Instant::now();
        for (wanted, hashes) in wanted.chunks(PIECE).zip(hashes.chunks(PIECE)) {
            let found = self.backend.get_many(registered.id, wanted)?;
            for ((&key, &hash), stored) in wanted.iter().zip(hashes).zip(found) {
                let encoded = stored.as_ref().map_or(0, Vec::len);
                let (written_at, object) = match &stored {
                    Some(bytes) => {
                        let (time, value) = ttl::split(registered.ttl.as_ref(), bytes)?;
                        (time, Some(registered.codecs.value.decode(value)?))
                    }
                    None => (0, None),
                };
                let bytes = object.as_ref().map_or(0, |object| registered.codecs.memory_size(object, encoded));
                // Under a moment of its own, so that nobody takes it for the entry of the current key.
                self.key.epoch += 1;
                let cached = Cached::Value { object, dirty: false, written_at };
                let slot = registered.cache.insert(self.key.epoch, hash, key, cached);
                registered.cache.grow(slot, bytes);
            }
            if began.elapsed() > LONGEST {
                break;
            }
        }
        self.key.epoch += 1;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_and_less_is_looked_at_while_nothing_is_missing() {
        let mut pace = Pace::default();
        let mut looks = |missing: usize, batches: usize| {
            let look = |pace: &mut Pace| {
                let due = pace.is_due();
                if due {
                    pace.read(missing, 100);
                }
                due
            };
            (0..batches).filter(|_| look(&mut pace)).count()
        };
        assert_eq!(looks(50, 10), 10, "every batch while much is missing");
        assert_eq!(looks(0, 63 + 5 * 64), 6 + 5, "then after 1, 3, 7, 15, 31, 63, 63 … batches");
        assert_eq!(looks(50, 128), 128 - 63, "until something is missing again");
    }
}
