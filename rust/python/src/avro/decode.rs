//! Datums as values. Nothing is believed: every length is held against what is left.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BinaryArray};
use arrow_schema::{DataType, FieldRef};
use penstock_connectors::AVRO_SCHEMA;
use penstock_core::source::RawBatch;
use penstock_core::{Error, Object, Result};
use penstock_runtime::lane::Decoder;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::program::{Node, Program, Record};
use crate::object::wrap;

pyo3::import_exception!(penstock._runtime.avro.schema, AvroError);

/// Data that are nested deeper are damaged.
const DEPTH: usize = 200;
/// No list has more items that may take no bytes.
const MOST_EMPTY: usize = 1_000_000;

/// Makes values of datums that were written with one schema, as another one has them.
#[pyclass(frozen, module = "penstock._native")]
pub struct AvroDecoder(Program);

#[pymethods]
impl AvroDecoder {
    #[new]
    fn new(root: &Bound<'_, PyAny>, records: &Bound<'_, PyList>) -> PyResult<Self> {
        Program::of(root, records).map(Self)
    }

    /// The value of a datum. Raises AvroError if it is damaged.
    fn decode<'py>(&self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let mut datum = Datum { py, program: &self.0, rest: data, depth: 0 };
        let value = datum.value(&self.0.root)?;
        match datum.rest.len() {
            0 => Ok(value),
            left => Err(AvroError::new_err(format!("Avro data go on for {left} bytes behind their end"))),
        }
    }
}

/// A place in a datum.
struct Datum<'a, 'py> {
    py: Python<'py>,
    program: &'a Program,
    rest: &'a [u8],
    depth: usize,
}

impl<'a, 'py> Datum<'a, 'py> {
    fn value(&mut self, node: &Node) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match node {
            Node::Null => py.None().into_bound(py),
            Node::Boolean => PyBool::new(py, self.take(1)? != [0]).to_owned().into_any(),
            Node::Long => PyInt::new(py, self.long()?).into_any(),
            Node::LongAsFloat => PyFloat::new(py, self.long()? as f64).into_any(),
            Node::Float => PyFloat::new(py, f64::from(f32::from_le_bytes(self.array()?))).into_any(),
            Node::Double => PyFloat::new(py, f64::from_le_bytes(self.array()?)).into_any(),
            Node::Bytes => PyBytes::new(py, self.behind_length()?).into_any(),
            Node::Text => self.text()?.into_any(),
            Node::Fixed(size) => PyBytes::new(py, self.take(*size)?).into_any(),
            Node::Enum { shown, symbols } => {
                let index = self.long()?;
                match usize::try_from(index).ok().and_then(|index| symbols.get(index)) {
                    Some(Ok(symbol)) => symbol.bind(py).clone().into_any(),
                    Some(Err(problem)) => return Err(AvroError::new_err(problem.clone())),
                    None => {
                        let count = symbols.len();
                        return Err(AvroError::new_err(format!("symbol {index} of {shown}, which has {count}")));
                    }
                }
            }
            Node::Convert(function, inner) => {
                let raw = self.value(inner)?;
                function.bind(py).call1((raw,)).map_err(|e| no_such_value(py, e))?
            }
            Node::Fail(problem) => return Err(AvroError::new_err(problem.clone())),
            nested => self.nested(nested)?,
        })
    }

    fn nested(&mut self, node: &Node) -> PyResult<Bound<'py, PyAny>> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(AvroError::new_err("Avro data are nested too deep"));
        }
        let value = match node {
            Node::Array { items, smallest } => self.list(items, *smallest)?.into_any(),
            Node::Map(values) => self.map(values)?.into_any(),
            Node::Record(number) => self.record(&self.program.records[*number])?.into_any(),
            Node::Union(branches) => {
                let index = self.long()?;
                let branch = usize::try_from(index).ok().and_then(|index| branches.get(index));
                let branch = branch.ok_or_else(|| {
                    AvroError::new_err(format!("a union in Avro data is of branch {index}, of {}", branches.len()))
                })?;
                self.value(branch)?
            }
            _ => unreachable!("other nodes have no values inside of them"),
        };
        self.depth -= 1;
        Ok(value)
    }

    fn record(&mut self, record: &Record) -> PyResult<Bound<'py, PyDict>> {
        let py = self.py;
        let made = PyDict::new(py);
        for (name, node) in &record.steps {
            let value = self.value(node)?;
            if let Some(name) = name {
                made.set_item(name.bind(py), value)?;
            }
        }
        for (name, make) in &record.missing {
            made.set_item(name.bind(py), make.bind(py).call0()?)?;
        }
        let Some(order) = &record.order else { return Ok(made) };
        let ordered = PyDict::new(py);
        for name in order {
            ordered.set_item(name.bind(py), made.get_item(name.bind(py))?)?;
        }
        Ok(ordered)
    }

    fn list(&mut self, items: &Node, smallest: usize) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(self.py);
        loop {
            let count = self.count(smallest, list.len())?;
            if count == 0 {
                return Ok(list);
            }
            for _ in 0..count {
                list.append(self.value(items)?)?;
            }
        }
    }

    fn map(&mut self, values: &Node) -> PyResult<Bound<'py, PyDict>> {
        let map = PyDict::new(self.py);
        loop {
            let count = self.count(1, 0)?;
            if count == 0 {
                return Ok(map);
            }
            for _ in 0..count {
                let key = self.text()?;
                map.set_item(key, self.value(values)?)?;
            }
        }
    }

    /// The length of a block behind `before` items, each of which takes so many bytes at least.
    fn count(&mut self, smallest: usize, before: usize) -> PyResult<usize> {
        let mut count = self.long()?;
        if count < 0 {
            count = count.saturating_neg();
            self.long()?;
        }
        let most = self.rest.len().checked_div(smallest).unwrap_or(MOST_EMPTY.saturating_sub(before));
        match usize::try_from(count) {
            Ok(count) if count <= most => Ok(count),
            _ => {
                let problem = format!("a block in Avro data has {count} items, and at most {most} can follow");
                Err(AvroError::new_err(problem))
            }
        }
    }

    /// A number in groups of seven bits, the lowest first, its sign in the lowest bit.
    #[inline]
    fn long(&mut self) -> PyResult<i64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let Some((byte, rest)) = self.rest.split_first() else {
                return Err(AvroError::new_err("Avro data end within a number"));
            };
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        Err(AvroError::new_err("a number in Avro data is longer than 64 bits"))
    }

    #[inline]
    fn take(&mut self, length: usize) -> PyResult<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            let left = self.rest.len();
            return Err(AvroError::new_err(format!("Avro data has {left} bytes left, and {length} are to follow")));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    #[inline]
    fn behind_length(&mut self) -> PyResult<&'a [u8]> {
        let length = self.long()?;
        // A negative length is far more than is left.
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    #[inline]
    fn text(&mut self) -> PyResult<Bound<'py, PyString>> {
        let bytes = self.behind_length()?;
        let text = std::str::from_utf8(bytes)
            .map_err(|e| AvroError::new_err(format!("a string in Avro data is no UTF-8: {e}")))?;
        Ok(PyString::new(self.py, text))
    }
}

#[cold]
fn no_such_value(py: Python<'_>, error: PyErr) -> PyErr {
    let wrong = error.is_instance_of::<PyValueError>(py) || error.is_instance_of::<PyOverflowError>(py);
    if wrong && !error.is_instance_of::<AvroError>(py) {
        return AvroError::new_err(format!("a date, time or UUID in Avro data is none: {}", error.value(py)));
    }
    error
}

/// Makes values of the datums in files, each of which has a schema of its own.
pub struct PyDatums {
    /// The schema of the values.
    reader: String,
    /// The decoder of the file that was read last, and of all files by their schemas.
    current: Option<(FieldRef, Arc<AvroDecoder>)>,
    known: HashMap<String, Arc<AvroDecoder>>,
}

impl PyDatums {
    /// Values of a schema, which is checked when the first file is read.
    pub fn new(reader: &str) -> Self {
        Self { reader: reader.to_owned(), current: None, known: HashMap::new() }
    }

    fn decoder(&mut self, py: Python<'_>, field: &FieldRef) -> PyResult<Arc<AvroDecoder>> {
        if let Some((known, decoder)) = &self.current
            && Arc::ptr_eq(known, field)
        {
            return Ok(Arc::clone(decoder));
        }
        let written = field.metadata().get(AVRO_SCHEMA).map_or("", String::as_str);
        let decoder = if let Some(known) = self.known.get(written) {
            Arc::clone(known)
        } else {
            let program = py.import("penstock._runtime.avro")?.call_method1("program", (written, &self.reader))?;
            let (root, records): (Bound<'_, PyAny>, Bound<'_, PyList>) = program.extract()?;
            let made = Arc::new(AvroDecoder::new(&root, &records)?);
            self.known.insert(written.to_owned(), Arc::clone(&made));
            made
        };
        self.current = Some((Arc::clone(field), Arc::clone(&decoder)));
        Ok(decoder)
    }
}

impl Decoder for PyDatums {
    fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>> {
        // SAFETY: the engine decodes while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let (DataType::Struct(fields), Some(columns)) = (batch.values.data_type(), batch.values.as_struct_opt()) else {
            return Err(Error::internal("a source of Avro files gave other columns"));
        };
        let datums: &BinaryArray = columns.column(0).as_binary();
        let decoded = self.decoder(py, &fields[0]).and_then(|decoder| decoder.decode(py, datums.value(row)));
        decoded
            .map(|value| Some(wrap(value)))
            .map_err(|error| Error::external(format!("the file {} cannot be read: {}", batch.split, error.value(py))))
    }
}
