//! Lists and maps with time to live, on every backend: each element and each entry lives and dies by itself.

use std::sync::Arc;

use penstock_core::{Clock, Error, Object, ObjectCodec, Result};
use penstock_state::StateKind;
use penstock_state::keyed::{KeyedState, StateCodecs, StateHandle, TtlConfig, TtlUpdate, TtlVisibility};

use crate::backends::{ALL, backend, descriptor, key};

struct Text;

fn text(value: &Object) -> Result<&String> {
    value.downcast_ref().ok_or_else(|| Error::invalid("not a text"))
}

impl ObjectCodec for Text {
    fn check(&self, value: &Object) -> Result<()> {
        text(value).map(drop)
    }
    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(text(value)?.as_bytes());
        Ok(())
    }
    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        Ok(Object::from_value(String::from_utf8_lossy(bytes).into_owned()))
    }
    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }
    fn is_mutable(&self, _value: &Object) -> bool {
        false
    }
    fn memory_size(&self, _value: &Object) -> usize {
        16
    }
}

/// A list state of one key. Between two calls its objects may have left the cache.
struct List {
    keyed: KeyedState,
    state: StateHandle,
    clock: Clock,
    /// Whether every call finds the list in the backend alone.
    uncached: bool,
}

impl List {
    /// A list for every backend, with and without its cache.
    fn all(update_type: TtlUpdate, visibility: TtlVisibility) -> impl Iterator<Item = Self> {
        let ttl = TtlConfig { ttl_ms: 10, update_type, visibility, compaction: None };
        let cases = ALL.into_iter().flat_map(|kind| [(kind, false), (kind, true)]);
        cases.map(move |(kind, uncached)| {
            let clock = Clock::manual(0);
            let mut keyed = KeyedState::new(backend(kind, 0..=1), clock.clone(), 1 << 20);
            let codecs = StateCodecs { value: Arc::new(Text), map_key: None };
            let state = keyed.register(&descriptor(StateKind::List), codecs, Some(ttl)).unwrap();
            Self { keyed, state, clock, uncached }
        })
    }

    fn at(&mut self, millis: i64) -> &mut Self {
        if self.uncached {
            self.keyed.write_back().unwrap();
            self.keyed.clear_cache();
        }
        self.clock.set_millis(millis);
        self.keyed.set_key(Object::from_value("k".to_owned()), key(1, b"k"));
        self
    }

    fn add(&mut self, element: &str) {
        self.keyed.list_add(self.state, vec![Object::from_value(element.to_owned())]).unwrap();
    }

    fn update(&mut self, elements: &[&str]) {
        let new = elements.iter().map(|e| Object::from_value((*e).to_owned())).collect();
        self.keyed.list_update(self.state, new).unwrap();
    }

    fn get(&mut self) -> String {
        let elements = self.keyed.list_elements(self.state).unwrap();
        elements.iter().map(|e| text(e).unwrap().as_str()).collect::<Vec<_>>().join(" ")
    }

    /// How many entries the backend has.
    fn entries(&mut self) -> u64 {
        self.keyed.write_back().unwrap();
        let mut count = 0;
        let mut visit = |_: penstock_state::KeyRef<'_>, _: &[u8], _: &[u8]| {
            count += 1;
            Ok(())
        };
        self.keyed.backend().scan_all(penstock_state::StateId(0), &mut visit).unwrap();
        count
    }
}

#[test]
fn elements_die_one_by_one_and_reading_does_not_save_them() {
    for mut list in List::all(TtlUpdate::OnCreateAndWrite, TtlVisibility::NeverReturnExpired) {
        list.at(0).add("a");
        list.at(6).add("b");
        assert_eq!(list.at(9).get(), "a b");
        assert_eq!(list.at(10).get(), "b", "a life ends exactly at the time to live");
        list.at(12).add("c");
        assert_eq!(list.at(16).get(), "c");
        assert_eq!((list.at(22).get(), list.entries()), (String::new(), 0), "nothing is left behind");
    }
}

#[test]
fn reading_starts_the_lives_of_the_living_again() {
    for mut list in List::all(TtlUpdate::OnReadAndWrite, TtlVisibility::NeverReturnExpired) {
        list.at(0).add("a");
        list.at(5).add("b");
        assert_eq!(list.at(12).get(), "b");
        assert_eq!(list.at(21).get(), "b");
        assert_eq!(list.at(31).get(), "");
    }
}

#[test]
fn the_dead_may_be_seen_until_they_are_cleaned_up() {
    for mut list in List::all(TtlUpdate::OnCreateAndWrite, TtlVisibility::ReturnExpiredIfNotCleanedUp) {
        list.at(0).add("a");
        list.at(5).add("b");
        assert_eq!(list.at(12).get(), "a b");
        assert_eq!(list.at(20).get(), "a b");
        assert_eq!((list.at(20).get(), list.entries()), (String::new(), 0), "a list without life is removed once read");
    }
}

#[test]
fn an_update_gives_all_elements_a_new_life_and_takes_the_old_ones_away() {
    for mut list in List::all(TtlUpdate::OnCreateAndWrite, TtlVisibility::NeverReturnExpired) {
        list.at(0).add("a");
        list.at(8).update(&["b", "c"]);
        assert_eq!(list.at(17).get(), "b c");
        list.at(17).update(&[]);
        assert_eq!((list.get(), list.entries()), (String::new(), 0));
        list.add("d");
        list.keyed.list_clear(list.state).unwrap();
        assert_eq!(list.get(), "");
    }
}

#[test]
fn what_does_not_fit_leaves_the_list_as_it_is() {
    for mut list in List::all(TtlUpdate::OnCreateAndWrite, TtlVisibility::NeverReturnExpired) {
        list.at(0).add("a");
        assert!(list.keyed.list_update(list.state, vec![Object::from_value(7_i64)]).is_err());
        assert!(list.keyed.list_add(list.state, vec![Object::from_value(7_i64)]).is_err());
        assert_eq!(list.at(1).get(), "a");
    }
}

#[test]
fn dead_entries_of_a_map_are_seen_once_if_at_all() {
    for (visibility, seen) in [(TtlVisibility::ReturnExpiredIfNotCleanedUp, 2), (TtlVisibility::NeverReturnExpired, 1)]
    {
        let ttl = TtlConfig { ttl_ms: 10, update_type: TtlUpdate::OnReadAndWrite, visibility, compaction: None };
        for kind in ALL {
            let text = |text: &str| Object::from_value(text.to_owned());
            let clock = Clock::manual(0);
            let mut keyed = KeyedState::new(backend(kind, 0..=1), clock.clone(), 1 << 20);
            let codecs = StateCodecs { value: Arc::new(Text), map_key: Some(Arc::new(Text)) };
            let state = keyed.register(&descriptor(StateKind::Map), codecs, Some(ttl)).unwrap();
            keyed.set_key(text("k"), key(1, b"k"));
            keyed.map_put(state, text("old"), text("1")).unwrap();
            clock.set_millis(8);
            keyed.map_put(state, text("new"), text("2")).unwrap();
            clock.set_millis(12);
            assert_eq!(keyed.map_entries(state).unwrap().len(), seen);
            assert_eq!(keyed.map_entries(state).unwrap().len(), 1);
            assert!(keyed.map_get(state, &text("old")).unwrap().is_none(), "what was seen dead is gone");
            clock.set_millis(21);
            assert_eq!(keyed.map_entries(state).unwrap().len(), 1, "reading gave it another life");
        }
    }
}
