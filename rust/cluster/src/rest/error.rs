//! What is answered when something is wrong: `{"errors": ["..."]}` with a status that says whose fault it is.

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that cannot be answered as it was meant.
#[derive(Debug)]
pub(super) struct RestError {
    status: StatusCode,
    message: String,
}

impl RestError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"errors": [self.message]}))).into_response()
    }
}

/// Anything else.
pub(super) async fn no_such_path(uri: Uri) -> RestError {
    let path: String = uri.path().chars().take(200).collect();
    RestError::not_found(format!("Unable to load requested file {path}."))
}
