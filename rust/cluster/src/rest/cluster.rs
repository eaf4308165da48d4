//! `/overview` and `/config`: the process as a cluster.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::shown::Shown;
use crate::job::JobStatus;

/// The version of Flink whose answers these are; clients choose what they send by it.
const FLINK_VERSION: &str = "2.3.0";
const REFRESH_MS: u64 = 3000;

/// Numbers of slots and jobs.
pub(super) async fn overview(State(shown): State<Arc<Shown>>) -> Json<Value> {
    let jobs = shown.jobs();
    let count = |is: fn(JobStatus) -> bool| jobs.iter().filter(|job| is(job.status())).count();
    // A job has as many slots as its widest vertex has subtasks, and none is free.
    let slots: u32 = jobs
        .iter()
        .filter(|job| !job.status().is_terminal())
        .map(|job| job.job.graph.vertices.iter().map(|v| v.parallelism).max().unwrap_or(0))
        .sum();
    Json(json!({
        "taskmanagers": 1,
        "slots-total": slots,
        "slots-available": 0,
        "jobs-running": count(|status| !status.is_terminal()),
        "jobs-finished": count(|status| status == JobStatus::Finished),
        "jobs-cancelled": count(|status| status == JobStatus::Canceled),
        "jobs-failed": count(|status| status == JobStatus::Failed),
        "flink-version": FLINK_VERSION,
        "flink-commit": env!("CARGO_PKG_VERSION"),
    }))
}

/// What a dashboard wants to know.
pub(super) async fn config() -> Json<Value> {
    Json(json!({
        "refresh-interval": REFRESH_MS,
        "timezone-name": "Coordinated Universal Time",
        "timezone-offset": 0,
        "flink-version": FLINK_VERSION,
        "flink-revision": concat!("penstock ", env!("CARGO_PKG_VERSION")),
        "features": {"web-submit": false, "web-cancel": true, "web-rescale": false, "web-history": false},
    }))
}
