//! A Python function with its calls: the hot path.

use penstock_core::{Error, NO_TIMESTAMP, Object, Result};
use penstock_plan::FunctionShape;
use penstock_runtime::chain::Outputs;
use penstock_runtime::lane::{FunctionCall, UserFunction};
use penstock_runtime::timers::TimeDomain;
use pyo3::exceptions::PyStopIteration;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyTuple};
use std::sync::Arc;

use crate::callable::Callable;
use crate::codec::{Kind, TypeCodec, is_small_int};
use crate::context::ProcessContext;
use crate::errors;
use crate::object::{borrow, unwrap, wrap};

/// What becomes of a call's result.
#[derive(Clone, Copy)]
enum Style {
    /// It is emitted.
    Value,
    /// Its items are emitted.
    Items,
    /// It decides whether the record stays.
    Predicate,
}

struct Call {
    callable: Callable,
    context: Option<Py<ProcessContext>>,
}

/// A bound user function.
pub struct PyFunction {
    name: String,
    calls: Vec<Call>,
    style: Style,
    on_timer: Option<Call>,
    open: Option<Py<PyAny>>,
    close: Option<Py<PyAny>>,
    runtime_context: Py<PyAny>,
    output: TypeCodec,
    /// Whether results have a declared type to be held against.
    checked: bool,
    /// Whether that type is LONG.
    whole_numbers: bool,
    sides: Vec<(String, TypeCodec)>,
    output_tag: Py<PyAny>,
}

impl PyFunction {
    /// Takes what `penstock._runtime.operations.bind` made.
    pub fn new(
        name: &str,
        bound: &Bound<'_, PyAny>,
        call: &FunctionCall<'_>,
        contexts: &[Py<ProcessContext>],
        runtime_context: Py<PyAny>,
    ) -> PyResult<Self> {
        let py = bound.py();
        let style = match call.shape {
            FunctionShape::Map | FunctionShape::CoMap | FunctionShape::Reduce => Style::Value,
            FunctionShape::Filter => Style::Predicate,
            _ => Style::Items,
        };
        let with_context =
            matches!(call.shape, FunctionShape::Process | FunctionShape::CoProcess | FunctionShape::BroadcastProcess);
        let context_of = |i: usize| with_context.then(|| contexts[i].clone_ref(py));
        let mut calls = Vec::new();
        for (i, callable) in bound.getattr("calls")?.try_iter()?.enumerate() {
            calls.push(Call { callable: Callable::new(&callable?), context: context_of(i) });
        }
        let optional = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            Ok(Some(bound.getattr(name)?).filter(|f| !f.is_none()).map(Bound::unbind))
        };
        let timer_context = contexts.last().map(|c| c.clone_ref(py));
        let on_timer = optional("on_timer")?
            .map(|callable| Call { callable: Callable::new(callable.bind(py)), context: timer_context });
        Ok(Self {
            name: name.to_owned(),
            calls,
            style,
            on_timer,
            open: optional("open")?,
            close: optional("close")?,
            runtime_context,
            checked: !matches!(Kind::of(call.output_type), Kind::Any),
            whole_numbers: matches!(Kind::of(call.output_type), Kind::Int(64)),
            output: TypeCodec::new(call.output_type),
            sides: call
                .side_outputs
                .iter()
                .map(|(tag, declared)| (tag.clone(), TypeCodec::new(declared.as_ref())))
                .collect(),
            output_tag: py.import("penstock.datastream.output_tag")?.getattr("OutputTag")?.unbind(),
        })
    }

    /// A value in the type of the results, which what a reduce keeps has where its operator has no other function.
    #[inline]
    pub fn checked(&self, value: Bound<'_, PyAny>, record: Option<&Bound<'_, PyAny>>) -> Result<Object> {
        // The way of almost every number.
        if self.whole_numbers && is_small_int(&value) {
            return Ok(wrap(value));
        }
        if !self.checked {
            return Ok(wrap(value));
        }
        self.fitting(value, record)
    }

    #[inline(never)]
    fn fitting(&self, value: Bound<'_, PyAny>, record: Option<&Bound<'_, PyAny>>) -> Result<Object> {
        if !self.output.fits(&value) {
            return Err(self.misfit(&self.output.explain(&value), record));
        }
        self.output.coerce(value).map(wrap)
    }

    #[cold]
    pub fn misfit(&self, text: &str, record: Option<&Bound<'_, PyAny>>) -> Error {
        Error::user(
            format!("TypeError: {} returned a value that does not fit: {text}", self.name),
            record.map(errors::shown),
        )
    }

    /// Emits the items of a result, each before the next is asked for.
    #[inline(never)]
    pub fn emit_items(
        &self,
        result: &Bound<'_, PyAny>,
        record: Option<&Bound<'_, PyAny>>,
        timestamp: i64,
        out: &mut Outputs,
    ) -> Result<()> {
        if result.is_none() {
            return Ok(());
        }
        let py = result.py();
        let iterator = result.try_iter().map_err(|e| errors::user_error(py, &e, record))?;
        // SAFETY: the iterator is alive.
        let next = unsafe { (*ffi::Py_TYPE(iterator.as_ptr())).tp_iternext }
            .ok_or_else(|| Error::internal("an iterator has a way to its next item"))?;
        loop {
            // SAFETY: the iterator is alive; a new reference, or null at its end or with an exception.
            let item = unsafe { Bound::from_owned_ptr_or_opt(py, next(iterator.as_ptr())) };
            let Some(item) = item else {
                // A generator that comes to its end raises nothing.
                // SAFETY: the interpreter is held.
                if unsafe { ffi::PyErr_Occurred() }.is_null() {
                    return Ok(());
                }
                return match PyErr::take(py) {
                    Some(error) if !error.is_instance_of::<PyStopIteration>(py) => {
                        Err(errors::user_error(py, &error, record))
                    }
                    _ => Ok(()),
                };
            };
            if let Ok(pair) = item.cast_exact::<PyTuple>()
                && pair.len() == 2
                && self.is_output_tag(pair)
            {
                self.emit_side(pair, record, timestamp, out)?;
                continue;
            }
            let value = self.checked(item, record)?;
            out.emit(value, timestamp)?;
        }
    }

    #[inline]
    fn is_output_tag(&self, pair: &Bound<'_, PyTuple>) -> bool {
        pair.get_borrowed_item(0).is_ok_and(|first| first.get_type_ptr().cast() == self.output_tag.as_ptr())
    }

    fn emit_side(
        &self,
        pair: &Bound<'_, PyTuple>,
        record: Option<&Bound<'_, PyAny>>,
        timestamp: i64,
        out: &mut Outputs,
    ) -> Result<()> {
        let read = || -> PyResult<(String, Bound<'_, PyAny>)> {
            Ok((pair.get_item(0)?.getattr("tag_id")?.extract()?, pair.get_item(1)?))
        };
        let (tag, value) = read().map_err(|e| errors::user_error(pair.py(), &e, record))?;
        if let Some((_, codec)) = self.sides.iter().find(|(t, _)| *t == tag)
            && !codec.fits(&value)
        {
            return Err(self.misfit(&format!("side output '{tag}': {}", codec.explain(&value)), record));
        }
        out.emit_side(&tag, wrap(value), timestamp)
    }

    /// A predicate may return anything that is true or false.
    #[inline(never)]
    fn keep_if_true(
        result: &Bound<'_, PyAny>,
        record: Bound<'_, PyAny>,
        timestamp: i64,
        out: &mut Outputs,
    ) -> Result<()> {
        match result.is_truthy() {
            Ok(true) => out.emit(wrap(record), timestamp),
            Ok(false) => Ok(()),
            Err(error) => Err(errors::user_error(record.py(), &error, Some(&record))),
        }
    }

    fn call_optional(function: Option<&Py<PyAny>>, argument: Option<&Py<PyAny>>) -> Result<()> {
        let Some(function) = function else { return Ok(()) };
        Python::attach(|py| {
            let called = match argument {
                Some(argument) => function.bind(py).call1((argument,)),
                None => function.bind(py).call0(),
            };
            called.map(drop).map_err(|e| errors::user_error(py, &e, None))
        })
    }
}

impl UserFunction for PyFunction {
    fn open(&mut self) -> Result<()> {
        Self::call_optional(self.open.as_ref(), Some(&self.runtime_context))
    }

    #[inline]
    fn call(&mut self, input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        // SAFETY: the engine calls functions while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let record = unwrap(py, value);
        let call = &self.calls[input];
        let returned = match &call.context {
            None => call.callable.returned1(&record),
            Some(context) => call.callable.returned2(&record, context.bind(py)),
        };
        let Some(result) = returned else { return Err(raised(&record)) };
        match self.style {
            Style::Value => {
                let value = self.checked(result, Some(&record))?;
                drop(record);
                out.emit(value, timestamp)
            }
            Style::Predicate if result.is(&*PyBool::new(py, true)) => out.emit(wrap(record), timestamp),
            Style::Predicate if result.is(&*PyBool::new(py, false)) => Ok(()),
            Style::Predicate => Self::keep_if_true(&result, record, timestamp, out),
            Style::Items => self.emit_items(&result, Some(&record), timestamp, out),
        }
    }

    fn combine(&mut self, accumulated: &Object, value: &Object) -> Result<Object> {
        // SAFETY: as in `call`.
        let py = unsafe { Python::assume_attached() };
        let record = borrow(py, value);
        match self.calls[0].callable.call2(&borrow(py, accumulated), &record) {
            Ok(result) => self.checked(result, Some(&record)),
            Err(error) => Err(errors::user_error(py, &error, Some(&record))),
        }
    }

    fn on_timer(&mut self, domain: TimeDomain, timestamp: i64, out: &mut Outputs) -> Result<()> {
        // SAFETY: as in `call`.
        let py = unsafe { Python::assume_attached() };
        let Some(Call { callable, context: Some(context) }) = &self.on_timer else { return Ok(()) };
        context.get().set_domain(Some(domain));
        let time = PyInt::new(py, timestamp).into_any();
        let result = callable.call2(&time, context.bind(py)).map_err(|e| errors::user_error(py, &e, None));
        let emitted_at = if domain == TimeDomain::EventTime { timestamp } else { NO_TIMESTAMP };
        let emitted = result.and_then(|result| self.emit_items(&result, None, emitted_at, out));
        context.get().set_domain(None);
        emitted
    }

    fn close(&mut self) -> Result<()> {
        Self::call_optional(self.close.take().as_ref(), None)
    }
}

/// The error of a call that raised.
#[cold]
#[inline(never)]
fn raised(record: &Bound<'_, PyAny>) -> Error {
    errors::user_error(record.py(), &PyErr::fetch(record.py()), Some(record))
}

/// The codecs of a type as the engine shares them.
pub fn shared_codec(declared: Option<&penstock_core::TypeInfo>) -> Arc<dyn penstock_core::ObjectCodec> {
    Arc::new(TypeCodec::new(declared))
}
