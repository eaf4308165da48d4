//! Keyed state in memory.
//!
//! Every state has a hash map per key group. [`freeze`](KeyedStateBackend::freeze) copies one pointer per key group:
//! the maps of that moment are then shared with the snapshot, and writes go to maps laid over them until the snapshot
//! is dropped. Nothing waits and nothing is copied.

mod layers;
mod maps;
mod values;

use std::ops::RangeInclusive;
use std::path::PathBuf;

use penstock_core::{Error, Result};

use crate::backend::{
    EntryVisitor, FrozenState, GroupVisitor, KeyRef, KeyedStateBackend, Registered, Registry, StateDescriptor, StateId,
    StateVisitor, foreign_group,
};
use layers::Layers;
use maps::Maps;
use values::Values;

/// One state: its key groups, by distance from the first.
#[derive(Debug, Clone)]
enum Table {
    Values(Vec<Layers<Values>>),
    Maps(Vec<Layers<Maps>>),
}

/// The states and the key groups they are kept for. A clone shares the layers and serves as the frozen copy.
#[derive(Debug, Clone)]
struct Tables {
    registry: Registry,
    states: Vec<Table>,
    groups: RangeInclusive<u16>,
}

/// The backend `hashmap`.
#[derive(Debug)]
pub struct HashMapBackend {
    tables: Tables,
    /// For a restore that has to unpack a database.
    temporary: PathBuf,
}

impl HashMapBackend {
    /// An empty backend for these key groups.
    #[must_use]
    pub fn new(groups: RangeInclusive<u16>) -> Self {
        let tables = Tables { registry: Registry::default(), states: Vec::new(), groups };
        Self { tables, temporary: std::env::temp_dir() }
    }

    /// The same with another place for temporary files than the system's own.
    #[must_use]
    pub fn with_temporary_directory(self, temporary: PathBuf) -> Self {
        Self { temporary, ..self }
    }
}

impl Tables {
    fn add(&mut self, descriptor: &StateDescriptor) {
        let groups = self.groups.len();
        self.states.push(if descriptor.kind.has_map_keys() {
            Table::Maps(std::iter::repeat_with(Layers::default).take(groups).collect())
        } else {
            Table::Values(std::iter::repeat_with(Layers::default).take(groups).collect())
        });
    }

    fn position(&self, group: u16) -> Result<usize> {
        if self.groups.contains(&group) {
            Ok(usize::from(group - self.groups.start()))
        } else {
            Err(foreign_group(group, &self.groups))
        }
    }

    fn locate(&self, state: StateId, group: u16) -> Result<(&Table, usize)> {
        Ok((self.states.get(usize::from(state.0)).ok_or_else(|| unknown(state))?, self.position(group)?))
    }

    fn locate_mut(&mut self, state: StateId, group: u16) -> Result<(&mut Table, usize)> {
        let position = self.position(group)?;
        Ok((self.states.get_mut(usize::from(state.0)).ok_or_else(|| unknown(state))?, position))
    }

    fn scan_table(&self, state: StateId, group: u16, visit: &mut StateVisitor<'_>) -> Result<()> {
        match self.locate(state, group)? {
            (Table::Values(groups), i) => groups[i].scan(|bytes, value| visit(KeyRef { group, bytes }, &[], value)),
            (Table::Maps(groups), i) => {
                groups[i].scan_all(|bytes, map_key, value| visit(KeyRef { group, bytes }, map_key, value))
            }
        }
    }
}

fn unknown(state: StateId) -> Error {
    Error::internal(format!("state {} is not registered", state.0))
}

impl KeyedStateBackend for HashMapBackend {
    fn register(&mut self, descriptor: &StateDescriptor) -> Result<StateId> {
        match self.tables.registry.register(descriptor)? {
            Registered::Known(id) => Ok(id),
            Registered::New(id) => {
                self.tables.add(descriptor);
                Ok(id)
            }
        }
    }

    fn descriptors(&self) -> &[StateDescriptor] {
        self.tables.registry.descriptors()
    }

    fn key_groups(&self) -> RangeInclusive<u16> {
        self.tables.groups.clone()
    }

    fn get(&self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(match self.tables.locate(state, key.group)? {
            (Table::Values(groups), i) => groups[i].get(key.bytes),
            (Table::Maps(groups), i) => groups[i].get(key.bytes, map_key),
        }
        .map(<[u8]>::to_vec))
    }

    fn put(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8], value: &[u8]) -> Result<()> {
        match self.tables.locate_mut(state, key.group)? {
            (Table::Values(groups), i) => groups[i].put(key.bytes, value),
            (Table::Maps(groups), i) => groups[i].put(key.bytes, map_key, value),
        }
        Ok(())
    }

    fn delete(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<()> {
        match self.tables.locate_mut(state, key.group)? {
            (Table::Values(groups), i) => groups[i].delete(key.bytes),
            (Table::Maps(groups), i) => groups[i].delete(key.bytes, map_key),
        }
        Ok(())
    }

    fn scan(&self, state: StateId, key: KeyRef<'_>, visit: &mut EntryVisitor<'_>) -> Result<()> {
        match self.tables.locate(state, key.group)? {
            (Table::Values(groups), i) => groups[i].get(key.bytes).map_or(Ok(()), |value| visit(&[], value)),
            (Table::Maps(groups), i) => groups[i].scan(key.bytes, visit),
        }
    }

    fn scan_all(&self, state: StateId, visit: &mut StateVisitor<'_>) -> Result<()> {
        self.key_groups().try_for_each(|group| self.tables.scan_table(state, group, visit))
    }

    fn freeze(&mut self) -> Result<Box<dyn FrozenState>> {
        Ok(Box::new(Frozen(self.tables.clone())))
    }

    fn temporary_directory(&self) -> PathBuf {
        self.temporary.clone()
    }

    fn size(&self) -> (u64, u64) {
        let sum = |(n, b): (u64, u64), (m, c): (u64, u64)| (n + m, b + c);
        self.tables.states.iter().fold((0, 0), |total, table| match table {
            Table::Values(groups) => groups.iter().map(Layers::<Values>::size).fold(total, sum),
            Table::Maps(groups) => groups.iter().map(Layers::<Maps>::size).fold(total, sum),
        })
    }
}

/// The layers of the moment of the freeze.
struct Frozen(Tables);

impl FrozenState for Frozen {
    fn descriptors(&self) -> &[StateDescriptor] {
        self.0.registry.descriptors()
    }

    fn scan_group(&self, group: u16, visit: &mut GroupVisitor<'_>) -> Result<()> {
        (0..self.0.states.len() as u16).map(StateId).try_for_each(|state| {
            self.0.scan_table(state, group, &mut |key, map_key, value| visit(state, key.bytes, map_key, value))
        })
    }

    fn key_groups(&self) -> RangeInclusive<u16> {
        self.0.groups.clone()
    }
}
