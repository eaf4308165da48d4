//! `/jobs` and `/jobs/overview`: all jobs of the process.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::shown::Shown;
use super::vertices::{ALL_STATES, count};
use crate::job::JobHandle;

/// Ids and states.
pub(super) async fn ids(State(shown): State<Arc<Shown>>) -> Json<Value> {
    let jobs = shown.jobs().iter().map(|job| json!({"id": job.job_id(), "status": job.status().as_str()})).collect();
    Json(json!({"jobs": Value::Array(jobs)}))
}

/// A line for each job.
pub(super) async fn overview(State(shown): State<Arc<Shown>>) -> Json<Value> {
    let now = shown.clock.now_millis();
    let jobs = shown.jobs().iter().map(|job| line(job, now)).collect();
    Json(json!({"jobs": Value::Array(jobs)}))
}

fn line(handle: &JobHandle, now: i64) -> Value {
    let (status, record) = handle.shared.record();
    let mut tasks = serde_json::Map::new();
    for state in ALL_STATES {
        tasks.insert(state.to_ascii_lowercase(), count(record.tasks.iter(), state).into());
    }
    tasks.insert("total".to_owned(), record.tasks.len().into());
    json!({
        "jid": handle.job_id(),
        "name": handle.job.name,
        "jobType": handle.job.graph.mode.as_str(),
        "schedulerType": "Default",
        "start-time": record.submitted,
        "end-time": record.ended.unwrap_or(-1),
        "duration": record.ended.unwrap_or(now) - record.submitted,
        "state": status.as_str(),
        "last-modification": record.since.values().max().copied().unwrap_or(record.submitted),
        "tasks": tasks,
        "pending-operators": 0,
    })
}
