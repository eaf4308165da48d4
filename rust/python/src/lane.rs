//! CPython as the object lane.

use penstock_core::sink::Sink;
use penstock_core::source::Source;
use penstock_core::{Configuration, Error, Result};
use penstock_runtime::lane::{Functions, ObjectLane};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCFunction, PyDict, PyTuple};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

use crate::codec::Records;
use crate::collected::Collected;
use crate::connectors::{PySink, PySource};
use crate::errors;
use crate::functions::PyFunctions;
use crate::stored_files;

/// This process's interpreter, for one job.
pub struct PythonLane {
    /// Where the job's `collect` sink puts its records.
    pub collected: Arc<Collected>,
}

impl ObjectLane for PythonLane {
    #[inline]
    fn hold(&self, run: &mut dyn FnMut()) {
        Python::attach(|_| run());
    }

    fn release(&self, run: &mut dyn FnMut()) {
        // The closure touches no Python object; that is the contract of `release`.
        let run = Carried(run);
        Python::attach(|py| {
            py.detach(|| {
                let run = run;
                (run.0)();
            });
        });
    }

    fn spawn(&self, name: &str, run: Box<dyn FnOnce() + Send>) -> Result<()> {
        spawn(name, run)
    }

    fn configure(&self, config: &Configuration) {
        stored_files::configure(config);
    }

    fn load(&self, functions: &[u8]) -> Result<Box<dyn Functions>> {
        Python::attach(|py| {
            let load = || -> PyResult<PyFunctions> {
                let runtime = py.import("penstock._runtime")?;
                let loaded = runtime.call_method1("load", (PyBytes::new(py, functions),))?.cast_into::<PyDict>()?;
                let records = Arc::new(Records::new(&runtime.call_method1("layouts", (&loaded,))?)?);
                Ok(PyFunctions { loaded: loaded.unbind(), records, collected: Arc::clone(&self.collected) })
            };
            let functions = load().map_err(|e| errors::user_error(py, &e, None))?;
            Ok(Box::new(functions) as Box<dyn Functions>)
        })
    }

    fn source(&self, functions: &Arc<Vec<u8>>, options: &Value) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(PySource::new(functions, options)?))
    }

    fn sink(&self, functions: &Arc<Vec<u8>>, options: &Value) -> Result<Arc<dyn Sink>> {
        Ok(Arc::new(PySink::new(functions, options)?))
    }
}

/// Starts a thread through `threading.Thread`, so that debuggers, coverage and profilers see it.
pub fn spawn(name: &str, run: Box<dyn FnOnce() + Send>) -> Result<()> {
    let run = Mutex::new(Some(run));
    Python::attach(|py| {
        let start = || -> PyResult<()> {
            let target = PyCFunction::new_closure(
                py,
                None,
                None,
                move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
                    let run = run.lock().unwrap_or_else(PoisonError::into_inner).take();
                    if let Some(run) = run {
                        args.py().detach(run);
                    }
                },
            )?;
            let thread = py.import("penstock._runtime.threads")?.call_method1("TaskThread", (target, name))?;
            thread.call_method0("start").map(drop)
        };
        start().map_err(|e| Error::internal(format!("cannot start the thread {name}: {e}")))
    })
}

/// Lets a closure that is used by this very thread pass `detach`, which asks for `Send`.
struct Carried<'a>(&'a mut dyn FnMut());

// SAFETY: `detach` runs the closure on the calling thread.
unsafe impl Send for Carried<'_> {}
