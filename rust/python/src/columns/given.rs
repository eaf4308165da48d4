//! What functions of batches are given: batches and arrays with the Arrow interface, which need no library in Python.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{Array as _, ArrayRef, StructArray};
use arrow_buffer::Buffer;
use arrow_schema::DataType;
use pyo3::exceptions::{PyIndexError, PyKeyError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCapsule, PyDict, PyList, PyString, PyTuple};
use std::ffi::{c_int, c_void};
use std::sync::Arc;

use super::objects::values_of;
use super::{capsule, type_name};

/// Memory of an array, read only.
#[pyclass(frozen, module = "penstock._native")]
pub struct Memory {
    buffer: Buffer,
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 makes owned arguments")]
impl Memory {
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let buffer = &slf.get().buffer;
        let (start, length) = (buffer.as_ptr().cast_mut().cast::<c_void>(), buffer.len() as isize);
        // SAFETY: the view keeps this object alive, whose buffer never moves nor changes; it is marked read-only.
        let status = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start, length, 1, flags) };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}

/// An array of values.
#[pyclass(frozen, module = "penstock._native")]
pub struct Array {
    pub array: ArrayRef,
}

#[pymethods]
impl Array {
    fn __len__(&self) -> usize {
        self.array.len()
    }

    /// How many values are None.
    #[getter]
    fn null_count(&self) -> usize {
        self.array.null_count()
    }

    /// The values as Python objects.
    fn to_pylist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, values_of(py, &self.array)?)
    }

    /// The values as a NumPy array, numbers without a copy.
    fn to_numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        numpy_of(py, &self.array)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::schema_capsule(py, self.array.data_type())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        // What is asked for is a wish; whoever has it casts what comes.
        drop(requested_schema);
        capsule::array_capsules(py, &self.array)
    }
}

/// Records as columns.
#[pyclass(frozen, module = "penstock._native")]
pub struct RecordBatch {
    pub batch: arrow_array::RecordBatch,
}

#[pymethods]
impl RecordBatch {
    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// How many records there are.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// How many columns there are.
    #[getter]
    fn num_columns(&self) -> usize {
        self.batch.num_columns()
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The columns.
    #[getter]
    fn columns(&self) -> Vec<Array> {
        self.batch.columns().iter().map(|array| Array { array: Arc::clone(array) }).collect()
    }

    /// A column, by its place or name. Raises IndexError or KeyError.
    fn column(&self, i: &Bound<'_, PyAny>) -> PyResult<Array> {
        let found = if let Ok(name) = i.cast::<PyString>() {
            let name = name.to_str()?;
            self.batch.column_by_name(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))?
        } else {
            let place: usize = i.extract()?;
            let missing = || PyIndexError::new_err(format!("there is no column {place}"));
            self.batch.columns().get(place).ok_or_else(missing)?
        };
        Ok(Array { array: Arc::clone(found) })
    }

    /// The columns as lists, by name.
    fn to_pydict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (field, column) in self.batch.schema().fields().iter().zip(self.batch.columns()) {
            dict.set_item(field.name(), PyList::new(py, values_of(py, column)?)?)?;
        }
        Ok(dict)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::schema_capsule(py, &DataType::Struct(self.batch.schema().fields().clone()))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        drop(requested_schema);
        capsule::array_capsules(py, &StructArray::from(self.batch.clone()))
    }
}

static FROM_BUFFER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The dtype of numbers, or of booleans in bytes, which NumPy would look for by its name.
fn dtype<'py>(py: Python<'py>, of: &DataType) -> PyResult<Bound<'py, PyAny>> {
    static DTYPES: [PyOnceLock<Py<PyAny>>; 7] = [const { PyOnceLock::new() }; 7];
    let place = match of {
        DataType::Int8 => 0,
        DataType::Int16 => 1,
        DataType::Int32 => 2,
        DataType::Int64 => 3,
        DataType::Float32 => 4,
        DataType::Float64 => 5,
        _ => 6,
    };
    let found = || PyResult::Ok(py.import("numpy")?.call_method1("dtype", (type_name(of),))?.unbind());
    Ok(DTYPES[place].get_or_try_init(py, found)?.bind(py).clone())
}

/// A column as a NumPy array. None among numbers is NaN, and whole numbers become floats for it.
pub fn numpy_of<'py>(py: Python<'py>, array: &ArrayRef) -> PyResult<Bound<'py, PyAny>> {
    let viewed = |buffer: &Buffer| -> PyResult<Bound<'py, PyAny>> {
        let memory = Bound::new(py, Memory { buffer: buffer.clone() })?;
        FROM_BUFFER.import(py, "numpy", "frombuffer")?.call1((memory, dtype(py, array.data_type())?))
    };
    if array.null_count() > 0 && array.data_type().is_numeric() {
        let dtype = if *array.data_type() == DataType::Float32 { "float32" } else { "float64" };
        return py.import("numpy")?.call_method1("array", (values_of(py, array)?, dtype));
    }
    match array.data_type() {
        DataType::Int8 => viewed(memory::<Int8Type>(array)),
        DataType::Int16 => viewed(memory::<Int16Type>(array)),
        DataType::Int32 => viewed(memory::<Int32Type>(array)),
        DataType::Int64 => viewed(memory::<Int64Type>(array)),
        DataType::Float32 => viewed(memory::<Float32Type>(array)),
        DataType::Float64 => viewed(memory::<Float64Type>(array)),
        DataType::Boolean if array.null_count() == 0 => {
            let bytes: Vec<u8> = array.as_boolean().values().iter().map(u8::from).collect();
            viewed(&Buffer::from(bytes))
        }
        DataType::List(_) if one_length(array).is_some_and(|length| length > 0) => {
            let lists = array.as_list::<i32>();
            let (first, last) = (lists.value_offsets()[0], lists.value_offsets()[lists.len()]);
            let items = numpy_of(py, &lists.values().slice(first as usize, (last - first) as usize))?;
            items.call_method1("reshape", (lists.len(), one_length(array)))
        }
        _ => py.import("numpy")?.call_method1("fromiter", (values_of(py, array)?, "object", array.len())),
    }
}

fn memory<T: ArrowPrimitiveType>(array: &ArrayRef) -> &Buffer {
    array.as_primitive::<T>().values().inner()
}

/// The length of all lists, if it is one.
fn one_length(array: &ArrayRef) -> Option<usize> {
    let lists = array.as_list::<i32>();
    let length = lists.value_length(0);
    let alike = lists.null_count() == 0 && (1..lists.len()).all(|row| lists.value_length(row) == length);
    alike.then_some(length as usize)
}
