//! A source in Python.

use penstock_core::Result;
use penstock_core::source::{Boundedness, ReaderContext, Source, SourceReader, SplitEnumerator};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

use super::enumerator::PyEnumerator;
use super::reader::PyReader;
use super::{call, load, parse};

/// What the graph says of it.
#[derive(Debug, Clone, Deserialize)]
pub struct SourceOptions {
    /// Its class, for threads and messages.
    pub class: String,
    /// Its name among the functions.
    pub function: String,
    /// Whether it ends.
    pub bounded: bool,
    /// How often it is looked for new splits.
    pub discovery_interval_ms: Option<u64>,
}

/// A source among the functions of a job. Enumerators and readers each work on a copy of it.
pub struct PySource {
    functions: Arc<Vec<u8>>,
    options: SourceOptions,
}

impl PySource {
    /// Reads the options; nothing of the user's runs yet.
    pub fn new(functions: &Arc<Vec<u8>>, options: &Value) -> Result<Self> {
        Ok(Self { functions: Arc::clone(functions), options: parse(options)? })
    }
}

impl Source for PySource {
    fn boundedness(&self) -> Boundedness {
        if self.options.bounded { Boundedness::Bounded } else { Boundedness::Unbounded }
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        let interval = self.options.discovery_interval_ms.map(Duration::from_millis);
        Ok(Box::new(PyEnumerator::new(Arc::clone(&self.functions), &self.options, interval, restored)?))
    }

    fn reader(&self, context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        let source = call(|py| load(py, &self.functions, &self.options.function))?;
        Ok(Box::new(PyReader::new(source, context)))
    }
}
