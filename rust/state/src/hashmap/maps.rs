//! States with many entries per key, in the order of their map keys.

use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;

use hashbrown::HashMap;
use penstock_core::Result;

use super::layers::{Layer, Layers};
use crate::small_bytes::SmallBytes;

type Value = Option<SmallBytes>;
type Entries = BTreeMap<SmallBytes, Value>;

/// The entries of one key group by key. `None` hides what an older layer has.
#[derive(Debug, Default)]
pub(super) struct Maps {
    map: HashMap<SmallBytes, Entries>,
    entries: usize,
    bytes: usize,
}

impl Layer for Maps {
    fn absorb(&mut self, newer: Self, lowest: bool) {
        for (key, entries) in newer.map {
            for (map_key, value) in entries {
                self.set(key.as_slice(), map_key.as_slice(), value, lowest);
            }
        }
    }
}

impl Maps {
    fn set(&mut self, key: &[u8], map_key: &[u8], value: Value, lowest: bool) {
        if value.is_none() && lowest {
            self.forget(key, map_key);
            return;
        }
        let added = value.as_ref().map_or(0, SmallBytes::len);
        let entries = self.map.entry_ref(key).or_default();
        if let Some(slot) = entries.get_mut(map_key) {
            self.bytes -= std::mem::replace(slot, value).map_or(0, |v| v.len());
        } else {
            entries.insert(map_key.into(), value);
            self.entries += 1;
            self.bytes += key.len() + map_key.len();
        }
        self.bytes += added;
    }

    fn forget(&mut self, key: &[u8], map_key: &[u8]) {
        let Some(entries) = self.map.get_mut(key) else { return };
        if let Some(old) = entries.remove(map_key) {
            self.entries -= 1;
            self.bytes -= key.len() + map_key.len() + old.map_or(0, |v| v.len());
        }
        if entries.is_empty() {
            self.map.remove(key);
        }
    }
}

impl Layers<Maps> {
    pub(super) fn get(&self, key: &[u8], map_key: &[u8]) -> Option<&[u8]> {
        self.newest_first().find_map(|layer| layer.map.get(key)?.get(map_key))?.as_ref().map(SmallBytes::as_slice)
    }

    pub(super) fn put(&mut self, key: &[u8], map_key: &[u8], value: &[u8]) {
        let (layer, lowest) = self.writable();
        layer.set(key, map_key, Some(value.into()), lowest);
    }

    pub(super) fn delete(&mut self, key: &[u8], map_key: &[u8]) {
        let (layer, lowest) = self.writable();
        layer.set(key, map_key, None, lowest);
    }

    /// The entries of one key, map keys ascending.
    pub(super) fn scan(&self, key: &[u8], mut visit: impl FnMut(&[u8], &[u8]) -> Result<()>) -> Result<()> {
        let layers: Vec<&Entries> = self.newest_first().filter_map(|layer| layer.map.get(key)).collect();
        Merged::new(&layers).try_for_each(|(map_key, value)| visit(map_key, value))
    }

    /// Every entry; those of a key together.
    pub(super) fn scan_all(&self, mut visit: impl FnMut(&[u8], &[u8], &[u8]) -> Result<()>) -> Result<()> {
        for (layer, newer) in self.with_newer() {
            for key in layer.map.keys() {
                // A key is visited with the newest layer that knows it, all its layers merged.
                if !newer.iter().any(|n| n.map.contains_key(key)) {
                    self.scan(key.as_slice(), |map_key, value| visit(key.as_slice(), map_key, value))?;
                }
            }
        }
        Ok(())
    }

    /// Entries and bytes; what several layers know counts in each.
    pub(super) fn size(&self) -> (u64, u64) {
        self.newest_first().fold((0, 0), |(n, b), l| (n + l.entries as u64, b + l.bytes as u64))
    }
}

/// The entries of one key from several layers in the order of map keys; the newest layer decides.
struct Merged<'a> {
    layers: Vec<Peekable<btree_map::Iter<'a, SmallBytes, Value>>>,
}

impl<'a> Merged<'a> {
    fn new(newest_first: &[&'a Entries]) -> Self {
        Self { layers: newest_first.iter().map(|entries| entries.iter().peekable()).collect() }
    }
}

impl<'a> Iterator for Merged<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next: &'a [u8] = self.layers.iter_mut().filter_map(|l| l.peek().map(|&(k, _)| k.as_slice())).min()?;
            let mut newest: Option<&'a Value> = None;
            for layer in &mut self.layers {
                if let Some((_, value)) = layer.next_if(|(k, _)| k.as_slice() == next) {
                    newest.get_or_insert(value);
                }
            }
            if let Some(Some(value)) = newest {
                return Some((next, value.as_slice()));
            }
        }
    }
}
