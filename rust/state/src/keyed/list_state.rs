//! List state with time to live: every element has a life of its own, as in Flink.
//!
//! The elements of a key are one entry of the backend, as [`elements`](crate::elements) has them.

use penstock_core::{Error, Object, ObjectCodec, Result};

use super::cache::Cached;
use super::ttl::{TtlUpdate, TtlVisibility};
use super::{KeyedState, RegisteredState, StateHandle};
use crate::elements::{elements, put_element};

impl KeyedState {
    /// The elements of the current key that may be seen.
    pub fn list_elements(&mut self, state: StateHandle) -> Result<Vec<Object>> {
        let slot = self.list_slot(state)?;
        let now = self.clock.now_millis();
        let registered = &mut self.states[state.0];
        let codec = registered.codecs.value.clone();
        let ttl = registered.ttl.ok_or_else(no_ttl)?;
        let (elements, dirty) = list(registered, slot);
        let alive = elements.iter().filter(|(_, written_at)| !ttl.expired(*written_at, now)).count();
        let hides_the_dead = ttl.visibility == TtlVisibility::NeverReturnExpired;
        let seen: Vec<Object> = elements
            .iter()
            .filter(|(_, written_at)| !hides_the_dead || !ttl.expired(*written_at, now))
            .map(|(element, _)| element.clone())
            .collect();
        // The dead are cleaned up where nobody sees them again; those that may be seen stay beside the living.
        if alive < elements.len() && (alive == 0 || hides_the_dead || ttl.update_type == TtlUpdate::OnReadAndWrite) {
            elements.retain(|(_, written_at)| !ttl.expired(*written_at, now));
            *dirty = true;
        }
        if ttl.update_type == TtlUpdate::OnReadAndWrite && !elements.is_empty() {
            for (_, written_at) in elements.iter_mut() {
                *written_at = now;
            }
            *dirty = true;
        }
        *dirty |= seen.iter().any(|element| codec.is_mutable(element));
        Ok(seen)
    }

    /// Adds elements to those of the current key.
    pub fn list_add(&mut self, state: StateHandle, added: Vec<Object>) -> Result<()> {
        let codec = self.states[state.0].codecs.value.clone();
        added.iter().try_for_each(|element| codec.check(element))?;
        let slot = self.list_slot(state)?;
        let now = self.clock.now_millis();
        let size = added.iter().map(|element| codec.memory_size(element) + 32).sum();
        let (elements, dirty) = list(&mut self.states[state.0], slot);
        elements.extend(added.into_iter().map(|element| (element, now)));
        *dirty = true;
        self.states[state.0].cache.grow(slot, size);
        self.evict(state)
    }

    /// Makes these the only elements of the current key.
    pub fn list_update(&mut self, state: StateHandle, new: Vec<Object>) -> Result<()> {
        let codec = self.states[state.0].codecs.value.clone();
        new.iter().try_for_each(|element| codec.check(element))?;
        self.list_clear(state)?;
        self.list_add(state, new)
    }

    /// Removes the elements of the current key.
    pub fn list_clear(&mut self, state: StateHandle) -> Result<()> {
        let slot = self.list_slot(state)?;
        let (elements, dirty) = list(&mut self.states[state.0], slot);
        elements.clear();
        *dirty = true;
        Ok(())
    }

    fn list_slot(&mut self, state: StateHandle) -> Result<u32> {
        let registered = &mut self.states[state.0];
        let key = self.key.key_ref();
        if let Some(slot) = registered.cache.find(self.key.epoch, self.key.hash, key) {
            return Ok(slot);
        }
        let elements = match self.backend.get(registered.id, key, &[])? {
            Some(bytes) => decode(&bytes, &*registered.codecs.value)?,
            None => Vec::new(),
        };
        let size = elements.iter().map(|(element, _)| registered.codecs.value.memory_size(element) + 32).sum();
        let cached = Cached::List { elements, dirty: false };
        let slot = registered.cache.insert(self.key.epoch, self.key.hash, key, cached);
        registered.cache.grow(slot, size);
        Ok(slot)
    }
}

fn list(registered: &mut RegisteredState, slot: u32) -> (&mut Vec<(Object, i64)>, &mut bool) {
    match registered.cache.cached_mut(slot) {
        Cached::List { elements, dirty } => (elements, dirty),
        Cached::Value { .. } | Cached::Map(_) => unreachable!("a list state with time to live caches lists"),
    }
}

fn no_ttl() -> Error {
    Error::internal("a list state without time to live is kept as one value")
}

/// Appends elements as bytes.
pub(super) fn encode(elements: &[(Object, i64)], codec: &dyn ObjectCodec, out: &mut Vec<u8>) -> Result<()> {
    elements
        .iter()
        .try_for_each(|(element, written_at)| put_element(out, *written_at, |out| codec.encode(element, out)))
}

fn decode(bytes: &[u8], codec: &dyn ObjectCodec) -> Result<Vec<(Object, i64)>> {
    let decoded = elements(bytes).map(|element| {
        let (written_at, element) = element.ok_or_else(unreadable)?;
        Ok((codec.decode(element)?, written_at))
    });
    decoded.collect()
}

fn unreadable() -> Error {
    Error::invalid(
        "a list state with time to live was restored from one without; start with a fresh state or give it another name",
    )
}
