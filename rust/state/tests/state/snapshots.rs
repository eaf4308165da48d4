//! Snapshots written by one backend and read by another, at another parallelism, whole and damaged.

use bytes::Bytes;
use penstock_core::config::StateBackendKind;
use penstock_core::key_group::key_group_range;
use penstock_state::snapshot::Restored;
use penstock_state::{
    CheckpointFolder, CheckpointStorage, KeyedHandle, KeyedStateBackend, StateKind, StateLocation, restore_keyed,
    upload_keyed, write_keyed_snapshot,
};

use crate::backends::{ALL, Content, backend, content, key, register};

/// A runtime with blocking threads.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

/// A checkpoint folder in memory.
pub fn folder() -> CheckpointFolder {
    CheckpointStorage::in_memory().for_job(&"0".repeat(32)).expect("a job id").checkpoint(1)
}

/// A backend with a few entries of every kind in every key group of the range.
fn filled(kind: StateBackendKind, subtask: u32, parallelism: u32) -> Box<dyn KeyedStateBackend> {
    let range = key_group_range(subtask, parallelism, 128);
    let mut b = backend(kind, range.clone());
    for kind in [StateKind::Value, StateKind::List, StateKind::Map, StateKind::Timers] {
        let state = register(&mut *b, kind);
        for group in range.clone() {
            for k in [&b"key"[..], &group.to_be_bytes()] {
                let map_keys: &[&[u8]] = if kind.has_map_keys() { &[b"", b"m1", b"m2"] } else { &[b""] };
                for m in map_keys {
                    b.put(state, key(group, k), m, &[k, m].concat()).expect("put");
                }
            }
        }
    }
    b
}

async fn uploaded(b: &mut dyn KeyedStateBackend, folder: &CheckpointFolder, inline_limit: usize) -> KeyedHandle {
    upload_keyed(b.freeze().expect("frozen"), folder, inline_limit).await.expect("uploaded").expect("there are states")
}

async fn restored(
    kind: StateBackendKind,
    folder: &CheckpointFolder,
    handles: &[KeyedHandle],
    subtask: u32,
    of: u32,
) -> Content {
    let range = key_group_range(subtask, of, 128);
    let mut b = backend(kind, range.clone());
    restore_keyed(&mut *b, folder, handles, range).await.expect("restored");
    content(&*b)
}

#[test]
fn any_backend_restores_what_any_backend_wrote() {
    for (from, to) in ALL.into_iter().flat_map(|from| ALL.map(|to| (from, to))) {
        for inline_limit in [0, 1 << 20] {
            block_on(async {
                let (mut written, folder) = (filled(from, 0, 1), folder());
                let handle = uploaded(&mut *written, &folder, inline_limit).await;
                assert_eq!(matches!(handle.location, StateLocation::Inline(_)), inline_limit > 0);
                assert_eq!(restored(to, &folder, &[handle], 0, 1).await, content(&*written), "{from:?} to {to:?}");
            });
        }
    }
}

#[test]
fn parallelism_may_change() {
    for (before, after) in [(1, 3), (3, 1), (4, 3), (2, 128)] {
        block_on(async {
            let folder = folder();
            let (mut handles, mut expected) = (Vec::new(), Content::new());
            for subtask in 0..before {
                let mut b = filled(StateBackendKind::Hashmap, subtask, before);
                handles.push(uploaded(&mut *b, &folder, 0).await);
                expected.append(&mut content(&*b));
            }
            let mut found = Content::new();
            for subtask in 0..after {
                let mut part = restored(StateBackendKind::Hashmap, &folder, &handles, subtask, after).await;
                assert!(part.keys().all(|(_, group, ..)| key_group_range(subtask, after, 128).contains(group)));
                found.append(&mut part);
            }
            assert_eq!(found, expected, "{before} to {after}");
        });
    }
}

#[test]
fn a_range_reads_its_part_only() {
    block_on(async {
        let (mut b, folder) = (filled(StateBackendKind::Hashmap, 0, 1), folder());
        let handle = uploaded(&mut *b, &folder, 0).await;
        let mut part = backend(StateBackendKind::Hashmap, 10..=11);
        let Restored { entries, bytes } =
            restore_keyed(&mut *part, &folder, std::slice::from_ref(&handle), 10..=11).await.expect("restored");
        assert_eq!(entries, 2 * 16);
        assert!(bytes * 60 < handle.length, "{bytes} of {}", handle.length);
        let mut other = backend(StateBackendKind::Hashmap, 10..=11);
        let outside = KeyedHandle { key_groups: 12..=127, ..handle };
        assert_eq!(
            restore_keyed(&mut *other, &folder, &[outside], 10..=11).await.expect("nothing to do"),
            Restored::default()
        );
    });
}

#[test]
fn states_meet_by_name_and_kind() {
    block_on(async {
        let (mut written, folder) = (filled(StateBackendKind::Hashmap, 0, 1), folder());
        let handle = uploaded(&mut *written, &folder, 0).await;
        let mut b = backend(StateBackendKind::Hashmap, 0..=127);
        let maps = register(&mut *b, StateKind::Map);
        restore_keyed(&mut *b, &folder, std::slice::from_ref(&handle), 0..=127).await.expect("restored");
        assert_eq!(b.get(maps, key(3, b"key"), b"m1").expect("get").as_deref(), Some(&b"keym1"[..]));
        assert_eq!(content(&*b), content(&*written));

        let mut b = backend(StateBackendKind::Hashmap, 0..=127);
        let mut wrong = b.descriptors().first().cloned().unwrap_or(crate::backends::descriptor(StateKind::Map));
        wrong.kind = StateKind::Value;
        b.register(&wrong).expect("registered");
        let error = restore_keyed(&mut *b, &folder, &[handle], 0..=127).await.expect_err("another kind").to_string();
        assert!(error.contains("state 'Map'"), "{error}");
    });
}

#[test]
fn a_backend_without_states_writes_nothing() {
    let mut b = backend(StateBackendKind::Hashmap, 0..=127);
    assert_eq!(block_on(upload_keyed(b.freeze().expect("frozen"), &folder(), 0)).expect("uploaded"), None);
}

#[test]
fn large_states_go_in_chunks() {
    block_on(async {
        let (mut b, folder) = (backend(StateBackendKind::Hashmap, 0..=127), folder());
        let maps = register(&mut *b, StateKind::Map);
        let value = vec![7; 64 << 10];
        for i in 0..400_u32 {
            b.put(maps, key((i % 3) as u16, b"k"), &i.to_be_bytes(), &value).expect("put");
        }
        let handle = uploaded(&mut *b, &folder, 20 << 10).await;
        assert!(handle.length > 25 << 20);
        assert_eq!(restored(StateBackendKind::Hashmap, &folder, &[handle], 0, 1).await, content(&*b));
    });
}

/// Every byte of a snapshot is under a checksum or compared: changing any is an error, and so is every truncation.
#[test]
fn damage_is_found_wherever_it_is() {
    let mut b = filled(StateBackendKind::Hashmap, 3, 32);
    let mut file = Vec::new();
    write_keyed_snapshot(&*b.freeze().expect("frozen"), &mut file).expect("written");
    let restore = |bytes: Vec<u8>| {
        let handle = KeyedHandle {
            length: bytes.len() as u64,
            location: StateLocation::Inline(Bytes::from(bytes)),
            key_groups: 0..=127,
        };
        let mut b = backend(StateBackendKind::Hashmap, 0..=127);
        block_on(restore_keyed(&mut *b, &folder(), &[handle], 0..=127))
    };
    restore(file.clone()).expect("whole");
    // The first eight bytes are for people who look into files.
    for position in 8..file.len() {
        let mut damaged = file.clone();
        damaged[position] ^= 0x41;
        let error = restore(damaged).expect_err("damaged").to_string();
        assert!(error.contains("is damaged") || error.contains("newer Penstock"), "byte {position}: {error}");
    }
    for length in 0..file.len() {
        assert!(restore(file[..length].to_vec()).is_err(), "{length} bytes");
    }
    assert!(file.len() > 500, "the test looked at something");
}
