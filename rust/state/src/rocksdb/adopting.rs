//! Going on with the database of a checkpoint.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use ::rocksdb::ColumnFamilyDescriptor;
use penstock_core::Result;

use super::expiry::Expiry;
use super::instance::{Family, Instance};
use super::{RocksDbBackend, family_name, family_options, keys};
use crate::backend::Registry;
use crate::metadata::DatabaseFiles;

impl RocksDbBackend {
    /// Goes on with the database at a path within the directory instead of the one it has, which is empty. Gives about
    /// how many entries there are. `shared_root`: where later checkpoints may refer to its files.
    pub(super) fn adopt(
        &mut self,
        path: PathBuf,
        database: &DatabaseFiles,
        has: &RangeInclusive<u16>,
        shared_root: Option<&str>,
    ) -> Result<u64> {
        let expiries: Vec<Expiry> = database.states.iter().map(|_| Expiry::default()).collect();
        let descriptor = |(number, expiry): (usize, &Expiry)| {
            ColumnFamilyDescriptor::new(family_name(number), family_options(&self.settings, expiry))
        };
        let descriptors = expiries.iter().enumerate().map(descriptor).collect();
        let instance = Instance::open(&self.settings.options, self.instance.directory(), path, descriptors)?;
        let families: Result<Vec<Family>> =
            (0..expiries.len()).map(|number| Family::find(&instance, &family_name(number))).collect();
        (self.families, self.expiries, self.instance) = (families?, expiries, instance);
        self.registry = Registry::restored(database.states.clone());
        self.drop_groups_outside(has)?;
        if let Some(root) = shared_root {
            self.uploads.restored(root, &database.files);
        }
        Ok(self.property("rocksdb.estimate-num-keys"))
    }

    /// Removes the key groups of `has` that are not this subtask's.
    fn drop_groups_outside(&mut self, has: &RangeInclusive<u16>) -> Result<()> {
        let (first, last) = (*self.groups.start(), *self.groups.end());
        let below = (*has.start() < first).then(|| (has.start().to_be_bytes().to_vec(), first.to_be_bytes().to_vec()));
        let above = (*has.end() > last).then(|| {
            let end = keys::after(&has.end().to_be_bytes()).unwrap_or_else(|| vec![0xff; 3]);
            ((last + 1).to_be_bytes().to_vec(), end)
        });
        for (from, to) in below.into_iter().chain(above) {
            for family in &self.families {
                // Whole files first: what is deleted by range stays on the disk until a merge comes by.
                self.instance
                    .delete_file_in_range_cf(family.handle(), &from, &to)
                    .and_then(|()| self.instance.delete_range_cf_opt(family.handle(), &from, &to, &self.unlogged))
                    .map_err(|e| self.instance.failed("drop key groups of other subtasks", &e))?;
            }
        }
        Ok(())
    }
}
