//! Broadcast state as user functions see it.

use penstock_core::{Error, Result};
use penstock_runtime::broadcast_state::BroadcastState as Shared;
use penstock_runtime::context::SharedContext;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::context::with;
use crate::object::{unwrap, wrap};

/// A broadcast map; changing it is refused where it is read-only.
#[pyclass(frozen, module = "penstock._native")]
pub struct BroadcastState {
    context: SharedContext,
    name: String,
    writable: bool,
}

impl BroadcastState {
    pub fn new(context: SharedContext, name: String, writable: bool) -> Self {
        Self { context, name, writable }
    }

    fn read<R>(&self, py: Python<'_>, f: impl FnOnce(&mut Shared) -> Result<R>) -> PyResult<R> {
        with(py, &self.context, |c| f(c.broadcast_state(&self.name)?))
    }

    fn write<R>(&self, py: Python<'_>, f: impl FnOnce(&mut Shared) -> Result<R>) -> PyResult<R> {
        if !self.writable {
            return Err(PyRuntimeError::new_err(format!(
                "the broadcast state '{}' can be changed only in process_broadcast_element",
                self.name
            )));
        }
        self.read(py, f)
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
        let entries = self.read(py, |s| Ok::<_, Error>(s.entries()))?;
        Ok(entries.into_iter().map(|(k, v)| (unwrap(py, k), unwrap(py, v))).collect())
    }
}

#[pymethods]
impl BroadcastState {
    fn get<'py>(&self, key: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = key.py();
        Ok(self.read(py, |s| s.get(&wrap(key)))?.map(|o| unwrap(py, o)))
    }

    fn contains(&self, key: Bound<'_, PyAny>) -> PyResult<bool> {
        let py = key.py();
        Ok(self.read(py, |s| s.get(&wrap(key)))?.is_some())
    }

    fn put(&self, key: Bound<'_, PyAny>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let py = key.py();
        self.write(py, |s| s.put(wrap(key), wrap(value)))
    }

    fn put_all(&self, dict_value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = dict_value.py();
        let pairs = if dict_value.hasattr("items")? { dict_value.call_method0("items")? } else { dict_value.clone() };
        for pair in pairs.try_iter()? {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
            self.write(py, |s| s.put(wrap(key), wrap(value)))?;
        }
        Ok(())
    }

    fn remove(&self, key: Bound<'_, PyAny>) -> PyResult<()> {
        let py = key.py();
        self.write(py, |s| s.remove(&wrap(key)))
    }

    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, |s| {
            s.clear();
            Ok(())
        })
    }

    fn is_empty(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.list(py)?.is_empty())
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.list(py)?)?.try_iter()?.into_any())
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.list(py)?.into_iter().map(|(k, _)| k))?.try_iter()?.into_any())
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.list(py)?.into_iter().map(|(_, v)| v))?.try_iter()?.into_any())
    }

    fn __getitem__<'py>(&self, key: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.get(key)
    }

    fn __contains__(&self, key: Bound<'_, PyAny>) -> PyResult<bool> {
        self.contains(key)
    }

    fn __setitem__(&self, key: Bound<'_, PyAny>, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.put(key, value)
    }

    fn __delitem__(&self, key: Bound<'_, PyAny>) -> PyResult<()> {
        self.remove(key)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.keys(py)
    }
}
