//! Namespaces: state of a key that is told apart further, as that of a key's windows is. To the backend a key with a
//! namespace behind it is a key of its own, in the group of the key.

use std::hash::BuildHasher;

use penstock_core::Result;

use super::cache::Cached;
use super::{KeyedState, StateHandle};

impl KeyedState {
    /// From now on states speak of the current key within this namespace; an empty one is the key alone.
    #[inline]
    pub fn set_namespace(&mut self, namespace: &[u8]) {
        if self.namespace() == namespace {
            return;
        }
        self.key.bytes.truncate(self.key.plain);
        self.key.bytes.extend_from_slice(namespace);
        self.rehash();
    }

    /// The current namespace.
    #[inline]
    #[must_use]
    pub fn namespace(&self) -> &[u8] {
        &self.key.bytes[self.key.plain..]
    }

    /// The last `length` bytes of what was set as the key are its namespace.
    pub fn split_namespace(&mut self, length: usize) {
        self.key.plain = self.key.bytes.len().saturating_sub(length);
    }

    /// Removes the value of the current key and forgets the key, which is not expected to be asked for again.
    pub fn remove(&mut self, state: StateHandle) -> Result<()> {
        let registered = &mut self.states[state.0];
        let key = self.key.key_ref();
        match registered.cache.find(self.key.epoch, self.key.hash, key) {
            Some(slot) => {
                if registered.cache.remove(slot) {
                    self.backend.delete(registered.id, key, &[])?;
                }
                Ok(())
            }
            None => self.backend.delete(registered.id, key, &[]),
        }
    }

    /// Takes the value of the current key out, as [`remove`](Self::remove) does.
    pub fn take(&mut self, state: StateHandle) -> Result<Option<penstock_core::Object>> {
        let slot = self.value_slot(state)?;
        let registered = &mut self.states[state.0];
        let taken = match registered.cache.cached_mut(slot) {
            Cached::Value { object, .. } => object.take(),
            Cached::List { .. } | Cached::Map(_) => None,
        };
        if registered.cache.remove(slot) {
            self.backend.delete(registered.id, self.key.key_ref(), &[])?;
        }
        Ok(taken)
    }

    fn rehash(&mut self) {
        self.key.hash = self.hasher.hash_one(self.key.bytes.as_slice());
        self.key.epoch += 1;
    }
}
