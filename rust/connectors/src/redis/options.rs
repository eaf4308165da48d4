//! What a stream graph says about Redis sinks, as JSON.

use serde::Deserialize;

/// A Redis sink.
#[derive(Debug, Clone, Deserialize)]
pub struct SinkOptions {
    /// `redis://…` or `rediss://…`.
    pub url: String,
    /// Unless the URL has it.
    #[serde(default)]
    pub username: Option<String>,
    /// Unless the URL has it.
    #[serde(default)]
    pub password: Option<String>,
    /// Records in a pipeline.
    pub batch_size: usize,
    /// How long a record waits for others, in milliseconds; 0: until the pipeline is full, or for a checkpoint.
    pub batch_interval_ms: u64,
    /// How often a pipeline is sent again.
    pub max_retries: u32,
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
}
