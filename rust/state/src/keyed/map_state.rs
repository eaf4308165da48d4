//! Map state: entries are cached one by one; iterating brings in the rest of the key's map.

use penstock_core::{Error, Object, ObjectCodec, Result};

use super::cache::{Cached, MAP_ENTRY_OVERHEAD, MapEntries, MapEntry};
use super::ttl::{self, TtlConfig, TtlUpdate, TtlVisibility};
use super::{KeyedState, RegisteredState, StateHandle, reading};

impl KeyedState {
    /// The value under a map key.
    pub fn map_get(&mut self, state: StateHandle, map_key: &Object) -> Result<Option<Object>> {
        let slot = self.map_slot(state);
        let bytes = self.encode_map_key(state, map_key)?;
        self.load_entry(state, slot, &bytes, map_key)?;
        let now = self.clock.now_millis();
        let registered = &mut self.states[state.0];
        let (codec, ttl) = (registered.codecs.value.clone(), registered.ttl);
        Ok(entries(registered, slot).entries.get_mut(&*bytes).and_then(|entry| entry.read(ttl.as_ref(), now, &*codec)))
    }

    /// Sets the value under a map key.
    pub fn map_put(&mut self, state: StateHandle, map_key: Object, value: Object) -> Result<()> {
        self.states[state.0].codecs.value.check(&value)?;
        let slot = self.map_slot(state);
        let bytes = self.encode_map_key(state, &map_key)?;
        let now = self.clock.now_millis();
        let registered = &mut self.states[state.0];
        let size = registered.codecs.value.memory_size(&value) + bytes.len() + MAP_ENTRY_OVERHEAD;
        let entry = MapEntry { key: map_key, value: Some(value), dirty: true, written_at: now, bytes: size };
        registered.cache.mark_changed(slot);
        let old = entries(registered, slot).entries.insert(bytes.into_boxed_slice(), entry);
        if old.is_none() {
            registered.cache.grow(slot, size);
            self.evict(state)?;
        }
        Ok(())
    }

    /// Removes a map key.
    pub fn map_remove(&mut self, state: StateHandle, map_key: &Object) -> Result<()> {
        let slot = self.map_slot(state);
        let bytes = self.encode_map_key(state, map_key)?;
        let absent = MapEntry { key: map_key.clone(), value: None, dirty: true, written_at: 0, bytes: 0 };
        self.states[state.0].cache.mark_changed(slot);
        entries(&mut self.states[state.0], slot).entries.insert(bytes.into_boxed_slice(), absent);
        Ok(())
    }

    /// Every entry of the current key's map that may be seen.
    pub fn map_entries(&mut self, state: StateHandle) -> Result<Vec<(Object, Object)>> {
        let slot = self.map_slot(state);
        self.load_all(state, slot)?;
        let now = self.clock.now_millis();
        let registered = &mut self.states[state.0];
        let (codec, ttl) = (registered.codecs.value.clone(), registered.ttl);
        let mut seen = Vec::new();
        for entry in entries(registered, slot).entries.values_mut() {
            let value = entry.read(ttl.as_ref(), now, &*codec);
            seen.extend(value.map(|value| (entry.key.clone(), value)));
        }
        Ok(seen)
    }

    /// Removes everything of the current key's map.
    pub fn map_clear(&mut self, state: StateHandle) -> Result<()> {
        let slot = self.map_slot(state);
        self.load_all(state, slot)?;
        self.states[state.0].cache.mark_changed(slot);
        for entry in entries(&mut self.states[state.0], slot).entries.values_mut() {
            (entry.value, entry.dirty) = (None, true);
        }
        Ok(())
    }

    pub(super) fn map_slot(&mut self, state: StateHandle) -> u32 {
        let registered = &mut self.states[state.0];
        let key = self.key.key_ref();
        if let Some(slot) = registered.cache.find(self.key.epoch, self.key.hash, key) {
            return slot;
        }
        registered.cache.insert(self.key.epoch, self.key.hash, key, Cached::Map(Box::default()))
    }

    fn encode_map_key(&self, state: StateHandle, map_key: &Object) -> Result<Vec<u8>> {
        let codec = self.states[state.0]
            .codecs
            .map_key
            .as_ref()
            .ok_or_else(|| Error::internal("a map state has a codec for its keys"))?;
        codec.check(map_key)?;
        let mut bytes = Vec::new();
        codec.encode(map_key, &mut bytes)?;
        Ok(bytes)
    }

    fn load_entry(&mut self, state: StateHandle, slot: u32, bytes: &[u8], map_key: &Object) -> Result<()> {
        let registered = &mut self.states[state.0];
        let map = entries(registered, slot);
        if map.complete || map.entries.contains_key(bytes) {
            return Ok(());
        }
        let Some(stored) = self.backend.get(registered.id, self.key.key_ref(), bytes)? else { return Ok(()) };
        let (written_at, value) = ttl::split(registered.ttl.as_ref(), &stored)?;
        let value = reading::decode(&*registered.codecs.value, value, &registered.name, &self.operator)?;
        let size = registered.codecs.memory_size(&value, stored.len()) + bytes.len() + MAP_ENTRY_OVERHEAD;
        let entry = MapEntry { key: map_key.clone(), value: Some(value), dirty: false, written_at, bytes: size };
        entries(registered, slot).entries.insert(bytes.into(), entry);
        registered.cache.grow(slot, size);
        self.evict(state)
    }

    pub(super) fn load_all(&mut self, state: StateHandle, slot: u32) -> Result<()> {
        let registered = &mut self.states[state.0];
        if entries(registered, slot).complete {
            return Ok(());
        }
        let mut stored: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        self.backend.scan(registered.id, self.key.key_ref(), &mut |map_key, value| {
            stored.push((map_key.to_vec(), value.to_vec()));
            Ok(())
        })?;
        let codecs = registered.codecs.clone();
        let key_codec =
            codecs.map_key.as_ref().ok_or_else(|| Error::internal("a map state has a codec for its keys"))?;
        let (ttl, name) = (registered.ttl, registered.name.clone());
        let map = entries(registered, slot);
        let mut size = 0;
        for (map_key, value) in stored {
            if map.entries.contains_key(&*map_key) {
                continue;
            }
            let (written_at, encoded) = ttl::split(ttl.as_ref(), &value)?;
            let value = reading::decode(&*codecs.value, encoded, &name, &self.operator)?;
            let bytes = codecs.memory_size(&value, encoded.len()) + map_key.len() + MAP_ENTRY_OVERHEAD;
            size += bytes;
            let key = reading::decode(&**key_codec, &map_key, &name, &self.operator)?;
            let entry = MapEntry { key, value: Some(value), dirty: false, written_at, bytes };
            map.entries.insert(map_key.into(), entry);
        }
        map.complete = true;
        registered.cache.grow(slot, size);
        self.evict(state)
    }
}

impl MapEntry {
    /// The value, if it may be seen. The dead are seen once, if at all.
    fn read(&mut self, ttl: Option<&TtlConfig>, now: i64, codec: &dyn ObjectCodec) -> Option<Object> {
        let value = self.value.as_ref()?;
        if let Some(ttl) = ttl {
            if ttl.expired(self.written_at, now) {
                self.dirty = true;
                let dead = self.value.take();
                return dead.filter(|_| ttl.visibility == TtlVisibility::ReturnExpiredIfNotCleanedUp);
            }
            if ttl.update_type == TtlUpdate::OnReadAndWrite {
                (self.written_at, self.dirty) = (now, true);
            }
        }
        self.dirty |= codec.is_mutable(value);
        Some(value.clone())
    }
}

pub(super) fn entries(registered: &mut RegisteredState, slot: u32) -> &mut MapEntries {
    match registered.cache.cached_mut(slot) {
        Cached::Map(map) => map,
        Cached::Value { .. } | Cached::List { .. } => unreachable!("a map state caches maps"),
    }
}
