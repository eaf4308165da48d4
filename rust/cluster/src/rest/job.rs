//! `/jobs/:jobid` and what belongs to one job: its vertices, plan, configuration and failures.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use penstock_core::config::options;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::RestError;
use super::shown::Shown;
use super::vertices;
use crate::job::JobStatus;

const STATES: [JobStatus; 10] = [
    JobStatus::Initializing,
    JobStatus::Created,
    JobStatus::Running,
    JobStatus::Failing,
    JobStatus::Failed,
    JobStatus::Cancelling,
    JobStatus::Canceled,
    JobStatus::Finished,
    JobStatus::Restarting,
    JobStatus::Suspended,
];

/// `GET /jobs/:jobid`.
pub(super) async fn details(State(shown): State<Arc<Shown>>, Path(id): Path<String>) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let (status, record) = handle.shared.record();
    let now = shown.clock.now_millis();
    let mut timestamps: Map<String, Value> = STATES
        .iter()
        .map(|state| (state.as_str().to_owned(), record.since.get(state).copied().unwrap_or(0).into()))
        .collect();
    timestamps.insert("RECONCILING".to_owned(), 0.into());
    let (vertices, counts) = vertices::of_job(&handle, &record, now);
    let job = &handle.job;
    Ok(Json(json!({
        "jid": job.id,
        "application-id": job.id,
        "name": job.name,
        "isStoppable": false,
        "state": status.as_str(),
        "job-type": job.graph.mode.as_str(),
        "schedulerType": "Default",
        "start-time": record.submitted,
        "end-time": record.ended.unwrap_or(-1),
        "duration": record.ended.unwrap_or(now) - record.submitted,
        "maxParallelism": job.config.read(&options::MAX_PARALLELISM).unwrap_or(-1),
        "now": now,
        "timestamps": timestamps,
        "vertices": vertices,
        "status-counts": counts,
        "plan": penstock_plan::rest_plan(&job.graph, &job.id, &job.name),
        "pending-operators": 0,
    })))
}

/// `GET /jobs/:jobid/status`.
pub(super) async fn status(State(shown): State<Arc<Shown>>, Path(id): Path<String>) -> Result<Json<Value>, RestError> {
    Ok(Json(json!({"status": shown.job(&id)?.status().as_str()})))
}

/// `GET /jobs/:jobid/plan`.
pub(super) async fn plan(State(shown): State<Arc<Shown>>, Path(id): Path<String>) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let job = &handle.job;
    Ok(Json(json!({"plan": penstock_plan::rest_plan(&job.graph, &job.id, &job.name)})))
}

/// `GET /jobs/:jobid/config`.
pub(super) async fn config(State(shown): State<Arc<Shown>>, Path(id): Path<String>) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let config = &handle.job.config;
    let strategy = match config.read(&options::RESTART_STRATEGY) {
        Ok(Some(kind)) => kind.as_str(),
        _ => "Cluster level default restart strategy",
    };
    // Who sets a parameter with a telling name does not want it shown.
    let parameters: Map<String, Value> = config
        .read_map(&options::GLOBAL_JOB_PARAMETERS)
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| {
            let value =
                if penstock_core::config::is_secret(&key) { penstock_core::config::MASK.to_owned() } else { value };
            (key, value.into())
        })
        .collect();
    Ok(Json(json!({
        "jid": handle.job_id(),
        "name": handle.job.name,
        "execution-config": {
            "restart-strategy": strategy,
            "job-parallelism": config.read(&options::PARALLELISM).unwrap_or(1),
            "object-reuse-mode": config.read(&options::OBJECT_REUSE).unwrap_or(false),
            "user-config": parameters,
        },
    })))
}

/// Parameters of `GET /jobs/:jobid/exceptions`.
#[derive(Debug, Deserialize)]
pub(super) struct ExceptionsQuery {
    #[serde(rename = "maxExceptions")]
    most: Option<usize>,
}

/// `GET /jobs/:jobid/exceptions`.
pub(super) async fn exceptions(
    State(shown): State<Arc<Shown>>,
    Path(id): Path<String>,
    Query(query): Query<ExceptionsQuery>,
) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let (_, record) = handle.shared.record();
    let most = query.most.unwrap_or(usize::MAX);
    let entries: Vec<Value> = record
        .failures
        .iter()
        .take(most)
        .map(|failure| {
            json!({
                "exceptionName": failure.kind,
                "stacktrace": failure.text,
                "timestamp": failure.at,
                "failureLabels": {},
                "taskName": failure.task,
                "endpoint": null,
                "taskManagerId": null,
                "concurrentExceptions": [],
            })
        })
        .collect();
    let truncated = record.failures_truncated || record.failures.len() > entries.len();
    Ok(Json(json!({"exceptionHistory": {"entries": entries, "truncated": truncated}})))
}

/// `PATCH /jobs/:jobid/rescaling`, which Flink too answers so.
pub(super) async fn rescaling(
    State(shown): State<Arc<Shown>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, RestError> {
    shown.job(&id)?;
    Err(RestError::new(StatusCode::SERVICE_UNAVAILABLE, "Rescaling is temporarily disabled. See FLINK-12312."))
}
