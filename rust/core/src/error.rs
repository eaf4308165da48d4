//! What can go wrong, by whose fault it is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The result of everything in the engine that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a job, sorted by who can mend it.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// A user function raised; the text is the traceback, which comes first in everything that is shown.
    #[error("{0}")]
    User(Box<UserError>),
    /// The job or its configuration asks for something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// Something outside Penstock (a broker, a bucket, a disk) failed; a restart may help.
    #[error("{0}")]
    External(String),
    /// A file of a checkpoint does not hold what was written into it. Reading it again does not help; another checkpoint
    /// may.
    #[error("{0}")]
    Damaged(String),
    /// The task was told to stop.
    #[error("the task was cancelled")]
    Cancelled,
    /// A promise of the engine was broken; please report it.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Where in the user's code something failed, and with which record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserError {
    /// The formatted traceback, or a message where no Python frame was involved.
    pub traceback: String,
    /// The operator's name, once it is known.
    pub operator: String,
    /// Index of the subtask, from 0.
    pub subtask: u32,
    /// Parallelism of the operator.
    pub parallelism: u32,
    /// `repr` of the record, cut at 1 kB.
    pub record: Option<String>,
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.traceback.trim_end())?;
        if !self.operator.is_empty() {
            write!(f, "\n  in operator '{}', subtask {}/{}", self.operator, self.subtask + 1, self.parallelism)?;
        }
        if let Some(record) = &self.record {
            write!(f, "\n  while processing the record {record}")?;
        }
        Ok(())
    }
}

impl Error {
    /// An error raised by a user function.
    pub fn user(traceback: impl Into<String>, record: Option<String>) -> Self {
        let (operator, subtask, parallelism) = (String::new(), 0, 1);
        Self::User(Box::new(UserError { traceback: traceback.into(), operator, subtask, parallelism, record }))
    }

    /// A mistake in the job or its configuration.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// A failure of something outside.
    pub fn external(message: impl Into<String>) -> Self {
        Self::External(message.into())
    }

    /// A file of a checkpoint that does not hold what was written.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self::Damaged(message.into())
    }

    /// A broken promise of the engine.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Internal(message.into())
    }

    /// Adds where the error happened, if nobody said so yet.
    #[must_use]
    pub fn located(mut self, operator: &str, subtask: u32, parallelism: u32) -> Self {
        if let Self::User(user) = &mut self
            && user.operator.is_empty()
        {
            operator.clone_into(&mut user.operator);
            user.subtask = subtask;
            user.parallelism = parallelism;
        }
        self
    }
}
