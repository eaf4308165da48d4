//! A Python function of batches: records become what it takes, and what it gives becomes records or columns. Which
//! conversions these are is decided once, from the declared types and from what the function's parameter is annotated as.

use arrow_array::cast::AsArray;
use arrow_array::{Array as _, RecordBatch};
use penstock_core::columns::{Layout, RecordKind};
use penstock_core::{Error, Object, Result};
use penstock_plan::BatchShape;
use penstock_runtime::lane::{BatchCall, BatchFunction};
use penstock_runtime::operators::batches::{BatchResult, BatchValues};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::codec::TypeCodec;
use crate::columns;
use crate::errors;
use crate::object::{borrow, wrap};

/// The word for a function that takes lists of records as they are.
const LIST: &str = "list";
/// The word for one that takes the only column as an array of NumPy.
const NDARRAY: &str = "numpy.ndarray";

/// A bound function of batches.
pub struct PyBatchFunction {
    /// How errors name it.
    name: String,
    call: Py<PyAny>,
    open: Option<Py<PyAny>>,
    close: Option<Py<PyAny>>,
    runtime_context: Py<PyAny>,
    shape: BatchShape,
    /// The columns that it takes; `None`: a list of records.
    takes: Option<Layout>,
    /// Whether it takes the first of these columns as an array of NumPy.
    takes_array: bool,
    /// The columns of its input, of its output.
    input: Option<Layout>,
    output: Option<Layout>,
    output_type: TypeCodec,
    emits_columns: bool,
}

impl PyBatchFunction {
    /// Binds a function with `penstock._runtime.batches`.
    pub fn new(function: &Bound<'_, PyAny>, call: &BatchCall<'_>, runtime_context: Py<PyAny>) -> PyResult<Self> {
        let py = function.py();
        let (input, output) = (call.input_type.and_then(Layout::of), call.output_type.and_then(Layout::of));
        let wanted = output.as_ref().map(|layout| {
            let columns = layout.schema.fields().iter().map(|f| (f.name().clone(), columns::type_name(f.data_type())));
            (layout.kind != RecordKind::Value, columns.collect::<Vec<_>>())
        });
        let rows = input.as_ref().map(|layout| layout.kind != RecordKind::Value);
        let bound = py
            .import("penstock._runtime.batches")?
            .call_method1("bind", (function, call.shape.method(), call.form, rows, wanted))?;
        let optional = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            Ok(Some(bound.getattr(name)?).filter(|f| !f.is_none()).map(Bound::unbind))
        };
        Ok(Self {
            name: bound.getattr("name")?.extract()?,
            call: bound.getattr("call")?.unbind(),
            open: optional("open")?,
            close: optional("close")?,
            runtime_context,
            shape: call.shape,
            takes: input.clone().filter(|_| call.form != LIST),
            takes_array: call.form == NDARRAY,
            input,
            output,
            output_type: TypeCodec::new(call.output_type),
            emits_columns: call.emits_columns,
        })
    }

    fn given<'py>(&self, py: Python<'py>, records: &BatchValues) -> PyResult<Bound<'py, PyAny>> {
        let batch = match (records, &self.takes) {
            (BatchValues::Objects(objects), None) => {
                return Ok(PyList::new(py, objects.iter().map(|object| borrow(py, object)))?.into_any());
            }
            (BatchValues::Columns(batch), None) => {
                return Ok(PyList::new(py, columns::records_of(py, &layout_of(batch, self.input.as_ref()), batch)?)?
                    .into_any());
            }
            (BatchValues::Objects(objects), Some(layout)) => columns::columns_of(layout, &bound(py, objects))?,
            (BatchValues::Columns(batch), Some(_)) => batch.clone(),
        };
        if self.takes_array {
            return columns::numpy_of(py, batch.column(0));
        }
        Ok(Bound::new(py, columns::RecordBatch { batch })?.into_any())
    }

    /// What the Python side gives: kind, values and indices, or just an array of the type that is wanted.
    fn result(&self, records: &BatchValues, given: &Bound<'_, PyAny>) -> PyResult<BatchResult> {
        let count = len(records);
        let Ok(given) = given.cast::<PyTuple>() else {
            return one_for_each(self.array(given)?, count);
        };
        if self.shape == BatchShape::Filter {
            return self.kept(records, &columns::boolean_mask(&given.get_item(1)?, count)?, given.py());
        }
        let values = self.values(&given.get_item(0)?.extract::<String>()?, &given.get_item(1)?)?;
        if self.shape == BatchShape::FlatMap {
            let of = columns::indices(&given.get_item(2)?, len(&values), count)?;
            return Ok(BatchResult::Values(values, Some(of)));
        }
        one_for_each(values, count)
    }

    /// The records that stay, in the other lane where they are to leave in another than they came in.
    fn kept(&self, records: &BatchValues, rows: &[usize], py: Python<'_>) -> PyResult<BatchResult> {
        let values = match (records, &self.output) {
            (BatchValues::Objects(objects), Some(layout)) if self.emits_columns => {
                let objects: Vec<_> = rows.iter().map(|row| borrow(py, &objects[*row]).to_owned()).collect();
                BatchValues::Columns(columns::columns_of(layout, &objects)?)
            }
            (BatchValues::Columns(batch), layout) if !self.emits_columns => {
                let records = columns::records_of(py, &layout_of(batch, layout.as_ref()), batch)?;
                BatchValues::Objects(rows.iter().map(|row| wrap(records[*row].clone())).collect())
            }
            _ => return Ok(BatchResult::Kept(rows.to_vec())),
        };
        Ok(BatchResult::Values(values, Some(rows.to_vec())))
    }

    /// What the Python side has brought into the form `kind`.
    fn values(&self, kind: &str, given: &Bound<'_, PyAny>) -> PyResult<BatchValues> {
        let py = given.py();
        let batch = match (kind, &self.output) {
            ("columns", Some(layout)) => {
                let nullable = layout.kind != RecordKind::Value;
                let fields = layout.schema.fields().iter().zip(given.try_iter()?);
                let arrays = fields.map(|(field, column)| columns::column_of(field, &column?, nullable));
                same_length(layout, arrays.collect::<PyResult<_>>()?)?
            }
            ("table", Some(layout)) => {
                let table = columns::imported(given)?;
                let table =
                    table.as_struct_opt().ok_or_else(|| PyTypeError::new_err("expected a table, got an array"))?;
                columns::columns_by_name(layout, table)?
            }
            _ => return self.records(given),
        };
        self.emitted(py, batch)
    }

    /// The values of the only column, in an array.
    fn array(&self, given: &Bound<'_, PyAny>) -> PyResult<BatchValues> {
        let layout = self.output.as_ref().ok_or_else(|| PyTypeError::new_err("the results have no columns"))?;
        let column = columns::column_of(layout.schema.field(0), given, layout.kind != RecordKind::Value)?;
        self.emitted(given.py(), same_length(layout, vec![column])?)
    }

    fn emitted(&self, py: Python<'_>, batch: RecordBatch) -> PyResult<BatchValues> {
        if self.emits_columns {
            return Ok(BatchValues::Columns(batch));
        }
        let layout = layout_of(&batch, self.output.as_ref());
        Ok(BatchValues::Objects(columns::records_of(py, &layout, &batch)?.into_iter().map(wrap).collect()))
    }

    fn records(&self, given: &Bound<'_, PyAny>) -> PyResult<BatchValues> {
        let records = given.cast::<PyList>()?.iter().map(|record| {
            if !self.output_type.fits(&record) {
                return Err(PyTypeError::new_err(self.output_type.explain(&record)));
            }
            self.output_type.coerce(record).map_err(|e| PyTypeError::new_err(e.to_string()))
        });
        let records: Vec<Bound<'_, PyAny>> = records.collect::<PyResult<_>>()?;
        match &self.output {
            Some(layout) if self.emits_columns => Ok(BatchValues::Columns(columns::columns_of(layout, &records)?)),
            _ => Ok(BatchValues::Objects(records.into_iter().map(wrap).collect())),
        }
    }

    /// An error of a conversion, in the function's name.
    #[cold]
    fn misfit(&self, py: Python<'_>, error: &PyErr) -> Error {
        let class = error.get_type(py).name().map_or_else(|_| "TypeError".to_owned(), |name| name.to_string());
        Error::user(format!("{class}: {}: {}", self.name, error.value(py)), None)
    }

    fn call_optional(function: Option<&Py<PyAny>>, arguments: impl for<'py> pyo3::call::PyCallArgs<'py>) -> Result<()> {
        let Some(function) = function else { return Ok(()) };
        Python::attach(|py| {
            let called = function.bind(py).call1(arguments);
            called.map(drop).map_err(|e| errors::user_error(py, &e, None))
        })
    }
}

impl BatchFunction for PyBatchFunction {
    fn open(&mut self) -> Result<()> {
        Self::call_optional(self.open.as_ref(), (&self.runtime_context,))
    }

    fn call(&mut self, records: &BatchValues) -> Result<BatchResult> {
        // SAFETY: the engine calls functions while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let given = self.given(py, records).map_err(|e| self.misfit(py, &e))?;
        let called = self.call.bind(py).call1((given,)).map_err(|e| errors::user_error(py, &e, None))?;
        self.result(records, &called).map_err(|e| self.misfit(py, &e))
    }

    fn close(&mut self) -> Result<()> {
        Self::call_optional(self.close.take().as_ref(), ())
    }
}

fn one_for_each(values: BatchValues, records: usize) -> PyResult<BatchResult> {
    if len(&values) != records {
        let text = format!("expected one value for each of {records} records, got {}", len(&values));
        return Err(PyValueError::new_err(text));
    }
    Ok(BatchResult::Values(values, None))
}

fn len(values: &BatchValues) -> usize {
    match values {
        BatchValues::Objects(objects) => objects.len(),
        BatchValues::Columns(batch) => batch.num_rows(),
    }
}

fn bound<'py>(py: Python<'py>, objects: &[Object]) -> Vec<Bound<'py, PyAny>> {
    objects.iter().map(|object| borrow(py, object).to_owned()).collect()
}

/// The layout of columns: the declared one, or that of a source without a declared type, whose records are one value.
fn layout_of(batch: &RecordBatch, declared: Option<&Layout>) -> Layout {
    declared.cloned().unwrap_or_else(|| Layout { schema: batch.schema(), kind: RecordKind::Value })
}

fn same_length(layout: &Layout, arrays: Vec<arrow_array::ArrayRef>) -> PyResult<RecordBatch> {
    let lengths = || layout.schema.fields().iter().zip(&arrays).map(|(field, array)| (field.name(), array.len()));
    if let (Some((first, expected)), Some((name, got))) =
        (lengths().next(), lengths().find(|(_, length)| *length != arrays[0].len()))
    {
        let text = format!("column '{name}': expected {expected} values as in column '{first}', got {got}");
        return Err(PyValueError::new_err(text));
    }
    RecordBatch::try_new(layout.schema.clone(), arrays).map_err(|e| PyTypeError::new_err(e.to_string()))
}
