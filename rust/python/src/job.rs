//! Jobs: submitting a graph, waiting for its end.

use penstock_cluster::{JobHandle, JobResult, JobSubmission};
use penstock_core::{Configuration, Error};
use penstock_plan::StreamGraph;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SendError, sync_channel};
use std::time::{Duration, Instant};

use crate::collected::Collected;
use crate::errors::to_python;
use crate::lane::PythonLane;
use crate::savepoint::Savepoint;
use crate::slots::PythonHost;

/// How long a wait may go without looking for Ctrl-C.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// A submitted job.
#[pyclass(frozen, module = "penstock._native")]
pub struct Job {
    handle: JobHandle,
    collected: Arc<Collected>,
}

/// Runs a job. Returns as soon as it is accepted.
#[pyfunction]
pub fn execute(
    py: Python<'_>,
    graph_json: &str,
    functions: &Bound<'_, PyBytes>,
    config: HashMap<String, String>,
    job_name: String,
) -> PyResult<Job> {
    let graph = parse_graph(graph_json)?;
    let collected = Arc::new(Collected::default());
    let lane = Arc::new(PythonLane { collected: Arc::clone(&collected) });
    let functions = functions.as_bytes().to_vec();
    let slots = PythonHost::of(py, &collected)?;
    let config: Configuration = config.into_iter().collect();
    let submission = JobSubmission { graph, functions, config, job_name, lane, slots };
    let handle = submit(py, submission)?;
    Ok(Job { handle, collected })
}

/// Submits on a thread of its own: checking a job may wait long for the network, and Ctrl-C is to be served meanwhile.
fn submit(py: Python<'_>, submission: JobSubmission) -> PyResult<JobHandle> {
    let (done, mut submitted) = sync_channel(0);
    std::thread::spawn(move || {
        if let Err(SendError(Ok(handle))) = done.send(penstock_cluster::submit(submission)) {
            // The script was interrupted: nobody knows of this job.
            let _ = handle.shutdown(Duration::ZERO);
        }
    });
    loop {
        let (result, receiver) = py.detach(move || (submitted.recv_timeout(SIGNAL_INTERVAL), submitted));
        submitted = receiver;
        match result {
            Ok(result) => return result.map_err(|e| to_python(py, &e)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(to_python(py, &Error::internal("submitting the job panicked")));
            }
        }
    }
}

/// The plan of a graph as JSON, in the form of Flink's `getExecutionPlan`.
#[pyfunction]
pub fn execution_plan(py: Python<'_>, graph_json: &str, config: HashMap<String, String>) -> PyResult<String> {
    let config: Configuration = config.into_iter().collect();
    let graph = parse_graph(graph_json)?;
    penstock_plan::execution_plan(&graph, &config).map_err(|e| to_python(py, &e))
}

/// `host:port` of this process's REST server, if one runs.
#[pyfunction]
pub fn rest_address() -> Option<String> {
    penstock_cluster::rest_address().map(|address| address.to_string())
}

/// The process is about to end: whoever asked the REST server for something has so many seconds to fetch the result.
#[pyfunction]
pub fn settle_rest(py: Python<'_>, patience: f64) {
    py.detach(|| penstock_cluster::settle_rest(Duration::from_secs_f64(patience.clamp(0.0, 3600.0))));
}

pub fn parse_graph(json: &str) -> PyResult<StreamGraph> {
    serde_json::from_str(json).map_err(|e| PyValueError::new_err(format!("the stream graph cannot be read: {e}")))
}

#[pymethods]
impl Job {
    /// 32 hexadecimal digits.
    #[getter]
    fn job_id(&self) -> String {
        self.handle.job_id().to_owned()
    }

    /// Name of Flink's `JobStatus`.
    fn status(&self) -> String {
        self.handle.status().to_string()
    }

    /// Stops the job; its checkpoints are deleted unless they are retained.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| self.handle.cancel());
    }

    /// Asks for a savepoint below `directory`, or below that of the configuration. `format` is CANONICAL or NATIVE;
    /// `afterwards` is what becomes of the job: `go-on`, `cancel`, `stop` or `drain`.
    #[pyo3(signature = (directory, format, afterwards))]
    fn savepoint(&self, directory: Option<String>, format: &str, afterwards: &str) -> PyResult<Savepoint> {
        Savepoint::ask(&self.handle, directory, format, afterwards)
    }

    /// Leaves the job as a crash would, but in order: checkpoints are kept. Returns after at most `timeout` seconds,
    /// and whether everything has stopped by then.
    fn shutdown(&self, py: Python<'_>, timeout: f64) -> bool {
        py.detach(|| self.handle.shutdown(Duration::from_secs_f64(timeout.clamp(0.0, 3600.0))))
    }

    /// Waits for the end. None after `timeout` seconds. Raises JobExecutionException or JobCancelledException.
    #[pyo3(signature = (timeout = None))]
    fn wait<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let deadline = timeout.map(|s| Instant::now() + Duration::from_secs_f64(s.clamp(0.0, 1e9)));
        loop {
            let left =
                deadline.map_or(SIGNAL_INTERVAL, |d| d.saturating_duration_since(Instant::now()).min(SIGNAL_INTERVAL));
            if let Some(result) = py.detach(|| self.handle.wait(Some(left))) {
                return self.result(py, &result).map(Some);
            }
            py.check_signals()?;
            if deadline.is_some_and(|d| Instant::now() >= d) {
                return Ok(None);
            }
        }
    }

    /// The next records of the `collect` sink; an empty list after `timeout` seconds, None at the end.
    #[pyo3(signature = (timeout = None))]
    fn collect<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Option<Bound<'py, PyList>>> {
        let deadline = timeout.map(|s| Instant::now() + Duration::from_secs_f64(s.clamp(0.0, 1e9)));
        loop {
            let ended = self.handle.wait(Some(Duration::ZERO));
            let records =
                py.detach(|| self.collected.take(if ended.is_some() { Duration::ZERO } else { SIGNAL_INTERVAL }));
            if !records.is_empty() || deadline.is_some_and(|d| Instant::now() >= d) {
                return PyList::new(py, records).map(Some);
            }
            if let Some(result) = ended {
                return self.result(py, &result).map(|_| None);
            }
            py.check_signals()?;
        }
    }

    /// Figures of the running job for a status line.
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let progress = self.handle.progress();
        let dict = PyDict::new(py);
        dict.set_item("records_in", progress.records_in)?;
        dict.set_item("records_out", progress.records_out)?;
        dict.set_item("bytes_in", progress.bytes_in)?;
        dict.set_item("bytes_out", progress.bytes_out)?;
        dict.set_item("watermark_lag_ms", progress.watermark_lag_ms)?;
        dict.set_item("last_checkpoint", progress.last_checkpoint.map(|(id, _)| id))?;
        dict.set_item("restarts", progress.restarts)?;
        Ok(dict)
    }

    /// Every metric: (scope, groups, name, value).
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let samples =
            self.handle.metrics().snapshot().into_iter().map(|m| (m.scope, m.groups, m.name, m.value.as_f64()));
        PyList::new(py, samples.collect::<Vec<_>>())
    }
}

impl Job {
    fn result<'py>(&self, py: Python<'py>, result: &JobResult) -> PyResult<Bound<'py, PyDict>> {
        match result {
            JobResult::Finished { net_runtime_ms } => {
                let dict = PyDict::new(py);
                dict.set_item("job_id", self.handle.job_id())?;
                dict.set_item("net_runtime_ms", net_runtime_ms)?;
                dict.set_item("accumulators", PyDict::new(py))?;
                Ok(dict)
            }
            JobResult::Canceled | JobResult::Suspended => {
                let class = py.import("penstock.util.exceptions")?.getattr("JobCancelledException")?;
                Err(PyErr::from_value(class.call1((format!("job {} was stopped", self.handle.job_id()),))?))
            }
            JobResult::Failed(error) => {
                let class = py.import("penstock.util.exceptions")?.getattr("JobExecutionException")?;
                Err(PyErr::from_value(class.call1((error.to_string(),))?))
            }
        }
    }
}
