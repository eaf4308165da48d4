//! Records as columns, and columns as records.

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, ListArray, PrimitiveArray, RecordBatch};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use penstock_core::columns::{Layout, RecordKind};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple};
use std::sync::Arc;

use super::type_name;
use crate::codec::{bytes_of, integer, row_values};
use crate::errors::shown;
use crate::row;

type Values<'py> = Vec<Bound<'py, PyAny>>;

/// The columns of records. Raises TypeError naming the column and the value that does not fit.
pub fn columns_of(layout: &Layout, records: &[Bound<'_, PyAny>]) -> PyResult<RecordBatch> {
    let fields = layout.schema.fields();
    let columns = if layout.kind == RecordKind::Value {
        vec![column(&fields[0], records, false)?]
    } else {
        let mut columns: Vec<Values<'_>> = fields.iter().map(|_| Vec::with_capacity(records.len())).collect();
        for record in records {
            let values = row_values(record).filter(|values| values.len() == fields.len());
            let values = values.ok_or_else(|| {
                PyTypeError::new_err(format!("{} is no record of {} fields", shown(record), fields.len()))
            })?;
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        fields.iter().zip(&columns).map(|(field, values)| column(field, values, true)).collect::<PyResult<_>>()?
    };
    RecordBatch::try_new(layout.schema.clone(), columns).map_err(|e| PyTypeError::new_err(e.to_string()))
}

/// The column of some values.
pub fn column(field: &Field, values: &[Bound<'_, PyAny>], nullable: bool) -> PyResult<ArrayRef> {
    let int = |value: &Bound<'_, PyAny>| integer(value);
    let float = |value: &Bound<'_, PyAny>| value.extract::<f64>().ok();
    let reading = Reading { field, values, nullable };
    Ok(match field.data_type() {
        DataType::Int8 => reading.numbers::<Int8Type>(|v| int(v)?.try_into().ok())?,
        DataType::Int16 => reading.numbers::<Int16Type>(|v| int(v)?.try_into().ok())?,
        DataType::Int32 => reading.numbers::<Int32Type>(|v| int(v)?.try_into().ok())?,
        DataType::Int64 => reading.numbers::<Int64Type>(int)?,
        DataType::Float32 => reading.numbers::<Float32Type>(|v| Some(float(v)? as f32))?,
        DataType::Float64 => reading.numbers::<Float64Type>(float)?,
        DataType::Boolean => Arc::new(BooleanArray::from(reading.all(truth)?)),
        DataType::Utf8 => {
            let mut texts = StringBuilder::with_capacity(values.len(), 0);
            reading.each(|value| {
                texts.append_option(text(value)?);
                Some(())
            })?;
            Arc::new(texts.finish())
        }
        DataType::Binary => {
            let mut bytes = BinaryBuilder::with_capacity(values.len(), 0);
            reading.each(|value| {
                bytes.append_option(binary(value)?);
                Some(())
            })?;
            Arc::new(bytes.finish())
        }
        DataType::List(item) => reading.lists(item)?,
        other => return Err(PyTypeError::new_err(format!("no column of {other} can be made of Python objects"))),
    })
}

/// A column that is being made.
struct Reading<'a, 'py> {
    field: &'a Field,
    values: &'a [Bound<'py, PyAny>],
    nullable: bool,
}

impl<'py> Reading<'_, 'py> {
    /// Calls `take` for each value; None is passed where it is allowed. What gives nothing does not fit.
    fn each(&self, mut take: impl FnMut(Option<&Bound<'py, PyAny>>) -> Option<()>) -> PyResult<()> {
        for (row, value) in self.values.iter().enumerate() {
            let there = (!self.nullable || !value.is_none()).then_some(value);
            take(there).ok_or_else(|| self.misfit(row, value))?;
        }
        Ok(())
    }

    fn all<T>(&self, read: impl Fn(&Bound<'py, PyAny>) -> Option<T>) -> PyResult<Vec<Option<T>>> {
        let mut all = Vec::with_capacity(self.values.len());
        self.each(|value| {
            all.push(match value {
                Some(value) => Some(read(value)?),
                None => None,
            });
            Some(())
        })?;
        Ok(all)
    }

    fn numbers<T: ArrowPrimitiveType>(
        &self,
        read: impl Fn(&Bound<'py, PyAny>) -> Option<T::Native>,
    ) -> PyResult<ArrayRef> {
        Ok(Arc::new(self.all(read)?.into_iter().collect::<PrimitiveArray<T>>()))
    }

    fn lists(&self, item: &Arc<Field>) -> PyResult<ArrayRef> {
        let lists = self.all(|value| value.try_iter().ok()?.collect::<PyResult<Values<'_>>>().ok())?;
        let lengths = lists.iter().map(|list| list.as_ref().map_or(0, Vec::len));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let valid = lists.iter().map(Option::is_some).collect();
        let items: Values<'_> = lists.into_iter().flatten().flatten().collect();
        let items = column(&Field::new(self.field.name(), item.data_type().clone(), true), &items, true)?;
        let array = ListArray::try_new(Arc::clone(item), offsets, items, Some(valid));
        Ok(Arc::new(array.map_err(|e| PyTypeError::new_err(e.to_string()))?))
    }

    #[cold]
    fn misfit(&self, row: usize, value: &Bound<'_, PyAny>) -> PyErr {
        let class = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!(
            "column '{}': expected {}, got {} ({class}) at place {row}",
            self.field.name(),
            type_name(self.field.data_type()),
            shown(value)
        ))
    }
}

fn truth(value: &Bound<'_, PyAny>) -> Option<bool> {
    value.extract::<bool>().ok().or_else(|| match integer(value)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    })
}

/// Of a value that is there, its text, if it is one.
#[expect(clippy::option_option, reason = "no value at all, or one that does not fit")]
fn text<'a>(value: Option<&'a Bound<'_, PyAny>>) -> Option<Option<&'a str>> {
    value.map(|value| value.cast::<PyString>().ok()?.to_str().ok()).map_or(Some(None), |text| text.map(Some))
}

#[expect(clippy::option_option, reason = "as above")]
fn binary(value: Option<&Bound<'_, PyAny>>) -> Option<Option<Vec<u8>>> {
    value.map(|value| bytes_of(value).ok()).map_or(Some(None), |bytes| bytes.map(Some))
}

/// The records of columns.
pub fn records_of<'py>(py: Python<'py>, layout: &Layout, batch: &RecordBatch) -> PyResult<Values<'py>> {
    let mut columns = batch.columns().iter().map(|column| values_of(py, column)).collect::<PyResult<Vec<_>>>()?;
    if layout.kind == RecordKind::Value {
        return Ok(columns.swap_remove(0));
    }
    let names =
        PyList::new(py, layout.schema.fields().iter().map(|field| PyString::intern(py, field.name())))?.unbind();
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let mut row = || columns.iter_mut().map_while(Iterator::next).collect::<Values<'_>>();
    let record = |values: Values<'py>| match layout.kind {
        RecordKind::Tuple => Ok(PyTuple::new(py, values)?.into_any()),
        _ => row::make(py, 0, Some(&names), PyList::new(py, values)?),
    };
    (0..batch.num_rows()).map(|_| record(row())).collect()
}

/// The values of a column.
pub fn values_of<'py>(py: Python<'py>, column: &ArrayRef) -> PyResult<Values<'py>> {
    let none = || py.None().into_bound(py);
    let each = |value: &dyn Fn(usize) -> PyResult<Bound<'py, PyAny>>| -> PyResult<Values<'py>> {
        (0..column.len()).map(|row| if column.is_valid(row) { value(row) } else { Ok(none()) }).collect()
    };
    match column.data_type() {
        DataType::Int8 => each(&|row| Ok(PyInt::new(py, column.as_primitive::<Int8Type>().value(row)).into_any())),
        DataType::Int16 => each(&|row| Ok(PyInt::new(py, column.as_primitive::<Int16Type>().value(row)).into_any())),
        DataType::Int32 => each(&|row| Ok(PyInt::new(py, column.as_primitive::<Int32Type>().value(row)).into_any())),
        DataType::Int64 => each(&|row| Ok(PyInt::new(py, column.as_primitive::<Int64Type>().value(row)).into_any())),
        DataType::Float32 => {
            each(&|row| Ok(PyFloat::new(py, f64::from(column.as_primitive::<Float32Type>().value(row))).into_any()))
        }
        DataType::Float64 => {
            each(&|row| Ok(PyFloat::new(py, column.as_primitive::<Float64Type>().value(row)).into_any()))
        }
        DataType::Boolean => each(&|row| Ok(PyBool::new(py, column.as_boolean().value(row)).to_owned().into_any())),
        DataType::Utf8 => each(&|row| Ok(PyString::new(py, column.as_string::<i32>().value(row)).into_any())),
        DataType::Binary => each(&|row| Ok(PyBytes::new(py, column.as_binary::<i32>().value(row)).into_any())),
        DataType::List(_) => {
            each(&|row| Ok(PyList::new(py, values_of(py, &column.as_list::<i32>().value(row))?)?.into_any()))
        }
        other => Err(PyTypeError::new_err(format!("a column of {other} has no Python objects"))),
    }
}
