//! `penstock.common.Row`, whose slots are read and filled where they lie: calling the class, or asking it for an
//! attribute, costs more than what a record costs otherwise.

mod base;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString, PyType};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::codec::Kind;
use base::{Instance, Tag};

pub use base::{Packed, class, text};

/// The class `Row`, and its kinds of change.
struct Layout {
    class: Py<PyType>,
    kinds: Vec<Py<PyAny>>,
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
        // Instances are filled where they lie, so they have to be what they are taken for.
        // SAFETY: both classes are alive.
        let size = |class: &Bound<'_, PyType>| unsafe { (*class.as_type_ptr()).tp_basicsize };
        if !class.is_subclass(base::class(py)?)? || size(&class) != size(base::class(py)?) {
            return Err(PyTypeError::new_err("Row adds slots to those of RowBase"));
        }
        let kinds = module.getattr("RowKind")?.try_iter()?.map(|kind| Ok(kind?.unbind())).collect::<PyResult<_>>()?;
        Ok(Self { kinds, class: class.unbind() })
    }

    fn class(&self) -> *mut ffi::PyTypeObject {
        self.class.as_ptr().cast()
    }

    /// What the slots for names and kind hold.
    #[inline]
    fn slots(&self, py: Python<'_>, kind: u8, names: Option<&Py<PyList>>) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
        let kind = self.kinds.get(usize::from(kind));
        let kind = kind.ok_or_else(|| PyTypeError::new_err("no such kind of row"))?.clone_ref(py);
        Ok((names.map_or_else(|| py.None(), |names| names.clone_ref(py).into_any()), kind))
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
    let (names, kind) = layout.slots(py, kind, names)?;
    // SAFETY: the object is new and of the class whose slots these are; they are empty, and each gets a reference.
    unsafe {
        let row = Bound::from_owned_ptr_or_err(py, ffi::PyType_GenericAlloc(layout.class(), 0))?;
        let instance = row.as_ptr().cast::<Instance>();
        (*instance).fields = names.into_ptr();
        (*instance).row_kind = kind.into_ptr();
        (*instance).values = values.into_ptr();
        Ok(row)
    }
}

/// A row of these names that makes its values when it is asked for them; `None` if they are too large for that.
#[inline]
pub fn packed<'py, 'a>(
    py: Python<'py>,
    names: &Py<PyList>,
    count: usize,
    value: impl Fn(usize) -> Packed<'a>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let layout = Layout::get(py)?;
    // SAFETY: `Layout::find` has compared the class with its base.
    unsafe { base::pack(py, layout.class(), layout.slots(py, 0, Some(names))?, count, value) }
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

    /// Its values, made now if they are packed; absent where nobody has filled the row.
    #[inline]
    pub fn values(&self) -> Option<Borrowed<'a, 'py, PyList>> {
        base::values(self.row).ok().and_then(|values| values.cast::<PyList>().ok())
    }

    /// Whether its values are still packed, so that nobody has one of them.
    #[inline]
    pub fn is_packed(&self) -> bool {
        self.instance().packed().is_some()
    }

    /// Whether its values are packed, and each is just what a field of its kind holds.
    #[inline]
    pub fn is_packed_as(&self, fields: &[Kind]) -> bool {
        self.instance().packed() == Some(fields.len())
            && fields.iter().enumerate().all(|(at, kind)| match self.instance().tag(at) {
                Tag::None => true,
                Tag::Bool => matches!(kind, Kind::Bool),
                Tag::Int => matches!(kind, Kind::Int(64)),
                Tag::Float => matches!(kind, Kind::Double),
                Tag::Text => matches!(kind, Kind::Text),
                Tag::Bytes => matches!(kind, Kind::Bytes),
            })
    }

    /// How many bytes the row and its packed values take.
    pub fn packed_size(&self) -> Option<usize> {
        // SAFETY: the row is alive; its size counts the bytes behind it.
        let size = || size_of::<Instance>() + unsafe { ffi::Py_SIZE(self.row.as_ptr()) }.unsigned_abs();
        self.is_packed().then(size)
    }

    /// The list of its names, or `None`.
    #[inline]
    pub fn names(&self) -> Option<Borrowed<'a, 'py, PyAny>> {
        self.slot(self.instance().fields)
    }

    /// The number of its `RowKind`.
    #[inline]
    pub fn kind(&self) -> Option<u8> {
        let kind = self.slot(self.instance().row_kind)?;
        self.layout.kinds.iter().position(|known| known.is(kind)).map(|number| number as u8)
    }

    #[inline]
    fn instance(&self) -> &Instance {
        // SAFETY: the object is of the class whose instances are these.
        unsafe { &*self.row.as_ptr().cast::<Instance>() }
    }

    #[inline]
    fn slot(&self, content: *mut ffi::PyObject) -> Option<Borrowed<'a, 'py, PyAny>> {
        // SAFETY: a slot is empty or owns an object. What is borrowed is used before Python code runs that could fill
        // the slot with something else.
        unsafe { Borrowed::from_ptr_or_opt(self.row.py(), content) }
    }
}

/// Lists of names that are in use, so that rows of one schema have the same one wherever they are made.
static LISTS: Mutex<BTreeMap<Vec<String>, Py<PyList>>> = Mutex::new(BTreeMap::new());

/// How many lists are remembered. A job has a few schemas; one that makes them up as it goes has lists of its own.
const MAX_LISTS: usize = 1000;

/// The list of these names that rows share.
pub fn names_list(py: Python<'_>, names: &[String]) -> PyResult<Py<PyList>> {
    let lists = || LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lists().get(names) {
        return Ok(known.clone_ref(py));
    }
    let list = PyList::new(py, names.iter().map(|name| PyString::intern(py, name)))?.unbind();
    let mut lists = lists();
    if lists.len() < MAX_LISTS {
        lists.insert(names.to_vec(), list.clone_ref(py));
    }
    Ok(list)
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
        self.list.get_or_try_init(py, || names_list(py, &self.texts))
    }

    /// Whether these are the names of a row.
    #[inline]
    pub fn are(&self, of_row: Borrowed<'_, '_, PyAny>) -> bool {
        let py = of_row.py();
        let Ok(own) = self.list(py) else { return false };
        if of_row.is(own) {
            return true;
        }
        let Ok(names) = of_row.cast::<PyList>() else { return false };
        let same = |(at, name): (usize, Bound<'_, PyAny>)| {
            // Names are interned almost always, and so are these.
            // SAFETY: the list is as long as there are texts, and nobody has it who would change it.
            let is_own = unsafe { ffi::PyList_GET_ITEM(own.as_ptr(), at as ffi::Py_ssize_t) } == name.as_ptr();
            is_own || name.cast::<PyString>().is_ok_and(|name| name == self.texts[at].as_str())
        };
        names.len() == self.texts.len() && names.iter().enumerate().all(same)
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
