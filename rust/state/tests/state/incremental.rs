//! Checkpoints that share files: what is uploaded, what is restored where, and what damage looks like.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use penstock_core::config::StateBackendKind;
use penstock_core::key_group::key_group_range;
use penstock_core::{Configuration, TypeInfo};
use penstock_state::{
    CheckpointFolder, CheckpointMetadata, CheckpointStorage, DatabaseFiles, DeclaredTypes, JobStorage, KeyedHandle,
    KeyedStateBackend, OperatorState, SharedFile, StateDescriptor, StateKind, StateLocation, SubtaskState,
    restore_keyed, upload_keyed,
};

use crate::backends::{Content, backend, content, incremental, key, register};
use crate::snapshots::block_on;

const JOB: &str = "0123456789abcdef0123456789abcdef";

fn job(dir: &Path) -> JobStorage {
    let storage = CheckpointStorage::open(&dir.display().to_string(), &Configuration::default()).expect("a path");
    storage.for_job(JOB).expect("a job id")
}

/// Some entries in every key group, the same for the same round.
fn write(backend: &mut dyn KeyedStateBackend, round: u8) {
    let (values, maps) = (register(backend, StateKind::Value), register(backend, StateKind::Map));
    for group in backend.key_groups() {
        for n in 0..4_u8 {
            let bytes = [group as u8, n];
            backend.put(values, key(group, &bytes), &[], &[round; 40]).expect("put");
            backend.put(maps, key(group, &bytes), &[round], &[n; 40]).expect("put");
        }
    }
}

async fn checkpoint(backend: &mut dyn KeyedStateBackend, folder: &CheckpointFolder) -> KeyedHandle {
    let frozen = backend.freeze().expect("frozen");
    upload_keyed(frozen, folder, 0).await.expect("uploaded").expect("there are states")
}

fn database(handle: &KeyedHandle) -> &DatabaseFiles {
    match &handle.location {
        StateLocation::Database(database) => database,
        other => panic!("not incremental: {other:?}"),
    }
}

fn shared(handle: &KeyedHandle) -> BTreeSet<SharedFile> {
    database(handle).shared().cloned().collect()
}

async fn restored(
    mut backend: Box<dyn KeyedStateBackend>,
    folder: &CheckpointFolder,
    handles: &[KeyedHandle],
) -> Box<dyn KeyedStateBackend> {
    let range = backend.key_groups();
    restore_keyed(&mut *backend, folder, handles, range).await.expect("restored");
    backend
}

#[test]
fn only_new_files_are_uploaded_once_a_checkpoint_is_complete() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut b, job) = (incremental(0..=127), job(dir.path()));
    block_on(async {
        write(&mut *b, 1);
        let first = shared(&checkpoint(&mut *b, &job.checkpoint(1)).await);
        assert!(!first.is_empty() && first.iter().all(|file| file.checkpoint() == Some(1)), "{first:?}");
        let unconfirmed = shared(&checkpoint(&mut *b, &job.checkpoint(2)).await);
        assert!(unconfirmed.is_disjoint(&first), "checkpoint 1 may come to nothing");
        b.checkpoint_complete(2);
        let second = checkpoint(&mut *b, &job.checkpoint(3)).await;
        assert_eq!(shared(&second), unconfirmed, "nothing has changed");
        b.checkpoint_complete(3);
        write(&mut *b, 2);
        let third = shared(&checkpoint(&mut *b, &job.checkpoint(4)).await);
        assert!(third.is_superset(&unconfirmed), "the old files are still in use");
        assert!(third.iter().any(|file| file.checkpoint() == Some(4)), "{third:?}");
    });
}

#[test]
fn a_frozen_copy_stays_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut b, job) = (incremental(0..=127), job(dir.path()));
    block_on(async {
        write(&mut *b, 1);
        let before = content(&*b);
        let frozen = b.freeze().expect("frozen");
        write(&mut *b, 2);
        let handle = upload_keyed(frozen, &job.checkpoint(1), 0).await.expect("uploaded").expect("there are states");
        let restored = restored(incremental(0..=127), &job.checkpoint(1), &[handle]).await;
        assert_eq!(content(&*restored), before);
    });
}

#[test]
fn any_parallelism_and_any_backend_restores_it() {
    let dir = tempfile::tempdir().expect("a directory");
    for (before, after) in [(1, 1), (1, 2), (1, 3), (2, 1), (3, 2), (4, 3)] {
        block_on(async {
            let folder = job(dir.path()).checkpoint(before * 10 + after);
            let (mut handles, mut expected) = (Vec::new(), Content::new());
            for subtask in 0..before {
                let mut b = incremental(key_group_range(subtask as u32, before as u32, 128));
                write(&mut *b, 1);
                write(&mut *b, 2);
                handles.push(checkpoint(&mut *b, &folder).await);
                expected.append(&mut content(&*b));
            }
            for to in [incremental, |range| backend(StateBackendKind::Hashmap, range)] {
                let mut found = Content::new();
                for subtask in 0..after {
                    let range = key_group_range(subtask as u32, after as u32, 128);
                    let part = restored(to(range.clone()), &folder, &handles).await;
                    let mut part = content(&*part);
                    assert!(part.keys().all(|(_, group, ..)| range.contains(group)), "no key group of another");
                    found.append(&mut part);
                }
                assert_eq!(found, expected, "{before} to {after}");
            }
        });
    }
}

#[test]
fn a_restored_backend_refers_to_the_files_it_came_from() {
    let dir = tempfile::tempdir().expect("a directory");
    let job = job(dir.path());
    block_on(async {
        let mut b = incremental(0..=127);
        write(&mut *b, 1);
        let handle = checkpoint(&mut *b, &job.checkpoint(1)).await;
        let handles = [handle];

        let mut again = restored(incremental(0..=127), &job.checkpoint(1), &handles).await;
        assert_eq!(shared(&checkpoint(&mut *again, &job.checkpoint(2)).await), shared(&handles[0]));
        write(&mut *again, 2);
        let after = content(&*again);
        let next = checkpoint(&mut *again, &job.checkpoint(3)).await;
        let third = restored(incremental(0..=127), &job.checkpoint(3), &[next]).await;
        assert_eq!(content(&*third), after);

        let lent = job.checkpoint(1).lent();
        let mut borrower = restored(incremental(0..=127), &lent, &handles).await;
        let own = shared(&checkpoint(&mut *borrower, &job.checkpoint(4)).await);
        assert!(own.is_disjoint(&shared(&handles[0])), "who does not own a checkpoint refers to nothing of it");
    });
}

#[test]
fn a_small_state_lies_in_the_metadata_and_a_savepoint_is_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut b = incremental(0..=127);
    let values = register(&mut *b, StateKind::Value);
    b.put(values, key(1, b"k"), &[], b"v").expect("put");
    block_on(async {
        let folder = job(dir.path()).checkpoint(1);
        let frozen = b.freeze().expect("frozen");
        let handle = upload_keyed(frozen, &folder, 64 << 10).await.expect("uploaded").expect("there are states");
        assert_eq!(shared(&handle).len(), 0);
        assert!(!dir.path().join(JOB).exists(), "no file is needed");
        let restored = restored(incremental(0..=127), &folder, &[handle]).await;
        assert_eq!(content(&*restored), content(&*b));

        let storage = CheckpointStorage::open(&dir.path().display().to_string(), &Configuration::default());
        let savepoint = storage.expect("a path").savepoint(JOB);
        let handle = checkpoint(&mut *b, &savepoint).await;
        assert!(matches!(handle.location, StateLocation::File(_)), "{:?}", handle.location);
    });
}

#[test]
fn damage_is_named_with_its_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = job(dir.path()).checkpoint(1);
    let mut b = incremental(0..=127);
    write(&mut *b, 1);
    let handles = [block_on(checkpoint(&mut *b, &folder))];
    let error = |to: fn() -> Box<dyn KeyedStateBackend>| {
        let mut b = to();
        block_on(restore_keyed(&mut *b, &folder, &handles, 0..=127)).expect_err("damaged").to_string()
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for part in ["shared", "chk-1"] {
        let listed = std::fs::read_dir(dir.path().join(JOB).join(part)).expect("listed");
        files.extend(listed.map(|entry| entry.expect("an entry").path()));
    }
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let whole = std::fs::read(&file).expect("read");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for damaged in [&flipped[..], &whole[..whole.len() - 1], &[]] {
            std::fs::write(&file, damaged).expect("written");
            for to in [(|| incremental(0..=127)) as fn() -> _, || backend(StateBackendKind::Hashmap, 0..=127)] {
                let error = error(to);
                assert!(error.contains("is damaged"), "{error}");
                assert!(error.contains(&*file.file_name().expect("a name").to_string_lossy()), "{error}");
            }
        }
        std::fs::remove_file(&file).expect("removed");
        let error = error(|| incremental(0..=127));
        assert!(error.contains(&*file.file_name().expect("a name").to_string_lossy()), "{error}");
        std::fs::write(&file, whole).expect("written");
    }
}

#[test]
fn files_of_a_database_that_came_to_nothing_are_swept() {
    let dir = tempfile::tempdir().expect("a directory");
    let job = job(dir.path());
    let mut b = incremental(0..=127);
    write(&mut *b, 1);
    block_on(async {
        let kept = shared(&checkpoint(&mut *b, &job.checkpoint(1)).await);
        let given_up = shared(&checkpoint(&mut *b, &job.checkpoint(2)).await);
        let in_progress = shared(&checkpoint(&mut *b, &job.checkpoint(4)).await);
        assert_eq!(job.sweep(3, &kept).await.expect("swept"), given_up.len() as u64);
        let left: BTreeSet<String> = std::fs::read_dir(dir.path().join(JOB).join("shared"))
            .expect("listed")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(left, kept.iter().chain(&in_progress).map(|file| file.name.clone()).collect());
    });
}

/// Checkpoints of two subtasks, of which each has left the state with its own type, as bytes of a number.
fn with_types(folder: &CheckpointFolder, subtasks: [(TypeInfo, &[u8]); 2]) -> Vec<KeyedHandle> {
    let parts = subtasks.into_iter().zip([0..=63, 64..=127]).map(|((value, bytes), groups)| {
        let mut b = incremental(groups.clone());
        let declared = DeclaredTypes { value: Some(value), ..DeclaredTypes::default() }.text();
        let state = StateDescriptor { name: "it".into(), kind: StateKind::Value, declared };
        let it = b.register(&state).expect("registered");
        b.put(it, key(*groups.start(), b"k"), &[], bytes).expect("put");
        block_on(checkpoint(&mut *b, folder))
    });
    parts.collect()
}

#[test]
fn the_older_of_two_types_is_converted() {
    let dir = tempfile::tempdir().expect("a directory");
    let int = (TypeInfo::Int, &[0xff, 0xff, 0xff, 0xfe][..]);
    let long = (TypeInfo::Long, &[0, 0, 0, 0, 0, 0, 0, 7][..]);
    for (n, subtasks) in [[int.clone(), long.clone()], [long, int]].into_iter().enumerate() {
        let folder = job(dir.path()).checkpoint(n as u64 + 1);
        let handles = with_types(&folder, subtasks);
        for to in [incremental, |range| backend(StateBackendKind::Hashmap, range)] {
            let restored = block_on(restored(to(0..=127), &folder, &handles));
            let mut values: Vec<Vec<u8>> = content(&*restored).into_values().collect();
            values.sort();
            assert_eq!(values, [7_i64.to_be_bytes(), (-2_i64).to_be_bytes()], "order {n}");
            assert_eq!(restored.descriptors()[0].declared, r#"{"value":{"type":"LONG"}}"#);
        }
    }
}

#[test]
fn types_that_cannot_meet_are_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = job(dir.path()).checkpoint(1);
    let handles = with_types(&folder, [(TypeInfo::Int, &[0, 0, 0, 1]), (TypeInfo::String, b"\x01x")]);
    for mut to in [incremental(0..=127), backend(StateBackendKind::Hashmap, 0..=127)] {
        let error =
            block_on(restore_keyed(&mut *to, &folder, &handles, 0..=127)).expect_err("they disagree").to_string();
        for part in ["disagree about state 'it'", "the type INT", "STRING"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn a_savepoint_of_a_databases_own_files_is_whole_and_can_be_moved_and_rescaled() {
    let dir = tempfile::tempdir().expect("a directory");
    let job = job(dir.path());
    let storage =
        CheckpointStorage::open(&dir.path().display().to_string(), &Configuration::default()).expect("a path");
    for mut b in [incremental(0..=127), backend(StateBackendKind::Rocksdb, 0..=127)] {
        block_on(async {
            write(&mut *b, 1);
            checkpoint(&mut *b, &job.checkpoint(1)).await;
            b.checkpoint_complete(1);
            write(&mut *b, 2);
            let expected = content(&*b);
            let folder = storage.savepoint(JOB);
            let frozen = b.freeze_files().expect("frozen");
            write(&mut *b, 3);
            let handle = upload_keyed(frozen, &folder, 0).await.expect("uploaded").expect("there are states");
            drop(b);
            assert_eq!(shared(&handle), BTreeSet::new(), "nothing of it is shared");

            let path = PathBuf::from(folder.url().strip_prefix("file://").expect("local"));
            let moved = path.with_file_name("moved");
            std::fs::rename(&path, &moved).expect("moved");
            let folder = CheckpointStorage::checkpoint_at(moved.to_str().expect("text"), &Configuration::default());
            let folder = folder.expect("a path");
            let mut found = Content::new();
            for subtask in 0..3 {
                let kind = if subtask == 2 { StateBackendKind::Hashmap } else { StateBackendKind::Rocksdb };
                let empty = backend(kind, key_group_range(subtask, 3, 128));
                found.extend(content(&*restored(empty, &folder, std::slice::from_ref(&handle)).await));
            }
            assert!(found == expected, "{} entries, not {}", found.len(), expected.len());

            let operator = OperatorState {
                uid_hash: JOB.into(),
                uid: None,
                name: "operator".into(),
                parallelism: 1,
                max_parallelism: 128,
                coordinator: None,
                subtasks: vec![SubtaskState { keyed: vec![handle], ..SubtaskState::default() }],
            };
            let metadata = CheckpointMetadata {
                format_version: 2,
                job_id: JOB.into(),
                job_name: "job".into(),
                checkpoint_id: 2,
                timestamp: 0,
                is_savepoint: true,
                operators: vec![operator],
                earlier_jobs: vec![],
            };
            folder.write_metadata(&metadata).await.expect("written");
            folder.discard_savepoint(&metadata).await.expect("discarded");
            assert!(!moved.exists(), "all of it goes");
        });
    }
}
