//! The keyed state of one operator subtask: live objects above a backend of bytes.
//!
//! Reading, updating and updating again costs one look-up in a hash table; bytes are made when a dirty object leaves
//! the cache or a snapshot is taken. A changeable value that was handed out counts as dirty, so that changing it in
//! place is kept, as it is while PyFlink's own cache holds it.

mod appending;
mod budget;
mod cache;
mod list_state;
mod map_range;
mod map_state;
mod namespace;
mod prefetch;
mod reading;
mod ttl;
mod value_state;

pub use budget::{CacheBudget, CacheShare};
pub use ttl::{CompactionCleanup, TtlConfig, TtlUpdate, TtlVisibility};

use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;
use std::sync::Arc;

use penstock_core::{Clock, Error, Object, ObjectCodec, Result};

use crate::backend::{FrozenState, KeyRef, KeyedStateBackend, StateDescriptor, StateId, StateKind};
use crate::declared::DeclaredTypes;
use crate::evolution::{Conversion, convert_backend};
use cache::{Cache, Writer};

/// Changed entries of a state that may wait for the next snapshot. What it takes to write them is how long a task stands
/// still at a barrier: some ten milliseconds.
const MOST_CHANGED: usize = 12 << 10;
/// The same where the backend is on the disk and takes longer for each.
const MOST_CHANGED_ON_DISK: usize = 4 << 10;

/// A state that user code asked for; an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateHandle(usize);

/// How the values of a state become bytes.
#[derive(Clone)]
pub struct StateCodecs {
    /// Of values, lists (as a whole; with time to live their elements) or map values.
    pub value: Arc<dyn ObjectCodec>,
    /// Of map keys.
    pub map_key: Option<Arc<dyn ObjectCodec>>,
}

impl StateCodecs {
    /// Roughly what a value takes in memory. What is not seen from outside of an object shows in its bytes, where it has
    /// been encoded.
    fn memory_size(&self, value: &Object, encoded: usize) -> usize {
        self.value.memory_size(value).max(encoded)
    }
}

struct RegisteredState {
    id: StateId,
    name: String,
    kind: StateKind,
    codecs: StateCodecs,
    ttl: Option<TtlConfig>,
    /// Whether its keys have namespaces behind them.
    namespaced: bool,
    cache: Cache,
}

/// The key whose state is being used.
struct CurrentKey {
    object: Option<Object>,
    bytes: Vec<u8>,
    /// How many of the bytes are the key's; a namespace follows.
    plain: usize,
    group: u16,
    hash: u64,
    /// Changes with every key, so that a state can remember where it found this one.
    epoch: u64,
}

impl CurrentKey {
    fn key_ref(&self) -> KeyRef<'_> {
        KeyRef { group: self.group, bytes: &self.bytes }
    }
}

/// Keyed state of one operator subtask.
pub struct KeyedState {
    backend: Box<dyn KeyedStateBackend>,
    /// The operator's name, for errors.
    operator: String,
    states: Vec<RegisteredState>,
    key: CurrentKey,
    clock: Clock,
    hasher: DefaultHashBuilder,
    max_cache_bytes: usize,
    /// What it may hold of the slot's objects.
    share: CacheShare,
    prefetch_pace: prefetch::Pace,
    /// Changed entries of a state that may wait for the next snapshot.
    most_changed: usize,
    /// Whether a snapshot has what changed in the cache; it does not under sabotage.
    writes_back: bool,
}

impl KeyedState {
    /// State above `backend`, with at most about `max_cache_bytes` of live objects, a budget of its own.
    #[must_use]
    pub fn new(backend: Box<dyn KeyedStateBackend>, clock: Clock, max_cache_bytes: usize) -> Self {
        let key = CurrentKey { object: None, bytes: Vec::new(), plain: 0, group: 0, hash: 0, epoch: 0 };
        let (hasher, share) = (DefaultHashBuilder::default(), CacheBudget::new(max_cache_bytes).join());
        let most_changed = if backend.reads_faster_together() { MOST_CHANGED_ON_DISK } else { MOST_CHANGED };
        let (operator, prefetch_pace) = (String::new(), prefetch::Pace::default());
        let states = Vec::new();
        Self {
            backend,
            operator,
            states,
            key,
            clock,
            hasher,
            max_cache_bytes,
            share,
            prefetch_pace,
            most_changed,
            writes_back: true,
        }
    }

    /// The same with a budget that others share.
    #[must_use]
    pub fn within(self, budget: &Arc<CacheBudget>) -> Self {
        Self { share: budget.join(), ..self }
    }

    /// Says whose state it is; errors name the operator.
    #[must_use]
    pub fn of_operator(mut self, name: &str) -> Self {
        name.clone_into(&mut self.operator);
        self
    }

    /// The same with another number of changed entries that may wait for the next snapshot.
    #[must_use]
    pub fn writing_ahead_beyond(self, most_changed: usize) -> Self {
        Self { most_changed, ..self }
    }

    /// The same with snapshots that lack what has changed in the cache: sabotage.
    #[must_use]
    pub fn without_write_back(self) -> Self {
        Self { writes_back: false, ..self }
    }

    /// Registers a state; a name that is there already gives the same handle. What a restore has brought is converted to
    /// the declared types if they have changed; where it cannot be, that is an error.
    pub fn register(
        &mut self,
        descriptor: &StateDescriptor,
        codecs: StateCodecs,
        ttl: Option<TtlConfig>,
    ) -> Result<StateHandle> {
        if let Some(known) = self.states.iter().position(|s| s.name == descriptor.name) {
            if self.states[known].kind != descriptor.kind {
                let (name, kind) = (&descriptor.name, self.states[known].kind);
                return Err(Error::invalid(format!(
                    "the state '{name}' is already registered as {kind:?} state; give one of the two another name"
                )));
            }
            return Ok(StateHandle(known));
        }
        let restored =
            self.backend.descriptors().iter().find(|d| d.name == descriptor.name && d.kind == descriptor.kind);
        let conversion = match restored {
            Some(restored) => Conversion::between(restored, descriptor, &self.operator)?,
            None => None,
        };
        let id = self.backend.register(descriptor)?;
        if let Some(conversion) = conversion {
            let (name, operator) = (&descriptor.name, &self.operator);
            tracing::info!(
                "State '{name}' of operator '{operator}' has another type than in the checkpoint: converting."
            );
            convert_backend(&mut *self.backend, id, &conversion, self.clock.now_millis())?;
        }
        let (name, kind) = (descriptor.name.clone(), descriptor.kind);
        // Once the values are what the declaration says. Those of a list are for the list to judge.
        if kind != StateKind::List
            && let Some(life) = ttl.and_then(|ttl| ttl.for_backend(&self.clock))
        {
            self.backend.set_time_to_live(id, Some(life))?;
        }
        let namespaced = DeclaredTypes::parse(&descriptor.declared).is_some_and(|types| types.namespaced);
        self.states.push(RegisteredState { id, name, kind, codecs, ttl, namespaced, cache: Cache::default() });
        Ok(StateHandle(self.states.len() - 1))
    }

    /// Makes `object` the key that all states speak of.
    #[inline]
    pub fn set_key(&mut self, object: Object, key: KeyRef<'_>) {
        self.key.object = Some(object);
        self.key.bytes.clear();
        self.key.bytes.extend_from_slice(key.bytes);
        self.key.plain = key.bytes.len();
        self.key.group = key.group;
        self.key.hash = self.hasher.hash_one(key.bytes);
        self.key.epoch += 1;
    }

    /// What follows has no key, until one is set: no state of the last one may be seen.
    pub fn leave_key(&mut self) {
        self.key.object = None;
    }

    /// No record of the current key follows: its state is forgotten, and with it that of all its namespaces. No other key
    /// has any (BATCH).
    pub fn end_of_key(&mut self) -> Result<()> {
        self.set_namespace(&[]);
        for state in &mut self.states {
            // What the backend has of a state with namespaces is what did not fit into the cache; nobody asks for it again.
            state.cache = Cache::default();
            if !state.namespaced {
                self.backend.clear(state.id, self.key.key_ref())?;
            }
        }
        Ok(())
    }

    /// The current key as the user's selector returned it.
    #[must_use]
    pub fn current_key(&self) -> Option<&Object> {
        self.key.object.as_ref()
    }

    /// Canonical bytes, with the namespace, and key group of the current key.
    #[must_use]
    pub fn current_key_ref(&self) -> KeyRef<'_> {
        self.key.key_ref()
    }

    /// The backend below, for states that are not cached (timers).
    pub fn backend(&mut self) -> &mut dyn KeyedStateBackend {
        &mut *self.backend
    }

    /// Writes dirty objects to the backend and freezes it, with `native` as the backend's own files. The interpreter must
    /// be held.
    pub fn freeze(&mut self, native: bool) -> Result<Box<dyn FrozenState>> {
        if self.writes_back {
            self.write_back()?;
        }
        for state in 0..self.states.len() {
            self.evict(StateHandle(state))?;
        }
        if native { self.backend.freeze_files() } else { self.backend.freeze() }
    }

    /// A checkpoint that a [`freeze`](Self::freeze) was for is complete.
    pub fn checkpoint_complete(&mut self, checkpoint_id: u64) {
        self.backend.checkpoint_complete(checkpoint_id);
    }

    /// Writes what changed long ago to the backend, so that little is left to be written when a snapshot is taken. To be
    /// called now and then where snapshots are taken; the interpreter must be held.
    pub fn write_ahead(&mut self) -> Result<()> {
        if self.states.iter().all(|state| state.cache.changed() <= self.most_changed) {
            return Ok(());
        }
        let most = self.most_changed;
        self.write_out(|cache, writer| cache.write_ahead(most, writer))
    }

    /// Writes every dirty object to the backend.
    pub fn write_back(&mut self) -> Result<()> {
        self.write_out(Cache::write_back)
    }

    /// Has the cache of every state write to the backend, which collects the writes.
    fn write_out(&mut self, write: impl Fn(&mut Cache, &mut Writer<'_>) -> Result<()>) -> Result<()> {
        self.backend.write_together(true)?;
        for state in &mut self.states {
            let mut writer = Writer::new(&mut *self.backend, state.id, &state.codecs, state.ttl.as_ref());
            write(&mut state.cache, &mut writer)?;
        }
        self.backend.write_together(false)
    }

    /// Gives up cached objects; the interpreter must be held.
    pub fn clear_cache(&mut self) {
        for state in &mut self.states {
            let Cache { asked, brought, .. } = std::mem::take(&mut state.cache);
            let (name, operator) = (&state.name, &self.operator);
            let found = 100.0 * asked.saturating_sub(brought) as f64 / asked.max(1) as f64;
            tracing::debug!(
                "State '{name}' of operator '{operator}': {found:.1} % of {asked} keys came out of the object cache"
            );
        }
        self.share.allowed(0);
    }

    fn evict(&mut self, state: StateHandle) -> Result<()> {
        let used: usize = self.states.iter().map(|state| state.cache.bytes()).sum();
        let allowed = self.share.allowed(used);
        let others = used - self.states[state.0].cache.bytes();
        let max = allowed.saturating_sub(others).max(allowed / self.states.len().max(1));
        let registered = &mut self.states[state.0];
        if registered.cache.bytes() <= max {
            return Ok(());
        }
        let (codecs, ttl) = (&registered.codecs, registered.ttl.as_ref());
        let mut writer = Writer::new(&mut *self.backend, registered.id, codecs, ttl);
        registered.cache.evict_to(max, self.key.epoch, &mut writer)
    }
}
