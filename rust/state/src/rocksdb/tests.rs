//! What only this backend does; the suites in `tests/state` run on it too.

use ::rocksdb::perf::{PerfContext, PerfMetric, PerfStatsLevel, set_perf_stats};
use penstock_core::{Clock, Configuration};

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
