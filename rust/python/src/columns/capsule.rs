//! The Arrow PyCapsule interface: arrays to and from other libraries without a copy.

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, ArrayRef, make_array, new_empty_array};
use arrow_schema::{ArrowError, DataType};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use std::ffi::CStr;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

fn failed(error: &ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What `__arrow_c_schema__` gives.
pub fn schema_capsule<'py>(py: Python<'py>, data_type: &DataType) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(data_type).map_err(|e| failed(&e))?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}

/// What `__arrow_c_array__` gives.
pub fn array_capsules<'py>(py: Python<'py>, array: &dyn Array) -> PyResult<Bound<'py, PyTuple>> {
    let (array, schema) = to_ffi(&array.to_data()).map_err(|e| failed(&e))?;
    let schema = PyCapsule::new_with_value(py, schema, SCHEMA)?;
    let array = PyCapsule::new_with_value(py, array, ARRAY)?;
    PyTuple::new(py, [schema, array])
}

/// The array of an object with the interface; a table is an array of structs. Raises TypeError for anything else.
pub fn imported(object: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    if object.hasattr("__arrow_c_array__")? {
        let pair = object.call_method0("__arrow_c_array__")?;
        let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = pair.extract()?;
        return array_of(&schema, &array);
    }
    if object.hasattr("__arrow_c_stream__")? {
        return stream_of(&object.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>()?);
    }
    let class = object.get_type().qualname()?;
    Err(PyTypeError::new_err(format!("{class} has neither __arrow_c_array__ nor __arrow_c_stream__")))
}

fn array_of(schema: &Bound<'_, PyCapsule>, array: &Bound<'_, PyCapsule>) -> PyResult<ArrayRef> {
    let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
    let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
    // SAFETY: the names say what the capsules hold. The array is moved out, and what is left in its place has no
    // release callback, as the interface asks of a consumer.
    unsafe { validated(FFI_ArrowArray::from_raw(array.as_ptr()), schema.as_ref()) }
}

/// The array, which another library made and which is therefore not believed to be in order.
fn validated(array: FFI_ArrowArray, schema: &FFI_ArrowSchema) -> PyResult<ArrayRef> {
    // SAFETY: the structures were filled in by a producer of the interface.
    let data = unsafe { from_ffi(array, schema) }.map_err(|e| failed(&e))?;
    data.validate_full().map_err(|e| failed(&e))?;
    Ok(make_array(data))
}

fn stream_of(stream: &Bound<'_, PyCapsule>) -> PyResult<ArrayRef> {
    let stream = stream.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: the name says what the capsule holds; the stream is moved out, as above.
    let mut stream = unsafe { FFI_ArrowArrayStream::from_raw(stream.as_ptr()) };
    let (Some(get_schema), Some(get_next)) = (stream.get_schema, stream.get_next) else {
        return Err(PyValueError::new_err("the Arrow stream was read before"));
    };
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the stream was not released, so its callbacks may be called with it (here and below).
    check(unsafe { get_schema(&raw mut stream, &raw mut schema) }, &mut stream)?;
    let mut arrays = Vec::new();
    loop {
        let mut array = FFI_ArrowArray::empty();
        check(unsafe { get_next(&raw mut stream, &raw mut array) }, &mut stream)?;
        if array.is_released() {
            break;
        }
        arrays.push(validated(array, &schema)?);
    }
    let parts: Vec<&dyn Array> = arrays.iter().map(|array| &**array).collect();
    match parts.as_slice() {
        [] => Ok(new_empty_array(&DataType::try_from(&schema).map_err(|e| failed(&e))?)),
        parts => arrow_select::concat::concat(parts).map_err(|e| failed(&e)),
    }
}

/// An error number of a stream as an exception.
fn check(status: i32, stream: &mut FFI_ArrowArrayStream) -> PyResult<()> {
    if status == 0 {
        return Ok(());
    }
    let text = stream.get_last_error.map(|last| {
        // SAFETY: the stream was not released; its text lives until the next call.
        let text = unsafe { last(std::ptr::from_mut(stream)) };
        if text.is_null() { String::new() } else { unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned() }
    });
    Err(PyValueError::new_err(format!("the Arrow stream failed: {}", text.unwrap_or_default())))
}
