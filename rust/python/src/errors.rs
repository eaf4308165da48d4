//! Errors across the boundary: Python exceptions become tracebacks of the user's code, engine errors become exceptions.

use penstock_core::Error;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// Longest `repr` of a record in an error.
const MAX_RECORD: usize = 1024;

/// Set on the exceptions of engine errors that are the job's own fault.
const INVALID: &str = "_penstock_invalid";

/// An exception that user code raised, with the record that it was raised for. One that only passed through user code
/// stays what it was: no restart helps a job whose state has another type than the checkpoint.
#[cold]
pub fn user_error(py: Python<'_>, error: &PyErr, record: Option<&Bound<'_, PyAny>>) -> Error {
    if error.value(py).hasattr(INVALID).unwrap_or(false) {
        return Error::invalid(traceback(py, error).trim_end());
    }
    Error::user(traceback(py, error), record.map(shown))
}

/// A value that does not fit its declared type, in the name of the function that made it.
#[cold]
pub fn misfit(function: &str, error: &str) -> Error {
    Error::user(format!("TypeError: {function}: {error}"), None)
}

/// The traceback of an exception without the frames of Penstock itself.
pub fn traceback(py: Python<'_>, error: &PyErr) -> String {
    // The value alone has no traceback before Python 3.12; `into_value` gives it one.
    let value = error.clone_ref(py).into_value(py);
    let formatted = py
        .import("penstock._runtime.tracebacks")
        .and_then(|module| module.call_method1("format_user_traceback", (value,)))
        .and_then(|text| text.extract::<String>());
    formatted.unwrap_or_else(|_| error.to_string())
}

/// `repr` of a value, cut at 1 kB.
pub fn shown(value: &Bound<'_, PyAny>) -> String {
    let mut text = value.repr().map_or_else(|e| format!("<repr failed: {e}>"), |r| r.to_string());
    if text.len() > MAX_RECORD {
        let end = (0..=MAX_RECORD).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The exception for an engine error.
pub fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Invalid(_) => {
            let error = PyValueError::new_err(message);
            // Without the mark the job is restarted in vain; nothing worse.
            let _ = error.value(py).setattr(INVALID, true);
            error
        }
        Error::Cancelled => PyKeyboardInterrupt::new_err(message),
        _ => {
            let made = py
                .import("penstock.util.exceptions")
                .and_then(|m| m.getattr("JobExecutionException"))
                .and_then(|c| c.call1((&message,)));
            made.map_or_else(|_| PyRuntimeError::new_err(message), PyErr::from_value)
        }
    }
}
