//! The functions of a window operator: the calls that the engine makes for its records, windows and triggers.

use penstock_core::{Error, Object, Result};
use penstock_plan::WindowSpec;
use penstock_runtime::chain::Outputs;
use penstock_runtime::context::SharedContext;
use penstock_runtime::lane::{FunctionCall, UserFunction};
use penstock_runtime::timers::TimeDomain;
use penstock_runtime::windows::{TriggerResult, Window, WindowCalls};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use std::sync::Arc;

use crate::callable::Callable;
use crate::codec::TypeCodec;
use crate::context::OperatorContext;
use crate::errors;
use crate::function::PyFunction;
use crate::object::{borrow, unwrap, wrap};

/// How records are combined.
enum Contents {
    /// `reduce`
    Reduce(Callable),
    /// An accumulator.
    Aggregate { create: Py<PyAny>, add: Callable, merge: Callable, get_result: Callable },
    /// All records are kept, with their times for an evictor.
    List { timed: bool },
}

/// The functions of a window operator.
pub struct PyWindowCalls {
    /// Opens, closes and emits.
    function: PyFunction,
    context: SharedContext,
    contents: Contents,
    /// The declared type of what records are combined to.
    combined: TypeCodec,
    /// Makes results of a window's key, the window and what is kept of it.
    window_function: Option<Py<PyAny>>,
    clear: Option<Py<PyAny>>,
    /// Whether results are made of the contents themselves, which an evictor changes.
    evicts: bool,
    /// What `penstock._runtime.windows.bind_windows` made.
    bound: Py<PyAny>,
    trigger: Py<PyAny>,
    time_window: Py<PyAny>,
    count_window: Py<PyAny>,
    global_window: Py<PyAny>,
}

impl PyWindowCalls {
    /// Binds the functions of a window operator of this name.
    pub fn new(
        py: Python<'_>,
        name: &str,
        operation: &Py<PyAny>,
        runtime_context: Py<PyAny>,
        call: &FunctionCall<'_>,
        spec: &WindowSpec,
        context: &SharedContext,
    ) -> PyResult<Self> {
        let of = |windowed| OperatorContext::new(Arc::clone(context), windowed).map_err(|e| errors::to_python(py, &e));
        let bound = py
            .import("penstock._runtime.windows")?
            .call_method1("bind_windows", (operation, &runtime_context, of(false)?, of(true)?))?;
        let optional = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            Ok(Some(bound.getattr(name)?).filter(|f| !f.is_none()).map(Bound::unbind))
        };
        let callable = |name: &str| -> PyResult<Callable> { Ok(Callable::new(&bound.getattr(name)?)) };
        let evicts: bool = bound.getattr("evicts")?.extract()?;
        let contents = if optional("reduce")?.is_some() {
            Contents::Reduce(callable("reduce")?)
        } else if let Some(create) = optional("create")? {
            let (add, merge, get_result) = (callable("add")?, callable("merge")?, callable("get_result")?);
            Contents::Aggregate { create, add, merge, get_result }
        } else {
            Contents::List { timed: evicts }
        };
        let windows = py.import("penstock.datastream.window")?;
        let class = |name: &str| windows.getattr(name).map(Bound::unbind);
        Ok(Self {
            function: PyFunction::new(name, &bound, call, &[], runtime_context)?,
            context: Arc::clone(context),
            contents,
            combined: TypeCodec::new(spec.contents_type.as_ref()),
            window_function: optional("function")?,
            clear: optional("clear")?,
            evicts,
            trigger: bound.getattr("trigger")?.unbind(),
            time_window: class("TimeWindow")?,
            count_window: class("CountWindow")?,
            global_window: class("GlobalWindow")?,
            bound: bound.unbind(),
        })
    }

    /// The window as user code sees it.
    fn shown<'py>(&self, py: Python<'py>, window: &Window) -> PyResult<Bound<'py, PyAny>> {
        match window {
            Window::Time { start, end } => self.time_window.bind(py).call1((start, end)),
            Window::Count(number) => self.count_window.bind(py).call1((number,)),
            Window::Global => self.global_window.bind(py).call0(),
            Window::Custom { data, .. } => self.bound.bind(py).call_method1("decode_window", (PyBytes::new(py, data),)),
        }
    }

    /// The window of the user's assigner.
    fn taken(&self, window: &Bound<'_, PyAny>) -> PyResult<Window> {
        let (py, class) = (window.py(), window.get_type());
        if class.is(&self.time_window) {
            return Ok(Window::Time {
                start: window.getattr("start")?.extract()?,
                end: window.getattr("end")?.extract()?,
            });
        }
        if class.is(&self.count_window) {
            return Ok(Window::Count(window.getattr("id")?.extract()?));
        }
        if class.is(&self.global_window) {
            return Ok(Window::Global);
        }
        let encoded = self.bound.bind(py).call_method1("encode_window", (window,))?;
        let (data, max_timestamp): (Vec<u8>, i64) = encoded.extract()?;
        Ok(Window::Custom { data: data.into(), max_timestamp })
    }

    fn windows_of(&self, windows: &Bound<'_, PyAny>) -> PyResult<Vec<Window>> {
        windows.try_iter()?.map(|window| self.taken(&window?)).collect()
    }

    /// What records were combined to, if it fits its declared type.
    #[inline]
    fn combined(&self, value: PyResult<Bound<'_, PyAny>>, record: &Bound<'_, PyAny>) -> Result<Object> {
        let value = value.map_err(|e| errors::user_error(record.py(), &e, Some(record)))?;
        if self.combined.fits(&value) {
            return Ok(wrap(value));
        }
        Err(self.function.misfit(&format!("what is kept of a window: {}", self.combined.explain(&value)), Some(record)))
    }

    /// Calls a method of the user's trigger.
    fn trigger_result(
        &self,
        record: Option<&Object>,
        run: impl for<'py> FnOnce(Python<'py>, &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> Result<TriggerResult> {
        asked(record, |py| {
            let (fire, purge) = run(py, self.trigger.bind(py))?.extract()?;
            Ok(TriggerResult { fire, purge })
        })
    }
}

/// Runs `f` with the interpreter, which is held, and reports an exception as the user's.
fn asked<R>(record: Option<&Object>, f: impl for<'py> FnOnce(Python<'py>) -> PyResult<R>) -> Result<R> {
    // SAFETY: the engine calls functions while the interpreter is held.
    let py = unsafe { Python::assume_attached() };
    let record = record.map(|record| borrow(py, record));
    f(py).map_err(|e| errors::user_error(py, &e, record.as_deref()))
}

/// The bytes under which a window's state is kept.
fn namespace<'py>(py: Python<'py>, window: &Window) -> Bound<'py, PyBytes> {
    let mut bytes = Vec::new();
    window.put(&mut bytes);
    PyBytes::new(py, &bytes)
}

impl WindowCalls for PyWindowCalls {
    fn open(&mut self) -> Result<()> {
        self.function.open()
    }

    fn close(&mut self) -> Result<()> {
        self.function.close()
    }

    fn first(&mut self, value: Object, timestamp: i64) -> Result<Object> {
        // SAFETY: as in `asked`.
        let py = unsafe { Python::assume_attached() };
        match &self.contents {
            Contents::Reduce(_) => Ok(value),
            Contents::Aggregate { create, .. } => {
                let made = asked(Some(&value), |py| create.bind(py).call0().map(wrap))?;
                self.add(made, value, timestamp)
            }
            Contents::List { .. } => self.add(wrap(PyList::empty(py).into_any()), value, timestamp),
        }
    }

    #[inline]
    fn add(&mut self, contents: Object, value: Object, timestamp: i64) -> Result<Object> {
        // SAFETY: as in `asked`.
        let py = unsafe { Python::assume_attached() };
        let (contents, record) = (unwrap(py, contents), unwrap(py, value));
        match &self.contents {
            Contents::Reduce(reduce) => self.combined(reduce.call2(&contents, &record), &record),
            Contents::Aggregate { add, .. } => self.combined(add.call2(&record, &contents), &record),
            Contents::List { timed } => {
                let element =
                    if *timed { (record, timestamp).into_pyobject(py).map(Bound::into_any) } else { Ok(record) };
                let list =
                    contents.cast::<PyList>().map_err(|_| Error::internal("the records of a window are a list"))?;
                let added = element.and_then(|element| list.append(element));
                added.map_err(|e| errors::user_error(py, &e, None))?;
                Ok(wrap(contents))
            }
        }
    }

    fn merge(&mut self, contents: Object, others: Object) -> Result<Object> {
        // SAFETY: as in `asked`.
        let py = unsafe { Python::assume_attached() };
        let (contents, others) = (unwrap(py, contents), unwrap(py, others));
        match &self.contents {
            Contents::Reduce(combine) | Contents::Aggregate { merge: combine, .. } => {
                self.combined(combine.call2(&contents, &others), &others)
            }
            Contents::List { .. } => {
                let extended = contents.call_method1("extend", (others,));
                extended.map_err(|e| errors::user_error(py, &e, None))?;
                Ok(wrap(contents))
            }
        }
    }

    fn fire(&mut self, window: &Window, contents: &Object, timestamp: i64, out: &mut Outputs) -> Result<bool> {
        // SAFETY: as in `asked`.
        let py = unsafe { Python::assume_attached() };
        let contents = borrow(py, contents);
        let failed = |error: PyErr| errors::user_error(py, &error, None);
        let kept = match &self.contents {
            Contents::Aggregate { get_result, .. } => get_result.call1(&contents).map_err(failed)?,
            _ => contents.to_owned(),
        };
        let Some(function) = &self.window_function else {
            let result = self.function.checked(kept, None)?;
            out.emit(result, timestamp)?;
            return Ok(true);
        };
        let records = match &self.contents {
            // What the function does to its list is no concern of the window's; what an evictor does is.
            Contents::List { timed: false } => kept.call_method0("copy").map_err(failed)?,
            Contents::List { timed: true } => kept,
            _ => PyList::new(py, [kept]).map_err(failed)?.into_any(),
        };
        let key = unwrap(py, self.context.with(penstock_runtime::context::OperatorContext::current_key)??);
        let results = self
            .shown(py, window)
            .and_then(|window| function.bind(py).call1((key, window, records)))
            .map_err(failed)?;
        self.function.emit_items(&results, None, timestamp, out)?;
        Ok(!self.evicts || contents.len().map_err(failed)? > 0)
    }

    fn clear(&mut self, window: &Window) -> Result<()> {
        let Some(clear) = &self.clear else { return Ok(()) };
        asked(None, |py| clear.bind(py).call1((self.shown(py, window)?,)).map(drop))
    }

    fn session_gap(&mut self, value: &Object) -> Result<i64> {
        asked(Some(value), |py| self.bound.bind(py).call_method1("gap", (borrow(py, value),))?.extract())
    }

    fn assign(&mut self, value: &Object, timestamp: i64) -> Result<Vec<Window>> {
        asked(Some(value), |py| {
            let windows = self.bound.bind(py).call_method1("assign", (borrow(py, value), timestamp))?;
            self.windows_of(&windows)
        })
    }

    fn merge_windows(&mut self, windows: &[Window]) -> Result<Vec<(Window, Vec<Window>)>> {
        asked(None, |py| {
            let shown: Vec<_> = windows.iter().map(|window| self.shown(py, window)).collect::<PyResult<_>>()?;
            let merges = self.bound.bind(py).call_method1("merge_windows", (PyList::new(py, shown)?,))?;
            let read = |merge: Bound<'_, PyAny>| {
                let (result, members): (Bound<'_, PyAny>, Bound<'_, PyAny>) = merge.extract()?;
                Ok((self.taken(&result)?, self.windows_of(&members)?))
            };
            merges.try_iter()?.map(|merge| read(merge?)).collect()
        })
    }

    fn on_element(&mut self, value: &Object, timestamp: i64, window: &Window) -> Result<TriggerResult> {
        self.trigger_result(Some(value), |py, trigger| {
            trigger.call_method1("on_element", (borrow(py, value), timestamp, self.shown(py, window)?))
        })
    }

    fn on_time(&mut self, domain: TimeDomain, time: i64, window: &Window) -> Result<TriggerResult> {
        let method = if domain == TimeDomain::EventTime { "on_event_time" } else { "on_processing_time" };
        self.trigger_result(None, |py, trigger| trigger.call_method1(method, (time, self.shown(py, window)?)))
    }

    fn on_merge(&mut self, window: &Window, merged: &[Window]) -> Result<()> {
        asked(None, |py| {
            let merged = PyList::new(py, merged.iter().map(|window| namespace(py, window)))?;
            let arguments =
                PyTuple::new(py, [self.shown(py, window)?, namespace(py, window).into_any(), merged.into_any()])?;
            self.trigger.bind(py).call_method1("on_merge", arguments).map(drop)
        })
    }

    fn clear_trigger(&mut self, window: &Window) -> Result<()> {
        asked(None, |py| self.trigger.bind(py).call_method1("clear", (self.shown(py, window)?,)).map(drop))
    }
}
