//! `PATCH /jobs/:jobid`, and the path that the Cancel button of Flink's dashboard calls.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::RestError;
use super::shown::Shown;

/// What is to be done to the job.
#[derive(Debug, Deserialize)]
pub(super) struct Mode {
    mode: Option<String>,
}

/// `PATCH /jobs/:jobid?mode=cancel`.
pub(super) async fn terminate(
    state: State<Arc<Shown>>,
    path: Path<String>,
    Query(query): Query<Mode>,
) -> Result<(StatusCode, Json<Value>), RestError> {
    match query.mode.as_deref() {
        None => cancel(state, path).await,
        Some(mode) if mode.eq_ignore_ascii_case("cancel") => cancel(state, path).await,
        Some(mode) if mode.eq_ignore_ascii_case("stop") => Err(RestError::new(
            StatusCode::GONE,
            "The termination mode \"stop\" has been removed. For a graceful termination, use the stop-with-savepoint \
             call: POST /jobs/:jobid/stop.",
        )),
        Some(_) => Err(RestError::bad_request("mode: \"cancel\" is expected.")),
    }
}

/// Cancels a job.
pub(super) async fn cancel(
    State(shown): State<Arc<Shown>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), RestError> {
    let handle = shown.job(&id)?;
    let status = handle.status();
    if status.is_terminal() {
        let text =
            format!("Job cancellation failed because the job has already reached another terminal state ({status}).");
        return Err(RestError::new(StatusCode::CONFLICT, text));
    }
    handle.cancel();
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}
