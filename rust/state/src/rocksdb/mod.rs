//! Keyed state in RocksDB: one database per operator subtask, in a directory of its own below `io.tmp.dirs`, a column
//! family per state. A freeze takes a RocksDB snapshot, so that writes go on at once; with incremental checkpoints
//! memtables are written out and the files of its moment linked, on a thread beside the task ([`linking`]).

mod append;
mod directory;
mod entries;
mod expiry;
mod frozen;
mod instance;
mod keys;
mod linking;
mod memory;
mod restore;
mod settings;
#[cfg(test)]
mod tests;

use std::ops::{Bound, RangeInclusive};
use std::path::PathBuf;
use std::sync::Arc;

use ::rocksdb::{
    ColumnFamilyDescriptor, DBPinnableSlice, DBRawIteratorWithThreadMode, Options, ReadOptions, WriteBatch,
    WriteOptions,
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
use frozen::{Content, Frozen, LaterLinks, Links};
use instance::{Database, Family, Instance, Snapshot};
use linking::{Kept, Linking};
pub use memory::managed_memory;
pub(crate) use restore::restore_databases;
use settings::Settings;
pub use settings::has_no_effect;

/// Bytes of writes that are collected.
const BATCH: usize = 1 << 20;

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
    /// Writes that wait for the links of a checkpoint. Absent while there is none.
    linking: Option<Linking>,
    /// Writes that are being collected.
    together: Option<WriteBatch>,
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
            linking: None,
            together: None,
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

    fn linked(&mut self, whole: bool) -> Result<Box<dyn FrozenState>> {
        let (instance, uploads) = (Arc::clone(&self.instance), Arc::clone(&self.uploads));
        let transfers = self.settings.transfers;
        let (linking, links) = Linking::start(move || Links::make(&instance, &uploads, transfers, whole))?;
        self.linking = Some(linking);
        Ok(self.frozen(Content::Linked(LaterLinks::new(links))))
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

    /// Writes a value, or deletes it. While files are being linked it is kept for later; afterwards some of what was
    /// kept goes with it.
    fn write(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8], value: Option<&[u8]>) -> Result<()> {
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
    fn write_collected(&mut self) -> Result<()> {
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
    fn settle(&mut self) -> Result<()> {
        if let Some(linking) = &mut self.linking {
            linking.wait();
        }
        while self.linking.is_some() {
            self.write_kept()?;
        }
        Ok(())
    }

    /// What was written to a state and is not in the database yet.
    fn kept(&self, state: StateId) -> Option<&Kept> {
        self.linking.as_ref()?.of(usize::from(state.0))
    }

    fn property(&self, name: &str) -> u64 {
        let of =
            |family: &Family| self.instance.property_int_value_cf(family.handle(), name).ok().flatten().unwrap_or(0);
        self.families.iter().map(of).sum()
    }
}

/// Adds a write to those that are collected: a value, or `None` to delete it.
fn add(batch: &mut WriteBatch, family: &Family, key: &[u8], value: Option<&[u8]>) {
    match value {
        Some(value) => batch.put_cf(family.handle(), key, value),
        None => batch.delete_cf(family.handle(), key),
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
    visit_merged(instance, prefix, iterator, None, visit)
}

/// The same, where what was kept goes before what is in the database.
fn visit_merged<'a>(
    instance: &Instance,
    prefix: &[u8],
    iterator: impl FnOnce(ReadOptions) -> DBRawIteratorWithThreadMode<'a, Database>,
    kept: Option<&Kept>,
    visit: &mut StateVisitor<'_>,
) -> Result<()> {
    let mut bounds = ReadOptions::default();
    if let Some(end) = keys::after(prefix) {
        bounds.set_iterate_upper_bound(end);
    }
    let mut iterator = iterator(bounds);
    iterator.seek(prefix);
    let mut visit = |stored: &[u8], value: &[u8]| {
        let (key, map_key) = keys::split(stored)?;
        visit(key, map_key, value)
    };
    let from = (Bound::Included(prefix), Bound::Unbounded);
    let kept = kept.into_iter().flat_map(|kept| kept.range::<[u8], _>(from));
    let mut kept = kept.take_while(|(stored, _)| stored.starts_with(prefix)).peekable();
    while let Some((stored, value)) = iterator.item() {
        while let Some((before, newer)) = kept.next_if(|(other, _)| other.as_slice() < stored) {
            newer.as_ref().map_or(Ok(()), |newer| visit(before, newer))?;
        }
        match kept.next_if(|(other, _)| other.as_slice() == stored) {
            Some((_, newer)) => newer.as_ref().map_or(Ok(()), |newer| visit(stored, newer))?,
            None => visit(stored, value)?,
        }
        iterator.next();
    }
    iterator.status().map_err(|e| instance.failed("be read", &e))?;
    kept.try_for_each(|(stored, newer)| newer.as_ref().map_or(Ok(()), |newer| visit(stored, newer)))
}

impl KeyedStateBackend for RocksDbBackend {
    fn register(&mut self, descriptor: &StateDescriptor) -> Result<StateId> {
        match self.registry.register(descriptor)? {
            Registered::Known(id) => Ok(id),
            Registered::New(id) => {
                // Links that are under way belong to a checkpoint that does not know this state.
                self.settle()?;
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
        if let Some(kept) = self.kept(state).and_then(|kept| kept.get(&stored)) {
            return Ok(kept.clone());
        }
        self.instance.get_cf_opt(family.handle(), stored, &self.reads).map_err(|e| self.instance.failed("be read", &e))
    }

    fn put(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8], value: &[u8]) -> Result<()> {
        self.write(state, key, map_key, Some(value))
    }

    fn delete(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<()> {
        self.write(state, key, map_key, None)
    }

    fn write_together(&mut self, together: bool) -> Result<()> {
        self.write_collected()?;
        self.together = together.then(WriteBatch::default);
        Ok(())
    }

    fn scan(&self, state: StateId, key: KeyRef<'_>, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let family = self.family(state, key.group)?;
        let iterator = |bounds| self.instance.raw_iterator_cf_opt(family.handle(), bounds);
        let visit: &mut StateVisitor<'_> = &mut |_, map_key, value| visit(map_key, value);
        visit_merged(&self.instance, &keys::prefix(key), iterator, self.kept(state), visit)
    }

    fn scan_all(&self, state: StateId, visit: &mut StateVisitor<'_>) -> Result<()> {
        let family = self.known(state)?;
        let iterator = |bounds| self.instance.raw_iterator_cf_opt(family.handle(), bounds);
        visit_merged(&self.instance, &[], iterator, self.kept(state), visit)
    }

    fn freeze(&mut self) -> Result<Box<dyn FrozenState>> {
        // A moment has all that was written before it.
        self.settle()?;
        if self.settings.incremental && !self.families.is_empty() {
            return self.linked(false);
        }
        let content = Content::Snapshot { families: self.families.clone(), snapshot: Snapshot::take(&self.instance) };
        Ok(self.frozen(content))
    }

    fn freeze_files(&mut self) -> Result<Box<dyn FrozenState>> {
        if self.families.is_empty() {
            return self.freeze();
        }
        self.settle()?;
        self.linked(true)
    }

    fn get_many(&self, state: StateId, keys: &[KeyRef<'_>]) -> Result<Vec<Option<Vec<u8>>>> {
        let stored = keys.iter().map(|key| self.family(state, key.group).map(|_| keys::entry(*key, &[])));
        let stored = stored.collect::<Result<Vec<_>>>()?;
        let family = self.known(state)?;
        let found = self.instance.batched_multi_get_cf_opt(family.handle(), &stored, false, &self.reads);
        let value = |found: std::result::Result<Option<DBPinnableSlice<'_>>, ::rocksdb::Error>| {
            found.map(|value| value.map(|bytes| bytes.to_vec())).map_err(|e| self.instance.failed("be read", &e))
        };
        let found = found.into_iter().map(value);
        let Some(kept) = self.kept(state) else { return found.collect() };
        found.zip(&stored).map(|(found, stored)| kept.get(stored).map_or(found, |kept| Ok(kept.clone()))).collect()
    }

    fn reads_faster_together(&self) -> bool {
        true
    }

    fn appends(&self) -> bool {
        true
    }

    fn append(&mut self, state: StateId, key: KeyRef<'_>, list: &[u8]) -> Result<()> {
        if self.linking.is_some() {
            // What is kept are values, so the list is made whole here.
            let before = self.get(state, key, &[])?;
            let lists = before.iter().map(Vec::as_slice).chain([list]);
            let whole = append::joined(lists).ok_or_else(|| Error::external("a list in RocksDB is damaged"))?;
            return self.write(state, key, &[], Some(&whole));
        }
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
