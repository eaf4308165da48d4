//! Writes: at once, collected, or kept while the files of a checkpoint are being linked.

use ::rocksdb::WriteBatch;
use penstock_core::Result;

use super::instance::Family;
use super::linking::Kept;
use super::{RocksDbBackend, keys};
use crate::backend::{KeyRef, StateId};

/// Bytes of writes that are collected.
pub(super) const BATCH: usize = 1 << 20;

impl RocksDbBackend {
    /// Writes a value, or deletes it. While files are being linked it is kept for later; afterwards some of what was
    /// kept goes with it.
    pub(super) fn write(
        &mut self,
        state: StateId,
        key: KeyRef<'_>,
        map_key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<()> {
        let number = usize::from(state.0);
        let stored = keys::entry(key, map_key);
        self.family(state, key.group)?;
        if let Some(linking) = &mut self.linking {
            if linking.is_closed() {
                linking.keep(number, stored, value.map(<[u8]>::to_vec));
                return Ok(());
            }
            linking.forget(number, &stored);
            self.write_kept()?;
        }
        let family = &self.families[number];
        if let Some(batch) = &mut self.together {
            add(batch, family, &stored, value);
            return if batch.size_in_bytes() < BATCH { Ok(()) } else { self.write_collected() };
        }
        match value {
            Some(value) => self.instance.put_cf_opt(family.handle(), stored, value, &self.unlogged),
            None => self.instance.delete_cf_opt(family.handle(), stored, &self.unlogged),
        }
        .map_err(|e| self.instance.failed("be written", &e))
    }

    /// Writes what was collected.
    pub(super) fn write_collected(&mut self) -> Result<()> {
        let Some(batch) = &mut self.together else { return Ok(()) };
        let batch = std::mem::take(batch);
        self.instance.write_opt(batch, &self.unlogged).map_err(|e| self.instance.failed("be written", &e))
    }

    /// Brings some of what was kept to the database, which is open again.
    fn write_kept(&mut self) -> Result<()> {
        let Some(linking) = &mut self.linking else { return Ok(()) };
        let mut batch = WriteBatch::default();
        for (state, key, value) in linking.take_some() {
            add(&mut batch, &self.families[state], &key, value.as_deref());
        }
        if linking.is_over() {
            self.linking = None;
        }
        self.instance.write_opt(batch, &self.unlogged).map_err(|e| self.instance.failed("be written", &e))
    }

    /// Waits for links that are under way and brings all that was kept to the database.
    pub(super) fn settle(&mut self) -> Result<()> {
        if let Some(linking) = &mut self.linking {
            linking.wait();
        }
        while self.linking.is_some() {
            self.write_kept()?;
        }
        Ok(())
    }

    /// What was written to a state and is not in the database yet.
    pub(super) fn kept(&self, state: StateId) -> Option<&Kept> {
        self.linking.as_ref()?.of(usize::from(state.0))
    }
}

/// Adds a write to those that are collected: a value, or `None` to delete it.
fn add(batch: &mut WriteBatch, family: &Family, key: &[u8], value: Option<&[u8]>) {
    match value {
        Some(value) => batch.put_cf(family.handle(), key, value),
        None => batch.delete_cf(family.handle(), key),
    }
}
