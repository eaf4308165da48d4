//! `penstock.common.Row`, whose slots are read and filled where they lie: calling the class, or asking it for an
//! attribute, costs more than what a record costs otherwise.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString, PyType};

/// Where the slots of a `Row` are, and its kinds of change.
struct Layout {
    class: Py<PyType>,
    kinds: Vec<Py<PyAny>>,
    fields: isize,
    row_kind: isize,
    values: isize,
}

static LAYOUT: PyOnceLock<Layout> = PyOnceLock::new();

impl Layout {
    #[inline]
    fn get(py: Python<'_>) -> PyResult<&Self> {
        LAYOUT.get_or_try_init(py, || Self::find(py))
    }

    fn find(py: Python<'_>) -> PyResult<Self> {
        let module = py.import("penstock.common.types")?;
        let class = module.getattr("Row")?.cast_into::<PyType>()?;
        let slot = |name| slot(&class, name);
        Ok(Self {
            kinds: module.getattr("RowKind")?.try_iter()?.map(|kind| Ok(kind?.unbind())).collect::<PyResult<_>>()?,
            fields: slot("_fields")?,
            row_kind: slot("_row_kind")?,
            values: slot("_values")?,
            class: class.unbind(),
        })
    }
}

/// A row of these values and names. Rows may share the list of their names, which nobody changes. `kind` is the number
/// of a `RowKind`.
#[inline]
pub fn make<'py>(
    py: Python<'py>,
    kind: u8,
    names: Option<&Py<PyList>>,
    values: Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyAny>> {
    let layout = Layout::get(py)?;
    let kind = layout.kinds.get(usize::from(kind));
    let kind = kind.ok_or_else(|| PyTypeError::new_err("no such kind of row"))?.clone_ref(py);
    let names = names.map_or_else(|| py.None(), |names| names.clone_ref(py).into_any());
    // SAFETY: the object is new and of the class whose slots these are; they are empty, and each gets a reference.
    unsafe {
        let class = layout.class.as_ptr().cast::<ffi::PyTypeObject>();
        let row = Bound::from_owned_ptr_or_err(py, ffi::PyType_GenericAlloc(class, 0))?;
        place(&row, layout.fields).write(names.into_ptr());
        place(&row, layout.row_kind).write(kind.into_ptr());
        place(&row, layout.values).write(values.into_ptr());
        Ok(row)
    }
}

/// A list of as many values as `len` says.
#[inline]
pub fn list<'py>(
    py: Python<'py>,
    len: usize,
    mut value: impl FnMut(usize) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the list is new and of this length, and takes over the reference of each value. Places that are empty when
    // a value fails are allowed in a list that goes away.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(len as ffi::Py_ssize_t))?;
        for at in 0..len {
            ffi::PyList_SET_ITEM(list.as_ptr(), at as ffi::Py_ssize_t, value(at)?.into_ptr());
        }
        Ok(list.cast_into_unchecked())
    }
}

/// A `Row`, and no other class made of it.
pub struct Row<'a, 'py> {
    row: &'a Bound<'py, PyAny>,
    layout: &'py Layout,
}

impl<'a, 'py> Row<'a, 'py> {
    /// The value as a row, if it is one.
    #[inline]
    pub fn of(value: &'a Bound<'py, PyAny>) -> Option<Self> {
        let layout = Layout::get(value.py()).ok()?;
        std::ptr::eq(value.get_type_ptr().cast(), layout.class.as_ptr()).then_some(Self { row: value, layout })
    }

    /// Its values; absent where nobody has filled the row.
    #[inline]
    pub fn values(&self) -> Option<Borrowed<'a, 'py, PyList>> {
        self.slot(self.layout.values).and_then(|values| values.cast::<PyList>().ok())
    }

    /// The list of its names, or `None`.
    #[inline]
    pub fn names(&self) -> Option<Borrowed<'a, 'py, PyAny>> {
        self.slot(self.layout.fields)
    }

    /// The number of its `RowKind`.
    #[inline]
    pub fn kind(&self) -> Option<u8> {
        let kind = self.slot(self.layout.row_kind)?;
        self.layout.kinds.iter().position(|known| known.is(kind)).map(|number| number as u8)
    }

    #[inline]
    fn slot(&self, offset: isize) -> Option<Borrowed<'a, 'py, PyAny>> {
        // SAFETY: the object is of the class that has this slot, which is empty or owns an object. What is borrowed is
        // used before Python code runs that could fill the slot with something else.
        unsafe { Borrowed::from_ptr_or_opt(self.row.py(), place(self.row, offset).read()) }
    }
}

/// Names of fields: their texts, and one list of them for all rows.
pub struct Names {
    texts: Vec<String>,
    list: PyOnceLock<Py<PyList>>,
}

impl Names {
    pub fn new(texts: Vec<String>) -> Self {
        Self { texts, list: PyOnceLock::new() }
    }

    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The list that rows share.
    #[inline]
    pub fn list(&self, py: Python<'_>) -> PyResult<&Py<PyList>> {
        self.list.get_or_try_init(py, || {
            Ok(PyList::new(py, self.texts.iter().map(|name| PyString::intern(py, name)))?.unbind())
        })
    }

    /// Whether these are the names of a row.
    #[inline]
    pub fn are(&self, of_row: Borrowed<'_, '_, PyAny>) -> bool {
        if self.list(of_row.py()).is_ok_and(|list| of_row.is(list)) {
            return true;
        }
        of_row.cast::<PyList>().is_ok_and(|names| {
            names.len() == self.texts.len()
                && names
                    .iter()
                    .zip(&self.texts)
                    .all(|(name, text)| name.cast::<PyString>().is_ok_and(|name| name == *text.as_str()))
        })
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.texts.fmt(f)
    }
}

impl Clone for Names {
    fn clone(&self) -> Self {
        Self::new(self.texts.clone())
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for Names {}

fn place(row: &Bound<'_, PyAny>, slot: isize) -> *mut *mut ffi::PyObject {
    row.as_ptr().wrapping_byte_offset(slot).cast()
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
