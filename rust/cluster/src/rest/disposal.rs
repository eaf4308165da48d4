//! `/savepoint-disposal`: removes a savepoint. Whatever the path names, only the folder of a savepoint is removed.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use penstock_core::{Configuration, Error, Result};
use penstock_state::CheckpointStorage;
use serde_json::{Value, json};

use super::error::RestError;
use super::operations::{Accepted, accepted, failure};
use super::request::{self, SavepointDisposalRequest, known_trigger_id, trigger_id};
use super::shown::Shown;

/// `POST /savepoint-disposal`.
pub(super) async fn trigger(State(shown): State<Arc<Shown>>, bytes: Bytes) -> Accepted {
    let body: SavepointDisposalRequest = request::body(&bytes, "SavepointDisposalRequest")?;
    let path = request::path(Some(body.savepoint_path), "savepoint-path")?
        .ok_or_else(|| RestError::bad_request("Property [savepoint-path] must be provided."))?;
    let trigger = trigger_id(None)?;
    let config = shown.configuration();
    accepted(shown.disposals.begin("", &trigger, &shown.io, || async move { dispose(&path, &config).await }))
}

/// `GET /savepoint-disposal/:triggerid`.
pub(super) async fn triggered(
    State(shown): State<Arc<Shown>>,
    Path(trigger): Path<String>,
) -> Result<Json<Value>, RestError> {
    let trigger = known_trigger_id(&trigger)?;
    let describe = |result: &Result<()>| match result {
        Ok(()) => json!({}),
        Err(error) => json!({"failure-cause": failure(error)}),
    };
    let status = shown.disposals.status("", &trigger, describe);
    status.map(Json).ok_or_else(|| RestError::not_found(format!("Operation not found under key: {trigger}")))
}

/// Removes a savepoint, and nothing that is not one.
async fn dispose(path: &str, config: &Configuration) -> Result<()> {
    let folder = CheckpointStorage::checkpoint_at(path, config)?;
    let metadata = folder.read_metadata().await?;
    if !metadata.is_savepoint {
        return Err(Error::invalid(format!(
            "{} is not a savepoint but a checkpoint, which belongs to its job; it was not removed",
            folder.url()
        )));
    }
    tracing::info!("Disposing savepoint {}.", folder.url());
    folder.discard_savepoint(&metadata).await
}
