//! Savepoints and checkpoints that a script asks its job for.

use penstock_cluster::{Afterwards, Answer, JobHandle, SavepointFormat, SavepointRequest};
use penstock_core::Result;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::errors::to_python;

/// How long a wait may go without looking for Ctrl-C.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// A savepoint that a job was asked for.
#[pyclass(frozen, module = "penstock._native")]
pub struct Savepoint {
    state: Mutex<State>,
}

enum State {
    Asked(Answer<String>),
    Answered(Result<String>),
}

impl Savepoint {
    /// Asks for one; `afterwards` is one of `go-on`, `cancel`, `stop`, `drain`.
    pub fn ask(job: &JobHandle, directory: Option<String>, format: &str, afterwards: &str) -> PyResult<Self> {
        let format = SavepointFormat::parse(format)
            .ok_or_else(|| PyValueError::new_err(format!("there is no savepoint format {format:?}")))?;
        let afterwards = match afterwards {
            "go-on" => Afterwards::GoOn,
            "cancel" => Afterwards::Cancel,
            "stop" => Afterwards::Stop { drain: false },
            "drain" => Afterwards::Stop { drain: true },
            other => return Err(PyValueError::new_err(format!("after a savepoint a job does not {other:?}"))),
        };
        let answer = job.savepoint(SavepointRequest { directory, format, afterwards });
        Ok(Self { state: Mutex::new(State::Asked(answer)) })
    }

    /// The answer, if it comes within this time.
    fn answer(&self, timeout: Duration) -> Option<Result<String>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Asked(answer) = &mut *state {
            *state = State::Answered(answer.wait_for(timeout)?);
        }
        match &*state {
            State::Answered(result) => Some(result.clone()),
            State::Asked(_) => None,
        }
    }
}

#[pymethods]
impl Savepoint {
    /// Waits for the savepoint's path. None after `timeout` seconds. Raises what it failed with.
    #[pyo3(signature = (timeout = None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<String>> {
        let deadline = timeout.map(|s| Instant::now() + Duration::from_secs_f64(s.clamp(0.0, 1e9)));
        loop {
            let left =
                deadline.map_or(SIGNAL_INTERVAL, |d| d.saturating_duration_since(Instant::now()).min(SIGNAL_INTERVAL));
            if let Some(result) = py.detach(|| self.answer(left)) {
                return result.map(Some).map_err(|e| to_python(py, &e));
            }
            py.check_signals()?;
            if deadline.is_some_and(|d| Instant::now() >= d) {
                return Ok(None);
            }
        }
    }
}
