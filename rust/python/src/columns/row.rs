//! Makes `penstock.common.Row`s without calling the class: its slots are filled where they lie.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyType};

/// Knows where the slots of a `Row` are.
pub struct RowMaker {
    class: Py<PyType>,
    insert: Py<PyAny>,
    fields: isize,
    row_kind: isize,
    values: isize,
}

impl RowMaker {
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        let module = py.import("penstock.common.types")?;
        let class = module.getattr("Row")?.cast_into::<PyType>()?;
        let slot = |name| slot(&class, name);
        Ok(Self {
            insert: module.getattr("RowKind")?.getattr("INSERT")?.unbind(),
            fields: slot("_fields")?,
            row_kind: slot("_row_kind")?,
            values: slot("_values")?,
            class: class.unbind(),
        })
    }

    /// A row of these values. All rows of a batch share the list of their names, which nobody changes.
    #[inline]
    pub fn make<'py>(
        &self,
        py: Python<'py>,
        names: &Py<PyList>,
        values: Bound<'py, PyList>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: the object is new and of the class whose slots these are; they are empty, and each gets a reference.
        unsafe {
            let class = self.class.as_ptr().cast::<ffi::PyTypeObject>();
            let row = Bound::from_owned_ptr_or_err(py, ffi::PyType_GenericAlloc(class, 0))?;
            put(&row, self.fields, names.clone_ref(py).into_ptr());
            put(&row, self.row_kind, self.insert.clone_ref(py).into_ptr());
            put(&row, self.values, values.into_ptr());
            Ok(row)
        }
    }
}

unsafe fn put(row: &Bound<'_, PyAny>, slot: isize, value: *mut ffi::PyObject) {
    // SAFETY: the caller's.
    unsafe { row.as_ptr().byte_offset(slot).cast::<*mut ffi::PyObject>().write(value) }
}

/// How far from the beginning of an instance a slot is.
fn slot(class: &Bound<'_, PyType>, name: &str) -> PyResult<isize> {
    let descriptor = class.getattr("__dict__")?.get_item(name)?;
    let members = &raw mut ffi::PyMemberDescr_Type;
    if !std::ptr::eq(descriptor.get_type_ptr(), members) {
        return Err(PyTypeError::new_err(format!("Row.{name} is no slot")));
    }
    // SAFETY: a member descriptor is one, and has its member.
    Ok(unsafe { (*(*descriptor.as_ptr().cast::<ffi::PyMemberDescrObject>()).d_member).offset })
}
