//! The contexts that user functions get: who they are, time, timers, keys, broadcast state.

use penstock_core::Result;
use penstock_runtime::context::{OperatorContext as Shared, SharedContext, TaskInfo};
use penstock_runtime::timers::TimeDomain;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::collections::HashMap;
use std::sync::Mutex;

use crate::broadcast::BroadcastState;
use crate::errors::to_python;
use crate::object::unwrap;
use crate::state::Scope;

/// Runs `f` with the shared context and turns what goes wrong into an exception.
pub fn with<R>(py: Python<'_>, context: &SharedContext, f: impl FnOnce(&mut Shared) -> Result<R>) -> PyResult<R> {
    context.with(f).and_then(|r| r).map_err(|e| to_python(py, &e))
}

/// Time and timers of a keyed function; `ctx.timer_service()`.
#[pyclass(frozen, module = "penstock._native")]
pub struct TimerService {
    context: SharedContext,
}

#[pymethods]
impl TimerService {
    /// The machine's time in milliseconds since the epoch.
    fn current_processing_time(&self, py: Python<'_>) -> PyResult<i64> {
        with(py, &self.context, |c| Ok(c.clock.now_millis()))
    }

    /// The operator's watermark in milliseconds.
    fn current_watermark(&self, py: Python<'_>) -> PyResult<i64> {
        with(py, &self.context, |c| Ok(c.watermark))
    }

    fn register_processing_time_timer(&self, py: Python<'_>, timestamp: i64) -> PyResult<()> {
        self.register(py, TimeDomain::ProcessingTime, timestamp)
    }

    fn register_event_time_timer(&self, py: Python<'_>, timestamp: i64) -> PyResult<()> {
        self.register(py, TimeDomain::EventTime, timestamp)
    }

    fn delete_processing_time_timer(&self, py: Python<'_>, timestamp: i64) -> PyResult<()> {
        self.delete(py, TimeDomain::ProcessingTime, timestamp)
    }

    fn delete_event_time_timer(&self, py: Python<'_>, timestamp: i64) -> PyResult<()> {
        self.delete(py, TimeDomain::EventTime, timestamp)
    }
}

impl TimerService {
    fn register(&self, py: Python<'_>, domain: TimeDomain, timestamp: i64) -> PyResult<()> {
        with(py, &self.context, |c| c.register_timer(domain, timestamp))
    }

    fn delete(&self, py: Python<'_>, domain: TimeDomain, timestamp: i64) -> PyResult<()> {
        with(py, &self.context, |c| c.delete_timer(domain, timestamp))
    }
}

/// The `ctx` of process functions.
#[pyclass(frozen, module = "penstock._native")]
pub struct ProcessContext {
    context: SharedContext,
    timers: Py<TimerService>,
    /// Whether broadcast state may be changed here.
    writable: bool,
    domain: Mutex<Option<TimeDomain>>,
}

impl ProcessContext {
    /// A context over the shared one.
    pub fn new(py: Python<'_>, context: &SharedContext, writable: bool) -> PyResult<Py<Self>> {
        let timers = Py::new(py, TimerService { context: context.clone() })?;
        Py::new(py, Self { context: context.clone(), timers, writable, domain: Mutex::new(None) })
    }

    /// Says which timers are firing.
    pub fn set_domain(&self, domain: Option<TimeDomain>) {
        *self.domain.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = domain;
    }
}

#[pymethods]
impl ProcessContext {
    /// Event time of the record or timer in milliseconds; the smallest long where a record has none, as in PyFlink.
    fn timestamp(&self, py: Python<'_>) -> PyResult<i64> {
        with(py, &self.context, |c| Ok(c.timestamp))
    }

    fn timer_service(&self, py: Python<'_>) -> Py<TimerService> {
        self.timers.clone_ref(py)
    }

    /// The key of the record or timer.
    fn get_current_key<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with(py, &self.context, Shared::current_key).map(|key| unwrap(py, key))
    }

    /// The time domain of the timer that fires.
    fn time_domain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let domain = *self.domain.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = match domain {
            Some(TimeDomain::EventTime) => "EVENT_TIME",
            Some(TimeDomain::ProcessingTime) => "PROCESSING_TIME",
            None => return Err(PyRuntimeError::new_err("time_domain() has an answer only within on_timer")),
        };
        py.import("penstock.datastream.time_domain")?.getattr("TimeDomain")?.getattr(name)
    }

    fn current_processing_time(&self, py: Python<'_>) -> PyResult<i64> {
        with(py, &self.context, |c| Ok(c.clock.now_millis()))
    }

    fn current_watermark(&self, py: Python<'_>) -> PyResult<i64> {
        with(py, &self.context, |c| Ok(c.watermark))
    }

    /// The broadcast state of a descriptor; read-only on the side that is not broadcast.
    fn get_broadcast_state(&self, py: Python<'_>, state_descriptor: &Bound<'_, PyAny>) -> PyResult<BroadcastState> {
        let name: String = state_descriptor.getattr("name")?.extract()?;
        with(py, &self.context, |c| c.broadcast_state(&name).map(drop))?;
        Ok(BroadcastState::new(self.context.clone(), name, self.writable))
    }
}

/// What `penstock._runtime.context.make_runtime_context` wraps.
#[pyclass(frozen, module = "penstock._native")]
pub struct OperatorContext {
    context: SharedContext,
    /// Known on any thread: calls of asynchronous functions have one of their own.
    info: TaskInfo,
    /// Whether its state is that of the window in hand, and not of the key.
    windowed: bool,
}

impl OperatorContext {
    /// A context over the shared one. Call it on the task's thread.
    pub fn new(context: SharedContext, windowed: bool) -> Result<Self> {
        let info = context.with(|c| c.info.clone())?;
        Ok(Self { context, info, windowed })
    }

    fn scope(&self) -> Scope {
        if self.windowed { Scope::Window } else { Scope::Key }
    }
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 makes owned arguments")]
impl OperatorContext {
    #[getter]
    fn task_name(&self) -> String {
        self.info.task_name.clone()
    }

    #[getter]
    fn operator_name(&self) -> String {
        self.info.operator_name.clone()
    }

    #[getter]
    fn task_name_with_subtasks(&self) -> String {
        let TaskInfo { task_name, subtask, parallelism, attempt, .. } = &self.info;
        format!("{task_name} ({}/{parallelism})#{attempt}", subtask + 1)
    }

    #[getter]
    fn number_of_parallel_subtasks(&self) -> u32 {
        self.info.parallelism
    }

    #[getter]
    fn max_number_of_parallel_subtasks(&self) -> u32 {
        self.info.max_parallelism
    }

    #[getter]
    fn index_of_this_subtask(&self) -> u32 {
        self.info.subtask
    }

    #[getter]
    fn attempt_number(&self) -> u32 {
        self.info.attempt
    }

    #[getter]
    fn job_parameters(&self) -> HashMap<String, String> {
        (*self.info.job_parameters).clone()
    }

    #[pyo3(signature = (name, type_json, ttl_json))]
    fn value_state(
        &self,
        py: Python<'_>,
        name: &str,
        type_json: Option<&str>,
        ttl_json: Option<&str>,
    ) -> PyResult<crate::state::ValueState> {
        crate::state::ValueState::register(py, &self.context, self.scope(), name, type_json, ttl_json)
    }

    #[pyo3(signature = (name, element_type_json, ttl_json))]
    fn list_state(
        &self,
        py: Python<'_>,
        name: &str,
        element_type_json: Option<&str>,
        ttl_json: Option<&str>,
    ) -> PyResult<crate::state::ListState> {
        crate::state::ListState::register(py, &self.context, self.scope(), name, element_type_json, ttl_json)
    }

    #[pyo3(signature = (name, key_type_json, value_type_json, ttl_json))]
    fn map_state(
        &self,
        py: Python<'_>,
        name: &str,
        key_type_json: Option<&str>,
        value_type_json: Option<&str>,
        ttl_json: Option<&str>,
    ) -> PyResult<crate::state::MapState> {
        crate::state::MapState::register(
            py,
            &self.context,
            self.scope(),
            name,
            key_type_json,
            value_type_json,
            ttl_json,
        )
    }

    fn timer_service(&self, py: Python<'_>) -> PyResult<Py<TimerService>> {
        Py::new(py, TimerService { context: self.context.clone() })
    }

    /// Takes another window in hand, by the bytes under which its state is kept.
    fn enter_window(&self, py: Python<'_>, window: &[u8]) -> PyResult<()> {
        with(py, &self.context, |c| {
            c.window.clear();
            c.window.extend_from_slice(window);
            c.in_window().map(|_| ())
        })
    }

    /// The version of a model's file at the checkpoint that was restored.
    fn model_version(&self, py: Python<'_>, model: &str) -> PyResult<Option<String>> {
        with(py, &self.context, |c| Ok(c.models.restored(model).map(ToOwned::to_owned)))
    }

    /// From now on this version of a model is used, as checkpoints will say.
    fn set_model_version(&self, py: Python<'_>, model: String, version: String) -> PyResult<()> {
        with(py, &self.context, |c| {
            c.models.set(model, version);
            Ok(())
        })
    }

    fn counter(&self, py: Python<'_>, groups: Vec<String>, name: &str) -> PyResult<crate::metrics::Counter> {
        with(py, &self.context, |c| {
            Ok(crate::metrics::Counter(crate::metrics::group(&c.metrics, &groups).counter(name)))
        })
    }

    fn meter(&self, py: Python<'_>, groups: Vec<String>, name: &str) -> PyResult<crate::metrics::Meter> {
        with(py, &self.context, |c| Ok(crate::metrics::Meter(crate::metrics::group(&c.metrics, &groups).meter(name))))
    }

    fn distribution(&self, py: Python<'_>, groups: Vec<String>, name: &str) -> PyResult<crate::metrics::Distribution> {
        with(py, &self.context, |c| {
            Ok(crate::metrics::Distribution(crate::metrics::group(&c.metrics, &groups).distribution(name)))
        })
    }

    fn gauge(&self, py: Python<'_>, groups: Vec<String>, name: &str, supplier: Py<PyAny>) -> PyResult<()> {
        with(py, &self.context, |c| {
            crate::metrics::gauge(&crate::metrics::group(&c.metrics, &groups), name, supplier);
            Ok(())
        })
    }
}
