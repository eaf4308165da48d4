//! A Python function of pairs, with its context.

use penstock_core::{Object, Result};
use penstock_plan::FunctionShape;
use penstock_runtime::chain::Outputs;
use penstock_runtime::lane::{FunctionCall, JoinFunction, UserFunction};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::sync::atomic::{AtomicI64, Ordering};

use crate::callable::Callable;
use crate::errors;
use crate::function::PyFunction;
use crate::object::borrow;

/// The `ctx` of an interval join's function.
#[pyclass(frozen, module = "penstock._native")]
pub struct JoinContext {
    left: AtomicI64,
    right: AtomicI64,
    /// Tags and records for side outputs, until the call is over.
    side: Py<PyList>,
}

#[pymethods]
impl JoinContext {
    /// Event time of the left record in milliseconds.
    fn get_left_timestamp(&self) -> i64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Event time of the right record in milliseconds.
    fn get_right_timestamp(&self) -> i64 {
        self.right.load(Ordering::Relaxed)
    }

    /// The later of the two.
    fn get_timestamp(&self) -> i64 {
        self.get_left_timestamp().max(self.get_right_timestamp())
    }

    /// Emits a record to a side output.
    fn output(&self, output_tag: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        self.side.bind(py).append(PyTuple::new(py, [output_tag, value])?)
    }
}

/// A bound function of pairs.
pub struct PyJoinFunction {
    /// Opens, closes and emits.
    function: PyFunction,
    process_element: Callable,
    context: Py<JoinContext>,
}

impl PyJoinFunction {
    /// Binds a function.
    pub fn new(
        py: Python<'_>,
        function: &Py<PyAny>,
        call: &FunctionCall<'_>,
        shown: &str,
        runtime_context: Py<PyAny>,
    ) -> PyResult<Self> {
        let bound =
            py.import("penstock._runtime.operations")?.call_method1("bind", (function, "interval_join", true))?;
        let process_element = Callable::new(&bound.getattr("calls")?.get_item(0)?);
        let spec = FunctionCall {
            shape: FunctionShape::FlatMap,
            keyed: true,
            output_type: call.output_type,
            side_outputs: call.side_outputs,
        };
        let function = PyFunction::new(shown, &bound, &spec, &[], runtime_context)?;
        let side = PyList::empty(py).unbind();
        let context = Py::new(py, JoinContext { left: AtomicI64::new(0), right: AtomicI64::new(0), side })?;
        Ok(Self { function, process_element, context })
    }
}

impl JoinFunction for PyJoinFunction {
    fn open(&mut self) -> Result<()> {
        self.function.open()
    }

    fn join(&mut self, pair: [&Object; 2], times: [i64; 2], out: &mut Outputs) -> Result<()> {
        Python::attach(|py| {
            let [left, right] = pair.map(|record| borrow(py, record));
            let context = self.context.bind(py);
            context.get().left.store(times[0], Ordering::Relaxed);
            context.get().right.store(times[1], Ordering::Relaxed);
            let timestamp = times[0].max(times[1]);
            let shown = || PyTuple::new(py, [&*left, &*right]).map(Bound::into_any);
            let result = self.process_element.call3(&left, &right, context.as_any()).map_err(|e| {
                let pair = shown().ok();
                errors::user_error(py, &e, pair.as_ref())
            })?;
            // A generator may use the context until its end.
            self.function.emit_items(&result, Some(&left), timestamp, out)?;
            let side = context.get().side.bind(py);
            if side.is_empty() {
                return Ok(());
            }
            let emitted = self.function.emit_items(side.as_any(), Some(&left), timestamp, out);
            side.call_method0("clear").map_err(|e| errors::user_error(py, &e, None))?;
            emitted
        })
    }

    fn close(&mut self) -> Result<()> {
        self.function.close()
    }
}
