//! Runs jobs: the Dispatcher's [`submit`], a JobMaster per job, and its tasks as threads of this process.
//!
//! A request to a task goes through its mailbox and a report comes back as an event, so that tasks may live elsewhere.

pub mod checkpoint;
mod io;
mod job;
mod metrics;
pub mod restart;
mod restore;
mod settings;
mod source;
mod submit;

pub use io::runtime;
pub use job::{JobHandle, JobResult, JobStatus, Progress};
pub use submit::{JobSubmission, submit};
