//! States with one value per key.

use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;
use penstock_core::Result;

use super::layers::{Layer, Layers};
use crate::small_bytes::SmallBytes;

/// The values of one key group. `None` hides what an older layer has.
#[derive(Debug, Default)]
pub(super) struct Values {
    map: HashMap<SmallBytes, Option<SmallBytes>>,
    bytes: usize,
}

impl Layer for Values {
    fn absorb(&mut self, newer: Self, lowest: bool) {
        for (key, value) in newer.map {
            self.set(key.as_slice(), value, lowest);
        }
    }
}

impl Values {
    fn set(&mut self, key: &[u8], value: Option<SmallBytes>, lowest: bool) {
        let added = value.as_ref().map_or(0, SmallBytes::len);
        if value.is_none() && lowest {
            if let Some((key, old)) = self.map.remove_entry(key) {
                self.bytes -= key.len() + old.map_or(0, |v| v.len());
            }
            return;
        }
        match self.map.entry_ref(key) {
            EntryRef::Occupied(mut slot) => self.bytes -= slot.insert(value).map_or(0, |v| v.len()),
            EntryRef::Vacant(slot) => {
                self.bytes += key.len();
                slot.insert(value);
            }
        }
        self.bytes += added;
    }

    /// Overwrites a value of the same length in place.
    fn overwrite(&mut self, key: &[u8], value: &[u8]) -> bool {
        match self.map.get_mut(key) {
            Some(Some(old)) if old.len() == value.len() => {
                old.as_mut_slice().copy_from_slice(value);
                true
            }
            _ => false,
        }
    }
}

impl Layers<Values> {
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.newest_first().find_map(|layer| layer.map.get(key))?.as_ref().map(SmallBytes::as_slice)
    }

    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) {
        let (layer, lowest) = self.writable();
        if !layer.overwrite(key, value) {
            layer.set(key, Some(value.into()), lowest);
        }
    }

    pub(super) fn delete(&mut self, key: &[u8]) {
        let (layer, lowest) = self.writable();
        layer.set(key, None, lowest);
    }

    pub(super) fn scan(&self, mut visit: impl FnMut(&[u8], &[u8]) -> Result<()>) -> Result<()> {
        for (layer, newer) in self.with_newer() {
            for (key, value) in &layer.map {
                if let Some(value) = value
                    && !newer.iter().any(|n| n.map.contains_key(key))
                {
                    visit(key.as_slice(), value.as_slice())?;
                }
            }
        }
        Ok(())
    }

    /// Entries and bytes; what several layers know counts in each.
    pub(super) fn size(&self) -> (u64, u64) {
        self.newest_first().fold((0, 0), |(n, b), l| (n + l.map.len() as u64, b + l.bytes as u64))
    }
}
