//! How values without a declared type go from task to task: what is made of numbers, texts, lists, dicts, tuples, and of
//! instances of the dataclasses and named tuples that the script's annotations name, as tagged bytes. It is much cheaper
//! than a pickle and nobody can tell the difference: what is not exactly of these types, or has the same list twice, is
//! a pickle as ever.

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

use super::decode::{array, take, take_bytes, take_len};
use super::encode::{put_bytes, put_len};
use super::is_immutable;

/// How deep values may be nested; deeper ones are pickled.
const MAX_DEPTH: usize = 64;

/// A class whose instances are sent field by field.
struct Record {
    class: Py<PyType>,
    /// What tells the class and its fields apart from all others.
    id: u32,
    /// Names of the fields of a dataclass; absent for a named tuple, which has `len`.
    names: Option<Vec<Py<PyString>>>,
    len: usize,
}

/// The classes that a job's annotations name.
pub struct Records {
    classes: Vec<Record>,
    /// `object.__new__` and `tuple.__new__`
    new_object: Py<PyAny>,
    new_tuple: Py<PyAny>,
}

impl Records {
    /// Takes what `penstock._runtime.records.layouts` has made: class, id, names or `None`, number of fields.
    pub fn new(layouts: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = layouts.py();
        let mut classes = Vec::new();
        for layout in layouts.try_iter()? {
            let (class, id, names, len): (Bound<'_, PyType>, u32, Option<Vec<Bound<'_, PyString>>>, usize) =
                layout?.extract()?;
            let names = names.map(|names| names.into_iter().map(Bound::unbind).collect());
            classes.push(Record { class: class.unbind(), id, names, len });
        }
        let new = |name: &str| Ok::<_, PyErr>(py.import("builtins")?.getattr(name)?.getattr("__new__")?.unbind());
        Ok(Self { classes, new_object: new("object")?, new_tuple: new("tuple")? })
    }

    /// Appends the bytes of a value; false, with `out` as it was, if it has to be pickled.
    pub fn encode(&self, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        let mut shared = Vec::new();
        let done = self.put(value, out, &mut shared, 0).is_some() && !has_twice(&mut shared);
        if !done {
            out.truncate(start);
        }
        done
    }

    /// The value of these bytes.
    pub fn decode<'py>(&self, py: Python<'py>, mut bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        self.take(py, &mut bytes, 0)
    }

    /// `None`: the value has to be pickled. `changeable` gets the addresses of what somebody could change.
    fn put(
        &self,
        value: &Bound<'_, PyAny>,
        out: &mut Vec<u8>,
        changeable: &mut Vec<usize>,
        depth: usize,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        if value.is_exact_instance_of::<PyInt>() {
            let number = value.extract::<i64>().ok()?;
            out.push(b'i');
            out.extend_from_slice(&number.to_le_bytes());
        } else if let Ok(text) = value.cast_exact::<PyString>() {
            out.push(b's');
            // Half a surrogate pair has no UTF-8.
            put_bytes(text.to_str().ok()?.as_bytes(), out);
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            out.push(b'f');
            out.extend_from_slice(&number.value().to_le_bytes());
        } else if value.is_none() {
            out.push(b'N');
        } else if let Ok(flag) = value.cast_exact::<PyBool>() {
            out.push(if flag.is_true() { b'T' } else { b'F' });
        } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
            out.push(b'b');
            put_bytes(bytes.as_bytes(), out);
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            out.push(b'(');
            put_len(tuple.len(), out);
            self.put_all(tuple.iter(), out, changeable, depth)?;
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            changeable.push(list.as_ptr() as usize);
            out.push(b'[');
            put_len(list.len(), out);
            self.put_all(list.iter(), out, changeable, depth)?;
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            changeable.push(dict.as_ptr() as usize);
            out.push(b'{');
            put_len(dict.len(), out);
            for (key, item) in dict.iter() {
                // A key's hash has to be known before the key is whole.
                if !is_immutable(&key) {
                    return None;
                }
                self.put(&key, out, changeable, depth + 1)?;
                self.put(&item, out, changeable, depth + 1)?;
            }
        } else {
            self.put_record(value, out, changeable, depth)?;
        }
        Some(())
    }

    fn put_all<'py>(
        &self,
        mut items: impl Iterator<Item = Bound<'py, PyAny>>,
        out: &mut Vec<u8>,
        changeable: &mut Vec<usize>,
        depth: usize,
    ) -> Option<()> {
        items.try_for_each(|item| self.put(&item, out, changeable, depth + 1))
    }

    fn put_record(
        &self,
        value: &Bound<'_, PyAny>,
        out: &mut Vec<u8>,
        changeable: &mut Vec<usize>,
        depth: usize,
    ) -> Option<()> {
        let class = value.get_type_ptr();
        let record = self.classes.iter().find(|record| record.class.as_ptr() == class.cast())?;
        out.push(b'c');
        out.extend_from_slice(&record.id.to_le_bytes());
        let Some(names) = &record.names else {
            return self.put_all(value.cast::<PyTuple>().ok()?.iter(), out, changeable, depth);
        };
        changeable.push(value.as_ptr() as usize);
        // SAFETY: the object is alive; a new reference to its dict, or null with an exception.
        let dict = unsafe {
            Bound::from_owned_ptr_or_err(value.py(), ffi::PyObject_GenericGetDict(value.as_ptr(), std::ptr::null_mut()))
        };
        let dict = dict.ok()?.cast_into_exact::<PyDict>().ok()?;
        if dict.len() != names.len() {
            return None;
        }
        // An attribute that is no field, or fields in another order, are left to the pickle.
        dict.iter().zip(names).try_for_each(|((name, item), expected)| {
            let same = name.as_ptr() == expected.as_ptr() || name.eq(expected).unwrap_or(false);
            if same { self.put(&item, out, changeable, depth + 1) } else { None }
        })
    }

    fn take<'py>(&self, py: Python<'py>, bytes: &mut &[u8], depth: usize) -> PyResult<Bound<'py, PyAny>> {
        if depth > MAX_DEPTH + 1 {
            return Err(PyValueError::new_err("a value is nested too deep"));
        }
        Ok(match take(bytes, 1)?[0] {
            b'i' => PyInt::new(py, i64::from_le_bytes(array(take(bytes, 8)?)?)).into_any(),
            b's' => {
                let text = std::str::from_utf8(take_bytes(bytes)?).map_err(|e| PyValueError::new_err(e.to_string()))?;
                PyString::new(py, text).into_any()
            }
            b'f' => PyFloat::new(py, f64::from_le_bytes(array(take(bytes, 8)?)?)).into_any(),
            b'N' => py.None().into_bound(py),
            b'T' => PyBool::new(py, true).to_owned().into_any(),
            b'F' => PyBool::new(py, false).to_owned().into_any(),
            b'b' => PyBytes::new(py, take_bytes(bytes)?).into_any(),
            b'(' => {
                let len = take_len(bytes)?;
                PyTuple::new(py, self.take_all(py, len, bytes, depth)?)?.into_any()
            }
            b'[' => {
                let len = take_len(bytes)?;
                PyList::new(py, self.take_all(py, len, bytes, depth)?)?.into_any()
            }
            b'{' => {
                let dict = PyDict::new(py);
                for _ in 0..take_len(bytes)? {
                    let key = self.take(py, bytes, depth + 1)?;
                    dict.set_item(key, self.take(py, bytes, depth + 1)?)?;
                }
                dict.into_any()
            }
            b'c' => self.take_record(py, bytes, depth)?,
            _ => return Err(PyValueError::new_err("the bytes of a value are damaged")),
        })
    }

    fn take_all<'py>(
        &self,
        py: Python<'py>,
        len: usize,
        bytes: &mut &[u8],
        depth: usize,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        (0..len).map(|_| self.take(py, bytes, depth + 1)).collect()
    }

    fn take_record<'py>(&self, py: Python<'py>, bytes: &mut &[u8], depth: usize) -> PyResult<Bound<'py, PyAny>> {
        let id = u32::from_le_bytes(array(take(bytes, 4)?)?);
        let record = self.classes.iter().find(|record| record.id == id).ok_or_else(|| {
            PyValueError::new_err(
                "a value is of a class whose fields have changed, or that no annotation names any more",
            )
        })?;
        let Some(names) = &record.names else {
            let items = PyTuple::new(py, self.take_all(py, record.len, bytes, depth)?)?;
            return self.new_tuple.bind(py).call1((&record.class, items));
        };
        let object = self.new_object.bind(py).call1((&record.class,))?;
        for name in names {
            let item = self.take(py, bytes, depth + 1)?;
            // SAFETY: all three are alive. Neither a frozen class nor a `__setattr__` of its own is asked, as a pickle
            // does not ask them either.
            let set = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), item.as_ptr()) };
            if set != 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(object)
    }
}

/// Whether an address is there twice.
fn has_twice(addresses: &mut [usize]) -> bool {
    addresses.sort_unstable();
    addresses.windows(2).any(|pair| pair[0] == pair[1])
}
