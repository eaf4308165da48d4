//! Snapshots read entry by entry: the same entries as a restore brings, and damage is found.

use bytes::Bytes;
use penstock_core::config::StateBackendKind;
use penstock_state::snapshot::EntryReader;
use penstock_state::{
    CheckpointFolder, CheckpointStorage, KeyedHandle, StateKind, StateLocation, write_keyed_snapshot,
};

use crate::backends::{Content, backend, content, key, register};

fn folder() -> CheckpointFolder {
    CheckpointStorage::in_memory().for_job(&"0".repeat(32)).expect("an id").checkpoint(1)
}

fn read(file: Vec<u8>) -> penstock_core::Result<Content> {
    let length = file.len() as u64;
    let handle = KeyedHandle { length, location: StateLocation::Inline(Bytes::from(file)), key_groups: 0..=127 };
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
        let mut reader = EntryReader::open(&folder(), &handle).await?;
        let mut found = Content::new();
        while let Some(entry) = reader.next().await? {
            let name = reader.states()[entry.state].name.clone();
            found.insert((name, entry.group, entry.key, entry.map_key), entry.value);
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
