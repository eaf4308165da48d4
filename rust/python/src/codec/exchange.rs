//! How values without a declared type go to another process: scalars and tuples of scalars with a tag for their type,
//! which is far cheaper than a pickle, and everything else as a pickle of its own.

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use std::sync::Arc;

use super::encode::pickle;
use super::{Kind, TypeCodec, held, is_immutable, unpickle};
use crate::canonical;
use crate::errors;
use crate::object::{borrow, wrap};

/// In front of a pickle; no tag of [`canonical`].
const PICKLE: u8 = b'P';
/// In front of an int of 64 bits, by far the most frequent of all; no tag of [`canonical`] either.
const INT: u8 = b'I';

/// The codec for values of a declared type between processes.
pub fn exchange_codec(declared: Option<&TypeInfo>) -> Arc<dyn ObjectCodec> {
    let codec = TypeCodec::new(declared);
    match codec.kind() {
        Kind::Any => Arc::new(AnyValueCodec(codec)),
        _ => Arc::new(codec),
    }
}

struct AnyValueCodec(TypeCodec);

impl ObjectCodec for AnyValueCodec {
    fn check(&self, _value: &Object) -> Result<()> {
        Ok(())
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        let value = borrow(held(), value);
        if value.is_exact_instance_of::<PyInt>()
            && let Ok(n) = value.extract::<i64>()
        {
            out.push(INT);
            out.extend_from_slice(&n.to_le_bytes());
            return Ok(());
        }
        let start = out.len();
        // A text with half a surrogate pair has no UTF-8, but it has a pickle.
        if is_immutable(&value) && canonical::encode(&value, out).is_ok() {
            return Ok(());
        }
        out.truncate(start);
        let pickled = pickle(&value).map_err(|e| {
            let text = errors::traceback(value.py(), &e);
            let shown = errors::shown(&value);
            Error::user(
                format!("{}\nthe value cannot be sent to another slot process: it has no pickle", text.trim_end()),
                Some(shown),
            )
        })?;
        out.push(PICKLE);
        out.extend_from_slice(&pickled);
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        let py = held();
        let value = match bytes.split_first() {
            Some((&PICKLE, pickled)) => unpickle(py, pickled),
            Some((&INT, number)) => match number.try_into() {
                Ok(number) => Ok(PyInt::new(py, i64::from_le_bytes(number)).into_any()),
                Err(_) => Err(PyValueError::new_err("a number is cut off")),
            },
            _ => canonical::decode(py, &mut &bytes[..]),
        };
        value.map(wrap).map_err(|e| {
            let text = errors::traceback(py, &e);
            Error::user(format!("{}\na value from another slot process cannot be read", text.trim_end()), None)
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
