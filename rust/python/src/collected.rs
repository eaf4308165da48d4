//! The queue between the `collect` sink and the iterator of `execute_and_collect`.

use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Records that were emitted and not yet read.
#[derive(Default)]
pub struct Collected {
    records: Mutex<VecDeque<Py<PyAny>>>,
    arrived: Condvar,
}

impl Collected {
    /// Adds a record.
    pub fn push(&self, record: Py<PyAny>) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push_back(record);
        self.arrived.notify_all();
    }

    /// Takes what is there, after waiting for the first for at most `timeout`.
    pub fn take(&self, timeout: Duration) -> Vec<Py<PyAny>> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.arrived.wait_timeout_while(records, timeout, |r| r.is_empty());
        let (mut records, _) = waited.unwrap_or_else(PoisonError::into_inner);
        records.drain(..).collect()
    }
}
