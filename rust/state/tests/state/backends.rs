//! The backends under test and what the tests say to them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use penstock_core::config::StateBackendKind;
use penstock_state::{
    BackendContext, FrozenState, KeyRef, KeyedStateBackend, StateDescriptor, StateId, StateKind, create_backend,
};

/// Every backend.
pub const ALL: [StateBackendKind; 2] = [StateBackendKind::Hashmap, StateBackendKind::Rocksdb];

/// All entries of a backend: (state's name, key group, key, map key) to value.
pub type Content = BTreeMap<(String, u16, Vec<u8>, Vec<u8>), Vec<u8>>;

/// An empty backend for these of 128 key groups.
pub fn backend(kind: StateBackendKind, key_groups: RangeInclusive<u16>) -> Box<dyn KeyedStateBackend> {
    configured(kind, key_groups, &[])
}

/// An empty RocksDB backend whose checkpoints are incremental.
pub fn incremental(key_groups: RangeInclusive<u16>) -> Box<dyn KeyedStateBackend> {
    configured(StateBackendKind::Rocksdb, key_groups, &[("execution.checkpointing.incremental", "true")])
}

/// An empty backend with these settings.
pub fn configured(
    kind: StateBackendKind,
    key_groups: RangeInclusive<u16>,
    settings: &[(&str, &str)],
) -> Box<dyn KeyedStateBackend> {
    let tmp_dirs = vec![std::env::temp_dir()];
    let context = BackendContext {
        operator: "test".into(),
        subtask: 0,
        key_groups,
        max_parallelism: 128,
        processes: 1,
        tmp_dirs,
        config: settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    };
    create_backend(kind, &context).expect("a backend")
}

/// A descriptor of a state called after its kind.
pub fn descriptor(kind: StateKind) -> StateDescriptor {
    StateDescriptor { name: format!("{kind:?}"), kind, declared: "bytes".into() }
}

/// Registers a state called after its kind.
pub fn register(backend: &mut dyn KeyedStateBackend, kind: StateKind) -> StateId {
    backend.register(&descriptor(kind)).expect("registered")
}

/// A key of a group.
pub fn key(group: u16, bytes: &[u8]) -> KeyRef<'_> {
    KeyRef { group, bytes }
}

/// Everything a backend has.
pub fn content(backend: &dyn KeyedStateBackend) -> Content {
    let mut found = Content::new();
    for (index, state) in backend.descriptors().iter().enumerate() {
        let mut last_group = 0;
        let mut add = |key: KeyRef<'_>, map_key: &[u8], value: &[u8]| {
            assert!(key.group >= last_group, "key groups ascend");
            last_group = key.group;
            let old =
                found.insert((state.name.clone(), key.group, key.bytes.to_vec(), map_key.to_vec()), value.to_vec());
            assert_eq!(old, None, "an entry is visited once");
            Ok(())
        };
        backend.scan_all(StateId(index as u16), &mut add).expect("scanned");
    }
    found
}

/// Everything a frozen copy has.
pub fn frozen_content(frozen: &dyn FrozenState) -> Content {
    let names: Vec<String> = frozen.descriptors().iter().map(|d| d.name.clone()).collect();
    let mut found = Content::new();
    for group in frozen.key_groups() {
        let mut last: Option<(StateId, Vec<u8>, Vec<u8>)> = None;
        let mut add = |state: StateId, key: &[u8], map_key: &[u8], value: &[u8]| {
            if let Some((last_state, last_key, last_map_key)) = &last {
                assert!(*last_state <= state, "states in order");
                assert!(
                    (*last_state, last_key.as_slice()) != (state, key) || last_map_key.as_slice() < map_key,
                    "map keys in order"
                );
            }
            last = Some((state, key.to_vec(), map_key.to_vec()));
            let name = names[usize::from(state.0)].clone();
            assert_eq!(
                found.insert((name, group, key.to_vec(), map_key.to_vec()), value.to_vec()),
                None,
                "an entry is visited once"
            );
            Ok(())
        };
        frozen.scan_group(group, &mut add).expect("scanned");
    }
    found
}

/// The entries of one key, in the order in which they come.
pub fn entries(backend: &dyn KeyedStateBackend, state: StateId, key: KeyRef<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut add = |map_key: &[u8], value: &[u8]| {
        found.push((map_key.to_vec(), value.to_vec()));
        Ok(())
    };
    backend.scan(state, key, &mut add).expect("scanned");
    found
}
