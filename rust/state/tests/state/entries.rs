//! Snapshots read entry by entry: the same entries as a restore brings, and damage is found.

use std::path::Path;

use bytes::Bytes;
use penstock_core::Error;
use penstock_core::config::StateBackendKind;
use penstock_state::snapshot::EntryReader;
use penstock_state::{
    CheckpointFolder, CheckpointStorage, KeyedHandle, StateKind, StateLocation, upload_keyed, write_keyed_snapshot,
};

use crate::backends::{Content, backend, content, incremental, key, register};
use crate::snapshots::block_on;

fn folder() -> CheckpointFolder {
    CheckpointStorage::in_memory().for_job(&"0".repeat(32)).expect("an id").checkpoint(1)
}

fn read(file: Vec<u8>) -> penstock_core::Result<Content> {
    let length = file.len() as u64;
    let handle = KeyedHandle { length, location: StateLocation::Inline(Bytes::from(file)), key_groups: 0..=127 };
    read_handle(&folder(), &handle, &std::env::temp_dir())
}

fn read_handle(folder: &CheckpointFolder, handle: &KeyedHandle, temporary: &Path) -> penstock_core::Result<Content> {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
        let mut reader = EntryReader::open(folder, handle, temporary).await?;
        let mut found = Content::new();
        while let Some(entry) = reader.next().await? {
            let name = reader.states()[entry.state].name.clone();
            let old = found.insert((name, entry.group, entry.key, entry.map_key), entry.value);
            if old.is_some() {
                return Err(Error::invalid("an entry came twice"));
            }
        }
        Ok(found)
    })
}

#[test]
fn all_entries_come_and_damage_is_found() {
    let mut b = backend(StateBackendKind::Hashmap, 0..=127);
    let (values, maps) = (register(&mut *b, StateKind::Value), register(&mut *b, StateKind::Map));
    for n in 0..300_u32 {
        b.put(values, key((n % 5) as u16, &n.to_be_bytes()), &[], &n.to_le_bytes()).expect("put");
        b.put(maps, key((n % 5) as u16, b"same"), &n.to_be_bytes(), b"x").expect("put");
    }
    let mut file = Vec::new();
    write_keyed_snapshot(&*b.freeze().expect("frozen"), &mut file).expect("written");
    assert_eq!(read(file.clone()).expect("whole"), content(&*b));
    for position in (8..file.len()).step_by(7) {
        let mut damaged = file.clone();
        damaged[position] ^= 0x41;
        assert!(read(damaged).is_err(), "byte {position}");
    }
}

/// Entries that are longer than what is read at once, and many short ones that lie across its end.
#[test]
fn entries_may_lie_across_pieces() {
    let mut b = backend(StateBackendKind::Hashmap, 0..=127);
    let values = register(&mut *b, StateKind::Value);
    for (n, length) in [3 << 20, 5, 1 << 20, 700 << 10, 700 << 10, 0].into_iter().enumerate() {
        b.put(values, key(1, &[n as u8]), &[], &vec![n as u8; length]).expect("put");
    }
    let mut file = Vec::new();
    write_keyed_snapshot(&*b.freeze().expect("frozen"), &mut file).expect("written");
    assert_eq!(read(file).expect("whole"), content(&*b));
}

/// An incremental checkpoint is files of a database. Its states are longer than a piece, and nothing of them is left behind.
#[test]
fn the_entries_of_a_database_come_and_its_files_go() {
    let mut b = incremental(0..=127);
    let (values, maps) = (register(&mut *b, StateKind::Value), register(&mut *b, StateKind::Map));
    for n in 0..3000_u32 {
        b.put(values, key((n % 3) as u16, &n.to_be_bytes()), &[], &[n as u8; 2000]).expect("put");
        b.put(maps, key((n % 2 * 127) as u16, b"same"), &n.to_be_bytes(), b"x").expect("put");
    }
    b.delete(values, key(0, &0_u32.to_be_bytes()), &[]).expect("deleted");
    let folder = folder();
    let handle = block_on(upload_keyed(b.freeze().expect("frozen"), &folder, 0)).expect("uploaded").expect("a state");
    assert!(matches!(handle.location, StateLocation::Database(_)), "{:?}", handle.location);
    let temporary = tempfile::tempdir().expect("a directory");
    assert_eq!(read_handle(&folder, &handle, temporary.path()).expect("whole"), content(&*b));
    let left: Vec<_> = temporary.path().read_dir().expect("listed").collect();
    assert!(left.is_empty(), "{left:?}");
    let narrow = KeyedHandle { key_groups: 1..=2, ..handle };
    let groups =
        read_handle(&folder, &narrow, temporary.path()).expect("whole").into_keys().map(|(_, group, ..)| group);
    assert_eq!(groups.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>(), [1, 2]);
}
