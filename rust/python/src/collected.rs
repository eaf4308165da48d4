//! The queue between the `collect` sink and the iterator of `execute_and_collect`.

use penstock_cluster::slot::SlotPort;
use penstock_core::Result;
use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::codec::pickle;
use crate::errors::user_error;

/// Records that were emitted and not yet read.
#[derive(Default)]
pub struct Collected {
    records: Mutex<VecDeque<Py<PyAny>>>,
    arrived: Condvar,
    /// In a slot process: the way to the process whose queue it is.
    elsewhere: Option<SlotPort>,
}

impl Collected {
    /// The queue of another process.
    pub fn elsewhere(port: SlotPort) -> Self {
        Self { elsewhere: Some(port), ..Self::default() }
    }

    /// Takes a record of the `collect` sink.
    pub fn take_in(&self, record: Bound<'_, PyAny>) -> Result<()> {
        let Some(port) = &self.elsewhere else {
            self.push(record.unbind());
            return Ok(());
        };
        let pickled = pickle(&record).map_err(|e| user_error(record.py(), &e, Some(&record)))?;
        port.collected(&pickled)
    }

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
