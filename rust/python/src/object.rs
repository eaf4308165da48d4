//! Python objects as values of the object lane.

use penstock_core::Object;
use penstock_core::object::ObjectVTable;
use pyo3::prelude::*;
use std::ptr::NonNull;

/// Sharing is taking a reference; freeing without the interpreter is left to PyO3, which does it later.
static PYTHON_OBJECT: ObjectVTable = ObjectVTable {
    clone: |data| {
        // SAFETY: `data` is a reference that an `Object` owns; the engine clones objects only while the interpreter is held.
        unsafe {
            pyo3::ffi::Py_INCREF(data.as_ptr().cast());
        }
        data
    },
    drop: |data| {
        // SAFETY: `data` is a reference that an `Object` owned until now, and `Py` is a transparent pointer. Dropping
        // `Py` is allowed without the interpreter, which making one in the official way is not.
        drop(unsafe { std::mem::transmute::<NonNull<()>, Py<PyAny>>(data) });
    },
    rust_type: None,
};

/// Makes an object of a reference.
#[inline]
pub fn wrap(value: Bound<'_, PyAny>) -> Object {
    wrap_unbound(value.unbind())
}

/// Makes an object of a reference.
#[inline]
pub fn wrap_unbound(value: Py<PyAny>) -> Object {
    let data = NonNull::new(value.into_ptr()).expect("a reference is never null").cast();
    // SAFETY: the reference is owned, and the table is that of Python objects.
    unsafe { Object::from_raw(data, &PYTHON_OBJECT) }
}

/// The reference of an object. All objects of a process that runs this crate are Python objects.
#[inline]
pub fn unwrap(py: Python<'_>, object: Object) -> Bound<'_, PyAny> {
    // SAFETY: made by `wrap`, and ownership moves over.
    unsafe { Bound::from_owned_ptr(py, object.into_raw().as_ptr().cast()) }
}

/// The reference of an object, still owned by the object.
#[inline]
pub fn borrow<'a, 'py>(py: Python<'py>, object: &'a Object) -> Borrowed<'a, 'py, PyAny> {
    // SAFETY: made by `wrap`; the borrow ends with that of the object.
    unsafe { Borrowed::from_ptr(py, object.as_raw().as_ptr().cast()) }
}
