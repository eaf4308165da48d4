//! What the JobMaster asks of a task, and what the task reports.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

use penstock_core::Error;
use penstock_core::event::Barrier;
use penstock_core::source::Split;
use serde::{Deserialize, Serialize};

use crate::operators::OperatorSnapshot;
use crate::signal::TaskSignal;

/// A request to a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Mail {
    /// Emit this barrier (sources).
    TriggerCheckpoint(Barrier),
    /// Read no more records, then emit this barrier, of the savepoint that the job stops with (sources).
    StopWithSavepoint {
        /// The savepoint's.
        barrier: Barrier,
        /// Whether event time goes to its end first, so that every timer and window fires.
        drain: bool,
    },
    /// A checkpoint is complete.
    CheckpointComplete(u64),
    /// Read these splits too (sources).
    AddSplits(Vec<Split>),
    /// No more splits will come (sources).
    NoMoreSplits,
    /// Records with a later event time than this have to wait (watermark alignment).
    MaxWatermark(i64),
    /// Stop at once.
    Cancel,
}

/// A subtask: index of the vertex in the job graph, index of the subtask, attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskId {
    /// Index of the vertex.
    pub vertex: usize,
    /// Index of the subtask.
    pub subtask: u32,
    /// Attempt of the task, from 0.
    pub attempt: u32,
}

/// Snapshots of the operators of a task, by uid hash.
pub type TaskSnapshot = Vec<(String, OperatorSnapshot)>;

/// Receives what tasks report; called from task threads, must not wait.
pub trait TaskEvents: Send + Sync {
    /// Functions are open, records are read.
    fn running(&self, task: TaskId);
    /// The synchronous part of a snapshot is done.
    fn snapshot(&self, task: TaskId, checkpoint_id: u64, snapshot: TaskSnapshot);
    /// The task cannot take part in this checkpoint.
    fn declined(&self, task: TaskId, checkpoint_id: u64, reason: &Error);
    /// A source will emit nothing more but barriers.
    fn end_of_data(&self, task: TaskId);
    /// A split was read to its end.
    fn split_finished(&self, _task: TaskId, _split: &str) {}
    /// The watermark of an aligned source.
    fn watermark(&self, task: TaskId, group: &str, watermark: i64);
    /// The thread has ended.
    fn ended(&self, task: TaskId, result: Result<(), Error>);
}

/// Brings mails to a task that runs elsewhere.
pub type Carrier = dyn Fn(Mail) + Send + Sync;

/// The mailbox of a task; clones are the same mailbox.
#[derive(Clone, Default)]
pub struct Mailbox {
    mails: Arc<Mutex<VecDeque<Mail>>>,
    signal: TaskSignal,
    carrier: Option<Arc<Carrier>>,
}

impl Mailbox {
    /// The mailbox of a task in another process: what is put in is handed to the carrier at once.
    #[must_use]
    pub fn elsewhere(carrier: Arc<Carrier>) -> Self {
        Self { carrier: Some(carrier), ..Self::default() }
    }

    /// Puts a mail in, and makes the task look at it after the record it is at.
    pub fn send(&self, mail: Mail) {
        if let Some(carrier) = &self.carrier {
            return carrier(mail);
        }
        self.mails.lock().push_back(mail);
        self.signal.raise();
    }

    /// Takes the oldest mail.
    #[must_use]
    pub fn take(&self) -> Option<Mail> {
        self.mails.lock().pop_front()
    }

    /// Whether a cancellation waits.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.mails.lock().iter().any(|m| matches!(m, Mail::Cancel))
    }

    /// The task's signal.
    #[must_use]
    pub fn signal(&self) -> &TaskSignal {
        &self.signal
    }
}
