//! The states of a job, with Flink's names.

use std::fmt;

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStatus {
    /// It was accepted and is being set up.
    Initializing,
    /// It is set up, nothing runs yet.
    Created,
    /// Its tasks run.
    Running,
    /// It failed for good; its tasks are being stopped.
    Failing,
    /// It failed.
    Failed,
    /// Somebody cancelled it; its tasks are being stopped.
    Cancelling,
    /// It was cancelled.
    Canceled,
    /// All its input was processed.
    Finished,
    /// It failed and starts again.
    Restarting,
    /// The process goes away; the job can go on from its last checkpoint elsewhere.
    Suspended,
}

impl JobStatus {
    /// Flink's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initializing => "INITIALIZING",
            Self::Created => "CREATED",
            Self::Running => "RUNNING",
            Self::Failing => "FAILING",
            Self::Failed => "FAILED",
            Self::Cancelling => "CANCELLING",
            Self::Canceled => "CANCELED",
            Self::Finished => "FINISHED",
            Self::Restarting => "RESTARTING",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// Whether nothing follows in this process.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Failed | Self::Canceled | Self::Finished | Self::Suspended)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
