//! Bodies and ids of requests. Whatever comes is bounded, and what does not fit is named.

use axum::body::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::RestError;
use crate::checkpoint::SavepointFormat;

/// Longest path that a body may name.
const LONGEST_PATH: usize = 4096;

/// Reads a body; an empty one stands for `{}`.
pub(super) fn body<T: DeserializeOwned>(bytes: &Bytes, name: &str) -> Result<T, RestError> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes.as_ref() };
    // A list would pass for a struct's fields in their order.
    serde_json::from_slice::<Map<String, Value>>(bytes)
        .and_then(|fields| serde_json::from_value(Value::Object(fields)))
        .map_err(|error| RestError::bad_request(format!("Request did not match expected format {name}: {error}.")))
}

/// An id that a client chose so that asking twice does no harm, or a new one.
pub(super) fn trigger_id(chosen: Option<String>) -> Result<String, RestError> {
    match chosen {
        None => Ok(Uuid::new_v4().simple().to_string()),
        Some(id) if is_trigger_id(&id) => Ok(id.to_ascii_lowercase()),
        Some(_) => Err(RestError::bad_request("triggerId: 32 hexadecimal digits are expected.")),
    }
}

/// Checks an id in a path.
pub(super) fn known_trigger_id(id: &str) -> Result<String, RestError> {
    if is_trigger_id(id) {
        return Ok(id.to_ascii_lowercase());
    }
    let shown: String = id.chars().take(64).collect();
    Err(RestError::bad_request(format!("Cannot resolve path parameter (triggerid) from value \"{shown}\".")))
}

fn is_trigger_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The path of a directory, if one is named.
pub(super) fn path(path: Option<String>, field: &str) -> Result<Option<String>, RestError> {
    match path {
        Some(path) if path.len() > LONGEST_PATH || path.contains('\0') => {
            Err(RestError::bad_request(format!("{field}: this is not a path.")))
        }
        Some(path) if path.trim().is_empty() => Ok(None),
        other => Ok(other),
    }
}

/// The format of a savepoint.
pub(super) fn format(format: Option<&str>) -> Result<SavepointFormat, RestError> {
    let Some(text) = format else { return Ok(SavepointFormat::default()) };
    SavepointFormat::parse(text)
        .ok_or_else(|| RestError::bad_request("formatType: one of CANONICAL, NATIVE is expected."))
}

/// The body of `POST /jobs/:jobid/savepoints`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SavepointTriggerRequestBody {
    #[serde(rename = "target-directory")]
    pub(super) target_directory: Option<String>,
    #[serde(rename = "cancel-job")]
    pub(super) cancel_job: Option<bool>,
    #[serde(rename = "formatType")]
    pub(super) format_type: Option<String>,
    #[serde(rename = "triggerId")]
    pub(super) trigger_id: Option<String>,
}

/// The body of `POST /jobs/:jobid/stop`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct StopWithSavepointRequestBody {
    pub(super) target_directory: Option<String>,
    pub(super) drain: Option<bool>,
    pub(super) format_type: Option<String>,
    pub(super) trigger_id: Option<String>,
}

/// The body of `POST /jobs/:jobid/checkpoints`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CheckpointTriggerRequestBody {
    pub(super) checkpoint_type: Option<String>,
    pub(super) trigger_id: Option<String>,
}

/// The body of `POST /savepoint-disposal`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavepointDisposalRequest {
    #[serde(rename = "savepoint-path")]
    pub(super) savepoint_path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_flinks_fields_and_no_others() {
        let read = |text: &'static str| {
            body::<StopWithSavepointRequestBody>(&Bytes::from(text), "StopWithSavepointRequestBody")
        };
        assert!(read("").unwrap().drain.is_none());
        let all =
            read(r#"{"targetDirectory": "/sp", "drain": true, "formatType": "NATIVE", "triggerId": null}"#).unwrap();
        assert_eq!((all.target_directory.as_deref(), all.drain), (Some("/sp"), Some(true)));
        assert!(read(r#"{"target-directory": "/sp"}"#).is_err(), "that is how the other body has it");
        assert!(read("[]").is_err() && read("{").is_err());
    }

    #[test]
    fn ids_and_paths_are_checked() {
        assert_eq!(trigger_id(None).unwrap().len(), 32);
        assert_eq!(trigger_id(Some("A".repeat(32))).unwrap(), "a".repeat(32));
        assert!(trigger_id(Some("../..".into())).is_err());
        assert!(path(Some("x".repeat(5000)), "target-directory").is_err());
        assert_eq!(path(Some(" ".into()), "target-directory").unwrap(), None);
    }
}
