//! What a stream graph says about HTTP sinks, as JSON.

use serde::Deserialize;

/// An HTTP sink.
#[derive(Debug, Clone, Deserialize)]
pub struct SinkOptions {
    /// `http://…` or `https://…`.
    pub url: String,
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// Names and values. They may be secret.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// How a batch becomes a body.
    pub format: BatchFormat,
    /// Records in a request.
    pub batch_size: usize,
    /// Bytes after which a request is sent.
    pub max_batch_bytes: usize,
    /// How long a record waits for others, in milliseconds; 0: until the batch is full, or for a checkpoint.
    pub batch_interval_ms: u64,
    /// Requests at once.
    pub max_in_flight: usize,
    /// How often a request is tried again.
    pub max_retries: u32,
    /// How long a response may take, in milliseconds.
    pub request_timeout_ms: u64,
}

/// How a batch becomes a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchFormat {
    /// `[a,b,c]`, of records that are JSON.
    JsonArray,
    /// Each record in a line.
    Lines,
    /// One record, as it is.
    Single,
}
