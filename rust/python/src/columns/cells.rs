//! The values of a column, one by one.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, PrimitiveArray, StringArray, StructArray,
};
use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString};
use std::sync::Arc;

use super::row::RowMaker;

/// What objects are made with.
pub struct Classes {
    rows: RowMaker,
    decimal: Py<PyAny>,
}

impl Classes {
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(Self { rows: RowMaker::new(py)?, decimal: py.import("decimal")?.getattr("Decimal")?.unbind() })
    }
}

/// Columns that are the fields of a record.
pub struct Record {
    /// Of all rows.
    names: Py<PyList>,
    columns: Vec<Cells>,
    classes: Arc<Classes>,
}

impl Record {
    pub fn new(py: Python<'_>, rows: &StructArray, classes: &Arc<Classes>) -> PyResult<Self> {
        let names = rows.fields().iter().map(|field| PyString::intern(py, field.name()));
        let names = PyList::new(py, names.collect::<Vec<_>>())?.unbind();
        let columns = rows.columns().iter().map(|column| Cells::new(column, classes)).collect::<PyResult<Vec<_>>>()?;
        Ok(Self { names, columns, classes: Arc::clone(classes) })
    }

    #[inline]
    pub fn get<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        let values = self.values(py, row)?;
        self.classes.rows.make(py, &self.names, values)
    }

    #[inline]
    fn values<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyList>> {
        // SAFETY: the list is new and as long as there are columns, and takes over the reference of each value. Places
        // that are empty when a value fails are allowed in a list that goes away.
        unsafe {
            let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(self.columns.len() as ffi::Py_ssize_t))?;
            for (at, column) in self.columns.iter().enumerate() {
                ffi::PyList_SET_ITEM(list.as_ptr(), at as ffi::Py_ssize_t, column.get(py, row)?.into_ptr());
            }
            Ok(list.cast_into_unchecked())
        }
    }
}

/// A column. Narrow numbers are widened once, so that the way of a value is short.
enum Cells {
    Bool(BooleanArray),
    Int(Int64Array),
    Float(Float64Array),
    Text(StringArray),
    Decimal { digits: PrimitiveArray<Decimal128Type>, scale: i8, classes: Arc<Classes> },
    Lists { lists: ListArray, elements: Box<Cells> },
}

impl Cells {
    fn new(column: &ArrayRef, classes: &Arc<Classes>) -> PyResult<Self> {
        use DataType as D;
        Ok(match column.data_type() {
            D::Boolean => Self::Bool(column.as_boolean().clone()),
            D::Int8 => Self::Int(widened::<Int8Type>(column)),
            D::Int16 => Self::Int(widened::<Int16Type>(column)),
            D::Int32 => Self::Int(widened::<Int32Type>(column)),
            D::Int64 => Self::Int(column.as_primitive::<Int64Type>().clone()),
            D::Float32 => Self::Float(column.as_primitive::<Float32Type>().unary(f64::from)),
            D::Float64 => Self::Float(column.as_primitive::<Float64Type>().clone()),
            D::Utf8 => Self::Text(column.as_string().clone()),
            D::Decimal128(_, scale) => {
                let digits = column.as_primitive::<Decimal128Type>().clone();
                Self::Decimal { digits, scale: *scale, classes: Arc::clone(classes) }
            }
            D::List(_) => {
                let lists = column.as_list::<i32>().clone();
                Self::Lists { elements: Box::new(Self::new(lists.values(), classes)?), lists }
            }
            other => return Err(PyTypeError::new_err(format!("a column of {other} has no Python values"))),
        })
    }

    #[inline]
    fn get<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        if self.is_null(row) {
            return Ok(py.None().into_bound(py));
        }
        Ok(match self {
            Self::Bool(values) => PyBool::new(py, values.value(row)).to_owned().into_any(),
            Self::Int(values) => PyInt::new(py, values.value(row)).into_any(),
            Self::Float(values) => PyFloat::new(py, values.value(row)).into_any(),
            Self::Text(values) => PyString::new(py, values.value(row)).into_any(),
            Self::Decimal { digits, scale, classes } => {
                // The point is as many digits from the right as the scale says.
                let text = format!("{}E{}", digits.value(row), -i16::from(*scale));
                classes.decimal.bind(py).call1((text,))?
            }
            Self::Lists { lists, elements } => {
                let (start, end) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
                let values = (start..end).map(|at| elements.get(py, at)).collect::<PyResult<Vec<_>>>()?;
                PyList::new(py, values)?.into_any()
            }
        })
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Bool(values) => values.is_null(row),
            Self::Int(values) => values.is_null(row),
            Self::Float(values) => values.is_null(row),
            Self::Text(values) => values.is_null(row),
            Self::Decimal { digits, .. } => digits.is_null(row),
            Self::Lists { lists, .. } => lists.is_null(row),
        }
    }
}

fn widened<T: ArrowPrimitiveType>(column: &ArrayRef) -> Int64Array
where
    i64: From<T::Native>,
{
    column.as_primitive::<T>().unary(i64::from)
}
