//! What the JobMaster hears: from its tasks, its sources, its checkpoints, and the user.

use std::sync::mpsc::Sender;
use std::time::Instant;

use penstock_core::{Error, Result};
use penstock_runtime::mailbox::{TaskEvents, TaskId, TaskSnapshot};

use crate::checkpoint::{Request, StoredCheckpoint, TaskStates};
use crate::slot::SlotExit;

/// One thing that happened.
pub(crate) enum Event {
    /// A task has opened its functions.
    Running(TaskId),
    /// The synchronous part of a task's snapshot is there.
    Snapshot(TaskId, u64, TaskSnapshot),
    /// A task could not take part in a checkpoint.
    Declined(TaskId, u64, Error),
    /// A source task has emitted all of its records.
    EndOfData(TaskId),
    /// A source task has read a split to its end.
    SplitFinished(TaskId, String),
    /// How far a task of an alignment group is.
    Watermark(TaskId, String, i64),
    /// A task's thread has ended.
    Ended(TaskId, Result<()>),
    /// A source's enumerator wrote down what it knows, and its tasks were asked for barriers.
    Triggered { attempt: u32, vertex: usize, checkpoint: u64, enumerator: Vec<u8> },
    /// A source's enumerator failed in a way that ends the attempt.
    SourceFailed { attempt: u32, error: Error },
    /// A task's snapshot is in the checkpoint's folder.
    Uploaded { task: TaskId, checkpoint: u64, states: Result<TaskStates> },
    /// A checkpoint's metadata was written, which completes it.
    Stored { checkpoint: u64, result: Result<StoredCheckpoint> },
    /// The user wants a checkpoint or savepoint.
    Asked(Request),
    /// A task in a slot process has frozen its state.
    FrozenElsewhere(TaskId, u64),
    /// A slot process has ended.
    SlotExited { slot: usize, generation: u32, exit: SlotExit },
    /// What ties slots together failed: in an attempt of a region, or for all of them.
    SlotFailed { of: Option<(usize, u32)>, error: Error },
    /// The user wants the job to stop for good.
    Cancel,
    /// The process goes away at this time at the latest.
    Shutdown(Instant),
}

/// Tasks' reports as events.
pub(crate) struct Reporter(pub(crate) Sender<Event>);

impl Reporter {
    fn send(&self, event: Event) {
        // Nobody listens once the job has ended without this task, after its time to stop was over.
        let _ = self.0.send(event);
    }
}

impl TaskEvents for Reporter {
    fn running(&self, task: TaskId) {
        self.send(Event::Running(task));
    }

    fn snapshot(&self, task: TaskId, checkpoint_id: u64, snapshot: TaskSnapshot) {
        self.send(Event::Snapshot(task, checkpoint_id, snapshot));
    }

    fn declined(&self, task: TaskId, checkpoint_id: u64, reason: &Error) {
        self.send(Event::Declined(task, checkpoint_id, reason.clone()));
    }

    fn end_of_data(&self, task: TaskId) {
        self.send(Event::EndOfData(task));
    }

    fn split_finished(&self, task: TaskId, split: &str) {
        self.send(Event::SplitFinished(task, split.to_owned()));
    }

    fn watermark(&self, task: TaskId, group: &str, watermark: i64) {
        self.send(Event::Watermark(task, group.to_owned(), watermark));
    }

    fn ended(&self, task: TaskId, result: Result<()>) {
        self.send(Event::Ended(task, result));
    }
}
