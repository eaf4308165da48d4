//! Sources and sinks written in Python (`penstock.connectors.python`), as connectors of the engine.

mod enumerator;
mod reader;
mod sink;
mod source;
mod split;

pub use sink::PySink;
pub use source::PySource;

use penstock_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::errors;

/// The module that stands between.
const RUNTIME: &str = "penstock._runtime.python_connectors";

fn parse<T: DeserializeOwned>(options: &Value) -> Result<T> {
    T::deserialize(options).map_err(|e| Error::internal(format!("the options of a connector in Python: {e}")))
}

/// Runs `f` with the interpreter and reports an exception as the user's.
fn call<R>(f: impl FnOnce(Python<'_>) -> PyResult<R>) -> Result<R> {
    Python::attach(|py| f(py).map_err(|e| errors::user_error(py, &e, None)))
}

/// A new copy of a connector.
fn load(py: Python<'_>, functions: &[u8], name: &str) -> PyResult<Py<PyAny>> {
    Ok(py.import(RUNTIME)?.call_method1("load_connector", (PyBytes::new(py, functions), name))?.unbind())
}
