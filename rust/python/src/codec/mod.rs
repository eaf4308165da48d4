//! Codecs of declared types: what fits, how it becomes bytes, what may be shared.
//!
//! The bytes of one type are canonical: equal values have equal bytes, so that they serve as keys. Numbers are big
//! endian, texts and sequences have their length in front, a field has a byte that tells whether it is there.

mod decode;
mod encode;
mod exchange;
mod fits;
mod isolate;
mod kind;
mod records;
mod unshared;

pub use decode::unpickle;
pub use encode::{bytes_of, pickle, put_bytes};
pub use exchange::channel_codec;
pub use fits::{integer, is_small_int, row_values};
pub use kind::Kind;
pub use records::Records;

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::errors;
use crate::object::{borrow, unwrap, wrap};
use crate::row::Row;

/// The codec of one declared type.
pub struct TypeCodec {
    kind: Kind,
    declared: String,
}

impl TypeCodec {
    /// The codec of a declared type; `None`: any object, pickled.
    #[must_use]
    pub fn new(declared: Option<&TypeInfo>) -> Self {
        Self {
            kind: Kind::of(declared),
            declared: declared.map_or_else(|| "PICKLED_BYTE_ARRAY".to_owned(), ToString::to_string),
        }
    }

    /// The kind behind it.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether a value fits.
    #[inline]
    pub fn fits(&self, value: &Bound<'_, PyAny>) -> bool {
        match &self.kind {
            Kind::Any => true,
            Kind::Int(64) if fits::is_small_int(value) => true,
            Kind::Text if value.is_exact_instance_of::<PyString>() => true,
            kind => fits::fits(kind, value),
        }
    }

    /// Why a value does not fit.
    #[cold]
    pub fn explain(&self, value: &Bound<'_, PyAny>) -> String {
        let what = fits::first_misfit(&self.kind, value, "the value");
        format!("{} does not fit the declared type {} ({what})", errors::shown(value), self.declared)
    }

    /// The key that a function sees: the value in the shape of its type.
    pub fn normal_value<'py>(&self, value: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        isolate::normalise(&self.kind, value).map_err(|e| self.failed(value, &e))
    }

    /// What a function emits when it returns this fitting value: a number or bool takes the class of its type.
    #[inline]
    pub fn coerce<'py>(&self, value: Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let as_it_is = match &self.kind {
            Kind::Int(_) => value.is_exact_instance_of::<PyInt>(),
            Kind::Double => value.is_exact_instance_of::<PyFloat>(),
            Kind::Bool => value.is_exact_instance_of::<PyBool>(),
            _ => true,
        };
        if as_it_is { Ok(value) } else { self.normal_value(&value) }
    }

    /// Appends a value's bytes.
    pub fn encode_value(&self, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Result<()> {
        encode::encode(&self.kind, value, out).map_err(|e| self.failed(value, &e))
    }

    #[cold]
    fn failed(&self, value: &Bound<'_, PyAny>, error: &PyErr) -> Error {
        let text = errors::traceback(value.py(), error);
        Error::user(
            format!("{}\ncannot make bytes of {} as {}", text.trim_end(), errors::shown(value), self.declared),
            None,
        )
    }
}

/// The token of an interpreter that is held: the engine uses codecs only then.
#[inline]
fn held<'py>() -> Python<'py> {
    // SAFETY: the contract of `ObjectCodec`.
    unsafe { Python::assume_attached() }
}

impl ObjectCodec for TypeCodec {
    #[inline]
    fn check(&self, value: &Object) -> Result<()> {
        let value = borrow(held(), value);
        if self.fits(&value) { Ok(()) } else { Err(Error::user(format!("TypeError: {}", self.explain(&value)), None)) }
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        self.encode_value(&borrow(held(), value), out)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        let (py, mut rest) = (held(), bytes);
        decode::decode(py, &self.kind, &mut rest).map(wrap).map_err(|e| {
            let text = errors::traceback(py, &e);
            Error::external(format!("stored bytes cannot be read as {}: {}", self.declared, text.trim_end()))
        })
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        let value = unwrap(held(), value);
        isolate::isolate(&self.kind, &value).map(wrap).map_err(|e| self.failed(&value, &e))
    }

    #[inline]
    fn is_mutable(&self, value: &Object) -> bool {
        !self.kind.is_scalar() && !is_immutable(&borrow(held(), value))
    }

    fn memory_size(&self, value: &Object) -> usize {
        memory_size(&borrow(held(), value))
    }
}

/// Whether nobody can change the value: scalars, and tuples of such.
#[inline]
pub fn is_immutable(value: &Bound<'_, PyAny>) -> bool {
    if value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_none()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyBytes>()
    {
        return true;
    }
    value.cast_exact::<PyTuple>().is_ok_and(|tuple| tuple.iter_borrowed().all(|item| is_immutable(&item)))
}

/// Parts of a collection that are looked at; the others are taken for the same.
const LOOKED_AT: usize = 16;

/// Roughly what a value takes: with its parts, not with what is in them.
fn memory_size(value: &Bound<'_, PyAny>) -> usize {
    if value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyString>() {
        return part_size(value);
    }
    if let Ok(list) = value.cast_exact::<PyList>() {
        return parts_size(list.len(), list.iter());
    }
    if let Ok(tuple) = value.cast_exact::<PyTuple>() {
        return parts_size(tuple.len(), tuple.iter());
    }
    if let Ok(dict) = value.cast_exact::<PyDict>() {
        return parts_size(dict.len() * 2, dict.iter().flat_map(|(key, part)| [key, part]));
    }
    if let Some(size) = Row::of(value).and_then(|row| row.packed_size()) {
        return size;
    }
    // A Row has its fields in a list.
    match value.getattr_opt(intern!(value.py(), "_values")).map(|fields| fields.map(Bound::cast_into::<PyList>)) {
        Ok(Some(Ok(fields))) => 56 + parts_size(fields.len(), fields.iter()),
        _ => part_size(value),
    }
}

fn parts_size<'py>(count: usize, parts: impl Iterator<Item = Bound<'py, PyAny>>) -> usize {
    let looked_at: usize = parts.take(LOOKED_AT).map(|part| part_size(&part)).sum();
    56 + count * 8 + looked_at * count.max(1) / count.clamp(1, LOOKED_AT)
}

fn part_size(value: &Bound<'_, PyAny>) -> usize {
    // Asking what has no length for it would raise an exception each time.
    if value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyFloat>() || value.is_none() {
        return 56;
    }
    let len = value.len().unwrap_or(0);
    if value.is_exact_instance_of::<PyString>() || value.is_exact_instance_of::<PyBytes>() {
        56 + len
    } else {
        56 + len * 64
    }
}
