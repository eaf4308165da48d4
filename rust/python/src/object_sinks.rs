//! `print` and `collect`.

use penstock_core::{Error, Object, Result};
use penstock_runtime::lane::ObjectSink;
use pyo3::prelude::*;
use std::sync::Arc;

use crate::collected::Collected;
use crate::errors;
use crate::object::{borrow, unwrap};

/// Writes one line per record to Python's standard output (or error), so that it goes where the user's own prints go.
pub struct PrintSink {
    formatter: Py<PyAny>,
    stream: &'static str,
    prefix: String,
    lines: String,
}

impl PrintSink {
    /// `formatter` makes a record's text; the prefix is Flink's: the subtask only where there are several.
    pub fn new(
        formatter: Py<PyAny>,
        to_stderr: bool,
        identifier: Option<&str>,
        subtask: u32,
        parallelism: u32,
    ) -> Self {
        let prefix = match (identifier.filter(|i| !i.is_empty()), parallelism > 1) {
            (Some(id), true) => format!("{id}:{}> ", subtask + 1),
            (Some(id), false) => format!("{id}> "),
            (None, true) => format!("{}> ", subtask + 1),
            (None, false) => String::new(),
        };
        Self { formatter, stream: if to_stderr { "stderr" } else { "stdout" }, prefix, lines: String::new() }
    }
}

impl ObjectSink for PrintSink {
    fn write(&mut self, value: &Object) -> Result<()> {
        Python::attach(|py| {
            let value = borrow(py, value);
            let text = self.formatter.bind(py).call1((&*value,)).and_then(|t| t.extract::<String>());
            let text = text.map_err(|e| errors::user_error(py, &e, Some(&value)))?;
            self.lines.push_str(&self.prefix);
            self.lines.push_str(&text);
            self.lines.push('\n');
            Ok(())
        })
    }

    fn flush(&mut self) -> Result<usize> {
        if self.lines.is_empty() {
            return Ok(0);
        }
        let lines = std::mem::take(&mut self.lines);
        let bytes = lines.len();
        Python::attach(|py| {
            let write = || -> PyResult<()> {
                let stream = py.import("sys")?.getattr(self.stream)?;
                stream.call_method1("write", (lines,))?;
                stream.call_method0("flush").map(drop)
            };
            write().map_err(|e| Error::external(format!("print() cannot write: {e}")))?;
            Ok(bytes)
        })
    }
}

/// Hands records to whoever iterates over `execute_and_collect`.
pub struct CollectSink(pub Arc<Collected>);

impl ObjectSink for CollectSink {
    fn write(&mut self, value: &Object) -> Result<()> {
        Python::attach(|py| self.0.take_in(unwrap(py, value.clone())))
    }

    fn flush(&mut self) -> Result<usize> {
        Ok(0)
    }
}
