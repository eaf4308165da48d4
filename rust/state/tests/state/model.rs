//! Random operations on a backend and on an ordered map, with snapshots and restores in between. A failure prints the
//! seed and the steps that led to it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use penstock_core::config::StateBackendKind;
use penstock_state::{
    CheckpointStorage, FrozenState, JobStorage, KeyedStateBackend, StateId, StateKind, StateLocation, restore_keyed,
    upload_keyed,
};

use crate::backends::{
    ALL, Content, backend, content, descriptor, entries, frozen_content, incremental, key, register,
};
use crate::snapshots::block_on;

const KINDS: [StateKind; 4] = [StateKind::Value, StateKind::List, StateKind::Map, StateKind::Timers];
const GROUPS: u64 = 6;

/// A small generator with a seed (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below the limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn bytes(&mut self, longest: u64) -> Vec<u8> {
        let length = self.below(longest + 1);
        // Few different bytes, so that keys meet; the extremes, so that order and bounds are tried.
        (0..length).map(|_| [0, 1, 0xff][self.below(3) as usize]).collect()
    }
}

/// Makes a backend for some key groups.
type Make = fn(RangeInclusive<u16>) -> Box<dyn KeyedStateBackend>;

struct Run {
    make: Make,
    random: Random,
    backend: Box<dyn KeyedStateBackend>,
    model: Content,
    /// Snapshots under way, with what they have to hold.
    frozen: Vec<(Box<dyn FrozenState>, Content)>,
    steps: Vec<String>,
    /// Where all checkpoints of a run are, for later ones may refer to files of earlier ones.
    job: JobStorage,
    checkpoints: u64,
}

impl Run {
    fn new(make: Make, seed: u64) -> Self {
        let mut backend = make(0..=GROUPS as u16 - 1);
        for kind in KINDS {
            register(&mut *backend, kind);
        }
        let job = CheckpointStorage::in_memory().for_job(&"0".repeat(32)).expect("a job id");
        let (model, frozen, steps) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { make, random: Random(seed), backend, model, frozen, steps, job, checkpoints: 0 }
    }

    fn step(&mut self) {
        let choice = self.random.below(100);
        let state = self.random.below(KINDS.len() as u64) as usize;
        let group = self.random.below(GROUPS) as u16;
        let bytes = self.random.bytes(2);
        let map_key = if KINDS[state].has_map_keys() { self.random.bytes(2) } else { Vec::new() };
        let (id, at) = (StateId(state as u16), key(group, &bytes));
        let place = (descriptor(KINDS[state]).name, group, bytes.clone(), map_key.clone());
        self.steps.push(format!("{choice} {place:?}"));
        match choice {
            0..50 => {
                let value = self.random.bytes(6);
                self.backend.put(id, at, &map_key, &value).expect("put");
                self.model.insert(place, value);
            }
            50..70 => {
                self.backend.delete(id, at, &map_key).expect("delete");
                self.model.remove(&place);
            }
            70..82 => assert_eq!(self.backend.get(id, at, &map_key).expect("get"), self.model.get(&place).cloned()),
            82..90 => self.check_scan(id, &place),
            90..94 => self.frozen.push((self.backend.freeze().expect("frozen"), self.model.clone())),
            94..98 => self.check_frozen(),
            98 => assert_eq!(content(&*self.backend), self.model),
            _ => self.restart(),
        }
    }

    fn check_scan(&self, id: StateId, place: &(String, u16, Vec<u8>, Vec<u8>)) {
        let of_key =
            self.model.iter().filter(|((name, group, key, _), _)| (name, *group, key) == (&place.0, place.1, &place.2));
        let expected: Vec<_> = of_key.map(|((.., map_key), value)| (map_key.clone(), value.clone())).collect();
        assert_eq!(entries(&*self.backend, id, key(place.1, &place.2)), expected);
    }

    /// Ends one of the snapshots under way.
    fn check_frozen(&mut self) {
        if !self.frozen.is_empty() {
            let which = self.random.below(self.frozen.len() as u64) as usize;
            let (frozen, expected) = self.frozen.swap_remove(which);
            assert_eq!(frozen_content(&*frozen), expected);
        }
    }

    /// Goes on from a snapshot, in a new backend, perhaps of the other kind.
    fn restart(&mut self) {
        let (frozen, expected) =
            self.frozen.pop().unwrap_or_else(|| (self.backend.freeze().expect("frozen"), self.model.clone()));
        let other = (self.random.below(4) == 0).then(|| ALL[self.random.below(2) as usize]);
        self.checkpoints += 1;
        let (folder, groups) = (self.job.checkpoint(self.checkpoints), 0..=GROUPS as u16 - 1);
        self.backend = other.map_or_else(|| (self.make)(groups.clone()), |other| backend(other, groups.clone()));
        let (restored, is_database) = block_on(async {
            let handle = upload_keyed(frozen, &folder, 0).await.expect("uploaded").expect("there are states");
            let is_database = matches!(handle.location, StateLocation::Database(_));
            (restore_keyed(&mut *self.backend, &folder, &[handle], groups).await.expect("restored"), is_database)
        });
        // RocksDB has only an estimate of what is in files that it takes over.
        assert!(is_database || restored.entries == expected.len() as u64, "{} entries", restored.entries);
        assert_eq!(content(&*self.backend), expected);
        self.model = expected;
    }
}

fn run(name: &str, make: Make, seed: u64, steps: u32) {
    let mut run = Run::new(make, seed);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        (0..steps).for_each(|_| run.step());
        assert_eq!(content(&*run.backend), run.model);
        run.frozen.iter().for_each(|(frozen, expected)| assert_eq!(frozen_content(&**frozen), *expected));
    }));
    if let Err(panic) = outcome {
        let last = run.steps.len().saturating_sub(40);
        eprintln!("{name}, seed {seed}, step {}; the last steps:\n{}", run.steps.len(), run.steps[last..].join("\n"));
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn hashmap_does_what_an_ordered_map_does() {
    (0..20).for_each(|seed| run("hashmap", |groups| backend(StateBackendKind::Hashmap, groups), seed, 1_500));
}

#[test]
fn rocksdb_does_what_an_ordered_map_does() {
    (100..104).for_each(|seed| run("rocksdb", |groups| backend(StateBackendKind::Rocksdb, groups), seed, 800));
}

/// What is written while the files of a checkpoint are linked takes another way.
#[test]
fn rocksdb_with_incremental_checkpoints_does_what_an_ordered_map_does() {
    (200..204).for_each(|seed| run("incremental", incremental, seed, 800));
}
