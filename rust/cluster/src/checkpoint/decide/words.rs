//! The words of the planner: what it is told and what it answers.

use std::fmt;

/// Kinds of snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Periodic, for restarts.
    Checkpoint,
    /// For its requester; the job goes on. What sinks have prepared for it is committed with the next checkpoint.
    Savepoint,
    /// The last of a job that stops with it.
    StopWithSavepoint,
}

impl Kind {
    /// As Flink's log has it.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Checkpoint => "CheckpointType{name='Checkpoint'}",
            Self::Savepoint => "SavepointType{name='Savepoint', postCheckpointAction=NONE}",
            Self::StopWithSavepoint => "SavepointType{name='Stop with Savepoint', postCheckpointAction=TERMINATE}",
        }
    }

    /// The kill point of a step in the life of a snapshot of this kind.
    #[must_use]
    pub(crate) fn kill_point(self, step: &'static str) -> &'static str {
        match (self, step) {
            (Self::Checkpoint, "triggered") => "checkpoint-triggered",
            (Self::Checkpoint, "before-metadata") => "checkpoint-before-metadata",
            (Self::Checkpoint, "after-metadata") => "checkpoint-after-metadata",
            (Self::Checkpoint, _) => "checkpoint-after-notify",
            (Self::Savepoint, "triggered") => "savepoint-triggered",
            (Self::Savepoint, _) => "savepoint-before-metadata",
            (Self::StopWithSavepoint, "triggered") => "stop-triggered",
            (Self::StopWithSavepoint, "before-metadata") => "stop-before-metadata",
            (Self::StopWithSavepoint, "after-metadata") => "stop-after-metadata",
            (Self::StopWithSavepoint, _) => "stop-after-notify",
        }
    }
}

/// The tasks of the job, as far as triggering cares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tasks {
    /// Running.
    pub running: usize,
    /// Not running yet.
    pub starting: usize,
    /// Finished.
    pub finished: usize,
    /// Every running task has seen the end of its data and waits for the last checkpoint.
    pub at_end_of_data: bool,
}

/// Whether to trigger a periodic checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Now.
    Now,
    /// Not before this time.
    At(i64),
    /// After some event.
    Wait(Waiting),
    /// Never, or not before [`super::CheckpointPlanner::job_started`].
    Off,
}

/// What a trigger waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// All tasks have to run.
    TasksAreNotRunning,
    /// Tasks have finished, and `checkpoints-after-tasks-finish` is off: there will be no more checkpoints.
    TasksHaveFinished,
    /// As many snapshots as may be are in progress.
    OthersArePending,
    /// The job stops with a savepoint.
    JobIsStopping,
}

/// Why a snapshot comes to nothing. Texts are for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It could not be begun: folders, source enumerators.
    Trigger(String),
    /// A task could not take its part of it.
    Declined(String),
    /// A task could not store its part.
    Upload(String),
    /// `_metadata` could not be written.
    Metadata(String),
    /// It took too long.
    Expired,
    /// A task was not ready for it.
    TaskNotReady,
    /// A task ended before it took its part.
    TaskEnded,
    /// A newer one is complete.
    Subsumed,
    /// The job restarts.
    JobRestarts,
    /// The job has ended.
    JobEnds,
}

impl Reason {
    /// Whether it counts as a failure that the job may tolerate so many of.
    #[must_use]
    pub fn counts(&self) -> bool {
        match self {
            Self::Trigger(_) | Self::Declined(_) | Self::Upload(_) | Self::Metadata(_) | Self::Expired => true,
            Self::TaskNotReady | Self::TaskEnded | Self::Subsumed | Self::JobRestarts | Self::JobEnds => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trigger(text) => write!(f, "it could not be triggered: {text}"),
            Self::Declined(text) => write!(f, "a task declined it: {text}"),
            Self::Upload(text) => write!(f, "a task could not store its state: {text}"),
            Self::Metadata(text) => write!(f, "_metadata could not be written: {text}"),
            Self::Expired => f.write_str("it expired before completing (execution.checkpointing.timeout)"),
            Self::TaskNotReady => f.write_str("a task was not ready for it"),
            Self::TaskEnded => f.write_str("a task ended before it took part"),
            Self::Subsumed => f.write_str("a newer checkpoint is complete"),
            Self::JobRestarts => f.write_str("the job restarts"),
            Self::JobEnds => f.write_str("the job has ended"),
        }
    }
}

/// What the JobMaster has to do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Every task has acknowledged: write `_metadata`, then call `written` or `failed`.
    Write {
        /// The snapshot.
        id: u64,
        /// Its kind.
        kind: Kind,
    },
    /// It is complete: tell the tasks, so that sinks commit; tell the requester of a savepoint.
    Complete {
        /// The snapshot.
        id: u64,
        /// Its kind: never `Savepoint`.
        kind: Kind,
    },
    /// A savepoint is stored: tell its requester, and nobody else.
    SavepointDone {
        /// The savepoint.
        id: u64,
    },
    /// It came to nothing: tell the tasks and the requester, delete what it has stored.
    Abort {
        /// The snapshot.
        id: u64,
        /// Its kind.
        kind: Kind,
        /// Why.
        reason: Reason,
    },
    /// Delete a complete checkpoint that newer ones have replaced.
    Discard {
        /// The checkpoint.
        id: u64,
    },
    /// Delete what one task has stored: its acknowledgement came after the snapshot was aborted.
    DiscardPart {
        /// The snapshot.
        id: u64,
        /// The task.
        task: usize,
    },
    /// Fail the job; its restart strategy decides what follows.
    FailJob {
        /// Why, for the log and the job's error.
        message: String,
    },
}
