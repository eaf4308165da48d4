//! Keys: the user's selector, canonical bytes, key group.
//!
//! Typed keys hash as Flink's do. A key without a type gets tagged canonical bytes, so that two keys are one exactly
//! if they are the same in type and value, nested too: `1`, `1.0` and `True` stay three, equal tuples, sets and dicts
//! are one whatever their order.

use penstock_core::key_group::{assign_key_group, java_bytes_hash, java_long_hash, java_string_hash, row_hash};
use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use penstock_runtime::lane::{CustomPartitioner, KeySelector};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};
use std::sync::Arc;

use crate::callable::Callable;
use crate::canonical;
use crate::codec::{Kind, TypeCodec, integer, put_bytes};
use crate::errors;
use crate::object::{borrow, wrap};

/// Functions that are opened before the first record and closed after the last one, each with the context that it sees.
pub struct Lifetime(pub Vec<(Py<PyAny>, Py<PyAny>)>);

impl Lifetime {
    fn open(&self) -> Result<()> {
        Python::attach(|py| {
            self.0.iter().try_for_each(|(function, context)| {
                let opened = function.bind(py).call_method1("open", (context,));
                opened.map(drop).map_err(|e| errors::user_error(py, &e, None))
            })
        })
    }

    /// Closes all of them; the first error counts.
    fn close(&self) -> Result<()> {
        Python::attach(|py| {
            let mut first = Ok(());
            for (function, _) in &self.0 {
                let closed = function.bind(py).call_method0("close");
                first = first.and(closed.map(drop).map_err(|e| errors::user_error(py, &e, None)));
            }
            first
        })
    }
}

/// A Python key selector.
pub struct PyKeySelector {
    lifetime: Lifetime,
    selector: Callable,
    codec: TypeCodec,
    max_parallelism: u32,
}

impl PyKeySelector {
    /// Wraps a callable; `key_type` absent: keys of any type.
    pub fn new(
        selector: &Bound<'_, PyAny>,
        key_type: Option<&TypeInfo>,
        max_parallelism: u32,
        lifetime: Lifetime,
    ) -> Self {
        Self { lifetime, selector: Callable::new(selector), codec: TypeCodec::new(key_type), max_parallelism }
    }

    fn hash(&self, key: &Bound<'_, PyAny>, bytes: &mut Vec<u8>) -> Result<i32> {
        let py = key.py();
        if matches!(self.codec.kind(), Kind::Any) {
            canonical::encode(key, bytes).map_err(|e| errors::user_error(py, &e, Some(key)))?;
            return Ok(java_bytes_hash(bytes));
        }
        if !self.codec.fits(key) {
            return Err(errors::misfit("the key selector", &self.codec.explain(key)));
        }
        self.codec.encode_value(key, bytes)?;
        Ok(match self.codec.kind() {
            Kind::Int(64) => java_long_hash(integer(key).unwrap_or_default()),
            Kind::Int(_) => integer(key).unwrap_or_default() as i32,
            Kind::Text | Kind::Char => key.extract().map_or(0, java_string_hash),
            Kind::Bool => {
                if bytes == &[1] {
                    1231
                } else {
                    1237
                }
            }
            _ => java_bytes_hash(bytes),
        })
    }
}

/// Appends the bytes of a text, as its codec does, and gives its hash; `None`: it has no UTF-8 form.
fn text_key(key: &Bound<'_, PyAny>, bytes: &mut Vec<u8>) -> Option<i32> {
    let text = key.cast::<PyString>().ok()?.to_str().ok()?;
    put_bytes(text.as_bytes(), bytes);
    Some(java_string_hash(text))
}

impl KeySelector for PyKeySelector {
    #[inline]
    fn select(&mut self, value: &Object, bytes: &mut Vec<u8>) -> Result<(Object, u16)> {
        // SAFETY: the engine calls selectors while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let value = borrow(py, value);
        let key = match self.selector.call1(&value) {
            Ok(key) => key,
            Err(error) => return Err(errors::user_error(py, &error, Some(&value))),
        };
        let hash = match self.codec.kind() {
            // The ways of almost every key.
            Kind::Text if key.is_exact_instance_of::<PyString>() => match text_key(&key, bytes) {
                Some(hash) => return Ok((wrap(key), assign_key_group(row_hash(hash), self.max_parallelism))),
                None => self.hash(&key, bytes)?,
            },
            Kind::Int(64) if key.is_exact_instance_of::<PyInt>() => match key.extract::<i64>() {
                Ok(n) => {
                    bytes.extend_from_slice(&n.to_be_bytes());
                    java_long_hash(n)
                }
                Err(_) => self.hash(&key, bytes)?,
            },
            _ => self.hash(&key, bytes)?,
        };
        let key = self.codec.normal_value(&key)?;
        Ok((wrap(key), assign_key_group(row_hash(hash), self.max_parallelism)))
    }

    fn open(&mut self) -> Result<()> {
        self.lifetime.open()
    }

    fn close(&mut self) -> Result<()> {
        self.lifetime.close()
    }
}

/// The codec of map keys: typed ones as their type says, others in canonical form.
pub fn map_key_codec(declared: Option<&TypeInfo>) -> Arc<dyn ObjectCodec> {
    match Kind::of(declared) {
        Kind::Any => Arc::new(AnyKeyCodec(TypeCodec::new(None))),
        _ => Arc::new(TypeCodec::new(declared)),
    }
}

/// Keys of any type.
struct AnyKeyCodec(TypeCodec);

impl ObjectCodec for AnyKeyCodec {
    fn check(&self, _value: &Object) -> Result<()> {
        Ok(())
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        Python::attach(|py| {
            let value = borrow(py, value);
            canonical::encode(&value, out).map_err(|e| errors::user_error(py, &e, Some(&value)))
        })
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        Python::attach(|py| {
            let decoded = canonical::decode(py, &mut &bytes[..]);
            decoded
                .map(wrap)
                .map_err(|e| Error::external(format!("a stored map key is damaged: {}", errors::traceback(py, &e))))
        })
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        self.0.isolate(value)
    }

    fn is_mutable(&self, value: &Object) -> bool {
        self.0.is_mutable(value)
    }

    fn memory_size(&self, value: &Object) -> usize {
        self.0.memory_size(value)
    }
}

/// A Python partitioner with its key selector.
pub struct PyPartitioner {
    pub lifetime: Lifetime,
    pub partitioner: Py<PyAny>,
    pub selector: Py<PyAny>,
}

impl CustomPartitioner for PyPartitioner {
    fn partition(&mut self, value: &Object, channels: u32) -> Result<u32> {
        Python::attach(|py| {
            let value = borrow(py, value);
            let call = || -> PyResult<u32> {
                let key = self.selector.bind(py).call1((&*value,))?;
                self.partitioner.bind(py).call1((key, channels))?.extract()
            };
            call().map_err(|e| errors::user_error(py, &e, Some(&value)))
        })
    }

    fn open(&mut self) -> Result<()> {
        self.lifetime.open()
    }

    fn close(&mut self) -> Result<()> {
        self.lifetime.close()
    }
}
