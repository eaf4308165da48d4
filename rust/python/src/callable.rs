//! Calling Python functions with as little as possible between: the vectorcall slot is looked up once, and a bound method
//! is taken apart into its function and its receiver.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyFunction;

/// A callable, ready to be called many times.
pub struct Callable {
    whole: Py<PyAny>,
    fast: Option<Fast>,
}

/// A Python function with its receiver.
struct Fast {
    function: Py<PyAny>,
    receiver: Option<Py<PyAny>>,
    entry: ffi::vectorcallfunc,
}

impl Callable {
    /// Prepares a callable.
    pub fn new(callable: &Bound<'_, PyAny>) -> Self {
        Self { whole: callable.clone().unbind(), fast: Fast::of(callable) }
    }

    /// Calls with one argument.
    #[inline]
    pub fn call1<'py>(&self, argument: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.returned1(argument).ok_or_else(|| PyErr::fetch(argument.py()))
    }

    /// Calls with two arguments.
    #[inline]
    pub fn call2<'py>(&self, first: &Bound<'py, PyAny>, second: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.returned2(first, second).ok_or_else(|| PyErr::fetch(first.py()))
    }

    /// Calls with three arguments.
    #[inline]
    pub fn call3<'py>(
        &self,
        first: &Bound<'py, PyAny>,
        second: &Bound<'py, PyAny>,
        third: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = first.py();
        let (a, b, c) = (first.as_ptr(), second.as_ptr(), third.as_ptr());
        let returned = match &self.fast {
            Some(fast @ Fast { receiver: None, .. }) => fast.call(py, [std::ptr::null_mut(), a, b, c]),
            Some(fast @ Fast { receiver: Some(receiver), .. }) => {
                fast.call(py, [std::ptr::null_mut(), receiver.as_ptr(), a, b, c])
            }
            None => return self.whole.bind(py).call1((first, second, third)),
        };
        returned.ok_or_else(|| PyErr::fetch(py))
    }

    /// Calls with one argument; `None`: it raised, and the exception is still set. A pointer is all that comes back, so
    /// that nothing else is touched where a call costs a few nanoseconds.
    #[inline]
    pub fn returned1<'py>(&self, argument: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        let py = argument.py();
        match &self.fast {
            Some(fast @ Fast { receiver: None, .. }) => fast.call(py, [std::ptr::null_mut(), argument.as_ptr()]),
            Some(fast @ Fast { receiver: Some(receiver), .. }) => {
                fast.call(py, [std::ptr::null_mut(), receiver.as_ptr(), argument.as_ptr()])
            }
            None => set(py, self.whole.bind(py).call1((argument,))),
        }
    }

    /// Calls with two arguments, as [`Callable::returned1`].
    #[inline]
    pub fn returned2<'py>(&self, first: &Bound<'py, PyAny>, second: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        let py = first.py();
        match &self.fast {
            Some(fast @ Fast { receiver: None, .. }) => {
                fast.call(py, [std::ptr::null_mut(), first.as_ptr(), second.as_ptr()])
            }
            Some(fast @ Fast { receiver: Some(receiver), .. }) => {
                fast.call(py, [std::ptr::null_mut(), receiver.as_ptr(), first.as_ptr(), second.as_ptr()])
            }
            None => set(py, self.whole.bind(py).call1((first, second))),
        }
    }
}

/// Gives an exception back to the interpreter.
#[cold]
fn set<'py>(py: Python<'py>, result: PyResult<Bound<'py, PyAny>>) -> Option<Bound<'py, PyAny>> {
    result.map_err(|error| error.restore(py)).ok()
}

impl Fast {
    fn of(callable: &Bound<'_, PyAny>) -> Option<Self> {
        let (function, receiver) = if callable.is_exact_instance_of::<PyFunction>() {
            (callable.clone(), None)
        } else if callable.get_type().name().ok()? == "method" {
            (callable.getattr("__func__").ok()?, Some(callable.getattr("__self__").ok()?.unbind()))
        } else {
            return None;
        };
        if !function.is_exact_instance_of::<PyFunction>() {
            return None;
        }
        // SAFETY: the function is alive; the slot of a Python function stays what it is.
        let entry = unsafe { ffi::PyVectorcall_Function(function.as_ptr()) }?;
        Some(Self { function: function.unbind(), receiver, entry })
    }

    /// The first place is scratch room, as `PY_VECTORCALL_ARGUMENTS_OFFSET` promises it to the callee.
    #[inline]
    fn call<'py, const N: usize>(
        &self,
        py: Python<'py>,
        mut arguments: [*mut ffi::PyObject; N],
    ) -> Option<Bound<'py, PyAny>> {
        // SAFETY: all arguments are alive for the length of the call; the result is a new reference or null with an exception.
        unsafe {
            let first = arguments.as_mut_ptr().add(1).cast_const();
            let result = (self.entry)(
                self.function.as_ptr(),
                first,
                (N - 1) | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
                std::ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_opt(py, result)
        }
    }
}
