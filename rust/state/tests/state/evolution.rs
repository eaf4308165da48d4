//! Types that changed between two lives, on every backend: what a restore brings is there in the new type.

use penstock_core::TypeInfo;
use penstock_state::elements::put_element;
use penstock_state::evolution::{Conversion, convert_backend};
use penstock_state::{DeclaredTypes, KeyedStateBackend, StateDescriptor, StateId, StateKind};

use crate::backends::{ALL, backend, content, key};

fn list(element: TypeInfo, ttl: bool) -> StateDescriptor {
    let types = DeclaredTypes { value: Some(element), ttl, ..DeclaredTypes::default() };
    StateDescriptor { name: "it".into(), kind: StateKind::List, declared: types.text() }
}

fn declared(kind: StateKind, map_key: Option<TypeInfo>, value: TypeInfo) -> StateDescriptor {
    let types = DeclaredTypes { value: Some(value), map_key, ..DeclaredTypes::default() };
    StateDescriptor { name: "it".into(), kind, declared: types.text() }
}

/// What a life does that declares `new` after one that declared `old`.
fn evolve(backend: &mut dyn KeyedStateBackend, old: &StateDescriptor, new: &StateDescriptor) -> StateId {
    let conversion = Conversion::between(old, new, "test").expect("compatible").expect("they differ");
    let id = backend.register(new).expect("registered");
    convert_backend(backend, id, &conversion, 0).expect("converted");
    id
}

#[test]
fn values_of_one_state_follow_and_others_stay() {
    for kind in ALL {
        let mut b = backend(kind, 0..=127);
        let old = declared(StateKind::Value, None, TypeInfo::Int);
        let other = StateDescriptor { name: "other".into(), ..old.clone() };
        let (it, other) = (b.register(&old).unwrap(), b.register(&other).unwrap());
        for n in 0..1000_i32 {
            let (group, bytes) = ((n % 128) as u16, n.to_be_bytes());
            b.put(it, key(group, &bytes), &[], &(-n).to_be_bytes()).unwrap();
            b.put(other, key(group, &bytes), &[], &n.to_be_bytes()).unwrap();
        }
        assert_eq!(evolve(&mut *b, &old, &declared(StateKind::Value, None, TypeInfo::Long)), it);
        for n in 0..1000_i32 {
            let (group, bytes) = ((n % 128) as u16, n.to_be_bytes());
            let found = b.get(it, key(group, &bytes), &[]).unwrap();
            assert_eq!(found, Some(i64::from(-n).to_be_bytes().to_vec()), "{kind:?}");
            assert_eq!(b.get(other, key(group, &bytes), &[]).unwrap(), Some(n.to_be_bytes().to_vec()));
        }
        assert_eq!(content(&*b).len(), 2000);
    }
}

#[test]
fn map_keys_and_values_follow() {
    for kind in ALL {
        let mut b = backend(kind, 0..=127);
        let old = declared(StateKind::Map, Some(TypeInfo::Byte), TypeInfo::Float);
        let it = b.register(&old).unwrap();
        for n in -20..20_i8 {
            b.put(it, key(3, b"k"), &n.to_be_bytes(), &(f32::from(n) / 2.0).to_be_bytes()).unwrap();
        }
        evolve(&mut *b, &old, &declared(StateKind::Map, Some(TypeInfo::Short), TypeInfo::Double));
        for n in -20..20_i16 {
            let found = b.get(it, key(3, b"k"), &n.to_be_bytes()).unwrap();
            assert_eq!(found, Some((f64::from(n) / 2.0).to_be_bytes().to_vec()), "{kind:?} {n}");
        }
        assert_eq!(content(&*b).len(), 40, "no old key is left");
    }
}

/// The bytes of a list with time to live, whose elements are younger the later they come.
fn with_times(elements: &[(i64, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (time, element) in elements {
        put_element(&mut bytes, *time, |out| {
            out.extend_from_slice(element);
            Ok(())
        })
        .expect("short");
    }
    bytes
}

#[test]
fn lists_get_and_lose_times_to_live_element_by_element() {
    for kind in ALL {
        let mut b = backend(kind, 0..=127);
        let lives = [
            list(TypeInfo::Byte, false),
            list(TypeInfo::Short, true),
            list(TypeInfo::Int, true),
            list(TypeInfo::Int, false),
        ];
        let it = b.register(&lives[0]).unwrap();
        let timed_shorts = with_times(&[(0, &[0, 5]), (0, &[0xff, 0xff])]);
        let timed_ints = with_times(&[(0, &[0, 0, 0, 5]), (0, &[0xff; 4])]);
        let ints = [2, 1, 0, 0, 0, 5, 1, 0xff, 0xff, 0xff, 0xff].to_vec();
        b.put(it, key(3, b"k"), &[], &[2, 1, 5, 1, 0xff]).unwrap();
        for (n, expected) in [timed_shorts, timed_ints, ints].into_iter().enumerate() {
            evolve(&mut *b, &lives[n], &lives[n + 1]);
            assert_eq!(b.get(it, key(3, b"k"), &[]).unwrap(), Some(expected), "{kind:?} {n}");
        }
    }
}
