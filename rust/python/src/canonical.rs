//! Canonical bytes of keys without a declared type: a tag for the type, then the value; two keys have the same bytes
//! exactly if they are the same in type and value. Sets and dicts are ordered by the bytes of their elements.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

use crate::codec::unpickle;

/// Appends the tagged bytes of a value of any type.
pub fn encode(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    if value.is_none() {
        out.push(b'N');
    } else if let Ok(flag) = value.cast_exact::<PyBool>() {
        out.push(if flag.is_true() { b'T' } else { b'F' });
    } else if let Ok(n) = value.cast_exact::<PyInt>() {
        out.push(b'i');
        match n.extract::<i64>() {
            Ok(n) => put_decimal(n, out),
            Err(_) => put(n.str()?.to_str()?.as_bytes(), out),
        }
    } else if let Ok(x) = value.cast_exact::<PyFloat>() {
        out.push(b'f');
        out.extend_from_slice(&x.value().to_bits().to_be_bytes());
    } else if let Ok(text) = value.cast_exact::<PyString>() {
        out.push(b's');
        put(text.to_str()?.as_bytes(), out);
    } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        out.push(b'b');
        put(bytes.as_bytes(), out);
    } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
        sequence(b't', tuple.iter(), out)?;
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        sequence(b'l', list.iter(), out)?;
    } else if let Ok(set) = value.cast_exact::<PySet>() {
        unordered(b'S', set.iter(), out)?;
    } else if let Ok(set) = value.cast_exact::<PyFrozenSet>() {
        unordered(b'Z', set.iter(), out)?;
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        let pairs = dict.items();
        unordered(b'd', pairs.iter(), out)?;
    } else {
        let dumped = value.py().import("penstock._runtime.pickling")?.call_method1("dumps_canonical", (value,))?;
        out.push(b'p');
        put(dumped.cast::<PyBytes>()?.as_bytes(), out);
    }
    Ok(())
}

fn sequence<'py>(tag: u8, items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>, out: &mut Vec<u8>) -> PyResult<()> {
    out.push(tag);
    out.extend_from_slice(&(items.len() as u32).to_be_bytes());
    for item in items {
        encode(&item, out)?;
    }
    Ok(())
}

/// Elements in the order of their own canonical bytes.
fn unordered<'py>(tag: u8, items: impl Iterator<Item = Bound<'py, PyAny>>, out: &mut Vec<u8>) -> PyResult<()> {
    let mut encoded = Vec::new();
    for item in items {
        let mut bytes = Vec::new();
        encode(&item, &mut bytes)?;
        encoded.push(bytes);
    }
    encoded.sort_unstable();
    out.push(tag);
    out.extend_from_slice(&(encoded.len() as u32).to_be_bytes());
    for bytes in &encoded {
        put(bytes, out);
    }
    Ok(())
}

/// The digits of a number, with their length in front.
fn put_decimal(n: i64, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if n < 0 {
        out.push(b'-');
    }
    let first = out.len();
    let mut rest = n.unsigned_abs();
    loop {
        out.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out[first..].reverse();
    let len = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&len.to_be_bytes());
}

fn put(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Takes a value off the front of `bytes`.
pub fn decode<'py>(py: Python<'py>, bytes: &mut &[u8]) -> PyResult<Bound<'py, PyAny>> {
    Ok(match take(bytes, 1)?[0] {
        b'N' => py.None().into_bound(py),
        b'T' => PyBool::new(py, true).to_owned().into_any(),
        b'F' => PyBool::new(py, false).to_owned().into_any(),
        b'i' => {
            let digits = text(take_sized(bytes)?)?;
            match digits.parse::<i64>() {
                Ok(n) => PyInt::new(py, n).into_any(),
                Err(_) => py.get_type::<PyInt>().call1((digits,))?,
            }
        }
        b'f' => {
            let bits = take(bytes, 8)?.try_into().map_err(|_| damaged())?;
            PyFloat::new(py, f64::from_bits(u64::from_be_bytes(bits))).into_any()
        }
        b's' => PyString::new(py, text(take_sized(bytes)?)?).into_any(),
        b'b' => PyBytes::new(py, take_sized(bytes)?).into_any(),
        b't' => PyTuple::new(py, decode_items(py, bytes)?)?.into_any(),
        b'l' => PyList::new(py, decode_items(py, bytes)?)?.into_any(),
        b'S' => PySet::new(py, decode_sized(py, bytes)?)?.into_any(),
        b'Z' => PyFrozenSet::new(py, decode_sized(py, bytes)?)?.into_any(),
        b'd' => py.get_type::<PyDict>().call1((PyList::new(py, decode_sized(py, bytes)?)?,))?,
        b'p' => unpickle(py, take_sized(bytes)?)?,
        _ => return Err(damaged()),
    })
}

fn decode_items<'py>(py: Python<'py>, bytes: &mut &[u8]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    (0..take_len(bytes)?).map(|_| decode(py, bytes)).collect()
}

fn decode_sized<'py>(py: Python<'py>, bytes: &mut &[u8]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    (0..take_len(bytes)?).map(|_| decode(py, &mut take_sized(bytes)?)).collect()
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> PyResult<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or_else(damaged)?;
    *bytes = rest;
    Ok(taken)
}

fn take_len(bytes: &mut &[u8]) -> PyResult<usize> {
    let len = take(bytes, 4)?.try_into().map_err(|_| damaged())?;
    Ok(u32::from_be_bytes(len) as usize)
}

fn take_sized<'a>(bytes: &mut &'a [u8]) -> PyResult<&'a [u8]> {
    let len = take_len(bytes)?;
    take(bytes, len)
}

fn text(bytes: &[u8]) -> PyResult<&str> {
    std::str::from_utf8(bytes).map_err(|_| damaged())
}

fn damaged() -> PyErr {
    PyValueError::new_err("the bytes of a key are damaged")
}
