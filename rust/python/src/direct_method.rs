//! Methods that CPython calls without anything between, for the few that run once per record.
//!
//! CPython checks the receiver's class before it calls. What PyO3 puts around a method (checking the receiver again,
//! parsing arguments, keeping account of the interpreter) costs about as much as the method itself here.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

/// A method without arguments.
pub type NoArguments = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;
/// A method with one: receiver, arguments, number of positional ones, names of the others or null.
pub type OneArgument = unsafe extern "C" fn(
    *mut ffi::PyObject,
    *const *mut ffi::PyObject,
    ffi::Py_ssize_t,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

/// What CPython calls. Both return a new reference, or null with an exception.
#[derive(Clone, Copy)]
pub enum Entry {
    /// `METH_NOARGS`
    NoArguments(NoArguments),
    /// `METH_FASTCALL | METH_KEYWORDS`
    OneArgument(OneArgument),
}

/// Gives `C` a method, in the place of one of the same name. `doc` begins with the signature as `inspect` reads it.
pub fn add<C: pyo3::PyTypeInfo>(py: Python<'_>, name: &'static CStr, entry: Entry, doc: &'static CStr) -> PyResult<()> {
    let (flags, entry) = match entry {
        Entry::NoArguments(entry) => (ffi::METH_NOARGS, ffi::PyMethodDefPointer { PyCFunction: entry }),
        Entry::OneArgument(entry) => {
            (ffi::METH_FASTCALL | ffi::METH_KEYWORDS, ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: entry })
        }
    };
    // CPython keeps the pointer for the life of the class, which is that of the process.
    let definition = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: entry,
        ml_flags: flags,
        ml_doc: doc.as_ptr(),
    }));
    let class = py.get_type::<C>();
    // SAFETY: the class is alive and the definition is never freed; the result is a new reference or null.
    let method = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyDescr_NewMethod(class.as_type_ptr(), definition))? };
    class.setattr(name.to_str().map_err(|e| PyRuntimeError::new_err(e.to_string()))?, method)
}

/// The only argument of a [`OneArgument`], given by its place or by its name.
///
/// # Safety
/// Call it with what CPython gave to the entry.
#[inline]
pub unsafe fn argument<'py>(
    py: Python<'py>,
    name: &str,
    arguments: *const *mut ffi::PyObject,
    positional: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> PyResult<Bound<'py, PyAny>> {
    if !(positional == 1 && names.is_null()) {
        // SAFETY: null or a tuple of names.
        let names = unsafe { Bound::from_borrowed_ptr_or_opt(py, names) };
        named(name, positional, names.as_ref())?;
    }
    // SAFETY: there is one argument, and it lives as long as the call.
    Ok(unsafe { Bound::from_borrowed_ptr(py, *arguments) })
}

#[cold]
fn named(name: &str, positional: ffi::Py_ssize_t, names: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let names: Vec<String> = names.map(PyAnyMethods::extract).transpose()?.unwrap_or_default();
    match (positional, names.as_slice()) {
        (0, [only]) if only == name => Ok(()),
        (0, []) => Err(PyTypeError::new_err(format!("missing 1 required positional argument: '{name}'"))),
        (_, [first, ..]) if first != name => {
            Err(PyTypeError::new_err(format!("got an unexpected keyword argument '{first}'")))
        }
        _ => Err(PyTypeError::new_err(format!("takes one argument, '{name}'"))),
    }
}

/// Runs the body of an entry: its result becomes a reference, an error becomes Python's exception, and so does a panic.
///
/// # Safety
/// Call it only from an entry of class `C`, with the receiver that CPython gave to it.
#[inline]
pub unsafe fn run<C, F>(receiver: *mut ffi::PyObject, body: F) -> *mut ffi::PyObject
where
    F: for<'py> FnOnce(Python<'py>, Borrowed<'_, 'py, C>) -> PyResult<Bound<'py, PyAny>>,
{
    // SAFETY: CPython calls methods while the interpreter is held, and checks the receiver's class before.
    let (py, receiver) = unsafe {
        let py = Python::assume_attached();
        (py, Borrowed::from_ptr(py, receiver))
    };
    // SAFETY: as above.
    let receiver = unsafe { receiver.cast_unchecked::<C>() };
    match catch_unwind(AssertUnwindSafe(|| body(py, receiver))) {
        Ok(Ok(value)) => value.into_ptr(),
        Ok(Err(error)) => raise(py, error),
        Err(_) => raise(py, PyRuntimeError::new_err("the engine failed in a state's method; the log has the reason")),
    }
}

#[cold]
fn raise(py: Python<'_>, error: PyErr) -> *mut ffi::PyObject {
    error.restore(py);
    null_mut()
}
