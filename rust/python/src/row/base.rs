//! `RowBase`, the class that `penstock.common.Row` is made of: its slots, and access by position.
//!
//! A row that a source makes is *packed*: it holds its values as bytes behind its slots, and makes one of them an object
//! when it is asked for that one. Most rows are asked for few of their values, and six objects and their list are eight
//! pieces of memory that another core, or nobody, looks at. Whoever wants to change a packed row, or wants all of it,
//! gets a list of values, which the row has from then on.

use pyo3::exceptions::{PyAttributeError, PyIndexError, PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyType};
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::mem::{MaybeUninit, offset_of};
use std::ptr::null_mut;

use super::list;

/// An instance, as it lies in memory. Values of a packed row follow it: a word for each, a tag for each, then texts.
#[repr(C)]
pub(super) struct Instance {
    head: ffi::PyVarObject,
    /// The list of names, or `None`.
    pub(super) fields: *mut ffi::PyObject,
    pub(super) row_kind: *mut ffi::PyObject,
    /// The list of values; null in a row that is packed.
    pub(super) values: *mut ffi::PyObject,
    /// How many values lie behind it. They stay there, whatever becomes of the row.
    packed: usize,
}

/// What a packed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    None,
    Bool,
    Int,
    Float,
    Text,
    Bytes,
}

/// A value to be packed, or one that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Packed<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Packed<'_> {
    pub fn tag(&self) -> Tag {
        match self {
            Self::None => Tag::None,
            Self::Bool(_) => Tag::Bool,
            Self::Int(_) => Tag::Int,
            Self::Float(_) => Tag::Float,
            Self::Text(_) => Tag::Text,
            Self::Bytes(_) => Tag::Bytes,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    #[inline]
    fn object(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(match self {
            Self::None => py.None().into_bound(py),
            Self::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
            Self::Int(value) => PyInt::new(py, value).into_any(),
            Self::Float(value) => PyFloat::new(py, value).into_any(),
            Self::Text(value) => text(py, value)?,
            Self::Bytes(value) => PyBytes::new(py, value).into_any(),
        })
    }
}

/// A `str`. Where all is ASCII, as almost always, the interpreter need not look for what is not.
#[inline]
pub fn text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    if !text.is_ascii() {
        return Ok(PyString::new(py, text).into_any());
    }
    // SAFETY: a new string of so many ASCII characters, which are written before anybody has it.
    unsafe {
        let made = Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_New(text.len() as ffi::Py_ssize_t, 127))?;
        std::ptr::copy_nonoverlapping(text.as_ptr(), ffi::PyUnicode_DATA(made.as_ptr()).cast(), text.len());
        Ok(made)
    }
}

/// How many bytes the packed values of a row may take. What is larger is copied less often as objects.
const MAX_PACKED: usize = 384;

const WORD: usize = size_of::<u64>();

/// Values as they lie behind an instance, while they are put together.
struct Image {
    bytes: [MaybeUninit<u8>; MAX_PACKED],
}

impl Image {
    /// Puts values in their places. Returns how many bytes they take; `None` if that is too much.
    #[inline]
    fn fill<'a>(&mut self, count: usize, value: impl Fn(usize) -> Packed<'a>) -> Option<usize> {
        let mut end = count * (WORD + 1);
        if end > MAX_PACKED {
            return None;
        }
        let (words, tags) = (self.bytes.as_mut_ptr().cast::<u8>(), count * WORD);
        for at in 0..count {
            let value = value(at);
            let word = match value {
                Packed::None => 0,
                Packed::Bool(value) => u64::from(value),
                Packed::Int(value) => value.cast_unsigned(),
                Packed::Float(value) => value.to_bits(),
                Packed::Text(_) | Packed::Bytes(_) => {
                    let (bytes, start) = (value.bytes(), end);
                    end = Some(end + bytes.len()).filter(|end| *end <= MAX_PACKED)?;
                    // SAFETY: the text ends within the image.
                    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), words.add(start), bytes.len()) };
                    (start as u64) << 32 | bytes.len() as u64
                }
            };
            // SAFETY: words and tags of `count` values lie within the image. It may begin anywhere.
            unsafe {
                words.add(at * WORD).cast::<u64>().write_unaligned(word);
                words.add(tags + at).write(value.tag() as u8);
            }
        }
        Some(end)
    }
}

/// A new instance of `class` with these values, whose slots for names and kind are filled; `None` if they are too large.
///
/// # Safety
/// `class` is `RowBase` or a class made of it that adds nothing to its instances.
#[inline]
pub(super) unsafe fn pack<'py, 'a>(
    py: Python<'py>,
    class: *mut ffi::PyTypeObject,
    slots: (Py<PyAny>, Py<PyAny>),
    count: usize,
    value: impl Fn(usize) -> Packed<'a>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut image = Image { bytes: [MaybeUninit::uninit(); MAX_PACKED] };
    let Some(length) = image.fill(count, value) else { return Ok(None) };
    // SAFETY: the instance is new and as long as is written here; every slot is filled before anybody sees it.
    unsafe {
        let row = ffi::PyObject_GC_NewVar::<Instance>(class, length as ffi::Py_ssize_t);
        if row.is_null() {
            return Err(PyErr::fetch(py));
        }
        (*row).fields = slots.0.into_ptr();
        (*row).row_kind = slots.1.into_ptr();
        (*row).values = null_mut();
        (*row).packed = count;
        std::ptr::copy_nonoverlapping(image.bytes.as_ptr(), row.add(1).cast(), length);
        // What is packed refers to nothing that could refer back, so the collector need not look at it yet.
        Ok(Some(Bound::from_owned_ptr(py, row.cast())))
    }
}

impl Instance {
    /// The values, if they are packed.
    #[inline]
    pub(super) fn packed(&self) -> Option<usize> {
        (self.values.is_null() && self.packed > 0).then_some(self.packed)
    }

    /// What the packed value at a place is.
    #[inline]
    pub(super) fn tag(&self, at: usize) -> Tag {
        debug_assert!(at < self.packed);
        // SAFETY: as many tags as packed values follow their words.
        unsafe { self.data().add(self.packed * WORD + at).cast::<Tag>().read() }
    }

    #[inline]
    fn value(&self, at: usize) -> Packed<'_> {
        // SAFETY: as many words as packed values follow the instance, and texts are where their words say.
        unsafe {
            let word = self.words().add(at).read();
            let bytes = || {
                let (start, length) = ((word >> 32) as usize, (word & u64::from(u32::MAX)) as usize);
                std::slice::from_raw_parts(self.data().add(start), length)
            };
            match self.tag(at) {
                Tag::None => Packed::None,
                Tag::Bool => Packed::Bool(word != 0),
                Tag::Int => Packed::Int(word.cast_signed()),
                Tag::Float => Packed::Float(f64::from_bits(word)),
                Tag::Text => Packed::Text(std::str::from_utf8_unchecked(bytes())),
                Tag::Bytes => Packed::Bytes(bytes()),
            }
        }
    }

    fn words(&self) -> *const u64 {
        std::ptr::from_ref(self).wrapping_add(1).cast()
    }

    fn data(&self) -> *const u8 {
        self.words().cast()
    }
}

/// The list of an instance's values, made now if they are packed.
#[inline]
pub(super) fn values<'a, 'py>(row: &'a Bound<'py, PyAny>) -> PyResult<Borrowed<'a, 'py, PyAny>> {
    let instance = row.as_ptr().cast::<Instance>();
    // SAFETY: the row is an instance; the reference that is borrowed is its own.
    unsafe {
        if let Some(count) = (*instance).packed() {
            let values = list(row.py(), count, |at| (*instance).value(at).object(row.py()))?;
            // New objects may set off the collector, and that the code of somebody who asks the row.
            if (*instance).values.is_null() {
                (*instance).values = values.into_ptr();
                ffi::PyObject_GC_Track(row.as_ptr().cast());
            }
        }
        Borrowed::from_ptr_or_opt(row.py(), (*instance).values).ok_or_else(|| PyAttributeError::new_err("_values"))
    }
}

static BASE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The class. Made once.
pub fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    Ok(BASE.get_or_try_init(py, || make(py))?.bind(py))
}

fn make(py: Python<'_>) -> PyResult<Py<PyType>> {
    let member = |name: &'static std::ffi::CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_OBJECT_EX,
        offset: offset as ffi::Py_ssize_t,
        flags: 0,
        doc: std::ptr::null(),
    };
    // CPython keeps pointers to these for the life of the class, which is that of the process.
    let members: &'static mut [ffi::PyMemberDef] = Box::leak(Box::new([
        member(c"_fields", offset_of!(Instance, fields)),
        member(c"_row_kind", offset_of!(Instance, row_kind)),
        ffi::PyMemberDef::default(),
    ]));
    let properties: &'static mut [ffi::PyGetSetDef] = Box::leak(Box::new([
        ffi::PyGetSetDef {
            name: c"_values".as_ptr(),
            get: Some(get_values),
            set: Some(set_values),
            doc: std::ptr::null(),
            closure: null_mut(),
        },
        ffi::PyGetSetDef::default(),
    ]));
    let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        slot(ffi::Py_tp_traverse, traverse as *mut c_void),
        slot(ffi::Py_tp_clear, clear as *mut c_void),
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_getset, properties.as_mut_ptr().cast()),
        slot(ffi::Py_mp_subscript, subscript as *mut c_void),
        slot(ffi::Py_sq_item, item as *mut c_void),
        ffi::PyType_Slot::default(),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE | ffi::Py_TPFLAGS_HAVE_GC;
    let mut spec = ffi::PyType_Spec {
        name: c"penstock._native.RowBase".as_ptr().cast::<c_char>(),
        basicsize: size_of::<Instance>() as c_int,
        itemsize: 1,
        flags: flags as c_uint,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the slots are functions of the kinds that their numbers stand for; CPython copies the spec.
    let class = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec))? };
    Ok(class.cast_into::<PyType>()?.unbind())
}

/// Runs the body of a slot: its result becomes a reference, an error becomes Python's exception.
///
/// # Safety
/// Call it only from a slot of the class, with the instance that CPython gave to it.
#[inline]
unsafe fn answer(
    row: *mut ffi::PyObject,
    body: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls slots while the interpreter is held, and the instance lives as long as the call.
    let py = unsafe { Python::assume_attached() };
    let row = unsafe { Borrowed::from_ptr(py, row) };
    match body(&row) {
        Ok(object) => object.into_ptr(),
        Err(error) => {
            error.restore(py);
            null_mut()
        }
    }
}

unsafe extern "C" fn get_values(row: *mut ffi::PyObject, _closure: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: this is a slot.
    unsafe { answer(row, |row| Ok(values(row)?.to_owned())) }
}

unsafe extern "C" fn set_values(row: *mut ffi::PyObject, given: *mut ffi::PyObject, _closure: *mut c_void) -> c_int {
    // SAFETY: CPython calls slots while the interpreter is held. `given` is borrowed, and null for `del`.
    unsafe {
        if given.is_null() {
            PyAttributeError::new_err("a row has values").restore(Python::assume_attached());
            return -1;
        }
        let instance = row.cast::<Instance>();
        let was_packed = (*instance).packed().is_some();
        ffi::Py_INCREF(given);
        ffi::Py_XDECREF(std::mem::replace(&mut (*instance).values, given));
        if was_packed {
            ffi::PyObject_GC_Track(row.cast());
        }
    }
    0
}

unsafe extern "C" fn subscript(row: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: this is a slot; the key lives as long as the call.
    unsafe { answer(row, |row| at(row, &Borrowed::from_ptr(row.py(), key))) }
}

unsafe extern "C" fn item(row: *mut ffi::PyObject, place: ffi::Py_ssize_t) -> *mut ffi::PyObject {
    // SAFETY: this is a slot.
    unsafe { answer(row, |row| at_place(row, place)) }
}

#[inline]
fn at<'py>(row: &Bound<'py, PyAny>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if key.is_exact_instance_of::<PyInt>() {
        // SAFETY: the key is an int. What is too large is outside of every row.
        let place = unsafe { ffi::PyLong_AsSsize_t(key.as_ptr()) };
        if place == -1 && PyErr::take(key.py()).is_some() {
            return Err(outside());
        }
        return at_place(row, place);
    }
    if key.is_instance_of::<PyString>() {
        return at_place(row, place_of(row, key)?);
    }
    match values(row)?.get_item(key) {
        Err(error) if error.is_instance_of::<PyTypeError>(row.py()) => at_place(row, place_of(row, key)?),
        found => found,
    }
}

/// The place of a field with this name. The class in Python knows what to say if there is none.
fn place_of(row: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>) -> PyResult<ffi::Py_ssize_t> {
    // SAFETY: the row is an instance; a list of names that is borrowed is its own.
    let fields = unsafe { Borrowed::from_ptr_or_opt(row.py(), (*row.as_ptr().cast::<Instance>()).fields) };
    // Names are the same object almost always.
    if let Some(names) = fields.as_ref().and_then(|fields| fields.cast::<PyList>().ok())
        && let Some(place) = names.iter().position(|known| known.is(name))
    {
        return Ok(place as ffi::Py_ssize_t);
    }
    row.call_method1(pyo3::intern!(row.py(), "_position"), (name,))?.extract()
}

#[inline]
fn at_place<'py>(row: &Bound<'py, PyAny>, place: ffi::Py_ssize_t) -> PyResult<Bound<'py, PyAny>> {
    let from_end = |count: usize| if place < 0 { place + count as ffi::Py_ssize_t } else { place };
    let instance = row.as_ptr().cast::<Instance>();
    // SAFETY: the row is an instance, which nobody changes meanwhile.
    unsafe {
        if let Some(count) = (*instance).packed() {
            let place = usize::try_from(from_end(count)).ok().filter(|place| *place < count).ok_or_else(outside)?;
            return (*instance).value(place).object(row.py());
        }
    }
    let values = values(row)?;
    let values = values.cast::<PyList>().map_err(|_| PyRuntimeError::new_err("the values of a row are no list"))?;
    let place = usize::try_from(from_end(values.len())).map_err(|_| outside())?;
    values.get_item(place).map_err(|_| outside())
}

#[cold]
fn outside() -> PyErr {
    PyIndexError::new_err("list index out of range")
}

unsafe extern "C" fn traverse(row: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector gives a live instance; its class is one of the heap and counts as a reference.
    unsafe {
        let instance = row.cast::<Instance>();
        let parts = [ffi::Py_TYPE(row).cast(), (*instance).fields, (*instance).row_kind, (*instance).values];
        for part in parts.into_iter().filter(|part| !part.is_null()) {
            let stop = visit(part, arg);
            if stop != 0 {
                return stop;
            }
        }
    }
    0
}

unsafe extern "C" fn clear(row: *mut ffi::PyObject) -> c_int {
    // SAFETY: the instance is alive and owns what its slots have.
    unsafe {
        let instance = row.cast::<Instance>();
        for slot in [&raw mut (*instance).fields, &raw mut (*instance).row_kind, &raw mut (*instance).values] {
            ffi::Py_XDECREF(slot.replace(null_mut()));
        }
    }
    0
}

unsafe extern "C" fn dealloc(row: *mut ffi::PyObject) {
    // SAFETY: this was the last reference. The class is one of the heap, so instances own a reference to it.
    unsafe {
        let class = ffi::Py_TYPE(row);
        ffi::PyObject_GC_UnTrack(row.cast());
        clear(row);
        if let Some(free) = (*class).tp_free {
            free(row.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}
