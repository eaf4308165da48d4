//! How values without a declared type go from task to task: tagged bytes, where that is the same as a pickle and
//! cheaper, and otherwise a pickle. An operator whose values have to be pickled often is named in one warning.

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::encode::pickle;
use super::records::Records;
use super::unshared::is_unshared;
use super::{Kind, TypeCodec, held, unpickle};
use crate::errors;
use crate::object::{borrow, unwrap, wrap};

/// In front of a pickle.
const PICKLE: u8 = b'P';
/// In front of an int of 64 bits, by far the most frequent of all.
const INT: u8 = b'I';
/// In front of what [`Records`] writes.
const TAGGED: u8 = b'R';

/// After so many pickles it is worth a warning.
const MANY: u32 = 10_000;

/// The codec of values of a declared type on their way to another task. `operator` sends them.
pub fn channel_codec(
    declared: Option<&TypeInfo>,
    records: &Arc<Records>,
    operator: Option<&str>,
) -> Arc<dyn ObjectCodec> {
    let codec = TypeCodec::new(declared);
    match codec.kind() {
        Kind::Any => Arc::new(AnyValueCodec {
            any: codec,
            records: Arc::clone(records),
            operator: operator.map(str::to_owned),
            pickles: AtomicU32::new(0),
        }),
        _ => Arc::new(codec),
    }
}

struct AnyValueCodec {
    any: TypeCodec,
    records: Arc<Records>,
    /// Who is named in the warning; absent where another subtask warns.
    operator: Option<String>,
    pickles: AtomicU32,
}

impl AnyValueCodec {
    /// A pickle of a value that needs one.
    fn pickle(&self, value: &Bound<'_, PyAny>) -> Result<Vec<u8>> {
        if self.pickles.fetch_add(1, Ordering::Relaxed) == MANY
            && let Some(operator) = &self.operator
        {
            let class =
                value.get_type().fully_qualified_name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
            tracing::warn!(
                "Operator '{operator}' sends values of {class}, which have to be pickled for the next task. It is faster \
                 with an output_type, or with a dataclass or NamedTuple that the function's annotation names."
            );
        }
        pickle(value).map_err(|e| {
            let text = errors::traceback(value.py(), &e);
            let shown = errors::shown(value);
            Error::user(
                format!("{}\nthe value cannot be sent to another task: it has no pickle", text.trim_end()),
                Some(shown),
            )
        })
    }
}

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
        out.push(TAGGED);
        if !self.records.encode(&value, out) {
            out.truncate(start);
            out.push(PICKLE);
            out.extend_from_slice(&self.pickle(&value)?);
        }
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
            Some((&TAGGED, tagged)) => self.records.decode(py, tagged),
            _ => Err(PyValueError::new_err("the bytes of a value are damaged")),
        };
        value.map(wrap).map_err(|e| {
            let text = errors::traceback(py, &e);
            Error::user(format!("{}\na value from another task cannot be read", text.trim_end()), None)
        })
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        let py = held();
        let value = unwrap(py, value);
        if is_unshared(&Kind::Any, &value) {
            return Ok(wrap(value));
        }
        let mut bytes = Vec::new();
        let copy = if self.records.encode(&value, &mut bytes) {
            self.records.decode(py, &bytes)
        } else {
            unpickle(py, &self.pickle(&value)?)
        };
        copy.map(wrap).map_err(|e| errors::user_error(py, &e, Some(&value)))
    }

    fn is_mutable(&self, value: &Object) -> bool {
        self.any.is_mutable(value)
    }

    fn memory_size(&self, value: &Object) -> usize {
        self.any.memory_size(value)
    }
}
