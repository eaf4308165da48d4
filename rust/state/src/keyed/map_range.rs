//! Map state by the bytes of its keys, for operators that choose among many entries and soon remove them.

use penstock_core::{Object, Result};

use super::map_state::entries;
use super::{KeyedState, StateHandle};

impl KeyedState {
    /// The values of the current key under the map keys whose bytes are wanted, with these bytes, in their order.
    pub fn map_values_where(
        &mut self,
        state: StateHandle,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<(Box<[u8]>, Object)>> {
        let slot = self.map_slot(state);
        self.load_all(state, slot)?;
        let registered = &mut self.states[state.0];
        let codec = registered.codecs.value.clone();
        let mut found = Vec::new();
        for (bytes, entry) in &mut entries(registered, slot).entries {
            if let Some(value) = entry.value.as_ref().filter(|_| wanted(bytes)) {
                entry.dirty |= codec.is_mutable(value);
                found.push((bytes.clone(), value.clone()));
            }
        }
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    /// Whether there is something under a map key.
    pub fn map_contains(&mut self, state: StateHandle, bytes: &[u8]) -> Result<bool> {
        let slot = self.map_slot(state);
        let registered = &mut self.states[state.0];
        let id = registered.id;
        let map = entries(registered, slot);
        match map.entries.get(bytes) {
            Some(entry) => Ok(entry.value.is_some()),
            None if map.complete => Ok(false),
            None => Ok(self.backend.get(id, self.key.key_ref(), bytes)?.is_some()),
        }
    }

    /// Removes a map key from cache and backend at once: nothing is left that later looks would have to pass.
    pub fn map_remove_at_once(&mut self, state: StateHandle, bytes: &[u8]) -> Result<()> {
        let slot = self.map_slot(state);
        let registered = &mut self.states[state.0];
        let removed = entries(registered, slot).entries.swap_remove(bytes);
        if let Some(entry) = removed.filter(|entry| entry.value.is_some()) {
            registered.cache.shrink(slot, entry.bytes);
        }
        self.backend.delete(registered.id, self.key.key_ref(), bytes)
    }
}
