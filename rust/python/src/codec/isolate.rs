//! What a value becomes when it crosses a channel or serves as a key: itself where it already is what its type makes of
//! it and nobody can change it, a copy elsewhere. A copy has the shape that its declared type says: a tuple declared as
//! a ROW arrives as a `Row`, `True` declared as an INT as `1`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::Kind;
use super::decode::{decode, unpickle};
use super::encode::{encode, pickle};
use super::unshared::is_unshared;

/// A value that shares nothing changeable with anybody who holds `value` too; `value` itself where that is the only
/// reference.
pub fn isolate<'py>(kind: &Kind, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if is_unshared(kind, value) {
        return Ok(value.clone());
    }
    match kind {
        Kind::Any => unpickle(value.py(), &pickle(value)?),
        Kind::List(_) | Kind::Map(..) => copy(kind, value),
        _ => normalise(kind, value),
    }
}

/// The value in the shape that its type gives it.
#[inline]
pub fn normalise<'py>(kind: &Kind, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if is_normal(kind, value) { Ok(value.clone()) } else { copy(kind, value) }
}

/// Whether bytes and back would change nothing but the identity.
#[inline]
pub(super) fn is_normal(kind: &Kind, value: &Bound<'_, PyAny>) -> bool {
    match kind {
        Kind::Any | Kind::Instance(_) => true,
        Kind::Text | Kind::Char => value.is_exact_instance_of::<PyString>(),
        Kind::Int(_) => value.is_exact_instance_of::<PyInt>(),
        Kind::Double => value.is_exact_instance_of::<PyFloat>(),
        Kind::Bool => value.is_exact_instance_of::<PyBool>(),
        Kind::Bytes => value.is_exact_instance_of::<PyBytes>(),
        Kind::Tuple(fields) => value.cast_exact::<PyTuple>().is_ok_and(|tuple| {
            let normal = |(kind, item): (&Kind, Borrowed<'_, '_, PyAny>)| {
                kind.is_scalar() && (item.is_none() || is_normal(kind, &item))
            };
            fields.iter().zip(tuple.iter_borrowed()).all(normal)
        }),
        Kind::List(element) => value
            .cast_exact::<PyList>()
            .is_ok_and(|list| list.iter().all(|item| item.is_none() || is_normal(element, &item))),
        Kind::Map(key, of) => value
            .cast_exact::<PyDict>()
            .is_ok_and(|dict| dict.iter().all(|(k, v)| is_normal(key, &k) && (v.is_none() || is_normal(of, &v)))),
        Kind::Float => value.cast_exact::<PyFloat>().is_ok_and(|float| is_single(float.value())),
        Kind::Millis(_) | Kind::Row { .. } => false,
    }
}

/// Whether a float is the same in four bytes.
#[expect(clippy::float_cmp, reason = "the same is meant")]
fn is_single(value: f64) -> bool {
    f64::from(value as f32) == value
}

fn copy<'py>(kind: &Kind, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let mut bytes = Vec::new();
    encode(kind, value, &mut bytes)?;
    decode(value.py(), kind, &mut &bytes[..])
}
