//! Slot processes: starting them where a job was submitted, and serving as one.

use penstock_cluster::slot::{Slot, SlotHost, SlotPort};
use penstock_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use crate::codec::unpickle;
use crate::collected::Collected;
use crate::errors::{to_python, traceback};
use crate::lane::PythonLane;

/// Starts processes that are like this one, and shows what they say as if this one had said it.
pub struct PythonHost {
    collected: Arc<Collected>,
}

impl PythonHost {
    /// The host of a job; nothing where this process cannot be started again.
    pub fn of(py: Python<'_>, collected: &Arc<Collected>) -> PyResult<Option<Arc<dyn SlotHost>>> {
        let possible: bool = py.import("penstock._build.slots")?.call_method0("can_start")?.extract()?;
        Ok(possible.then(|| Arc::new(Self { collected: Arc::clone(collected) }) as Arc<dyn SlotHost>))
    }
}

/// Runs `f` with the interpreter; what it raises is an error of ours.
fn with_python<R>(what: &str, f: impl FnOnce(Python<'_>) -> PyResult<R>) -> Result<R> {
    Python::attach(|py| f(py).map_err(|e| Error::external(format!("{what}: {}", traceback(py, &e).trim_end()))))
}

impl SlotHost for PythonHost {
    fn command(&self, stacks: &Path) -> Result<Command> {
        let words: Vec<String> = with_python("a slot process cannot be started", |py| {
            py.import("penstock._build.slots")?.call_method1("command", (stacks,))?.extract()
        })?;
        let (program, arguments) =
            words.split_first().ok_or_else(|| Error::internal("the command of a slot process is empty"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        Ok(command)
    }

    fn show(&self, to_stderr: bool, lines: &[u8]) -> Result<()> {
        let (stream, text) = (if to_stderr { "stderr" } else { "stdout" }, String::from_utf8_lossy(lines));
        with_python("the output of a slot process cannot be written", |py| {
            let stream = py.import("sys")?.getattr(stream)?;
            stream.call_method1("write", (text,))?;
            stream.call_method0("flush").map(drop)
        })
    }

    fn collect(&self, record: &[u8]) -> Result<()> {
        let what = "a collected record cannot be read";
        with_python(what, |py| unpickle(py, record).map(|value| self.collected.push(value.unbind())))
    }

    fn log(&self, record: &[u8]) -> Result<()> {
        with_python("a log record cannot be shown", |py| {
            py.import("penstock._build.slots")?.call_method1("log", (PyBytes::new(py, record),)).map(drop)
        })
    }
}

/// The slot that this process serves as.
#[pyclass(frozen, name = "Slot", module = "penstock._native")]
pub struct PySlot {
    slot: Mutex<Option<Slot>>,
    port: SlotPort,
}

#[pymethods]
impl PySlot {
    /// Takes over the control connection; the descriptor is this object's from here on.
    #[new]
    fn new(py: Python<'_>, control: i32) -> PyResult<Self> {
        // SAFETY: whoever calls this gives the descriptor away.
        let control = UnixStream::from(unsafe { OwnedFd::from_raw_fd(control) });
        let slot = Slot::connect(control).map_err(|e| to_python(py, &e))?;
        let port = slot.port();
        Ok(Self { slot: Mutex::new(Some(slot)), port })
    }

    /// Hands a log record to the process where the job was submitted.
    fn log(&self, record: &[u8]) {
        self.port.log(record);
    }

    /// Serves until the job is over.
    fn serve(&self, py: Python<'_>) -> PyResult<()> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(slot) = slot else { return Ok(()) };
        let collected = Arc::new(Collected::elsewhere(self.port.clone()));
        py.detach(|| slot.serve(Arc::new(PythonLane { collected }))).map_err(|e| to_python(py, &e))
    }
}
