//! The values of a batch's keys, brought into the cache in one go before the batch is processed.

use std::hash::BuildHasher;

use hashbrown::HashMap;
use penstock_core::{Keys, Result};

use super::KeyedState;
use super::cache::Cached;
use super::ttl;
use crate::backend::{KeyRef, StateKind};

/// Roughly what a cached value takes; no more are fetched ahead than half of the cache holds.
const TYPICAL: usize = 512;

impl KeyedState {
    /// Reads what the backend has under these keys and the cache has not, where that is faster together than one by one.
    /// The interpreter must be held.
    pub fn prefetch(&mut self, keys: &Keys) -> Result<()> {
        if !self.backend.reads_faster_together() || self.states.is_empty() {
            return Ok(());
        }
        let most = (self.max_cache_bytes / TYPICAL / 2).min(keys.groups.len());
        for state in 0..self.states.len() {
            if self.states[state].kind == StateKind::Value {
                self.prefetch_state(state, keys, most)?;
            }
        }
        Ok(())
    }

    fn prefetch_state(&mut self, state: usize, keys: &Keys, most: usize) -> Result<()> {
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
        if missing.len() < 2 {
            return Ok(());
        }
        let (hashes, wanted): (Vec<u64>, Vec<KeyRef<'_>>) = missing.into_values().unzip();
        let found = self.backend.get_many(registered.id, &wanted)?;
        for ((key, hash), stored) in wanted.into_iter().zip(hashes).zip(found) {
            let (written_at, object) = match stored {
                Some(bytes) => {
                    let (time, value) = ttl::split(registered.ttl.as_ref(), &bytes)?;
                    (time, Some(registered.codecs.value.decode(value)?))
                }
                None => (0, None),
            };
            let bytes = object.as_ref().map_or(0, |object| registered.codecs.value.memory_size(object));
            // Under a moment of its own, so that nobody takes it for the entry of the current key.
            self.key.epoch += 1;
            let cached = Cached::Value { object, dirty: false, written_at };
            let slot = registered.cache.insert(self.key.epoch, hash, key, cached);
            registered.cache.grow(slot, bytes);
        }
        Ok(())
    }
}
