//! Value state, and list state as one value where it has no time to live.

use penstock_core::{Object, Result};

use super::cache::Cached;
use super::ttl::{self, TtlUpdate, TtlVisibility};
use super::{KeyedState, StateHandle, reading};

impl KeyedState {
    /// The value of the current key.
    #[inline]
    pub fn value(&mut self, state: StateHandle) -> Result<Option<Object>> {
        let slot = self.value_slot(state)?;
        let registered = &mut self.states[state.0];
        let Cached::Value { object, dirty, written_at } = registered.cache.cached_mut(slot) else {
            unreachable!("a value state caches values")
        };
        let was_dirty = *dirty;
        let Some(found) = object else { return Ok(None) };
        if let Some(ttl) = &registered.ttl {
            let now = self.clock.now_millis();
            if ttl.expired(*written_at, now) {
                *dirty = true;
                let dead = object.take();
                registered.cache.mark_changed(slot);
                return Ok(dead.filter(|_| ttl.visibility == TtlVisibility::ReturnExpiredIfNotCleanedUp));
            }
            if ttl.update_type == TtlUpdate::OnReadAndWrite {
                *written_at = now;
                *dirty = true;
            }
        }
        if !*dirty && registered.codecs.value.is_mutable(found) {
            *dirty = true;
        }
        let (found, changed) = (found.clone(), *dirty && !was_dirty);
        if changed {
            registered.cache.mark_changed(slot);
        }
        Ok(Some(found))
    }

    /// Sets the value of the current key, after checking it against the declared type.
    #[inline]
    pub fn update(&mut self, state: StateHandle, value: Object) -> Result<()> {
        self.states[state.0].codecs.value.check(&value)?;
        self.update_fitting(state, value)
    }

    /// Sets the value of the current key, which is known to fit the declared type.
    #[inline]
    pub fn update_fitting(&mut self, state: StateHandle, value: Object) -> Result<()> {
        // The object stays as the user made it until it leaves the cache, as in PyFlink: a sum kept in a FLOAT state is
        // not cut to 32 bits at every step.
        let now = if self.states[state.0].ttl.is_some() { self.clock.now_millis() } else { 0 };
        let slot = self.value_slot(state)?;
        let registered = &mut self.states[state.0];
        let (grown, was_dirty) = match registered.cache.cached_mut(slot) {
            Cached::Value { object, dirty, written_at } => {
                let grown = object.is_none().then(|| registered.codecs.value.memory_size(&value));
                let was_dirty = std::mem::replace(dirty, true);
                (*object, *written_at) = (Some(value), now);
                (grown, was_dirty)
            }
            Cached::Map(_) | Cached::List { .. } => unreachable!("a value state caches values"),
        };
        if !was_dirty {
            registered.cache.mark_changed(slot);
        }
        if let Some(bytes) = grown {
            registered.cache.grow(slot, bytes);
            self.evict(state)?;
        }
        Ok(())
    }

    /// Whether a value fits the declared type of a state.
    pub fn check_value(&mut self, state: StateHandle, value: &Object) -> Result<()> {
        self.states[state.0].codecs.value.check(value)
    }

    /// Removes the value of the current key.
    pub fn clear(&mut self, state: StateHandle) -> Result<()> {
        let slot = self.value_slot(state)?;
        if let Cached::Value { object, dirty, .. } = self.states[state.0].cache.cached_mut(slot) {
            (*object, *dirty) = (None, true);
        }
        self.states[state.0].cache.mark_changed(slot);
        Ok(())
    }

    #[inline]
    pub(super) fn value_slot(&mut self, state: StateHandle) -> Result<u32> {
        let registered = &mut self.states[state.0];
        let key = self.key.key_ref();
        if let Some(slot) = registered.cache.find(self.key.epoch, self.key.hash, key) {
            return Ok(slot);
        }
        let stored = self.backend.get(registered.id, key, &[])?;
        let (written_at, object) = match &stored {
            Some(bytes) => {
                let (time, value) = ttl::split(registered.ttl.as_ref(), bytes)?;
                (time, Some(reading::decode(&*registered.codecs.value, value, &registered.name, &self.operator)?))
            }
            None => (0, None),
        };
        let encoded = stored.map_or(0, |bytes| bytes.len());
        let bytes = object.as_ref().map_or(0, |object| registered.codecs.memory_size(object, encoded));
        let absent = object.is_none();
        let cached = Cached::Value { object, dirty: false, written_at };
        let slot = registered.cache.insert(self.key.epoch, self.key.hash, key, cached);
        if absent {
            registered.cache.mark_absent(slot);
        }
        registered.cache.grow(slot, bytes);
        self.evict(state)?;
        Ok(slot)
    }
}
