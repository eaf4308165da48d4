//! Live objects of one state, by key. The clock algorithm (second chance) decides what leaves.

use std::collections::VecDeque;

use hashbrown::HashTable;
use indexmap::IndexMap;

use penstock_core::{Object, Result};

use super::{StateCodecs, TtlConfig, list_state, ttl};
use crate::backend::{KeyRef, KeyedStateBackend, StateId};
use crate::small_bytes::SmallBytes;

/// What an entry takes beside its key and value: the slot, its share of the table, an object header.
const ENTRY_OVERHEAD: usize = 160;

/// What an entry of a map takes beside its key and value.
pub(super) const MAP_ENTRY_OVERHEAD: usize = 96;

/// What is cached for a key.
pub(super) enum Cached {
    /// A value (or a whole list); `None`: known to be absent.
    Value { object: Option<Object>, dirty: bool, written_at: i64 },
    /// Elements of a list with time to live, each with the time it was written.
    List { elements: Vec<(Object, i64)>, dirty: bool },
    /// Entries of a map.
    Map(Box<MapEntries>),
}

/// Entries of one key's map.
#[derive(Default)]
pub(super) struct MapEntries {
    /// By the map key's bytes.
    pub entries: IndexMap<Box<[u8]>, MapEntry>,
    /// Whether `entries` has all there is.
    pub complete: bool,
}

/// One entry of a map.
pub(super) struct MapEntry {
    pub key: Object,
    /// `None`: removed, or known to be absent.
    pub value: Option<Object>,
    pub dirty: bool,
    pub written_at: i64,
    /// What it takes, roughly, with its share of the map.
    pub bytes: usize,
}

/// What is looked at for every record lies in front, in one line of the processor's cache.
#[repr(C, align(64))]
struct Entry {
    key: SmallBytes,
    cached: Cached,
    referenced: bool,
    /// Whether it waits in [`Cache::changed`].
    queued: bool,
    /// Whether the backend may have it.
    stored: bool,
    group: u16,
    hash: u64,
    bytes: usize,
}

#[derive(Default)]
pub(super) struct Cache {
    table: HashTable<u32>,
    slots: Vec<Option<Entry>>,
    free: Vec<u32>,
    hand: usize,
    bytes: usize,
    /// Where the key of this epoch was found.
    last: Option<(u64, u32)>,
    /// Slots of entries that have changed, those that did so first in front. Only an order in which to write: an entry
    /// that is not in it is written all the same when all are.
    changed: VecDeque<u32>,
    /// By slot, whether it is in `changed`: still, perhaps, after its entry was thrown away.
    waits: Vec<bool>,
    /// How often a key was looked for, and how often it had to be brought.
    pub asked: u64,
    pub brought: u64,
}

impl Cache {
    /// Bytes of all entries, roughly.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The slot of a key, if it is cached.
    #[inline]
    pub fn find(&mut self, epoch: u64, hash: u64, key: KeyRef<'_>) -> Option<u32> {
        if let Some((last_epoch, slot)) = self.last
            && last_epoch == epoch
        {
            return Some(slot);
        }
        self.asked += 1;
        let slots = &mut self.slots;
        // The table has compared a part of the hash; the whole one would be another line of the cache.
        let found = *self
            .table
            .find(hash, |&slot| slots[slot as usize].as_ref().is_some_and(|e| e.key.as_slice() == key.bytes))?;
        let entry = slots[found as usize].as_mut().expect("found through the table");
        if !entry.referenced {
            entry.referenced = true;
        }
        self.last = Some((epoch, found));
        Some(found)
    }

    /// Whether a key is cached.
    pub fn contains(&self, hash: u64, key: KeyRef<'_>) -> bool {
        let is = |&slot: &u32| self.slots[slot as usize].as_ref().is_some_and(|e| e.key.as_slice() == key.bytes);
        self.table.find(hash, is).is_some()
    }

    /// Adds a key that is not cached.
    pub fn insert(&mut self, epoch: u64, hash: u64, key: KeyRef<'_>, cached: Cached) -> u32 {
        self.brought += 1;
        let bytes = ENTRY_OVERHEAD + key.bytes.len();
        let (key, group) = (SmallBytes::from(key.bytes), key.group);
        let entry = Entry { key, cached, referenced: true, queued: false, stored: true, group, hash, bytes };
        let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
        if slot as usize == self.slots.len() {
            self.slots.push(None);
            self.waits.push(false);
        }
        self.slots[slot as usize] = Some(entry);
        self.bytes += bytes;
        let slots = &self.slots;
        self.table.insert_unique(hash, slot, |&s| slots[s as usize].as_ref().map_or(0, |e| e.hash));
        self.last = Some((epoch, slot));
        slot
    }

    /// Says that the backend does not have what was just inserted.
    #[inline]
    pub fn mark_absent(&mut self, slot: u32) {
        self.slots[slot as usize].as_mut().expect("a slot in use").stored = false;
    }

    /// Throws an entry away as it is; says whether the backend may have it.
    pub fn remove(&mut self, slot: u32) -> bool {
        let Some(entry) = self.slots[slot as usize].take() else { return true };
        if let Ok(occupied) = self.table.find_entry(entry.hash, |&s| s == slot) {
            occupied.remove();
        }
        self.free.push(slot);
        self.bytes -= entry.bytes;
        self.last = None;
        entry.stored
    }

    #[inline]
    pub fn cached_mut(&mut self, slot: u32) -> &mut Cached {
        &mut self.slots[slot as usize].as_mut().expect("a slot in use").cached
    }

    /// Says that an entry has changed and may be written ahead.
    #[inline]
    pub fn mark_changed(&mut self, slot: u32) {
        let entry = self.slots[slot as usize].as_mut().expect("a slot in use");
        if !std::mem::replace(&mut entry.queued, true) && !std::mem::replace(&mut self.waits[slot as usize], true) {
            self.changed.push_back(slot);
        }
    }

    /// How many entries wait for the next snapshot.
    pub fn changed(&self) -> usize {
        self.changed.len()
    }

    /// Writes the entries that changed first, until at most so many are left that wait for the next snapshot.
    pub fn write_ahead(&mut self, most: usize, writer: &mut Writer<'_>) -> Result<()> {
        while self.changed.len() > most
            && let Some(slot) = self.changed.pop_front()
        {
            self.waits[slot as usize] = false;
            // The slot may have been given to another entry meanwhile, which is written then.
            if let Some(entry) = &mut self.slots[slot as usize]
                && std::mem::take(&mut entry.queued)
            {
                let before = entry.bytes;
                writer.write(entry)?;
                self.bytes = self.bytes + entry.bytes - before;
            }
        }
        Ok(())
    }

    /// Says how much the value of an entry takes now.
    pub fn grow(&mut self, slot: u32, bytes: usize) {
        let entry = self.slots[slot as usize].as_mut().expect("a slot in use");
        entry.bytes += bytes;
        self.bytes += bytes;
    }

    /// Says how much less the value of an entry takes.
    pub fn shrink(&mut self, slot: u32, bytes: usize) {
        let entry = self.slots[slot as usize].as_mut().expect("a slot in use");
        let bytes = bytes.min(entry.bytes);
        entry.bytes -= bytes;
        self.bytes -= bytes;
    }

    /// Writes every dirty entry to the backend.
    pub fn write_back(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        self.changed.clear();
        self.waits.fill(false);
        for entry in self.slots.iter_mut().flatten() {
            entry.queued = false;
            let before = entry.bytes;
            writer.write(entry)?;
            // What was changed may have grown.
            self.bytes = self.bytes + entry.bytes - before;
        }
        Ok(())
    }

    /// Throws entries out until at most `max` bytes are left; the entry of the current key stays.
    pub fn evict_to(&mut self, max: usize, epoch: u64, writer: &mut Writer<'_>) -> Result<()> {
        let mut steps = self.slots.len() * 2;
        let current = self.last.filter(|(last, _)| *last == epoch).map(|(_, slot)| slot as usize);
        while self.bytes > max && steps > 0 {
            steps -= 1;
            let slot = self.hand;
            self.hand = (self.hand + 1) % self.slots.len();
            let Some(entry) = &mut self.slots[slot] else { continue };
            if Some(slot) == current || std::mem::take(&mut entry.referenced) {
                continue;
            }
            let (hash, bytes) = (entry.hash, entry.bytes);
            writer.write(entry)?;
            if let Ok(occupied) = self.table.find_entry(hash, |&s| s as usize == slot) {
                occupied.remove();
            }
            self.slots[slot] = None;
            self.free.push(slot as u32);
            self.bytes -= bytes;
        }
        Ok(())
    }
}

/// Makes bytes of the objects of one state and hands them to its backend.
pub(super) struct Writer<'a> {
    backend: &'a mut dyn KeyedStateBackend,
    id: StateId,
    codecs: &'a StateCodecs,
    ttl: Option<&'a TtlConfig>,
    buffer: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub fn new(
        backend: &'a mut dyn KeyedStateBackend,
        id: StateId,
        codecs: &'a StateCodecs,
        ttl: Option<&'a TtlConfig>,
    ) -> Self {
        Self { backend, id, codecs, ttl, buffer: Vec::new() }
    }

    /// Writes what is dirty of an entry.
    fn write(&mut self, entry: &mut Entry) -> Result<()> {
        let key = KeyRef { group: entry.group, bytes: entry.key.as_slice() };
        match &mut entry.cached {
            Cached::Value { object, dirty, written_at } => {
                if std::mem::take(dirty) {
                    entry.stored = object.is_some();
                    self.put(key, &[], object.as_ref(), *written_at)?;
                    let value = object.as_ref().map_or(0, |object| self.codecs.memory_size(object, self.buffer.len()));
                    entry.bytes = ENTRY_OVERHEAD + key.bytes.len() + value;
                }
            }
            Cached::List { elements, dirty } => {
                if std::mem::take(dirty) {
                    self.put_list(key, elements)?;
                }
            }
            Cached::Map(map) => {
                let mut bytes = ENTRY_OVERHEAD + key.bytes.len();
                for (map_key, e) in &mut map.entries {
                    if std::mem::take(&mut e.dirty) {
                        self.put(key, map_key, e.value.as_ref(), e.written_at)?;
                        let value = e.value.as_ref().map_or(0, |v| self.codecs.memory_size(v, self.buffer.len()));
                        e.bytes = MAP_ENTRY_OVERHEAD + map_key.len() + value;
                    }
                    bytes += e.value.as_ref().map_or(0, |_| e.bytes);
                }
                map.entries.retain(|_, e| e.value.is_some());
                entry.bytes = bytes;
            }
        }
        Ok(())
    }

    fn put_list(&mut self, key: KeyRef<'_>, elements: &[(Object, i64)]) -> Result<()> {
        if elements.is_empty() {
            return self.backend.delete(self.id, key, &[]);
        }
        self.buffer.clear();
        list_state::encode(elements, &*self.codecs.value, &mut self.buffer)?;
        self.backend.put(self.id, key, &[], &self.buffer)
    }

    fn put(&mut self, key: KeyRef<'_>, map_key: &[u8], value: Option<&Object>, written_at: i64) -> Result<()> {
        let Some(value) = value else { return self.backend.delete(self.id, key, map_key) };
        self.buffer.clear();
        ttl::prefix(self.ttl, written_at, &mut self.buffer);
        self.codecs.value.encode(value, &mut self.buffer)?;
        self.backend.put(self.id, key, map_key, &self.buffer)
    }
}
