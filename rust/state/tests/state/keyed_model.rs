//! Random use of keyed state, as functions use it, and of plain maps: values, read-modify-write, maps, iteration, time
//! to live, timers, lists that are added to, values of a key's windows; with snapshots, full and incremental, and
//! restores at another parallelism and in another backend. A failure prints the seed and the steps that led to it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use penstock_core::config::StateBackendKind;
use penstock_core::key_group::key_group_range;
use penstock_core::{Clock, Configuration, Error, Keys, Object, ObjectCodec, Result};
use penstock_state::keyed::{CompactionCleanup, KeyedState, StateCodecs, StateHandle};
use penstock_state::keyed::{TtlConfig, TtlUpdate, TtlVisibility};
use penstock_state::wire::{Reader, put_varint};
use penstock_state::{
    CheckpointFolder, CheckpointStorage, DeclaredTypes, FrozenState, KeyedHandle, KeyedStateBackend, StateDescriptor,
    StateKind, restore_keyed, upload_keyed,
};

use crate::backends::{backend, incremental, key};
use crate::model::Random;
use crate::snapshots::block_on;

const KEYS: u64 = 60;
const MAP_KEYS: u64 = 6;
const LIFE: i64 = 100;
const JOB: &str = "0123456789abcdef0123456789abcdef";

/// Numbers, as eight bytes.
struct Numbers;

impl ObjectCodec for Numbers {
    fn check(&self, _value: &Object) -> Result<()> {
        Ok(())
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(&number(value).to_be_bytes());
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        let bytes = bytes.try_into().map_err(|_| Error::external("not eight bytes"))?;
        Ok(Object::from_value(i64::from_be_bytes(bytes)))
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }

    fn is_mutable(&self, _value: &Object) -> bool {
        false
    }

    fn memory_size(&self, _value: &Object) -> usize {
        32
    }
}

/// Lists of numbers: how many, and eight bytes of each.
struct Lists;

impl ObjectCodec for Lists {
    fn check(&self, _value: &Object) -> Result<()> {
        Ok(())
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        put_varint(out, numbers(value).len() as u64);
        for number in numbers(value) {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        let mut reader = Reader::new(bytes, "a list");
        let list: Vec<i64> = reader.list(|r| Ok(i64::from_be_bytes(r.array()?)))?;
        reader.finish()?;
        Ok(Object::from_value(list))
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }

    fn is_mutable(&self, _value: &Object) -> bool {
        false
    }

    fn memory_size(&self, value: &Object) -> usize {
        32 + 8 * numbers(value).len()
    }
}

fn numbers(object: &Object) -> &Vec<i64> {
    object.downcast_ref().expect("numbers")
}

fn number(object: &Object) -> i64 {
    *object.downcast_ref::<i64>().expect("a number")
}

fn object(number: i64) -> Object {
    Object::from_value(number)
}

/// The backends that are tried; the last one makes incremental checkpoints.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Hashmap,
    Rocksdb,
    Incremental,
}

impl Kind {
    fn open(self, range: RangeInclusive<u16>) -> Box<dyn KeyedStateBackend> {
        match self {
            Self::Hashmap => backend(StateBackendKind::Hashmap, range),
            Self::Rocksdb => backend(StateBackendKind::Rocksdb, range),
            Self::Incremental => incremental(range),
        }
    }
}

/// One subtask.
struct Subtask {
    groups: RangeInclusive<u16>,
    state: KeyedState,
    values: StateHandle,
    mortal: StateHandle,
    maps: StateHandle,
    mortal_maps: StateHandle,
    lists: StateHandle,
    windows: StateHandle,
}

/// States: value, value with time to live, map, map with time to live, timers, list, value by window.
const STATES: u64 = 7;

impl Subtask {
    fn new(backend: Box<dyn KeyedStateBackend>, clock: &Clock) -> Self {
        let groups = backend.key_groups();
        // So little that most of what is used has left the cache before it is used again.
        let mut state = KeyedState::new(backend, clock.clone(), 4000).writing_ahead_beyond(3);
        let ttl = TtlConfig {
            ttl_ms: LIFE,
            update_type: TtlUpdate::OnCreateAndWrite,
            visibility: TtlVisibility::NeverReturnExpired,
            compaction: Some(CompactionCleanup { entries: 3, period_ms: 1000 }),
        };
        let mut register = |name: &str, kind, ttl| {
            let descriptor = StateDescriptor { name: name.into(), kind, declared: "LONG".into() };
            let map_key = (kind == StateKind::Map).then(|| Arc::new(Numbers) as Arc<dyn ObjectCodec>);
            state.register(&descriptor, StateCodecs { value: Arc::new(Numbers), map_key }, ttl).expect("registered")
        };
        let (values, mortal) =
            (register("values", StateKind::Value, None), register("mortal", StateKind::Value, Some(ttl)));
        let (maps, mortal_maps) =
            (register("maps", StateKind::Map, None), register("mortal maps", StateKind::Map, Some(ttl)));
        let descriptor = StateDescriptor { name: "lists".into(), kind: StateKind::List, declared: "LISTS".into() };
        let codecs = StateCodecs { value: Arc::new(Lists), map_key: None };
        let lists = state.register(&descriptor, codecs, None).expect("registered");
        let declared = DeclaredTypes { namespaced: true, ..DeclaredTypes::default() }.text();
        let descriptor = StateDescriptor { name: "windows".into(), kind: StateKind::Value, declared };
        let codecs = StateCodecs { value: Arc::new(Numbers), map_key: None };
        let windows = state.register(&descriptor, codecs, None).expect("registered");
        Self { groups, state, values, mortal, maps, mortal_maps, lists, windows }
    }

    fn timers(&mut self) -> penstock_state::StateId {
        let (name, declared) = ("timers".to_owned(), "timers".to_owned());
        let descriptor = StateDescriptor { name, kind: StateKind::Timers, declared };
        self.state.backend().register(&descriptor).expect("registered")
    }
}

fn group(key: u64) -> u16 {
    (key * 37 % 128) as u16
}

/// What plain maps say: (state, key, map key) to (value, time of writing).
type Model = BTreeMap<(u64, u64, i64), (i64, i64)>;

struct Taken {
    checkpoint: u64,
    frozen: Vec<Box<dyn FrozenState>>,
    expected: Model,
}

struct Run<'a> {
    random: Random,
    kind: Kind,
    clock: Clock,
    subtasks: Vec<Subtask>,
    model: Model,
    taken: Vec<Taken>,
    checkpoints: u64,
    dir: &'a Path,
    steps: Vec<String>,
}

impl<'a> Run<'a> {
    fn new(kind: Kind, seed: u64, dir: &'a Path) -> Self {
        let (random, clock) = (Random::new(seed), Clock::manual(1000));
        let subtasks = vec![Subtask::new(kind.open(0..=127), &clock)];
        let (model, taken, steps) = (Model::new(), Vec::new(), Vec::new());
        Self { random, kind, clock, subtasks, model, taken, checkpoints: 0, dir, steps }
    }

    fn alive(&self, place: (u64, u64, i64)) -> Option<i64> {
        let mortal = place.0 == 1 || place.0 == 3;
        let now = self.clock.now_millis();
        self.model.get(&place).filter(|(_, written)| !mortal || now - written < LIFE).map(|(value, _)| *value)
    }

    fn subtask(&mut self, of: u64) -> &mut Subtask {
        let at = group(of);
        let subtask = self.subtasks.iter_mut().find(|s| s.groups.contains(&at)).expect("every group has a subtask");
        subtask.state.set_key(object(of as i64), key(at, &of.to_be_bytes()));
        subtask
    }

    fn step(&mut self) {
        let choice = self.random.below(1000);
        let (state, of, map_key) =
            (self.random.below(STATES), self.random.below(KEYS), self.random.below(MAP_KEYS) as i64);
        self.steps.push(format!("{choice} state {state} key {of} map key {map_key} at {}", self.clock.now_millis()));
        match choice {
            0..940 => match state {
                0 | 1 => self.use_value(state, of),
                2 | 3 => self.use_map(state, of, map_key),
                4 => self.use_timers(of, map_key),
                5 => self.use_list(of),
                _ => self.use_window(of, map_key),
            },
            // What a batch's keys are is told before it comes.
            940..950 => self.prefetch(of),
            950..955 => self.subtask(of).state.write_ahead().expect("written"),
            955..970 => {
                let later = self.clock.now_millis() + self.random.below(60) as i64;
                self.clock.set_millis(later);
            }
            970..985 => self.take(),
            985..992 => self.end(),
            992..996 => self.check(),
            _ => self.restart(),
        }
    }

    fn prefetch(&mut self, of: u64) {
        let mut keys = Keys::default();
        let groups = self.subtask(of).groups.clone();
        for of in (0..20).map(|_| self.random.below(KEYS)).filter(|of| groups.contains(&group(*of))) {
            keys.push(object(of as i64), group(of), &of.to_be_bytes());
        }
        self.subtask(of).state.prefetch(&keys).expect("prefetched");
    }

    fn use_value(&mut self, state: u64, of: u64) {
        let (place, now) = ((state, of, 0), self.clock.now_millis());
        let (expected, choice, new) = (self.alive(place), self.random.below(10), self.random.below(1 << 40) as i64);
        let subtask = self.subtask(of);
        let handle = if state == 0 { subtask.values } else { subtask.mortal };
        match choice {
            0..3 => {
                let found = subtask.state.value(handle).expect("value").map(|v| number(&v));
                assert_eq!(found, expected, "value");
            }
            3..9 => {
                // Every second time it is read, changed and written, as a reduce does it.
                let old = if choice % 2 == 0 { subtask.state.value(handle).expect("value") } else { None };
                let old = old.map(|v| number(&v));
                assert!(choice % 2 == 1 || old == expected, "value before an update: {old:?}, not {expected:?}");
                let new = old.map_or(new, |old| old + 1);
                subtask.state.update(handle, object(new)).expect("update");
                self.model.insert(place, (new, now));
            }
            _ => {
                subtask.state.clear(handle).expect("clear");
                self.model.remove(&place);
            }
        }
    }

    fn use_map(&mut self, state: u64, of: u64, map_key: i64) {
        let (place, now) = ((state, of, map_key), self.clock.now_millis());
        let (expected, choice, new) = (self.alive(place), self.random.below(20), self.random.below(1 << 40) as i64);
        let all: BTreeMap<i64, i64> =
            (0..MAP_KEYS as i64).filter_map(|m| Some((m, self.alive((state, of, m))?))).collect();
        let subtask = self.subtask(of);
        let handle = if state == 2 { subtask.maps } else { subtask.mortal_maps };
        match choice {
            0..5 => {
                let found = subtask.state.map_get(handle, &object(map_key)).expect("get").map(|v| number(&v));
                assert_eq!(found, expected, "get");
            }
            5..13 => {
                subtask.state.map_put(handle, object(map_key), object(new)).expect("put");
                self.model.insert(place, (new, now));
            }
            13..16 => {
                subtask.state.map_remove(handle, &object(map_key)).expect("remove");
                self.model.remove(&place);
            }
            16..19 => {
                let found = subtask.state.map_entries(handle).expect("entries");
                assert_eq!(found.iter().map(|(k, v)| (number(k), number(v))).collect::<BTreeMap<_, _>>(), all);
                assert_eq!(found.len(), all.len(), "each once");
            }
            _ => {
                subtask.state.map_clear(handle).expect("clear");
                self.model.retain(|(s, k, _), _| (*s, *k) != (state, of));
            }
        }
    }

    fn use_timers(&mut self, of: u64, time: i64) {
        let set = self.random.below(2) == 0;
        let subtask = self.subtask(of);
        let (id, bytes) = (subtask.timers(), of.to_be_bytes());
        let (at, backend) = (key(group(of), &bytes), subtask.state.backend());
        if set {
            backend.put(id, at, &time.to_be_bytes(), &[]).expect("put");
            self.model.insert((4, of, time), (0, 0));
        } else {
            backend.delete(id, at, &time.to_be_bytes()).expect("delete");
            self.model.remove(&(4, of, time));
        }
    }

    fn list(&self, of: u64) -> Vec<i64> {
        self.model.range((5, of, 0)..(5, of + 1, 0)).map(|(_, (value, _))| *value).collect()
    }

    fn use_list(&mut self, of: u64) {
        let (expected, choice, new) = (self.list(of), self.random.below(10), self.random.below(1 << 40) as i64);
        let subtask = self.subtask(of);
        let read = |subtask: &mut Subtask| {
            subtask.state.value(subtask.lists).expect("list").map(|l| numbers(&l).clone()).unwrap_or_default()
        };
        match choice {
            0 => assert_eq!(read(subtask), expected, "list of key {of}"),
            // As functions add: to what is in the cache, or unread.
            1..8 => {
                let added = Object::from_value(vec![new, -new]);
                if !subtask.state.append_unread(subtask.lists, &added).expect("appended") {
                    let whole = [read(subtask), vec![new, -new]].concat();
                    subtask.state.update(subtask.lists, Object::from_value(whole)).expect("update");
                }
                let next = expected.len() as i64;
                self.model.insert((5, of, next), (new, 0));
                self.model.insert((5, of, next + 1), (-new, 0));
            }
            8 => {
                subtask.state.update(subtask.lists, Object::from_value(vec![new])).expect("update");
                self.model.retain(|(s, k, _), _| (*s, *k) != (5, of));
                self.model.insert((5, of, 0), (new, 0));
            }
            _ => {
                subtask.state.clear(subtask.lists).expect("clear");
                self.model.retain(|(s, k, _), _| (*s, *k) != (5, of));
            }
        }
    }

    fn use_window(&mut self, of: u64, window: i64) {
        let place = (6, of, window);
        let (expected, choice, new) = (self.alive(place), self.random.below(10), self.random.below(1 << 40) as i64);
        let subtask = self.subtask(of);
        subtask.state.set_namespace(&window.to_be_bytes());
        let windows = subtask.windows;
        match choice {
            0..3 => {
                let found = subtask.state.value(windows).expect("value").map(|v| number(&v));
                assert_eq!(found, expected, "value of a window");
            }
            3..7 => {
                subtask.state.update(windows, object(new)).expect("update");
                self.model.insert(place, (new, 0));
            }
            7..9 => {
                let taken = subtask.state.take(windows).expect("taken").map(|v| number(&v));
                assert_eq!(taken, expected, "what is taken from a window");
                self.model.remove(&place);
            }
            _ => {
                subtask.state.remove(windows).expect("removed");
                self.model.remove(&place);
            }
        }
    }

    fn take(&mut self) {
        self.checkpoints += 1;
        let native = self.random.below(6) == 0;
        let frozen = self.subtasks.iter_mut().map(|s| s.state.freeze(native).expect("frozen")).collect();
        self.taken.push(Taken { checkpoint: self.checkpoints, frozen, expected: self.model.clone() });
    }

    /// The folder of a checkpoint, which may share files; or of a savepoint, which is whole.
    fn folder(&self, checkpoint: Option<u64>) -> CheckpointFolder {
        let storage = CheckpointStorage::open(&self.dir.display().to_string(), &Configuration::default());
        let storage = storage.expect("a path");
        match checkpoint {
            Some(number) => storage.for_job(JOB).expect("a job id").checkpoint(number),
            None => storage.savepoint(JOB),
        }
    }

    fn upload(&mut self, taken: Taken, folder: &CheckpointFolder) -> Vec<KeyedHandle> {
        let inline_limit = self.random.below(2) as usize * 8000;
        let uploads = taken.frozen.into_iter().map(|frozen| upload_keyed(frozen, folder, inline_limit));
        block_on(futures::future::try_join_all(uploads)).expect("uploaded").into_iter().flatten().collect()
    }

    /// Ends the oldest snapshot under way: it is complete, or comes to nothing.
    fn end(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let taken = self.taken.remove(0);
        let checkpoint = taken.checkpoint;
        let folder = self.folder(Some(checkpoint));
        self.upload(taken, &folder);
        if self.random.below(3) > 0 {
            self.subtasks.iter_mut().for_each(|s| s.state.checkpoint_complete(checkpoint));
        }
    }

    /// Goes on from a snapshot: at another parallelism, perhaps in another backend.
    fn restart(&mut self) {
        if self.taken.is_empty() {
            self.take();
        }
        let taken = self.taken.pop().expect("there is one");
        let expected = taken.expected.clone();
        let whole = self.random.below(4) == 0;
        let folder = self.folder((!whole).then_some(taken.checkpoint));
        let handles = self.upload(taken, &folder);
        let parallelism = 1 + self.random.below(4) as u32;
        let kind = match self.random.below(6) {
            0 => Kind::Hashmap,
            1 => Kind::Rocksdb,
            2 => Kind::Incremental,
            _ => self.kind,
        };
        self.steps.push(format!("restart with parallelism {parallelism} on {kind:?} from {}", folder.url()));
        self.taken.clear();
        self.subtasks = (0..parallelism)
            .map(|subtask| {
                let range = key_group_range(subtask, parallelism, 128);
                let mut backend = kind.open(range.clone());
                block_on(restore_keyed(&mut *backend, &folder, &handles, range)).expect("restored");
                Subtask::new(backend, &self.clock)
            })
            .collect();
        self.model = expected;
        self.check();
    }

    /// Looks at everything.
    fn check(&mut self) {
        for of in 0..KEYS {
            for state in [0, 1] {
                let expected = self.alive((state, of, 0));
                let subtask = self.subtask(of);
                let handle = if state == 0 { subtask.values } else { subtask.mortal };
                let found = subtask.state.value(handle).expect("value").map(|v| number(&v));
                assert_eq!(found, expected, "state {state} of key {of}");
            }
            for state in [2, 3] {
                let expected: BTreeMap<i64, i64> =
                    (0..MAP_KEYS as i64).filter_map(|m| Some((m, self.alive((state, of, m))?))).collect();
                let subtask = self.subtask(of);
                let handle = if state == 2 { subtask.maps } else { subtask.mortal_maps };
                let found = subtask.state.map_entries(handle).expect("entries");
                let found: BTreeMap<i64, i64> = found.iter().map(|(k, v)| (number(k), number(v))).collect();
                assert_eq!(found, expected, "state {state} of key {of}");
            }
            for window in 0..MAP_KEYS as i64 {
                let expected = self.alive((6, of, window));
                let subtask = self.subtask(of);
                subtask.state.set_namespace(&window.to_be_bytes());
                let found = subtask.state.value(subtask.windows).expect("value").map(|v| number(&v));
                assert_eq!(found, expected, "window {window} of key {of}");
            }
            let expected = self.list(of);
            let subtask = self.subtask(of);
            let found = subtask.state.value(subtask.lists).expect("list");
            assert_eq!(found.map(|l| numbers(&l).clone()).unwrap_or_default(), expected, "list of key {of}");
            let expected: Vec<i64> = self.model.range((4, of, 0)..(4, of + 1, 0)).map(|((_, _, m), _)| *m).collect();
            let subtask = self.subtask(of);
            let (id, mut found) = (subtask.timers(), Vec::new());
            let mut add = |time: &[u8], _: &[u8]| {
                found.push(i64::from_be_bytes(time.try_into().expect("eight bytes")));
                Ok(())
            };
            subtask.state.backend().scan(id, key(group(of), &of.to_be_bytes()), &mut add).expect("scanned");
            assert_eq!(found, expected, "timers of key {of}");
        }
    }
}

fn run(kind: Kind, seed: u64, steps: u32) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut run = Run::new(kind, seed, dir.path());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        (0..steps).for_each(|_| run.step());
        run.restart();
    }));
    if let Err(panic) = outcome {
        let last = run.steps.len().saturating_sub(40);
        eprintln!("{kind:?}, seed {seed}, step {}; the last steps:\n{}", run.steps.len(), run.steps[last..].join("\n"));
        std::panic::resume_unwind(panic);
    }
}

/// `PENSTOCK_SEED` tries another one.
fn seed(otherwise: u64) -> u64 {
    std::env::var("PENSTOCK_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn hashmap_does_what_plain_maps_do() {
    run(Kind::Hashmap, seed(1), 20_000);
}

#[test]
fn rocksdb_does_what_plain_maps_do() {
    run(Kind::Rocksdb, seed(2), 12_000);
}

#[test]
fn rocksdb_with_incremental_checkpoints_does_what_plain_maps_do() {
    run(Kind::Incremental, seed(3), 12_000);
}
