//! Metrics of the job as a whole, and the reporters that show all metrics to the outside.

mod job;
mod prometheus;
mod reporter;

pub(crate) use job::{CheckpointMetrics, JobMetrics};
pub(crate) use reporter::{report, unreport};
