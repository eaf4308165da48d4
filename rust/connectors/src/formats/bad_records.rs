//! Records that cannot be read and are left out, because the job says so: each is counted, the first of a file are
//! logged with the reason, and at its end their number.

use penstock_core::metrics::{Counter, MetricGroup};

/// How many records of a file are logged one by one.
const LOGGED: u64 = 5;

/// Counts what a reader leaves out.
#[derive(Clone)]
pub(crate) struct BadRecords {
    counter: Counter,
}

impl BadRecords {
    /// Counts as `numRecordsInErrors`.
    pub(crate) fn new(metrics: &MetricGroup) -> Self {
        Self { counter: metrics.counter("numRecordsInErrors") }
    }

    /// Begins a file.
    pub(crate) fn of_file(&self, file: &str) -> BadRecordsOfFile {
        BadRecordsOfFile { counter: self.counter.clone(), file: file.to_owned(), count: 0 }
    }
}

/// Those of one file.
pub(crate) struct BadRecordsOfFile {
    counter: Counter,
    file: String,
    count: u64,
}

impl BadRecordsOfFile {
    /// One was left out.
    pub(crate) fn add(&mut self, problem: &str) {
        self.counter.add(1);
        self.count += 1;
        if self.count <= LOGGED {
            tracing::warn!("a record of {} is left out: {problem}", self.file);
        }
    }

    /// The file ends.
    pub(crate) fn finish(&mut self) {
        if self.count > LOGGED {
            tracing::warn!("{} records of {} were left out, for they could not be read", self.count, self.file);
        }
        self.count = 0;
    }
}
