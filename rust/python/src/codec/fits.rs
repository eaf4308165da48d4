//! Whether a value fits its declared type, and where it does not.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::Kind;
use crate::row::Row;

/// Whether a value is an int of at most 60 bits, by a look at its digits; false may also mean that it is larger.
#[inline]
pub fn is_small_int(value: &Bound<'_, PyAny>) -> bool {
    if !value.is_exact_instance_of::<PyInt>() {
        return false;
    }
    #[cfg(not(Py_3_12))]
    {
        // SAFETY: an exact int; its size is the number of its 30-bit digits, negative for negative ints.
        unsafe { ffi::Py_SIZE(value.as_ptr()).unsigned_abs() <= 2 }
    }
    #[cfg(Py_3_12)]
    {
        let mut overflow = 0;
        // SAFETY: the value is an int; the call cannot fail, it sets `overflow`.
        unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut overflow) };
        overflow == 0
    }
}

/// Whether a value fits. Fields, elements and entries may be `None`.
#[inline]
pub fn fits(kind: &Kind, value: &Bound<'_, PyAny>) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Text => value.is_instance_of::<PyString>(),
        Kind::Int(64) if value.is_exact_instance_of::<PyInt>() => {
            let mut overflow = 0;
            // SAFETY: the value is an int; the call cannot fail, it sets `overflow`.
            unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut overflow) };
            overflow == 0
        }
        Kind::Int(bits) => integer(value).is_some_and(|n| in_range(n, *bits)),
        Kind::Float | Kind::Double => value.is_instance_of::<PyFloat>() || integer(value).is_some() || is_numpy(value),
        Kind::Bool => {
            value.is_instance_of::<PyBool>() || is_numpy(value) || integer(value).is_some_and(|n| n == 0 || n == 1)
        }
        Kind::Char => value.cast::<PyString>().is_ok_and(|s| s.len().is_ok_and(|n| n == 1)),
        Kind::Bytes => value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() || is_list(value),
        Kind::Tuple(fields) => {
            value.cast::<PyTuple>().is_ok_and(|t| t.len() == fields.len() && all_borrowed_fit(fields, t))
        }
        Kind::Row { fields, .. } => {
            let fit = |len: usize, values: &mut dyn Iterator<Item = Bound<'_, PyAny>>| {
                len == fields.len()
                    && fields.iter().zip(values).all(|(kind, value)| value.is_none() || fits(kind, &value))
            };
            let row = Row::of(value);
            if row.as_ref().is_some_and(|row| row.is_packed_as(fields)) {
                return true;
            }
            match row.and_then(|row| row.values()) {
                Some(values) => fit(values.len(), &mut values.iter()),
                None => row_values(value).is_some_and(|values| fit(values.len(), &mut values.into_iter())),
            }
        }
        Kind::List(element) => {
            is_list(value)
                && value
                    .try_iter()
                    .is_ok_and(|mut items| items.all(|i| i.is_ok_and(|i| i.is_none() || fits(element, &i))))
        }
        Kind::Map(key, of) => {
            value.cast::<PyDict>().is_ok_and(|d| d.iter().all(|(k, v)| fits(key, &k) && (v.is_none() || fits(of, &v))))
        }
        Kind::Millis(class) => is_instance(value, "datetime", class),
        Kind::Instance(classes) => classes.iter().any(|(module, name)| is_instance(value, module, name)),
    }
}

fn all_borrowed_fit(fields: &[Kind], values: &Bound<'_, PyTuple>) -> bool {
    let fits_or_none = |(kind, value): (&Kind, Borrowed<'_, '_, PyAny>)| match kind {
        Kind::Int(64) if is_small_int(&value) => true,
        kind => value.is_none() || fits(kind, &value),
    };
    fields.iter().zip(values.iter_borrowed()).all(fits_or_none)
}

/// An int, something that Python would take for one (a NumPy integer), or a float without a fraction.
pub fn integer(value: &Bound<'_, PyAny>) -> Option<i64> {
    match value.cast::<PyFloat>() {
        Ok(float) => Some(float.value()).filter(|x| x.fract() == 0.0 && x.abs() < 9e15).map(|x| x as i64),
        Err(_) => value.extract::<i64>().ok(),
    }
}

fn in_range(n: i64, bits: u32) -> bool {
    let half = 1_i64.checked_shl(bits - 1).filter(|_| bits < 64);
    half.is_none_or(|half| (-half..half).contains(&n))
}

fn is_numpy(value: &Bound<'_, PyAny>) -> bool {
    value.get_type().module().is_ok_and(|m| m.to_str().is_ok_and(|m| m == "numpy"))
}

fn is_list(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || (is_numpy(value) && value.hasattr("__iter__").unwrap_or(false))
        || is_array(value)
}

fn is_array(value: &Bound<'_, PyAny>) -> bool {
    is_instance(value, "array", "array")
}

/// Whether a value is an instance of a class that is looked up by name; a class that was never imported has none.
fn is_instance(value: &Bound<'_, PyAny>, module: &str, name: &str) -> bool {
    let class = value.py().import(module).and_then(|m| m.getattr(name));
    class.and_then(|class| value.is_instance(&class)).unwrap_or(false)
}

/// The fields of a `Row`, a tuple or a list.
pub fn row_values<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return Some(tuple.iter().collect());
    }
    if let Ok(list) = value.cast::<PyList>() {
        return Some(list.iter().collect());
    }
    if let Some(values) = Row::of(value).and_then(|row| row.values()) {
        return Some(values.iter().collect());
    }
    let values = value.getattr("_values").ok()?;
    Some(values.cast::<PyList>().ok()?.iter().collect())
}

/// Says which part of a value does not fit.
pub fn first_misfit(kind: &Kind, value: &Bound<'_, PyAny>, at: &str) -> String {
    let parts: Vec<(String, &Kind, Bound<'_, PyAny>)> = match kind {
        Kind::Tuple(fields) | Kind::Row { fields, .. } => {
            let values = row_values(value).unwrap_or_default();
            let name = |i: usize| match kind {
                Kind::Row { names: Some(names), .. } => format!("field '{}'", names.texts()[i]),
                _ => format!("field {i}"),
            };
            if values.len() == fields.len() {
                fields.iter().zip(values).enumerate().map(|(i, (k, v))| (name(i), k, v)).collect()
            } else {
                Vec::new()
            }
        }
        Kind::List(element) if is_list(value) => {
            let items = value.try_iter().map_or_else(|_| Vec::new(), |items| items.flatten().collect());
            items.into_iter().enumerate().map(|(i, v)| (format!("element {i}"), &**element, v)).collect()
        }
        Kind::Map(key, of) => value.cast::<PyDict>().map_or_else(
            |_| Vec::new(),
            |d| {
                d.iter()
                    .flat_map(|(k, v)| {
                        [("a key".to_owned(), &**key, k.clone()), (format!("the value of {k}"), &**of, v)]
                    })
                    .collect()
            },
        ),
        _ => Vec::new(),
    };
    for (name, inner, part) in parts {
        if !part.is_none() && !fits(inner, &part) {
            return first_misfit(inner, &part, &name);
        }
    }
    let class = value.get_type().name().map_or_else(|_| "?".to_owned(), |n| n.to_string());
    format!("{at} is {class}, expected {}", kind.expected())
}
