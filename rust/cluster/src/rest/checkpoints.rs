//! `/jobs/:jobid/checkpoints`: what has become of them, how they are configured, and another one at once.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use penstock_core::config::{CheckpointRetention, StateBackendKind, options};
use serde_json::{Value, json};

use super::checkpoint_stats;
use super::error::RestError;
use super::operations::{Accepted, accepted, failure, unknown};
use super::request::{self, CheckpointTriggerRequestBody, known_trigger_id, trigger_id};
use super::shown::Shown;
use crate::checkpoint::decide::Barriers;

/// `GET /jobs/:jobid/checkpoints`.
pub(super) async fn statistics(
    State(shown): State<Arc<Shown>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let (_, record) = handle.shared.record();
    Ok(Json(checkpoint_stats::all(&record.checkpoints, shown.clock.now_millis())))
}

/// `GET /jobs/:jobid/checkpoints/details/:checkpointid`.
pub(super) async fn details(
    State(shown): State<Arc<Shown>>,
    Path((id, checkpoint)): Path<(String, String)>,
) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let number: u64 = checkpoint.parse().map_err(|_| {
        let text: String = checkpoint.chars().take(64).collect();
        RestError::bad_request(format!("Cannot resolve path parameter (checkpointid) from value \"{text}\"."))
    })?;
    let (_, record) = handle.shared.record();
    let found = record.checkpoints.record(number);
    let found = found.ok_or_else(|| {
        RestError::not_found(format!("Could not find checkpointing statistics for checkpoint {number}."))
    })?;
    Ok(Json(checkpoint_stats::with_tasks(found, &handle.job.graph, shown.clock.now_millis())))
}

/// `GET /jobs/:jobid/checkpoints/config`.
pub(super) async fn config(State(shown): State<Arc<Shown>>, Path(id): Path<String>) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let job = &handle.job;
    let Some(place) = &job.checkpoints else {
        return Err(RestError::not_found(format!("Checkpointing is not enabled for this job ({}).", job.id)));
    };
    let planning = &place.planning;
    let backend = match job.backend.kind {
        StateBackendKind::Hashmap => "HashMapStateBackend",
        StateBackendKind::Rocksdb => "EmbeddedRocksDBStateBackend",
    };
    let storage =
        if place.storage.is_durable() { "FileSystemCheckpointStorage" } else { "JobManagerCheckpointStorage" };
    Ok(Json(json!({
        "mode": if planning.barriers == Barriers::AtLeastOnce { "at_least_once" } else { "exactly_once" },
        // Flink has the largest number for "none".
        "interval": planning.interval.unwrap_or(i64::MAX),
        "timeout": planning.timeout,
        "min_pause": planning.min_pause,
        "max_concurrent": planning.max_concurrent,
        "externalization": {
            "enabled": place.retention != CheckpointRetention::NoExternalizedCheckpoints,
            "delete_on_cancellation": place.retention != CheckpointRetention::RetainOnCancellation,
        },
        "state_backend": backend,
        "checkpoint_storage": storage,
        "unaligned_checkpoints": matches!(planning.barriers, Barriers::Unaligned { .. }),
        "tolerable_failed_checkpoints": planning.tolerable_failures,
        "aligned_checkpoint_timeout":
            job.config.read(&options::CHECKPOINT_ALIGNED_TIMEOUT).map_or(0, |d| d.as_millis() as u64),
        "checkpoints_after_tasks_finish": planning.after_tasks_finish,
        "state_changelog_enabled": false,
        "changelog_periodic_materialization_interval": 600_000,
        "changelog_storage": "memory",
    })))
}

/// `POST /jobs/:jobid/checkpoints`.
pub(super) async fn trigger(State(shown): State<Arc<Shown>>, Path(id): Path<String>, bytes: Bytes) -> Accepted {
    let body: CheckpointTriggerRequestBody = request::body(&bytes, "CheckpointTriggerRequestBody")?;
    match body.checkpoint_type.as_deref().map(str::to_ascii_uppercase).as_deref() {
        None | Some("CONFIGURED" | "FULL") => {}
        Some("INCREMENTAL") => {
            return Err(RestError::bad_request("checkpointType: INCREMENTAL cannot be asked for. See FLINK-33723."));
        }
        Some(_) => return Err(RestError::bad_request("checkpointType: one of CONFIGURED, FULL is expected.")),
    }
    let handle = shown.job(&id)?;
    let trigger = trigger_id(body.trigger_id)?;
    let job = handle.job_id().to_owned();
    accepted(shown.checkpoints.begin(&job, &trigger, &shown.io, || handle.checkpoint().received()))
}

/// `GET /jobs/:jobid/checkpoints/:triggerid`.
pub(super) async fn triggered(
    State(shown): State<Arc<Shown>>,
    Path((id, trigger)): Path<(String, String)>,
) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let trigger = known_trigger_id(&trigger)?;
    let describe = |result: &penstock_core::Result<u64>| match result {
        Ok(number) => json!({"checkpointId": number, "failureCause": null}),
        Err(error) => json!({"checkpointId": null, "failureCause": failure(error)}),
    };
    let status = shown.checkpoints.status(handle.job_id(), &trigger, describe);
    status.map(Json).ok_or_else(|| unknown("checkpoint", &trigger, handle.job_id()))
}
