//! Raw records and objects: decoders of sources, encoders of sinks, timestamp assigners.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, BinaryArray, Int64Array, StringArray};
use penstock_connectors::AvroSchema;
use penstock_core::sink::SinkRecord;
use penstock_core::source::RawBatch;
use penstock_core::{Error, NO_TIMESTAMP, Object, Result};
use penstock_plan::Codec;
use penstock_runtime::lane::{Decoder, Encoder, TimestampAssigner};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyString};

use crate::avro::encode;
use crate::callable::Callable;
use crate::codec::{TypeCodec, unpickle};
use crate::errors;
use crate::object::{borrow, unwrap, wrap};

/// Makes a record's object.
pub enum PyDecoder {
    Utf8,
    Bytes,
    Long,
    Pickle,
    /// The source makes objects; they have to fit this type.
    Object(TypeCodec),
    /// `deserialize(bytes)`; None drops the record.
    Function(Py<PyAny>),
}

fn binary(batch: &RawBatch, row: usize) -> Result<&[u8]> {
    if let Some(array) = batch.values.as_any().downcast_ref::<BinaryArray>() {
        return Ok(array.value(row));
    }
    match batch.values.as_any().downcast_ref::<StringArray>() {
        Some(array) => Ok(array.value(row).as_bytes()),
        None => Err(Error::internal(format!("a source gave a column of {}", batch.values.data_type()))),
    }
}

impl Decoder for PyDecoder {
    #[inline]
    fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>> {
        // SAFETY: the engine decodes while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        if !matches!(self, Self::Long) && batch.values.is_null(row) {
            return Ok(None);
        }
        let value = match self {
            Self::Long => {
                let array: &Int64Array = batch
                    .values
                    .as_primitive_opt::<Int64Type>()
                    .ok_or_else(|| Error::internal("a column of numbers was expected"))?;
                PyInt::new(py, array.value(row)).into_any()
            }
            Self::Utf8 => {
                let bytes = binary(batch, row)?;
                match std::str::from_utf8(bytes) {
                    Ok(text) => PyString::new(py, text).into_any(),
                    // As Java does: what is no UTF-8 becomes U+FFFD.
                    Err(_) => PyString::new(py, &String::from_utf8_lossy(bytes)).into_any(),
                }
            }
            Self::Bytes => PyBytes::new(py, binary(batch, row)?).into_any(),
            Self::Pickle => unpickle(py, binary(batch, row)?).map_err(|e| errors::user_error(py, &e, None))?,
            Self::Function(schema) => {
                let bytes = PyBytes::new(py, binary(batch, row)?);
                let made = schema.bind(py).call1((&bytes,)).map_err(|e| errors::user_error(py, &e, Some(&bytes)))?;
                return Ok((!made.is_none()).then(|| wrap(made)));
            }
            Self::Object(_) => return Err(Error::internal("a source that makes objects gave columns")),
        };
        Ok(Some(wrap(value)))
    }

    #[inline]
    fn accept(&mut self, _batch: &RawBatch, object: Object) -> Result<Object> {
        let Self::Object(declared) = self else { return Ok(object) };
        // SAFETY: the engine asks while the interpreter is held.
        let value = unwrap(unsafe { Python::assume_attached() }, object);
        if !declared.fits(&value) {
            return Err(errors::misfit("the source", &declared.explain(&value)));
        }
        declared.coerce(value).map(wrap)
    }
}

/// A Python timestamp assigner: a bound `extract_timestamp`.
pub struct PyTimestampAssigner(pub Callable);

impl TimestampAssigner for PyTimestampAssigner {
    #[inline]
    fn extract(&mut self, value: &Object, record_timestamp: i64) -> Result<i64> {
        // SAFETY: the engine calls assigners while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let value = borrow(py, value);
        let time = PyInt::new(py, record_timestamp).into_any();
        let extracted = self.0.call2(&value, &time).and_then(|t| t.extract::<i64>());
        extracted.map_err(|e| errors::user_error(py, &e, Some(&value)))
    }
}

/// One part of a record.
pub enum Part {
    /// A `str`
    Utf8,
    /// `bytes`
    Bytes,
    /// A Python schema's `serialize(value) -> bytes`
    Function(Py<PyAny>),
    /// The record's text, by this formatter; a `str` as it is
    Shown(Py<PyAny>),
    /// An Avro datum
    Avro(AvroSchema),
}

impl Part {
    /// The part of a codec; `load` finds functions.
    pub fn of(codec: &Codec, load: &mut dyn FnMut(&str) -> Result<Py<PyAny>>) -> Result<Self> {
        match codec {
            Codec::Utf8 => Ok(Self::Utf8),
            Codec::Bytes => Ok(Self::Bytes),
            Codec::Function { function } => Ok(Self::Function(load(function)?)),
            Codec::Avro { schema } => AvroSchema::of(schema).map(Self::Avro),
            other => Err(Error::invalid(format!("a sink cannot write with the codec {other:?}"))),
        }
    }

    fn with_bytes<R>(&self, value: &Bound<'_, PyAny>, f: impl FnOnce(&[u8]) -> R) -> PyResult<R> {
        match self {
            Self::Utf8 => match value.cast::<PyString>() {
                Ok(text) => Ok(f(text.to_str()?.as_bytes())),
                Err(_) => Err(pyo3::exceptions::PyTypeError::new_err(format!(
                    "SimpleStringSchema writes str, but the record is {}; convert it first, e.g. .map(str, Types.STRING())",
                    value.get_type().name()?
                ))),
            },
            Self::Bytes => Ok(f(value.cast::<PyBytes>()?.as_bytes())),
            Self::Shown(formatter) => {
                if let Ok(text) = value.cast_exact::<PyString>() {
                    return Ok(f(text.to_str()?.as_bytes()));
                }
                let shown = formatter.bind(value.py()).call1((value,))?;
                Ok(f(shown.cast::<PyString>()?.to_str()?.as_bytes()))
            }
            Self::Avro(schema) => {
                let mut datum = Vec::with_capacity(64);
                encode(schema, value, &mut datum)?;
                Ok(f(&datum))
            }
            Self::Function(serialize) => {
                let made = serialize.bind(value.py()).call1((value,))?;
                if let Ok(text) = made.cast::<PyString>() {
                    return Ok(f(text.to_str()?.as_bytes()));
                }
                Ok(f(made.cast::<PyBytes>()?.as_bytes()))
            }
        }
    }
}

/// Makes records of objects.
pub struct PyEncoder {
    pub topic: Option<String>,
    pub topic_selector: Option<Py<PyAny>>,
    pub key: Option<Part>,
    pub value: Part,
    pub headers: Option<Py<PyAny>>,
}

impl PyEncoder {
    fn write(
        &self,
        value: &Bound<'_, PyAny>,
        timestamp: i64,
        write: &mut dyn FnMut(&SinkRecord<'_>) -> Result<()>,
    ) -> PyResult<Result<()>> {
        let py = value.py();
        let selected: Option<String> = match &self.topic_selector {
            Some(selector) => Some(selector.bind(py).call1((value,))?.extract()?),
            None => None,
        };
        let headers: Vec<(String, Vec<u8>)> = match &self.headers {
            Some(provider) => read_headers(&provider.bind(py).call1((value,))?)?,
            None => Vec::new(),
        };
        let key = self.key.as_ref().map(|part| part.with_bytes(value, <[u8]>::to_vec)).transpose()?;
        let topic = selected.as_deref().or(self.topic.as_deref());
        let timestamp = (timestamp != NO_TIMESTAMP).then_some(timestamp);
        self.value.with_bytes(value, |bytes| {
            write(&SinkRecord { topic, key: key.as_deref(), value: Some(bytes), headers: &headers, timestamp })
        })
    }
}

fn read_headers(headers: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<u8>)>> {
    let pairs = if headers.hasattr("items")? { headers.call_method0("items")? } else { headers.clone() };
    pairs.try_iter()?.map(|pair| pair?.extract::<(String, Vec<u8>)>()).collect()
}

impl Encoder for PyEncoder {
    #[inline]
    fn encode(
        &mut self,
        value: &Object,
        timestamp: i64,
        write: &mut dyn FnMut(&SinkRecord<'_>) -> Result<()>,
    ) -> Result<()> {
        // SAFETY: the engine encodes while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let value = borrow(py, value);
        match self.write(&value, timestamp, write) {
            Ok(result) => result,
            Err(error) => Err(errors::user_error(py, &error, Some(&value))),
        }
    }
}
