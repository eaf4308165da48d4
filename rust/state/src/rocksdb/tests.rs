//! What only this backend does; the suites in `tests/state` run on it too.

use ::rocksdb::perf::{PerfContext, PerfMetric, PerfStatsLevel, set_perf_stats};
use penstock_core::{Clock, Configuration};

use super::writing::BATCH;
use super::*;
use crate::backend::StateKind;

fn backend() -> RocksDbBackend {
    let (operator, config) = ("test".to_owned(), Configuration::default());
    let tmp_dirs = vec![std::env::temp_dir()];
    let context = BackendContext {
        operator,
        subtask: 0,
        key_groups: 0..=127,
        max_parallelism: 128,
        processes: 1,
        tmp_dirs,
        config,
    };
    RocksDbBackend::open(&context).expect("opened")
}

fn register(backend: &mut RocksDbBackend, kind: StateKind) -> StateId {
    let descriptor = StateDescriptor { name: format!("{kind:?}"), kind, declared: "bytes".into() };
    backend.register(&descriptor).expect("registered")
}

#[test]
fn iterating_over_one_key_reads_nothing_else() {
    let mut backend = backend();
    let maps = register(&mut backend, StateKind::Map);
    for n in 0..5_000_u32 {
        for map_key in 0..3_u8 {
            let key = KeyRef { group: (n % 128) as u16, bytes: &n.to_be_bytes() };
            backend.put(maps, key, &[map_key], &[map_key; 100]).expect("put");
        }
    }
    backend.instance.flush_cf(backend.families[0].handle()).expect("flushed");
    let mut perf = PerfContext::default();
    let mut visited = 0;
    set_perf_stats(PerfStatsLevel::EnableCount);
    perf.reset();
    let key = KeyRef { group: 130 % 128, bytes: &130_u32.to_be_bytes() };
    let scanned = backend.scan(maps, key, &mut |_, _| {
        visited += 1;
        Ok(())
    });
    let (skipped, blocks) = (perf.metric(PerfMetric::InternalKeySkippedCount), perf.metric(PerfMetric::BlockReadCount));
    set_perf_stats(PerfStatsLevel::Disable);
    scanned.expect("scanned");
    assert_eq!(visited, 3);
    assert!(skipped <= 3, "{skipped} keys were passed");
    assert!(blocks <= 4, "{blocks} blocks were read, of 1.5 MB in all");
}

#[test]
fn what_has_expired_goes_when_files_are_merged() {
    let (mut backend, clock) = (backend(), Clock::manual(1000));
    let values = register(&mut backend, StateKind::Value);
    let lasting = register(&mut backend, StateKind::List);
    let life = TimeToLive { millis: 100, clock: clock.clone(), entries_per_look: 1, period_ms: 60_000 };
    backend.set_time_to_live(values, Some(life)).expect("set");
    for n in 0..10_u8 {
        let (key, written_at) = (KeyRef { group: 0, bytes: &[n] }, 895 + i64::from(n));
        for state in [values, lasting] {
            backend.put(state, key, &[], &[&written_at.to_be_bytes()[..], &[n]].concat()).expect("put");
        }
    }
    let left = |backend: &RocksDbBackend, state: StateId| {
        let family = backend.families[usize::from(state.0)].handle();
        backend.instance.compact_range_cf(family, None::<&[u8]>, None::<&[u8]>);
        let mut left = Vec::new();
        let mut add = |key: KeyRef<'_>, _: &[u8], _: &[u8]| {
            left.push(key.bytes[0]);
            Ok(())
        };
        backend.scan_all(state, &mut add).expect("scanned");
        left
    };
    assert_eq!(left(&backend, values), [6, 7, 8, 9], "written at 901 and later");
    clock.set_millis(1003);
    assert_eq!(left(&backend, values), [9]);
    assert_eq!(left(&backend, lasting).len(), 10, "a state without time to live is left alone");
}

#[test]
fn many_values_are_read_at_once() {
    let mut backend = backend();
    let values = register(&mut backend, StateKind::Value);
    for n in (0..100_u8).step_by(2) {
        backend.put(values, KeyRef { group: u16::from(n), bytes: &[n] }, &[], &[n, n]).expect("put");
    }
    let keys: Vec<[u8; 1]> = (0..100).rev().map(|n| [n]).collect();
    let wanted: Vec<KeyRef<'_>> = keys.iter().map(|key| KeyRef { group: u16::from(key[0]), bytes: key }).collect();
    let found = backend.get_many(values, &wanted).expect("read");
    let expected: Vec<Option<Vec<u8>>> = keys.iter().map(|[n]| n.is_multiple_of(2).then(|| vec![*n, *n])).collect();
    assert_eq!(found, expected);
    assert!(backend.get_many(values, &[KeyRef { group: 128, bytes: b"k" }]).is_err(), "a key group of another subtask");
}

/// Lets a backend think that files are being linked, until it is told that they are.
fn linking(backend: &mut RocksDbBackend) -> std::sync::mpsc::SyncSender<()> {
    let (linked, wait) = std::sync::mpsc::sync_channel(0);
    let (linking, _) = Linking::start(move || Ok(wait.recv())).expect("started");
    backend.linking = Some(linking);
    linked
}

#[test]
fn what_is_written_while_files_are_linked_is_seen_and_comes_to_the_database_afterwards() {
    let mut backend = backend();
    let maps = register(&mut backend, StateKind::Map);
    let (one, other) = (KeyRef { group: 1, bytes: b"one" }, KeyRef { group: 1, bytes: b"other" });
    for (key, map_key) in [(one, b"b"), (one, b"d"), (one, b"f"), (other, b"a")] {
        backend.put(maps, key, map_key, b"old").expect("put");
    }
    let linked = linking(&mut backend);
    backend.put(maps, one, b"a", b"new").expect("kept");
    backend.put(maps, one, b"d", b"new").expect("kept");
    backend.put(maps, one, b"g", b"new").expect("kept");
    backend.delete(maps, one, b"f").expect("kept");
    backend.put(maps, other, b"a", b"new").expect("kept");
    let foreign = KeyRef { group: 128, bytes: b"one" };
    assert!(backend.put(maps, foreign, b"a", b"new").is_err(), "a key group of another subtask");

    let stored = |backend: &RocksDbBackend, map_key: &[u8]| {
        backend.instance.get_cf(backend.families[0].handle(), keys::entry(one, map_key)).expect("read")
    };
    assert_eq!(stored(&backend, b"d").as_deref(), Some(&b"old"[..]), "the database stays as it was");
    assert_eq!(stored(&backend, b"a"), None);
    let seen = |backend: &RocksDbBackend| {
        let mut seen = Vec::new();
        let mut add = |map_key: &[u8], value: &[u8]| {
            seen.push(format!("{} {}", String::from_utf8_lossy(map_key), String::from_utf8_lossy(value)));
            Ok(())
        };
        backend.scan(maps, one, &mut add).expect("scanned");
        let mut all = 0;
        let mut count = |_: KeyRef<'_>, _: &[u8], _: &[u8]| {
            all += 1;
            Ok(())
        };
        backend.scan_all(maps, &mut count).expect("scanned");
        assert_eq!(all, seen.len() + 1, "the other key has one");
        seen
    };
    assert_eq!(seen(&backend), ["a new", "b old", "d new", "g new"]);
    assert_eq!(backend.get(maps, one, b"f").expect("read"), None);
    assert_eq!(backend.get(maps, one, b"g").expect("read").as_deref(), Some(&b"new"[..]));

    linked.send(()).expect("it waits");
    backend.linking.as_mut().expect("not over").wait();
    backend.put(maps, one, b"d", b"newest").expect("put");
    assert!(backend.linking.is_none(), "what was kept went with it");
    assert_eq!(seen(&backend), ["a new", "b old", "d newest", "g new"]);
    assert_eq!(stored(&backend, b"f"), None);
}

#[test]
fn values_that_are_kept_go_before_those_that_are_stored() {
    let mut backend = backend();
    let values = register(&mut backend, StateKind::Value);
    let keys: Vec<[u8; 2]> = (0..100_u16).map(u16::to_be_bytes).collect();
    for key in &keys {
        backend.put(values, KeyRef { group: 0, bytes: key }, &[], b"old").expect("put");
    }
    let linked = linking(&mut backend);
    for key in keys.iter().step_by(2) {
        backend.put(values, KeyRef { group: 0, bytes: key }, &[], b"new").expect("kept");
    }
    let wanted: Vec<KeyRef<'_>> = keys.iter().map(|key| KeyRef { group: 0, bytes: key }).collect();
    let expected: Vec<Option<Vec<u8>>> =
        (0..100).map(|n| Some(if n % 2 == 0 { b"new".to_vec() } else { b"old".to_vec() })).collect();
    assert_eq!(backend.get_many(values, &wanted).expect("read"), expected);
    linked.send(()).expect("it waits");
    backend.linking.as_mut().expect("not over").wait();
    backend.put(values, wanted[0], &[], b"new").expect("put");
    assert!(backend.linking.is_some(), "fifty are too many to go at once");
    assert_eq!(backend.get_many(values, &wanted).expect("read"), expected);
    let other =
        backend.register(&StateDescriptor { name: "b".into(), kind: StateKind::Value, declared: String::new() });
    assert!(other.is_ok() && backend.linking.is_none(), "a new state has to wait for all of it");
    assert_eq!(backend.get_many(values, &wanted).expect("read"), expected);
}

#[test]
fn what_is_added_to_a_list_while_files_are_linked_comes_behind_what_it_has() {
    let mut backend = backend();
    let lists = register(&mut backend, StateKind::List);
    let key = KeyRef { group: 0, bytes: b"key" };
    backend.append(lists, key, &[1, 10]).expect("appended");
    let linked = linking(&mut backend);
    backend.append(lists, key, &[1, 11]).expect("kept");
    backend.append(lists, key, &[1, 12]).expect("kept");
    assert_eq!(backend.get(lists, key, &[]).expect("read").as_deref(), Some(&[3, 10, 11, 12][..]));
    linked.send(()).expect("it waits");
    backend.linking.as_mut().expect("not over").wait();
    backend.append(lists, key, &[1, 13]).expect("appended");
    assert_eq!(backend.get(lists, key, &[]).expect("read").as_deref(), Some(&[4, 10, 11, 12, 13][..]));
}

#[test]
fn what_is_collected_comes_to_the_database_in_one_go() {
    let mut backend = backend();
    let values = register(&mut backend, StateKind::Value);
    let key = |n: &'static [u8]| KeyRef { group: 0, bytes: n };
    backend.put(values, key(b"gone"), &[], b"old").expect("put");
    backend.write_together(true).expect("begun");
    backend.put(values, key(b"small"), &[], b"new").expect("collected");
    backend.delete(values, key(b"gone"), &[]).expect("collected");
    assert!(backend.get(values, key(b"small"), &[]).expect("read").is_none(), "not yet");
    backend.put(values, key(b"large"), &[], &vec![7; BATCH]).expect("written");
    assert!(backend.get(values, key(b"small"), &[]).expect("read").is_some(), "no more is collected than that");
    backend.put(values, key(b"last"), &[], b"new").expect("collected");
    backend.write_together(false).expect("written");
    assert_eq!(backend.get(values, key(b"last"), &[]).expect("read").as_deref(), Some(&b"new"[..]));
    assert_eq!(backend.get(values, key(b"gone"), &[]).expect("read"), None);
}
