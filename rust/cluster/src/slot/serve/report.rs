//! What the tasks of a slot report.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;
use penstock_core::metrics::Registry;
use penstock_core::{Error, Result};
use penstock_runtime::exchange::socket::Watcher;
use penstock_runtime::mailbox::{TaskEvents, TaskId, TaskSnapshot};

use super::super::message::FromSlot;
use super::super::samples::Told;
use super::SlotPort;

/// How often metrics are told.
const METRICS: Duration = Duration::from_millis(250);

/// Reports of one attempt.
pub(super) struct Reporter {
    port: SlotPort,
    /// The region, and which attempt of it.
    of: (usize, u32),
    /// Snapshots that wait for it to be decided what becomes of them.
    frozen: Mutex<HashMap<(TaskId, u64), TaskSnapshot>>,
    metrics: Registry,
    told: Mutex<Told>,
}

impl Reporter {
    pub(super) fn new(port: SlotPort, of: (usize, u32), metrics: Registry) -> Arc<Self> {
        Arc::new(Self { port, of, frozen: Mutex::default(), metrics, told: Mutex::default() })
    }

    pub(super) fn take_frozen(&self, task: TaskId, checkpoint: u64) -> Option<TaskSnapshot> {
        self.frozen.lock().remove(&(task, checkpoint))
    }

    pub(super) fn uploaded(&self, task: TaskId, checkpoint: u64, states: Result<Vec<u8>>) {
        let (error, attached) = match states {
            Ok(bytes) => (None, bytes),
            Err(error) => (Some(error), Vec::new()),
        };
        self.port.send(&FromSlot::Uploaded { task, checkpoint, error }, &attached);
    }

    fn tell_metrics(&self) {
        // One at a time, so that a later value is told later.
        let mut told = self.told.lock();
        let changed = told.changed(&self.metrics);
        if !changed.is_empty() {
            self.port.send(&FromSlot::Metrics(changed), &[]);
        }
    }

    /// Tells metrics from time to time, until what this gives is dropped.
    pub(super) fn tell_metrics_regularly(self: &Arc<Self>) -> Result<Sender<()>> {
        let (reporter, (stop, stopped)) = (Arc::downgrade(self), channel());
        let run = move || {
            while stopped.recv_timeout(METRICS) == Err(RecvTimeoutError::Timeout) {
                let Some(reporter) = reporter.upgrade() else { return };
                reporter.tell_metrics();
            }
        };
        let thread = std::thread::Builder::new().name("slot-metrics".to_owned()).spawn(run);
        thread.map_err(|e| Error::external(format!("the thread for metrics could not be started: {e}")))?;
        Ok(stop)
    }
}

impl TaskEvents for Reporter {
    fn running(&self, task: TaskId) {
        self.port.send(&FromSlot::Running(task), &[]);
    }

    fn snapshot(&self, task: TaskId, checkpoint: u64, snapshot: TaskSnapshot) {
        self.frozen.lock().insert((task, checkpoint), snapshot);
        self.port.send(&FromSlot::Frozen { task, checkpoint }, &[]);
    }

    fn declined(&self, task: TaskId, checkpoint: u64, reason: &Error) {
        self.port.send(&FromSlot::Declined { task, checkpoint, reason: reason.clone() }, &[]);
    }

    fn end_of_data(&self, task: TaskId) {
        self.port.send(&FromSlot::EndOfData(task), &[]);
    }

    fn split_finished(&self, task: TaskId, split: &str) {
        self.port.send(&FromSlot::SplitFinished { task, split: split.to_owned() }, &[]);
    }

    fn watermark(&self, task: TaskId, group: &str, watermark: i64) {
        self.port.send(&FromSlot::Watermark { task, group: group.to_owned(), watermark }, &[]);
    }

    fn ended(&self, task: TaskId, result: Result<()>) {
        self.tell_metrics();
        self.port.send(&FromSlot::Ended { task, error: result.err() }, &[]);
    }
}

impl Watcher for Reporter {
    /// The job's master sees that too, and knows why.
    fn lost(&self, peer: usize) {
        tracing::debug!("The connection to slot process {} has ended.", peer + 1);
    }

    fn failed(&self, error: Error) {
        let (region, attempt) = self.of;
        self.port.send(&FromSlot::Failed { region, attempt, error }, &[]);
    }
}
