//! Keyed state in RocksDB: one database per operator subtask, in a directory of its own below `io.tmp.dirs`, a column
//! family per state. A freeze takes a RocksDB snapshot, so that writes go on at once.

mod directory;
mod instance;
mod keys;
mod memory;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use ::rocksdb::{DBRawIteratorWithThreadMode, Options, ReadOptions, WriteOptions};
use penstock_core::config::options;
use penstock_core::{Error, Result};

use crate::backend::{
    EntryVisitor, FrozenState, GroupVisitor, KeyRef, KeyedStateBackend, Registered, Registry, StateDescriptor, StateId,
    StateVisitor, foreign_group,
};
use crate::factory::BackendContext;
use directory::OwnedDirectory;
use instance::{Database, Family, Instance, Snapshot};

/// The backend `rocksdb`.
pub struct RocksDbBackend {
    // Families before the instance: they borrow from it.
    families: Vec<Family>,
    instance: Arc<Instance>,
    registry: Registry,
    options: Options,
    unlogged: WriteOptions,
    /// Kept, because making one for every read costs as much as finding the value in memory.
    reads: ReadOptions,
    groups: RangeInclusive<u16>,
}

impl RocksDbBackend {
    /// An empty backend in a new directory.
    pub fn open(context: &BackendContext) -> Result<Self> {
        let name = format!("{}-{}", context.operator, context.subtask);
        let directory = OwnedDirectory::create(&parent(context)?, &name)?;
        let options = memory::settings(&context.config)?;
        let instance = Instance::open(&options, directory)?;
        let (families, registry) = (Vec::new(), Registry::default());
        Ok(Self {
            families,
            instance,
            registry,
            options,
            unlogged: memory::write_options(),
            reads: ReadOptions::default(),
            groups: context.key_groups.clone(),
        })
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

/// One of the temporary directories, another for each subtask.
fn parent(context: &BackendContext) -> Result<PathBuf> {
    if let Some(dir) = context.config.read(&options::ROCKSDB_LOCAL_DIR)? {
        return Ok(PathBuf::from(dir));
    }
    let dirs = &context.tmp_dirs;
    Ok(dirs.get(context.subtask as usize % dirs.len().max(1)).cloned().unwrap_or_else(std::env::temp_dir))
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
                // State names are the user's words; the family is called by its number.
                self.families.push(Family::create(&self.instance, &format!("state-{}", id.0), &self.options)?);
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
        Ok(Box::new(Frozen {
            families: self.families.clone(),
            snapshot: Snapshot::take(&self.instance),
            descriptors: self.registry.descriptors().to_vec(),
            groups: self.groups.clone(),
        }))
    }

    fn size(&self) -> (u64, u64) {
        let bytes = self.property("rocksdb.estimate-live-data-size") + self.property("rocksdb.cur-size-all-mem-tables");
        (self.property("rocksdb.estimate-num-keys"), bytes)
    }
}

/// A RocksDB snapshot with the states of its moment.
struct Frozen {
    families: Vec<Family>,
    snapshot: Snapshot,
    descriptors: Vec<StateDescriptor>,
    groups: RangeInclusive<u16>,
}

impl FrozenState for Frozen {
    fn descriptors(&self) -> &[StateDescriptor] {
        &self.descriptors
    }

    fn scan_group(&self, group: u16, visit: &mut GroupVisitor<'_>) -> Result<()> {
        for (id, family) in self.families.iter().enumerate() {
            let state = StateId(id as u16);
            let iterator = |bounds| self.snapshot.get().raw_iterator_cf_opt(family.handle(), bounds);
            visit_prefix(self.snapshot.instance(), &group.to_be_bytes(), iterator, &mut |key, map_key, value| {
                visit(state, key.bytes, map_key, value)
            })?;
        }
        Ok(())
    }

    fn key_groups(&self) -> RangeInclusive<u16> {
        self.groups.clone()
    }
}
