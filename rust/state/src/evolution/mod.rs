//! Declared types that changed since a snapshot: whether the stored values can follow, and how.
//!
//! What can follow: BYTE, SHORT and INT to a wider integer, FLOAT to DOUBLE, CHAR to STRING, a row that got further
//! fields at its end (they are absent in old values), all of these within lists, maps, tuples and rows, and a time to
//! live that was switched on (life begins at the restore; of a list that of each element) or off. Everything else is an error that names state,
//! operator and both types, when the state is registered: before the operator sees a record.

mod backend;
mod layout;
mod list;
mod types;

use penstock_core::{Error, Result, TypeInfo};

pub use backend::convert_backend;

use crate::backend::{StateDescriptor, StateKind};
use crate::declared::DeclaredTypes;
use crate::wire::{Reader, damaged};

/// Length of the time in front of values with time to live.
const TTL_PREFIX: usize = 8;

/// How stored entries of a state become what its new declaration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    state: String,
    value: (TypeInfo, TypeInfo),
    /// Of elements, where it is a list; `value` speaks of whole ones.
    element: Option<(TypeInfo, TypeInfo)>,
    map_key: Option<(TypeInfo, TypeInfo)>,
    ttl: (bool, bool),
}

impl Conversion {
    /// The conversion between two declarations; `None` if the bytes stay as they are.
    pub fn between(old: &StateDescriptor, new: &StateDescriptor, operator: &str) -> Result<Option<Self>> {
        if old.declared == new.declared {
            return Ok(None);
        }
        // The first version of the format had words there, which say too little.
        let (Some(was), Some(is)) = (DeclaredTypes::parse(&old.declared), DeclaredTypes::parse(&new.declared)) else {
            return Ok(None);
        };
        if was == is {
            return Ok(None);
        }
        let refused = |obstacle: String| Err(incompatible(old, new, operator, &obstacle));
        if was.namespaced != is.namespaced {
            return refused("one of them is per window and the other is not".to_owned());
        }
        if old.kind == StateKind::Timers {
            return refused("the type of a key decides on which subtask its state is, and cannot change".to_owned());
        }
        let value = (was.stored(old.kind), is.stored(new.kind));
        if let Some(obstacle) = types::obstacle(&value.0, &value.1) {
            return refused(obstacle);
        }
        let element = match (&value.0, &value.1) {
            (TypeInfo::List { element: a }, TypeInfo::List { element: b }) if old.kind == StateKind::List => {
                Some(((**a).clone(), (**b).clone()))
            }
            _ => None,
        };
        let map_key = match (was.map_key, is.map_key) {
            (None, None) => None,
            (Some(a), Some(b)) => match types::obstacle(&a, &b) {
                Some(obstacle) => return refused(format!("its keys: {obstacle}")),
                None => (a != b).then_some((a, b)),
            },
            _ => return refused("keys with a type and keys without one have different bytes".to_owned()),
        };
        Ok(Some(Self { state: old.name.clone(), value, element, map_key, ttl: (was.ttl, is.ttl) }))
    }

    /// The bytes of a map key.
    pub fn map_key(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        match &self.map_key {
            Some((old, new)) => self.converted(old, new, bytes, Vec::new()),
            None => Ok(bytes.to_vec()),
        }
    }

    /// The bytes of a value; `now` is when a life begins that was without end.
    pub fn value(&self, mut bytes: &[u8], now: i64) -> Result<Vec<u8>> {
        if let Some((old, new)) = &self.element {
            match self.ttl {
                (true, true) => return list::with_times((old, new), bytes, &self.what()),
                (false, true) => return list::add_times((old, new), bytes, now, &self.what()),
                (true, false) => return list::remove_times((old, new), bytes, &self.what()),
                (false, false) => {}
            }
        }
        let mut out = Vec::with_capacity(bytes.len() + TTL_PREFIX);
        if self.ttl.1 && !self.ttl.0 {
            out.extend_from_slice(&now.to_be_bytes());
        }
        if self.ttl.0 {
            let Some((time, value)) = bytes.split_at_checked(TTL_PREFIX) else {
                return Err(damaged(&self.what(), "its time is cut off"));
            };
            if self.ttl.1 {
                out.extend_from_slice(time);
            }
            bytes = value;
        }
        self.converted(&self.value.0, &self.value.1, bytes, out)
    }

    fn converted(&self, old: &TypeInfo, new: &TypeInfo, bytes: &[u8], mut out: Vec<u8>) -> Result<Vec<u8>> {
        let what = self.what();
        let mut reader = Reader::new(bytes, &what);
        types::convert(old, new, &mut reader, &mut out)?;
        reader.finish()?;
        Ok(out)
    }

    fn what(&self) -> String {
        format!("a stored value of state '{}'", self.state)
    }
}

fn incompatible(old: &StateDescriptor, new: &StateDescriptor, operator: &str, obstacle: &str) -> Error {
    let words = |descriptor: &StateDescriptor| DeclaredTypes::words(descriptor.kind, &descriptor.declared);
    let subject = if old.kind == StateKind::Timers {
        format!("the key of operator '{operator}'")
    } else {
        format!("state '{}' of operator '{operator}'", old.name)
    };
    Error::invalid(format!(
        "{subject} has the type {} in the checkpoint and is declared as {} now: {obstacle}. Declare the old type, or give \
         the {} to start it empty",
        words(old),
        words(new),
        if old.kind == StateKind::Timers { "operator another uid" } else { "state another name" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(kind: StateKind, declared: &DeclaredTypes) -> StateDescriptor {
        StateDescriptor { name: "seen".into(), kind, declared: declared.text() }
    }

    fn value(declared: TypeInfo, ttl: bool) -> StateDescriptor {
        descriptor(StateKind::Value, &DeclaredTypes { value: Some(declared), ttl, ..DeclaredTypes::default() })
    }

    #[test]
    fn an_incompatible_change_names_state_operator_and_both_types() {
        let error = Conversion::between(&value(TypeInfo::Long, false), &value(TypeInfo::String, false), "Count");
        let text = error.expect_err("incompatible").to_string();
        for part in ["state 'seen'", "operator 'Count'", "type LONG in the checkpoint", "declared as STRING"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn time_to_live_can_be_switched_on_and_off() {
        let on = Conversion::between(&value(TypeInfo::Byte, false), &value(TypeInfo::Short, true), "x");
        assert_eq!(on.unwrap().unwrap().value(&[5], 9).unwrap(), [0, 0, 0, 0, 0, 0, 0, 9, 0, 5]);
        let off = Conversion::between(&value(TypeInfo::Byte, true), &value(TypeInfo::Byte, false), "x");
        assert_eq!(off.unwrap().unwrap().value(&[0, 0, 0, 0, 0, 0, 0, 9, 5], 1).unwrap(), [5]);
    }

    #[test]
    fn the_elements_of_a_list_follow() {
        let list = |t| descriptor(StateKind::List, &DeclaredTypes { value: Some(t), ..DeclaredTypes::default() });
        let conversion = Conversion::between(&list(TypeInfo::Byte), &list(TypeInfo::Short), "x").unwrap().unwrap();
        assert_eq!(conversion.value(&[2, 1, 5, 1, 0xff], 0).unwrap(), [2, 1, 0, 5, 1, 0xff, 0xff]);
    }

    #[test]
    fn keys_cannot_change_their_type() {
        let key = |t| descriptor(StateKind::Timers, &DeclaredTypes { key: Some(t), ..DeclaredTypes::default() });
        let text = Conversion::between(&key(TypeInfo::Int), &key(TypeInfo::Long), "Count").unwrap_err().to_string();
        assert!(text.contains("the key of operator 'Count' has the type keys INT"), "{text}");
    }

    #[test]
    fn words_of_the_first_version_are_compared_with_nothing() {
        let old = StateDescriptor { declared: "LONG".into(), ..value(TypeInfo::Long, false) };
        assert_eq!(Conversion::between(&old, &value(TypeInfo::String, false), "x").unwrap(), None);
    }
}
