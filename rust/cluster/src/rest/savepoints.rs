//! `/jobs/:jobid/savepoints` and `/jobs/:jobid/stop`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use penstock_core::config::options;
use serde_json::{Value, json};

use super::error::RestError;
use super::operations::{Accepted, accepted, failure, unknown};
use super::request::{self, SavepointTriggerRequestBody, StopWithSavepointRequestBody, known_trigger_id, trigger_id};
use super::shown::Shown;
use crate::checkpoint::{Afterwards, SavepointRequest};

/// `POST /jobs/:jobid/savepoints`.
pub(super) async fn trigger(State(shown): State<Arc<Shown>>, Path(id): Path<String>, bytes: Bytes) -> Accepted {
    let body: SavepointTriggerRequestBody = request::body(&bytes, "SavepointTriggerRequestBody")?;
    let wanted = SavepointRequest {
        directory: request::path(body.target_directory, "target-directory")?,
        format: request::format(body.format_type.as_deref())?,
        afterwards: if body.cancel_job == Some(true) { Afterwards::Cancel } else { Afterwards::GoOn },
    };
    begin(&shown, &id, wanted, "target-directory", body.trigger_id)
}

/// `POST /jobs/:jobid/stop`.
pub(super) async fn stop(State(shown): State<Arc<Shown>>, Path(id): Path<String>, bytes: Bytes) -> Accepted {
    let body: StopWithSavepointRequestBody = request::body(&bytes, "StopWithSavepointRequestBody")?;
    let wanted = SavepointRequest {
        directory: request::path(body.target_directory, "targetDirectory")?,
        format: request::format(body.format_type.as_deref())?,
        afterwards: Afterwards::Stop { drain: body.drain == Some(true) },
    };
    begin(&shown, &id, wanted, "targetDirectory", body.trigger_id)
}

fn begin(shown: &Shown, id: &str, wanted: SavepointRequest, field: &str, chosen: Option<String>) -> Accepted {
    let handle = shown.job(id)?;
    let trigger = trigger_id(chosen)?;
    let default = handle.job.config.read(&options::SAVEPOINT_DIR).ok().flatten();
    if wanted.directory.is_none() && default.is_none() {
        return Err(RestError::bad_request(format!(
            "Config key [{}] is not set. Property [{field}] must be provided.",
            options::SAVEPOINT_DIR.key()
        )));
    }
    let job = handle.job_id().to_owned();
    accepted(shown.savepoints.begin(&job, &trigger, &shown.io, || handle.savepoint(wanted).received()))
}

/// `GET /jobs/:jobid/savepoints/:triggerid`, of both.
pub(super) async fn triggered(
    State(shown): State<Arc<Shown>>,
    Path((id, trigger)): Path<(String, String)>,
) -> Result<Json<Value>, RestError> {
    let handle = shown.job(&id)?;
    let trigger = known_trigger_id(&trigger)?;
    let describe = |result: &penstock_core::Result<String>| match result {
        Ok(path) => json!({"location": path}),
        Err(error) => json!({"failure-cause": failure(error)}),
    };
    let status = shown.savepoints.status(handle.job_id(), &trigger, describe);
    status.map(Json).ok_or_else(|| unknown("savepoint", &trigger, handle.job_id()))
}
