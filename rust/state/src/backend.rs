//! What a keyed state backend does: keep bytes per (state, key, map key), and freeze them for a snapshot.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use penstock_core::{Clock, Error, Result};
use serde::{Deserialize, Serialize};

use crate::incremental::FrozenFiles;
use crate::rocksdb::RocksDbBackend;

use crate::declared::DeclaredTypes;

/// Kinds of registered state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateKind {
    /// One value per key.
    Value,
    /// One list per key, stored as one value.
    List,
    /// Many entries per key.
    Map,
    /// The timers of an operator: map keys are timestamps.
    Timers,
}

/// What is registered under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDescriptor {
    /// Unique in the operator.
    pub name: String,
    /// What is kept.
    pub kind: StateKind,
    /// The declared types: the text of [`DeclaredTypes`](crate::DeclaredTypes), or words in snapshots of the first version.
    pub declared: String,
}

/// A registered state of one backend; an index from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub u16);

/// A key with its key group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyRef<'a> {
    /// The key group.
    pub group: u16,
    /// The canonical bytes.
    pub bytes: &'a [u8],
}

/// Receives (map key, value).
pub type EntryVisitor<'a> = dyn FnMut(&[u8], &[u8]) -> Result<()> + 'a;
/// Receives (key, map key, value).
pub type StateVisitor<'a> = dyn FnMut(KeyRef<'_>, &[u8], &[u8]) -> Result<()> + 'a;
/// Receives (state, key, map key, value).
pub type GroupVisitor<'a> = dyn FnMut(StateId, &[u8], &[u8], &[u8]) -> Result<()> + 'a;

/// Keeps the keyed state of one operator subtask. Used by the task thread alone.
pub trait KeyedStateBackend: Send {
    /// Registers a state, or finds the one that a restore has brought. A name that is registered with another kind is
    /// an error. The declared types become those given here: whoever wants to compare them with what was restored looks
    /// at [`descriptors`](Self::descriptors) first.
    fn register(&mut self, descriptor: &StateDescriptor) -> Result<StateId>;
    /// What is registered, by id.
    fn descriptors(&self) -> &[StateDescriptor];
    /// The key groups of the subtask; a key of any other is an error.
    fn key_groups(&self) -> RangeInclusive<u16>;
    /// The value of a key. `map_key` is empty but for map and timer states.
    fn get(&self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<Option<Vec<u8>>>;
    /// Sets a value.
    fn put(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8], value: &[u8]) -> Result<()>;
    /// Removes a value.
    fn delete(&mut self, state: StateId, key: KeyRef<'_>, map_key: &[u8]) -> Result<()>;
    /// From `true` to `false` nothing is read, so that writes may be collected and done in one go.
    fn write_together(&mut self, _together: bool) -> Result<()> {
        Ok(())
    }
    /// Removes every entry of one key.
    fn clear(&mut self, state: StateId, key: KeyRef<'_>) -> Result<()> {
        let mut map_keys = Vec::new();
        self.scan(state, key, &mut |map_key, _| {
            map_keys.push(map_key.to_vec());
            Ok(())
        })?;
        map_keys.iter().try_for_each(|map_key| self.delete(state, key, map_key))
    }
    /// Every entry of one key, in order of the map keys' bytes.
    fn scan(&self, state: StateId, key: KeyRef<'_>, visit: &mut EntryVisitor<'_>) -> Result<()>;
    /// Every entry of a state, key groups ascending.
    fn scan_all(&self, state: StateId, visit: &mut StateVisitor<'_>) -> Result<()>;
    /// The synchronous part of a snapshot: cheap, after it writes may go on.
    fn freeze(&mut self) -> Result<Box<dyn FrozenState>>;
    /// The same, as files that are whole in themselves where the backend keeps such.
    fn freeze_files(&mut self) -> Result<Box<dyn FrozenState>> {
        self.freeze()
    }
    /// Number of entries and of bytes held, for metrics; an estimate is enough.
    fn size(&self) -> (u64, u64);
    /// The values of several keys of a state without map keys, in their order.
    fn get_many(&self, state: StateId, keys: &[KeyRef<'_>]) -> Result<Vec<Option<Vec<u8>>>> {
        keys.iter().map(|key| self.get(state, *key, &[])).collect()
    }
    /// Whether [`get_many`](Self::get_many) costs less than as many times [`get`](Self::get).
    fn reads_faster_together(&self) -> bool {
        false
    }
    /// Whether [`append`](Self::append) costs less than reading a list and writing it anew.
    fn appends(&self) -> bool {
        false
    }
    /// Adds the elements of an encoded list (their number as a varint, then the elements) to the list of a key, which
    /// is not read for that. Only where [`appends`](Self::appends) says so.
    fn append(&mut self, _state: StateId, _key: KeyRef<'_>, _list: &[u8]) -> Result<()> {
        Err(Error::internal("this state backend does not append"))
    }
    /// From now on the values of a state begin with the time of their writing (eight bytes, big endian), and may be
    /// removed when they are as old as `life`. `None`: the values are whole, as they are before this is called.
    fn set_time_to_live(&mut self, _state: StateId, _life: Option<TimeToLive>) -> Result<()> {
        Ok(())
    }
    /// A checkpoint that this backend took part in is complete.
    fn checkpoint_complete(&mut self, _checkpoint_id: u64) {}
    /// The backend as one that can take over the files of a database.
    fn as_rocksdb(&mut self) -> Option<&mut RocksDbBackend> {
        None
    }
    /// Where temporary files of a restore go.
    fn temporary_directory(&self) -> PathBuf {
        std::env::temp_dir()
    }
}

/// How long values live, by which clock.
#[derive(Debug, Clone)]
pub struct TimeToLive {
    /// Life in milliseconds.
    pub millis: i64,
    /// The clock that wrote the times.
    pub clock: Clock,
    /// After how many entries a cleaner looks at the clock again.
    pub entries_per_look: u64,
    /// How old a file gets before it is cleaned for that alone, in milliseconds.
    pub period_ms: i64,
}

/// A frozen copy of a backend, to be written elsewhere while the backend goes on.
///
/// Dropping it tells the backend that nobody reads the frozen copy any more.
pub trait FrozenState: Send {
    /// What was registered when it was frozen, by id.
    fn descriptors(&self) -> &[StateDescriptor];
    /// Every entry of every state within a key group: states in order of their ids, and the entries of a key together,
    /// in order of the map keys' bytes.
    fn scan_group(&self, group: u16, visit: &mut GroupVisitor<'_>) -> Result<()>;
    /// The key groups of the backend.
    fn key_groups(&self) -> RangeInclusive<u16>;
    /// The files it consists of, where the backend keeps such and they are wanted: for an incremental checkpoint, or for
    /// a savepoint in the backend's own format. They may not all be there yet: whoever asks first waits for them, so ask
    /// on a thread that may wait.
    fn files(&self) -> Result<Option<&FrozenFiles>> {
        Ok(None)
    }
}

impl StateKind {
    /// Whether a key of such a state has many entries, told apart by their map keys.
    #[must_use]
    pub fn has_map_keys(self) -> bool {
        matches!(self, Self::Map | Self::Timers)
    }
}

/// What every backend keeps of its registered states.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    descriptors: Vec<StateDescriptor>,
}

/// What became of a registration.
pub(crate) enum Registered {
    /// The state was known.
    Known(StateId),
    /// The state is new; the backend has to make room for it.
    New(StateId),
}

impl Registry {
    /// Registers a state by its name.
    pub(crate) fn register(&mut self, descriptor: &StateDescriptor) -> Result<Registered> {
        if let Some(position) = self.descriptors.iter().position(|d| d.name == descriptor.name) {
            let known = &mut self.descriptors[position];
            if known.kind != descriptor.kind {
                let words = |d: &StateDescriptor| DeclaredTypes::words(d.kind, &d.declared);
                return Err(Error::invalid(format!(
                    "state '{}' is registered as {:?} state ({}) and cannot be used as {:?} state ({})",
                    known.name,
                    known.kind,
                    words(known),
                    descriptor.kind,
                    words(descriptor)
                )));
            }
            known.declared.clone_from(&descriptor.declared);
            return Ok(Registered::Known(StateId(position as u16)));
        }
        let id = u16::try_from(self.descriptors.len()).map_err(|_| {
            Error::invalid(format!("state '{}' is one more than the 65536 that an operator can have", descriptor.name))
        })?;
        self.descriptors.push(descriptor.clone());
        Ok(Registered::New(StateId(id)))
    }

    pub(crate) fn descriptors(&self) -> &[StateDescriptor] {
        &self.descriptors
    }

    /// The registrations of a database that was taken over.
    pub(crate) fn restored(descriptors: Vec<StateDescriptor>) -> Self {
        Self { descriptors }
    }
}

/// The error of a key that does not belong to a backend.
pub(crate) fn foreign_group(group: u16, groups: &RangeInclusive<u16>) -> Error {
    Error::internal(format!(
        "key group {group} is not one of this subtask, which has {} to {}",
        groups.start(),
        groups.end()
    ))
}
