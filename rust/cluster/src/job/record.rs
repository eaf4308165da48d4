//! What is known of a job, kept by its JobMaster for whoever asks, also after the job's end.

use std::collections::{HashMap, VecDeque};

use penstock_core::Error;

use super::JobStatus;
use crate::checkpoint::CheckpointHistory;

/// Failures that are kept (Flink's `web.exception-history-size`).
const FAILURES: usize = 16;
/// Longest text of a failure, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// How far a task is, with Flink's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TaskStatus {
    Initializing,
    Running,
    Canceling,
    Canceled,
    Finished,
    Failed,
}

impl TaskStatus {
    pub(crate) const fn is_terminal(self) -> bool {
        matches!(self, Self::Canceled | Self::Finished | Self::Failed)
    }

    /// Flink's name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Initializing => "INITIALIZING",
            Self::Running => "RUNNING",
            Self::Canceling => "CANCELING",
            Self::Canceled => "CANCELED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
        }
    }
}

/// One task, in its newest attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskRecord {
    pub(crate) vertex: usize,
    pub(crate) status: TaskStatus,
    /// When it was started.
    pub(crate) started: i64,
    /// When it ended.
    pub(crate) ended: Option<i64>,
}

/// Something that made the job fail or start again.
#[derive(Debug, Clone)]
pub(crate) struct FailureRecord {
    pub(crate) at: i64,
    /// The task's name, if one failed.
    pub(crate) task: Option<String>,
    /// The kind of error.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

impl FailureRecord {
    pub(super) fn new(error: &Error, task: Option<String>, now: i64) -> Self {
        let kind = match error {
            Error::User(_) => "UserError",
            Error::Invalid(_) => "InvalidError",
            Error::External(_) => "ExternalError",
            Error::Damaged(_) => "DamagedError",
            Error::Cancelled => "CancelledError",
            Error::Internal(_) => "InternalError",
        };
        Self { at: now, task, kind, text: error.to_string() }
    }
}

/// A job as others see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) submitted: i64,
    /// When the job came into each state for the last time.
    pub(crate) since: HashMap<JobStatus, i64>,
    pub(crate) ended: Option<i64>,
    /// In the order of the execution graph.
    pub(crate) tasks: Vec<TaskRecord>,
    /// Newest first.
    pub(crate) failures: VecDeque<FailureRecord>,
    /// Whether there were more than are kept.
    pub(crate) failures_truncated: bool,
    pub(crate) checkpoints: CheckpointHistory,
}

impl Record {
    /// The job came into a state.
    pub(super) fn entered(&mut self, status: JobStatus, now: i64) {
        self.since.insert(status, now);
        if status.is_terminal() {
            self.ended = Some(now);
        }
    }

    /// These tasks begin, each with its number and vertex; the first time all of them do.
    pub(super) fn started(&mut self, tasks: impl Iterator<Item = (usize, usize)>, now: i64) {
        for (number, vertex) in tasks {
            let task = TaskRecord { vertex, status: TaskStatus::Initializing, started: now, ended: None };
            match self.tasks.get_mut(number) {
                Some(known) => *known = task,
                None => self.tasks.push(task),
            }
        }
    }

    /// A task came into a state.
    pub(super) fn task(&mut self, number: usize, status: TaskStatus, now: i64) {
        if let Some(task) = self.tasks.get_mut(number) {
            task.status = status;
            task.ended = status.is_terminal().then_some(now);
        }
    }

    /// Those of these tasks that have not ended are being stopped.
    pub(super) fn stopping(&mut self, numbers: &[usize]) {
        for number in numbers {
            if let Some(task) = self.tasks.get_mut(*number).filter(|task| !task.status.is_terminal()) {
                task.status = TaskStatus::Canceling;
            }
        }
    }

    /// The job failed.
    pub(super) fn failed(&mut self, mut failure: FailureRecord) {
        if failure.text.len() > LONGEST_TEXT {
            let end = (0..=LONGEST_TEXT).rev().find(|&end| failure.text.is_char_boundary(end)).unwrap_or(0);
            failure.text.truncate(end);
        }
        self.failures.push_front(failure);
        if self.failures.len() > FAILURES {
            self.failures.pop_back();
            self.failures_truncated = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_tasks_are_stopped_and_start_again_beside_others() {
        let mut record = Record::default();
        record.started([(0, 0), (1, 0), (2, 1)].into_iter(), 5);
        record.task(0, TaskStatus::Failed, 7);
        record.stopping(&[0, 2]);
        let states = |record: &Record| -> Vec<_> {
            record.tasks.iter().map(|task| (task.status.as_str(), task.started, task.ended)).collect()
        };
        let one_runs = ("INITIALIZING", 5, None);
        assert_eq!(states(&record), [("FAILED", 5, Some(7)), one_runs, ("CANCELING", 5, None)]);
        record.started([(0, 0), (2, 1)].into_iter(), 9);
        assert_eq!(states(&record), [("INITIALIZING", 9, None), one_runs, ("INITIALIZING", 9, None)]);
    }

    #[test]
    fn failures_are_bounded_in_number_and_length() {
        let mut record = Record::default();
        for at in 0..20 {
            record.failed(FailureRecord { at, task: None, kind: "User", text: "ä".repeat(LONGEST_TEXT) });
        }
        assert_eq!((record.failures.len(), record.failures[0].at, record.failures_truncated), (FAILURES, 19, true));
        assert!(record.failures[0].text.len() <= LONGEST_TEXT);
    }
}
