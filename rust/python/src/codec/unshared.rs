//! Whether a value can be handed over as it is, because nobody else can reach it: its only reference is the engine's,
//! and what is in it has no other than the value's own. Copies are made of what somebody may still hold; almost all
//! records are made by one function and let go.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::is_immutable;
use super::isolate::is_normal;
use super::kind::Kind;
use crate::row::Row;

/// How deep values may be nested; deeper ones are copied.
const MAX_DEPTH: usize = 16;

/// The references of a value that has just been taken out of its container: the container's and the one at hand.
const OF_PART: ffi::Py_ssize_t = 2;

/// Whether the value has one reference, `value`, its type would make nothing else of it, and the same goes for its parts.
#[inline]
pub fn is_unshared(kind: &Kind, value: &Bound<'_, PyAny>) -> bool {
    of_kind(kind, value, 1, 0)
}

fn of_kind(kind: &Kind, value: &Bound<'_, PyAny>, references: ffi::Py_ssize_t, depth: usize) -> bool {
    let part = |kind: &Kind, part: &Bound<'_, PyAny>| part.is_none() || of_kind(kind, part, OF_PART, depth + 1);
    match kind {
        Kind::Any => of_any(value, references, depth),
        kind if kind.is_scalar() => is_normal(kind, value),
        _ if depth > MAX_DEPTH || !has(value, references) => false,
        Kind::Row { names, fields } => Row::of(value).is_some_and(|row| {
            let same_names = match (names, row.names()) {
                (Some(names), Some(of_row)) => names.are(of_row),
                (None, Some(of_row)) => of_row.is_none(),
                (_, None) => false,
            };
            let unshared = || {
                row.values().is_some_and(|values| {
                    has(&values, 1)
                        && values.len() == fields.len()
                        && fields.iter().enumerate().all(|(at, kind)| {
                            // SAFETY: the list is as long as there are fields, and nobody changes it meanwhile.
                            let value = unsafe {
                                let item = ffi::PyList_GET_ITEM(values.as_ptr(), at as ffi::Py_ssize_t);
                                Borrowed::from_ptr(values.py(), item)
                            };
                            value.is_none() || of_kind(kind, &value, 1, depth + 1)
                        })
                })
            };
            same_names && (row.is_packed_as(fields) || unshared())
        }),
        Kind::Tuple(fields) => value.cast_exact::<PyTuple>().is_ok_and(|tuple| {
            tuple.len() == fields.len() && fields.iter().zip(tuple.iter()).all(|(kind, value)| part(kind, &value))
        }),
        Kind::List(element) => {
            value.cast_exact::<PyList>().is_ok_and(|list| list.iter().all(|value| part(element, &value)))
        }
        Kind::Map(key, of) => value
            .cast_exact::<PyDict>()
            .is_ok_and(|dict| dict.iter().all(|(k, v)| key.is_scalar() && is_normal(key, &k) && part(of, &v))),
        _ => false,
    }
}

fn of_any(value: &Bound<'_, PyAny>, references: ffi::Py_ssize_t, depth: usize) -> bool {
    if is_immutable(value) {
        return true;
    }
    if depth > MAX_DEPTH || !has(value, references) {
        return false;
    }
    let part = |value: Bound<'_, PyAny>| of_any(&value, OF_PART, depth + 1);
    if let Ok(list) = value.cast_exact::<PyList>() {
        list.iter().all(part)
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        dict.iter().all(|(key, value)| is_immutable(&key) && part(value))
    } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
        tuple.iter().all(part)
    } else {
        let unshared =
            |row: &Row<'_, '_>| row.values().is_some_and(|values| has(&values, 1) && values.iter().all(part));
        Row::of(value).is_some_and(|row| row.is_packed() || unshared(&row))
    }
}

#[inline]
fn has(value: &Bound<'_, PyAny>, references: ffi::Py_ssize_t) -> bool {
    // SAFETY: the value is alive.
    unsafe { ffi::Py_REFCNT(value.as_ptr()) == references }
}
