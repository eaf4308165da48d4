//! An asynchronous Python function: calls are made by `penstock._runtime.async_calls` on a thread with an event loop, and
//! come back through [`CallEnds`].

use penstock_core::{Error, Object, Result};
use penstock_plan::FunctionShape;
use penstock_runtime::chain::Outputs;
use penstock_runtime::context::TaskInfo;
use penstock_runtime::lane::{AsyncCall, AsyncFunction, CallEnd, FunctionCall, UserFunction};
use penstock_runtime::signal::TaskSignal;
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::errors;
use crate::function::PyFunction;
use crate::object::{borrow, unwrap, wrap_unbound};

/// Calls that have ended and that the task has not taken. Nobody waits for the interpreter while holding the lock.
struct Ended {
    calls: Mutex<Vec<(u64, CallEnd)>>,
    any: AtomicBool,
    signal: TaskSignal,
}

impl Ended {
    fn calls(&self) -> MutexGuard<'_, Vec<(u64, CallEnd)>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the event loop puts the ends of calls.
#[pyclass(frozen, module = "penstock._native")]
pub struct CallEnds(Arc<Ended>);

#[pymethods]
impl CallEnds {
    /// The call with this number has returned.
    fn returned(&self, number: u64, result: Py<PyAny>) {
        self.add(number, CallEnd::Returned(wrap_unbound(result)));
    }

    /// The call with this number has raised.
    fn raised(&self, number: u64, error: Py<PyAny>) {
        self.add(number, CallEnd::Raised(wrap_unbound(error)));
    }
}

impl CallEnds {
    fn add(&self, number: u64, end: CallEnd) {
        self.0.calls().push((number, end));
        // The task is told of the first; it takes all that are there.
        if !self.0.any.swap(true, Ordering::AcqRel) {
            self.0.signal.raise();
        }
    }
}

/// A bound asynchronous function.
pub struct PyAsyncFunction {
    /// Opens, closes and emits.
    function: PyFunction,
    /// The `AsyncCalls` of the function.
    calls: Py<PyAny>,
    ended: Arc<Ended>,
    /// Shown in errors.
    class: String,
}

impl PyAsyncFunction {
    /// Binds a function; `retry` is its retry strategy.
    pub fn new(
        py: Python<'_>,
        function: &Py<PyAny>,
        retry: Option<Py<PyAny>>,
        call: &AsyncCall<'_>,
        (info, runtime_context): (&TaskInfo, Py<PyAny>),
        signal: &TaskSignal,
    ) -> PyResult<Self> {
        let bound = py.import("penstock._runtime.operations")?.call_method1("bind", (function, "async_wait", false))?;
        let ended = Arc::new(Ended { calls: Mutex::default(), any: AtomicBool::new(false), signal: signal.clone() });
        let ends = Py::new(py, CallEnds(Arc::clone(&ended)))?;
        let thread = format!("{} ({}/{}) calls", info.operator_name, info.subtask + 1, info.parallelism);
        let class = function.bind(py).get_type().qualname()?.to_string();
        let calls = py
            .import("penstock._runtime.async_calls")?
            .call_method1("AsyncCalls", (function, retry, call.capacity, call.timeout_ms, ends, thread))?;
        let spec = FunctionCall {
            shape: FunctionShape::FlatMap,
            keyed: false,
            output_type: call.output_type,
            side_outputs: &[],
        };
        let function = PyFunction::new(&info.operator_name, &bound, &spec, &[], runtime_context)?;
        Ok(Self { function, calls: calls.unbind(), ended, class })
    }

    fn call(&self, method: &str) -> Result<()> {
        Python::attach(|py| {
            let called = self.calls.bind(py).call_method0(method);
            called.map(drop).map_err(|e| errors::user_error(py, &e, None))
        })
    }
}

impl AsyncFunction for PyAsyncFunction {
    fn open(&mut self) -> Result<()> {
        self.function.open()?;
        self.call("start")
    }

    fn begin(&mut self, records: Vec<(u64, Object)>) -> Result<()> {
        Python::attach(|py| {
            let begin = || {
                let records = records.into_iter().map(|(number, value)| (number, unwrap(py, value)));
                self.calls.bind(py).call_method1("begin", (PyList::new(py, records.collect::<Vec<_>>())?,))
            };
            begin().map(drop).map_err(|e| errors::user_error(py, &e, None))
        })
    }

    fn has_ended(&self) -> bool {
        self.ended.any.load(Ordering::Acquire)
    }

    fn take_ended(&mut self) -> Vec<(u64, CallEnd)> {
        self.ended.any.store(false, Ordering::Release);
        std::mem::take(&mut *self.ended.calls())
    }

    fn emit(&mut self, returned: Object, record: &Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        Python::attach(|py| {
            let (returned, record) = (unwrap(py, returned), borrow(py, record));
            if returned.is_none() || returned.try_iter().is_err() {
                let what = if returned.is_none() { "cannot be none" } else { "should be of list type" };
                let text = format!(
                    "RuntimeError: The result of AsyncFunction {what}, please check the methods 'async_invoke' and 'timeout' of class '{}'.",
                    self.class
                );
                return Err(Error::user(text, Some(errors::shown(&record))));
            }
            self.function.emit_items(&returned, Some(&record), timestamp, out)
        })
    }

    fn error(&mut self, raised: Object, record: &Object) -> Error {
        Python::attach(|py| {
            let error = PyErr::from_value(unwrap(py, raised));
            errors::user_error(py, &error, Some(&borrow(py, record)))
        })
    }

    fn close(&mut self) -> Result<()> {
        let stopped = self.call("stop");
        stopped.and(self.function.close())
    }
}
