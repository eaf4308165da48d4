//! From bytes to values. Nothing is believed: every length is held against what is left.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::Kind;
use crate::row;

/// Takes a value off the front of `bytes`.
pub fn decode<'py>(py: Python<'py>, kind: &Kind, bytes: &mut &[u8]) -> PyResult<Bound<'py, PyAny>> {
    Ok(match kind {
        Kind::Text | Kind::Char => {
            let text = std::str::from_utf8(take_bytes(bytes)?).map_err(|e| PyValueError::new_err(e.to_string()))?;
            PyString::new(py, text).into_any()
        }
        Kind::Bool => PyBool::new(py, take(bytes, 1)?[0] != 0).to_owned().into_any(),
        Kind::Int(bits) => PyInt::new(py, int(take(bytes, *bits as usize / 8)?)).into_any(),
        Kind::Float => PyFloat::new(py, f64::from(f32::from_be_bytes(array(take(bytes, 4)?)?))).into_any(),
        Kind::Double => PyFloat::new(py, f64::from_be_bytes(array(take(bytes, 8)?)?)).into_any(),
        Kind::Bytes => PyBytes::new(py, take_bytes(bytes)?).into_any(),
        Kind::Tuple(fields) => PyTuple::new(py, decode_fields(py, fields, bytes)?)?.into_any(),
        Kind::Row { names, fields } => {
            let kind = take(bytes, 1)?[0];
            let names = names.as_ref().map(|names| names.list(py)).transpose()?;
            let values = row::list(py, fields.len(), |at| decode_nullable(py, &fields[at], bytes))?;
            row::make(py, kind, names, values)?
        }
        Kind::List(element) => {
            let list = PyList::empty(py);
            for _ in 0..take_len(bytes)? {
                list.append(decode_nullable(py, element, bytes)?)?;
            }
            list.into_any()
        }
        Kind::Map(key, of) => {
            let dict = PyDict::new(py);
            for _ in 0..take_len(bytes)? {
                dict.set_item(decode(py, key, bytes)?, decode_nullable(py, of, bytes)?)?;
            }
            dict.into_any()
        }
        Kind::Millis(_) | Kind::Instance(_) | Kind::Any => unpickle(py, take_bytes(bytes)?)?,
    })
}

fn decode_fields<'py>(py: Python<'py>, fields: &[Kind], bytes: &mut &[u8]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    fields.iter().map(|kind| decode_nullable(py, kind, bytes)).collect()
}

fn decode_nullable<'py>(py: Python<'py>, kind: &Kind, bytes: &mut &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if take(bytes, 1)?[0] == 0 { Ok(py.None().into_bound(py)) } else { decode(py, kind, bytes) }
}

/// Reads a pickle that this job's own functions or state made.
pub fn unpickle<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    py.import("penstock._runtime.pickling")?.call_method1("loads", (PyBytes::new(py, bytes),))
}

pub(super) fn take<'a>(bytes: &mut &'a [u8], len: usize) -> PyResult<&'a [u8]> {
    match bytes.split_at_checked(len) {
        Some((taken, rest)) => {
            *bytes = rest;
            Ok(taken)
        }
        None => Err(PyValueError::new_err(format!("{len} bytes expected, {} are left", bytes.len()))),
    }
}

pub(super) fn take_bytes<'a>(bytes: &mut &'a [u8]) -> PyResult<&'a [u8]> {
    let len = take_len(bytes)?;
    take(bytes, len)
}

pub(super) fn take_len(bytes: &mut &[u8]) -> PyResult<usize> {
    let mut len = 0_usize;
    for shift in (0..usize::BITS - 7).step_by(7) {
        let byte = take(bytes, 1)?[0];
        len |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(len);
        }
    }
    Err(PyValueError::new_err("a length has too many digits"))
}

fn int(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |n, b| (n << 8) | i64::from(*b))
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> PyResult<[u8; N]> {
    bytes.try_into().map_err(|_| PyValueError::new_err("a number is cut off"))
}
