//! Keyed state in RocksDB: one database per operator subtask, in a directory of its own below `io.tmp.dirs`, a column
//! family per state. A freeze takes a RocksDB snapshot, so that writes go on at once; with incremental checkpoints
//! memtables are written out and the files of its moment linked, on a thread beside the task ([`linking`]).

mod adopting;
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
mod visiting;
mod writing;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use ::rocksdb::{DBPinnableSlice, Options, ReadOptions, WriteBatch, WriteOptions};
use penstock_core::config::options;
use penstock_core::{Error, Result};

use crate::backend::{
    EntryVisitor, FrozenState, KeyRef, KeyedStateBackend, Registered, Registry, StateDescriptor, StateId, StateVisitor,
    TimeToLive, foreign_group,
};
use crate::factory::BackendContext;
use crate::incremental::Uploads;
use directory::OwnedDirectory;
pub(crate) use entries::DatabaseEntries;
use expiry::{Expiry, ExpiryFilters};
use frozen::{Content, Frozen, LaterLinks, Links};
use instance::{Family, Instance, Snapshot};
use linking::Linking;
pub use memory::managed_memory;
pub(crate) use restore::restore_databases;
use settings::Settings;
pub use settings::has_no_effect;
use visiting::visit_merged;

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
