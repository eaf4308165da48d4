//! Keyed state in RocksDB: one database per operator subtask, in a directory of its own below `io.tmp.dirs`, a column
//! family per state. A freeze takes a RocksDB snapshot, so that writes go on at once; with incremental checkpoints it
//! also writes memtables out and links the files of its moment.

mod append;
mod directory;
mod entries;
mod expiry;
mod frozen;
mod instance;
mod keys;
mod memory;
mod restore;
mod settings;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use ::rocksdb::{
    ColumnFamilyDescriptor, DBPinnableSlice, DBRawIteratorWithThreadMode, Options, ReadOptions, WriteOptions,
};
use penstock_core::config::options;
use penstock_core::{Error, Result};

use crate::backend::{
    EntryVisitor, FrozenState, KeyRef, KeyedStateBackend, Registered, Registry, StateDescriptor, StateId, StateVisitor,
    TimeToLive, foreign_group,
};
use crate::factory::BackendContext;
use crate::incremental::Uploads;
use crate::metadata::DatabaseFiles;
use directory::OwnedDirectory;
pub(crate) use entries::DatabaseEntries;
use expiry::{Expiry, ExpiryFilters};
use frozen::{Content, Frozen, Links};
use instance::{Database, Family, Instance, Snapshot};
pub(crate) use restore::restore_databases;
use settings::Settings;
pub use settings::has_no_effect;

/// The backend `rocksdb`.
pub struct RocksDbBackend {
    // Families before the instance: they borrow from it.
    families: Vec<Family>,
    instance: Arc<Instance>,
    registry: Registry,
    settings: Settings,
    /// How long the values of each state live.
    expiries: Vec<Expiry>,
    /// What checkpoints have of the database already.
    uploads: Arc<Uploads>,
    unlogged: WriteOptions,
    /// Kept, because making one for every read costs as much as finding the value in memory.
    reads: ReadOptions,
    groups: RangeInclusive<u16>,
}

impl RocksDbBackend {
    /// An empty backend in a new directory.
    pub fn open(context: &BackendContext) -> Result<Self> {
        let name = format!("{}-{}", context.operator, context.subtask);
        let settings = Settings::read(&context.config, context.subtask, context.processes)?;
        let directory = Arc::new(OwnedDirectory::create(&parent(context)?, &name)?);
        let instance = Instance::open(&settings.options, &directory, directory.unused("db"), Vec::new())?;
        let (families, registry) = (Vec::new(), Registry::default());
        Ok(Self {
            families,
            instance,
            registry,
            settings,
            expiries: Vec::new(),
            uploads: Arc::default(),
            unlogged: settings::write_options(),
            reads: ReadOptions::default(),
            groups: context.key_groups.clone(),
        })
    }

    /// Whether nothing was done with it yet.
    fn is_fresh(&self) -> bool {
        self.families.is_empty()
    }

    fn directory(&self) -> &Arc<OwnedDirectory> {
        self.instance.directory()
    }

    fn transfers(&self) -> usize {
        self.settings.transfers
    }

    /// Goes on with the database at a path within the directory instead of the one it has, which is empty. Gives about
    /// how many entries there are. `shared_root`: where later checkpoints may refer to its files.
    fn adopt(
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

    fn linked(&self, whole: bool) -> Result<Box<dyn FrozenState>> {
        let links = Links::make(&self.instance, &self.uploads, self.settings.transfers, whole)?;
        Ok(self.frozen(Content::Linked(links)))
    }

    fn frozen(&self, content: Content) -> Box<dyn FrozenState> {
        let (descriptors, groups) = (self.registry.descriptors().to_vec(), self.groups.clone());
        Box::new(Frozen { descriptors, groups, content })
    }

    fn family(&self, state: StateId, group: u16) -> Result<&Family> {
        if !self.groups.contains(&group) {
            return Err(foreign_group(group, &self.groups));
        }
        self.known(state)
    }

    fn known(&self, state: StateId) -> Result<&Family> {
        self.families
            .get(usize::from(state.0))
            .ok_or_else(|| Error::internal(format!("state {} is not registered", state.0)))
    }

    fn property(&self, name: &str) -> u64 {
        let of =
            |family: &Family| self.instance.property_int_value_cf(family.handle(), name).ok().flatten().unwrap_or(0);
        self.families.iter().map(of).sum()
    }
}

/// State names are the user's words; the family is called by its number.
fn family_name(number: usize) -> String {
    format!("state-{number}")
}

fn family_options(settings: &Settings, expiry: &Expiry) -> Options {
    let mut options = settings.options.clone();
    options.set_compaction_filter_factory(ExpiryFilters(expiry.clone()));
    options
}

/// One of the directories for local files, another for each subtask.
fn parent(context: &BackendContext) -> Result<PathBuf> {
    let dirs = context.config.read(&options::ROCKSDB_LOCAL_DIR)?.unwrap_or_default();
    let dirs: Vec<&str> = dirs.split([',', ':']).map(str::trim).filter(|dir| !dir.is_empty()).collect();
    let own = dirs.get(context.subtask as usize % dirs.len().max(1)).map(PathBuf::from);
    Ok(own.unwrap_or_else(|| context.temporary_directory()))
}

/// Visits what begins with `prefix`, in order; everything if it is empty.
fn visit_prefix<'a>(
    instance: &Instance,
    prefix: &[u8],
    iterator: impl FnOnce(ReadOptions) -> DBRawIteratorWithThreadMode<'a, Database>,
    visit: &mut StateVisitor<'_>,
) -> Result<()> {
    let mut bounds = ReadOptions::default();
    if let Some(end) = keys::after(prefix) {
        bounds.set_iterate_upper_bound(end);
    }
    let mut iterator = iterator(bounds);
    iterator.seek(prefix);
    while let Some((stored, value)) = iterator.item() {
        let (key, map_key) = keys::split(stored)?;
        visit(key, map_key, value)?;
        iterator.next();
    }
    iterator.status().map_err(|e| instance.failed("be read", &e))
}

impl KeyedStateBackend for RocksDbBackend {
    fn register(&mut self, descriptor: &StateDescriptor) -> Result<StateId> {
        match self.registry.register(descriptor)? {
            Registered::Known(id) => Ok(id),
            Registered::New(id) => {
                let expiry = Expiry::default();
                let (name, options) = (family_name(id.0.into()), family_options(&self.settings, &expiry));
                self.families.push(Family::create(&self.instance, &name, &options)?);
                self.expiries.push(expiry);
                Ok(id)
            }
        }
    }

    fn descriptors(&self) -> &[StateDescriptor] {
        self.registry.descriptors()
    }

    fn key_groups(&self) -> RangeInclusive<u16> {
        self.groups.clone()
    }

    fn get(&self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<Option<Vec<u8>>> {
        let family = self.family(state, key.group)?;
        let stored = keys::entry(key, map_key);
        self.instance.get_cf_opt(family.handle(), stored, &self.reads).map_err(|e| self.instance.failed("be read", &e))
    }

    fn put(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8], value: &[u8]) -> Result<()> {
        let family = self.family(state, key.group)?;
        let stored = keys::entry(key, map_key);
        self.instance
            .put_cf_opt(family.handle(), stored, value, &self.unlogged)
            .map_err(|e| self.instance.failed("be written", &e))
    }

    fn delete(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<()> {
        let family = self.family(state, key.group)?;
        let stored = keys::entry(key, map_key);
        self.instance
            .delete_cf_opt(family.handle(), stored, &self.unlogged)
            .map_err(|e| self.instance.failed("be written", &e))
    }

    fn scan(&self, state: StateId, key: KeyRef<'_>, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let family = self.family(state, key.group)?;
        let iterator = |bounds| self.instance.raw_iterator_cf_opt(family.handle(), bounds);
        visit_prefix(&self.instance, &keys::prefix(key), iterator, &mut |_, map_key, value| visit(map_key, value))
    }

    fn scan_all(&self, state: StateId, visit: &mut StateVisitor<'_>) -> Result<()> {
        let family = self.known(state)?;
        visit_prefix(&self.instance, &[], |bounds| self.instance.raw_iterator_cf_opt(family.handle(), bounds), visit)
    }

    fn freeze(&mut self) -> Result<Box<dyn FrozenState>> {
        if self.settings.incremental && !self.families.is_empty() {
            return self.linked(false);
        }
        let content = Content::Snapshot { families: self.families.clone(), snapshot: Snapshot::take(&self.instance) };
        Ok(self.frozen(content))
    }

    fn freeze_files(&mut self) -> Result<Box<dyn FrozenState>> {
        if self.families.is_empty() { self.freeze() } else { self.linked(true) }
    }

    fn get_many(&self, state: StateId, keys: &[KeyRef<'_>]) -> Result<Vec<Option<Vec<u8>>>> {
        let stored = keys.iter().map(|key| self.family(state, key.group).map(|_| keys::entry(*key, &[])));
        let stored = stored.collect::<Result<Vec<_>>>()?;
        let family = self.known(state)?;
        let found = self.instance.batched_multi_get_cf_opt(family.handle(), &stored, false, &self.reads);
        let value = |found: std::result::Result<Option<DBPinnableSlice<'_>>, ::rocksdb::Error>| {
            found.map(|value| value.map(|bytes| bytes.to_vec())).map_err(|e| self.instance.failed("be read", &e))
        };
        found.into_iter().map(value).collect()
    }

    fn reads_faster_together(&self) -> bool {
        true
    }

    fn appends(&self) -> bool {
        true
    }

    fn append(&mut self, state: StateId, key: KeyRef<'_>, list: &[u8]) -> Result<()> {
        let family = self.family(state, key.group)?;
        self.instance
            .merge_cf_opt(family.handle(), keys::entry(key, &[]), list, &self.unlogged)
            .map_err(|e| self.instance.failed("be written", &e))
    }

    fn set_time_to_live(&mut self, state: StateId, life: Option<TimeToLive>) -> Result<()> {
        let seconds = life.as_ref().map_or(0, |life| (life.period_ms / 1000).max(1)).to_string();
        self.instance
            .set_options_cf(self.known(state)?.handle(), &[("periodic_compaction_seconds", &seconds)])
            .map_err(|e| self.instance.failed("set how often expired values are removed", &e))?;
        self.expiries[usize::from(state.0)].set(life);
        Ok(())
    }

    fn checkpoint_complete(&mut self, checkpoint_id: u64) {
        self.uploads.complete(checkpoint_id);
    }

    fn as_rocksdb(&mut self) -> Option<&mut RocksDbBackend> {
        Some(self)
    }

    fn size(&self) -> (u64, u64) {
        let bytes = self.property("rocksdb.estimate-live-data-size") + self.property("rocksdb.cur-size-all-mem-tables");
        (self.property("rocksdb.estimate-num-keys"), bytes)
    }
}
