//! From values to bytes.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString};

use super::Kind;
use super::fits::{integer, row_values};
use crate::row::Row;

/// Appends the bytes of a value that fits its kind.
pub fn encode(kind: &Kind, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    match kind {
        Kind::Text | Kind::Char => put_bytes(value.cast::<PyString>()?.to_str()?.as_bytes(), out),
        Kind::Bool => out.push(u8::from(value.is_truthy()?)),
        Kind::Int(bits) => {
            let n =
                integer(value).ok_or_else(|| PyTypeError::new_err(format!("{value} is not an int of {bits} bits")))?;
            out.extend_from_slice(&n.to_be_bytes()[8 - *bits as usize / 8..]);
        }
        Kind::Float => out.extend_from_slice(&(value.extract::<f64>()? as f32).to_be_bytes()),
        Kind::Double => out.extend_from_slice(&value.extract::<f64>()?.to_be_bytes()),
        Kind::Bytes => put_bytes(&bytes_of(value)?, out),
        Kind::Tuple(fields) => encode_fields(fields, value, out)?,
        Kind::Row { fields, .. } => {
            out.push(row_kind(value));
            encode_fields(fields, value, out)?;
        }
        Kind::List(element) => {
            put_len(value.len()?, out);
            for item in value.try_iter()? {
                encode_nullable(element, &item?, out)?;
            }
        }
        Kind::Map(key, of) => {
            let dict = value.cast::<PyDict>()?;
            put_len(dict.len(), out);
            for (k, v) in dict.iter() {
                encode(key, &k, out)?;
                encode_nullable(of, &v, out)?;
            }
        }
        Kind::Millis(_) => {
            let micros: u32 = value.getattr("microsecond")?.extract()?;
            let options = PyDict::new(value.py());
            options.set_item("microsecond", micros / 1000 * 1000)?;
            put_bytes(&pickle(&value.call_method("replace", (), Some(&options))?)?, out);
        }
        Kind::Instance(_) | Kind::Any => put_bytes(&pickle(value)?, out),
    }
    Ok(())
}

fn encode_fields(fields: &[Kind], value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let values = row_values(value).ok_or_else(|| PyTypeError::new_err(format!("{value} has no fields")))?;
    if values.len() != fields.len() {
        return Err(PyValueError::new_err(format!("{value} has {} fields, not {}", values.len(), fields.len())));
    }
    for (kind, value) in fields.iter().zip(&values) {
        encode_nullable(kind, value, out)?;
    }
    Ok(())
}

fn encode_nullable(kind: &Kind, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    out.push(u8::from(!value.is_none()));
    if value.is_none() { Ok(()) } else { encode(kind, value, out) }
}

/// The kind of change of a `Row`; 0 (insert) for tuples.
fn row_kind(value: &Bound<'_, PyAny>) -> u8 {
    if let Some(kind) = Row::of(value).and_then(|row| row.kind()) {
        return kind;
    }
    value.getattr("_row_kind").and_then(|kind| kind.getattr("value")).and_then(|n| n.extract()).unwrap_or(0)
}

/// The bytes of a value of `Kind::Bytes`.
pub fn bytes_of(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(bytes.to_vec());
    }
    value.try_iter()?.map(|item| Ok(item?.extract::<i16>()? as u8)).collect()
}

/// A pickle of the value: by the standard pickler, which stores classes by name, or by cloudpickle where that cannot.
pub fn pickle(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let dumped = value.py().import("penstock._runtime.pickling")?.call_method1("dumps", (value,))?;
    Ok(dumped.cast::<PyBytes>()?.as_bytes().to_vec())
}

pub fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_len(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// A length in groups of seven bits, the lowest first.
pub(super) fn put_len(mut len: usize, out: &mut Vec<u8>) {
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
}
