//! A sink in Python.

use penstock_core::sink::{Committable, Committer, Sink, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, Object, Result, kill_point};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{RUNTIME, call, parse};
use crate::callable::Callable;
use crate::errors;
use crate::object::borrow;

/// What the graph says of it.
#[derive(Debug, Deserialize)]
struct SinkOptions {
    class: String,
    function: String,
    two_phase: bool,
}

/// A sink among the functions of a job. Each attempt of a subtask works on a copy of it.
pub struct PySink {
    functions: Arc<Vec<u8>>,
    options: SinkOptions,
    /// Copies whose committer was made and whose writer was not yet, by subtask and attempt.
    opened: Mutex<HashMap<(u32, u32), Py<PyAny>>>,
}

impl PySink {
    /// Reads the options; nothing of the user's runs yet.
    pub fn new(functions: &Arc<Vec<u8>>, options: &Value) -> Result<Self> {
        Ok(Self { functions: Arc::clone(functions), options: parse(options)?, opened: Mutex::default() })
    }

    fn open(&self) -> Result<Py<PyAny>> {
        call(|py| {
            let arguments = (PyBytes::new(py, &self.functions), &self.options.function);
            Ok(py.import(RUNTIME)?.call_method1("OpenSink", arguments)?.unbind())
        })
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<(u32, u32), Py<PyAny>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for PySink {
    fn is_two_phase(&self) -> bool {
        self.options.two_phase
    }

    /// The copy that the committer works on, if there is one.
    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        let opened = self.opened().remove(&(context.subtask, context.attempt));
        let open = match opened {
            Some(open) => open,
            None => self.open()?,
        };
        call(|py| {
            let states: Vec<_> = context.restored_state.iter().map(|state| PyBytes::new(py, state)).collect();
            let writer = open.bind(py).call_method1("writer", (about(py, &context)?, states))?;
            let write = Callable::new(&writer.getattr("write")?);
            let class = self.options.class.clone();
            Ok(Box::new(PyWriter { open, writer: writer.unbind(), write, class }) as Box<dyn SinkWriter>)
        })
    }

    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        if !self.options.two_phase {
            return Ok(None);
        }
        let open = self.open()?;
        let shared = Python::attach(|py| open.clone_ref(py));
        self.opened().insert((context.subtask, context.attempt), shared);
        Ok(Some(Box::new(PyCommitter(open))))
    }
}

/// The fields of a `WriterContext`.
fn about<'py>(py: Python<'py>, context: &WriterContext) -> PyResult<Bound<'py, PyDict>> {
    let about = PyDict::new(py);
    about.set_item("subtask", context.subtask)?;
    about.set_item("parallelism", context.parallelism)?;
    about.set_item("attempt", context.attempt)?;
    about.set_item("job_id", &context.job_id)?;
    about.set_item("restored_checkpoint", context.restored_checkpoint)?;
    Ok(about)
}

struct PyWriter {
    open: Py<PyAny>,
    writer: Py<PyAny>,
    write: Callable,
    class: String,
}

fn bytes_of(list: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    list.try_iter()?.map(|item| Ok(item?.cast::<PyBytes>()?.as_bytes().to_vec())).collect()
}

impl SinkWriter for PyWriter {
    fn write(&mut self, _record: &SinkRecord<'_>) -> Result<()> {
        Err(Error::internal("a sink in Python takes objects"))
    }

    #[inline]
    fn write_object(&mut self, value: &Object, timestamp: Option<i64>) -> Result<()> {
        // SAFETY: the engine writes objects while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let value = borrow(py, value);
        let time = match timestamp {
            Some(time) => PyInt::new(py, time).into_any(),
            None => py.None().into_bound(py),
        };
        match self.write.call2(&value, &time) {
            Ok(_) => Ok(()),
            Err(error) => Err(errors::user_error(py, &error, Some(&value))),
        }
    }

    fn flush(&mut self, end_of_input: bool) -> Result<()> {
        call(|py| self.writer.bind(py).call_method1("flush", (end_of_input,)).map(drop))
    }

    fn prepare_commit(&mut self, checkpoint_id: u64) -> Result<Vec<Committable>> {
        kill_point::hit("python-before-prepare");
        let given = call(|py| {
            let given = self.open.bind(py).call_method1("prepare", (&self.writer, checkpoint_id))?;
            Ok(bytes_of(&given)?.into_iter().map(Committable).collect())
        })?;
        kill_point::hit("python-after-prepare");
        Ok(given)
    }

    fn snapshot(&mut self, checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        call(|py| {
            let state = py.import(RUNTIME)?.call_method1("snapshot", (&self.writer, checkpoint_id))?;
            Ok(if state.is_none() { Vec::new() } else { vec![state.cast::<PyBytes>()?.as_bytes().to_vec()] })
        })
    }

    fn close(&mut self) {
        if let Err(error) = call(|py| self.writer.bind(py).call_method0("close").map(drop)) {
            tracing::warn!("closing a writer of {} failed: {error}", self.class);
        }
    }
}

struct PyCommitter(Py<PyAny>);

impl Committer for PyCommitter {
    fn commit(&mut self, committables: &[Committable]) -> Result<()> {
        kill_point::hit("python-before-commit");
        call(|py| {
            let given = PyList::new(py, committables.iter().map(|committable| PyBytes::new(py, &committable.0)))?;
            self.0.bind(py).call_method1("commit", (given,)).map(drop)
        })?;
        kill_point::hit("python-after-commit");
        Ok(())
    }
}
