//! What every backend promises, run on each.

use penstock_core::Error;
use penstock_core::config::StateBackendKind;
use penstock_state::{KeyedStateBackend, StateKind};

use crate::backends::{ALL, backend, content, entries, frozen_content, key, register};

fn on_each(test: impl Fn(Box<dyn KeyedStateBackend>, StateBackendKind)) {
    for kind in ALL {
        test(backend(kind, 0..=127), kind);
    }
}

#[test]
fn values_are_kept_per_state_group_and_key() {
    on_each(|mut b, kind| {
        let (values, lists) = (register(&mut *b, StateKind::Value), register(&mut *b, StateKind::List));
        for (state, group, k, v) in [
            (values, 1, "a", "1"),
            (values, 1, "b", "2"),
            (values, 2, "a", "3"),
            (lists, 1, "a", "4"),
            (values, 1, "", ""),
        ] {
            b.put(state, key(group, k.as_bytes()), &[], v.as_bytes()).expect("put");
        }
        b.put(values, key(1, b"b"), &[], b"longer than before").expect("put");
        let get = |state, group, k: &str| b.get(state, key(group, k.as_bytes()), &[]).expect("get");
        assert_eq!(get(values, 1, "a").as_deref(), Some(&b"1"[..]), "{kind:?}");
        assert_eq!(get(values, 1, "b").as_deref(), Some(&b"longer than before"[..]));
        assert_eq!(get(values, 2, "a").as_deref(), Some(&b"3"[..]));
        assert_eq!(get(lists, 1, "a").as_deref(), Some(&b"4"[..]));
        assert_eq!(get(values, 1, "").as_deref(), Some(&b""[..]), "an empty value is a value");
        assert_eq!(get(values, 3, "a"), None);
        assert_eq!(get(lists, 1, "b"), None);
    });
}

#[test]
fn what_is_deleted_is_gone() {
    on_each(|mut b, kind| {
        let values = register(&mut *b, StateKind::Value);
        b.put(values, key(5, b"k"), &[], b"v").expect("put");
        b.delete(values, key(5, b"k"), &[]).expect("delete");
        b.delete(values, key(5, b"never there"), &[]).expect("delete");
        assert_eq!(b.get(values, key(5, b"k"), &[]).expect("get"), None, "{kind:?}");
        assert!(content(&*b).is_empty());
    });
}

#[test]
fn map_entries_come_in_the_order_of_their_keys() {
    on_each(|mut b, kind| {
        let maps = register(&mut *b, StateKind::Map);
        for map_key in [&[3][..], &[1, 255], &[], &[255], &[1]] {
            b.put(maps, key(9, b"k"), map_key, map_key).expect("put");
            b.put(maps, key(9, b"k2"), map_key, b"other").expect("put");
        }
        let found: Vec<Vec<u8>> = entries(&*b, maps, key(9, b"k")).into_iter().map(|(map_key, _)| map_key).collect();
        assert_eq!(found, [vec![], vec![1], vec![1, 255], vec![3], vec![255]], "{kind:?}");
        b.clear(maps, key(9, b"k")).expect("clear");
        assert!(entries(&*b, maps, key(9, b"k")).is_empty());
        assert_eq!(entries(&*b, maps, key(9, b"k2")).len(), 5, "another key is untouched");
    });
}

#[test]
fn a_scan_ends_with_the_visitors_error() {
    on_each(|mut b, _| {
        let maps = register(&mut *b, StateKind::Map);
        (0..10).for_each(|i| b.put(maps, key(0, b"k"), &[i], &[]).expect("put"));
        let mut seen = 0;
        let error = b.scan(maps, key(0, b"k"), &mut |_, _| {
            seen += 1;
            if seen == 3 { Err(Error::Cancelled) } else { Ok(()) }
        });
        assert!(matches!(error, Err(Error::Cancelled)));
        assert_eq!(seen, 3);
    });
}

#[test]
fn a_frozen_copy_stays_as_it_was() {
    on_each(|mut b, kind| {
        let (values, maps) = (register(&mut *b, StateKind::Value), register(&mut *b, StateKind::Map));
        for i in 0..50_u8 {
            b.put(values, key(u16::from(i), &[i]), &[], &[i]).expect("put");
            b.put(maps, key(u16::from(i % 4), b"k"), &[i], &[i]).expect("put");
        }
        let before = content(&*b);
        let frozen = b.freeze().expect("frozen");
        for i in 0..50_u8 {
            b.put(values, key(u16::from(i), &[i]), &[], b"new").expect("put");
            b.delete(maps, key(u16::from(i % 4), b"k"), &[i]).expect("delete");
            b.put(maps, key(127, b"new"), &[i], b"new").expect("put");
        }
        let late = register(&mut *b, StateKind::Timers);
        b.put(late, key(0, b"k"), b"t", b"").expect("put");
        let after = content(&*b);
        assert_eq!(frozen_content(&*frozen), before, "{kind:?}");
        assert_eq!(frozen.descriptors().len(), 2, "states registered later are not in it");
        drop(frozen);
        assert_eq!(content(&*b), after);
        assert_eq!(frozen_content(&*b.freeze().expect("frozen")), after);
    });
}

#[test]
fn a_frozen_copy_outlives_its_backend_on_another_thread() {
    on_each(|mut b, _| {
        let values = register(&mut *b, StateKind::Value);
        b.put(values, key(1, b"k"), &[], b"v").expect("put");
        let frozen = b.freeze().expect("frozen");
        let reader = std::thread::spawn(move || frozen_content(&*frozen));
        drop(b);
        assert_eq!(reader.join().expect("read").len(), 1);
    });
}

#[test]
fn a_name_has_one_kind() {
    on_each(|mut b, _| {
        let id = register(&mut *b, StateKind::Value);
        assert_eq!(register(&mut *b, StateKind::Value), id, "registering again finds it");
        let mut other = b.descriptors()[0].clone();
        other.declared = "other types".into();
        assert_eq!(b.register(&other).expect("same kind"), id);
        assert_eq!(b.descriptors()[0].declared, "other types");
        other.kind = StateKind::Map;
        let error = b.register(&other).expect_err("another kind").to_string();
        assert!(error.contains("state 'Value' is registered as Value state"), "{error}");
    });
}

#[test]
fn foreign_key_groups_and_states_are_errors() {
    for kind in ALL {
        let mut b = backend(kind, 32..=63);
        let values = register(&mut *b, StateKind::Value);
        for group in [31, 64] {
            assert!(matches!(b.put(values, key(group, b"k"), &[], b"v"), Err(Error::Internal(_))));
            assert!(matches!(b.get(values, key(group, b"k"), &[]), Err(Error::Internal(_))));
        }
        assert!(b.get(penstock_state::StateId(7), key(32, b"k"), &[]).is_err());
        assert_eq!(b.key_groups(), 32..=63);
    }
}

#[test]
fn the_size_follows_what_is_held() {
    let mut b = backend(StateBackendKind::Hashmap, 0..=127);
    let (values, maps) = (register(&mut *b, StateKind::Value), register(&mut *b, StateKind::Map));
    b.put(values, key(0, b"key"), &[], b"value").expect("put");
    b.put(maps, key(0, b"key"), b"m", b"value").expect("put");
    assert_eq!(b.size(), (2, 8 + 9));
    b.put(values, key(0, b"key"), &[], b"v").expect("put");
    b.delete(maps, key(0, b"key"), b"m").expect("delete");
    assert_eq!(b.size(), (1, 4));
    b.delete(values, key(0, b"key"), &[]).expect("delete");
    assert_eq!(b.size(), (0, 0));
}
