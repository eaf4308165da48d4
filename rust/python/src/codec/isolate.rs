//! What a value becomes when it crosses a channel: itself where nobody can change it, a copy elsewhere. A copy has the
//! shape that its declared type says: a tuple declared as a ROW arrives as a `Row`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::decode::{decode, unpickle};
use super::encode::{encode, pickle};
use super::{Kind, is_immutable};

/// A value that shares nothing changeable with `value`.
pub fn isolate<'py>(kind: &Kind, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match kind {
        Kind::Any => {
            if is_immutable(value) {
                return Ok(value.clone());
            }
            unpickle(value.py(), &pickle(value)?)
        }
        // A number keeps its declared shape: an int declared as a DOUBLE arrives as a float.
        Kind::Float | Kind::Double if !value.is_exact_instance_of::<pyo3::types::PyFloat>() => copy(kind, value),
        Kind::Tuple(_) if value.is_exact_instance_of::<PyTuple>() && is_immutable(value) => Ok(value.clone()),
        Kind::Bytes if value.is_exact_instance_of::<PyBytes>() => Ok(value.clone()),
        Kind::Tuple(_) | Kind::Row { .. } | Kind::List(_) | Kind::Map(..) | Kind::Bytes => copy(kind, value),
        _ => Ok(value.clone()),
    }
}

fn copy<'py>(kind: &Kind, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let mut bytes = Vec::new();
    encode(kind, value, &mut bytes)?;
    decode(value.py(), kind, &mut &bytes[..])
}
