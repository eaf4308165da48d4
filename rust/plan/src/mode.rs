//! Streaming or batch: what the configuration asks for and the sources allow.

use penstock_core::config::{RuntimeMode, options};
use penstock_core::{Configuration, Error, Result};
use serde_json::Value;

use crate::stream_graph::{Operator, StreamGraph};

impl StreamGraph {
    /// How the job is run: `Streaming` or `Batch`, never `Automatic`.
    pub fn runtime_mode(&self, config: &Configuration) -> Result<RuntimeMode> {
        let unbounded = self.nodes.iter().find(|node| node.operator.is_unbounded_source());
        match (config.read(&options::RUNTIME_MODE)?, unbounded) {
            (RuntimeMode::Batch, Some(source)) => Err(Error::invalid(format!(
                "'{}' is an UNBOUNDED source, and '{}' is set to 'BATCH': such a source never ends, so there would \
                 never be a result. Set '{}' to 'STREAMING' or 'AUTOMATIC', or make the source bounded",
                source.name,
                options::RUNTIME_MODE.key(),
                options::RUNTIME_MODE.key()
            ))),
            (RuntimeMode::Automatic, Some(_)) | (RuntimeMode::Streaming, _) => Ok(RuntimeMode::Streaming),
            (RuntimeMode::Automatic | RuntimeMode::Batch, None) => Ok(RuntimeMode::Batch),
        }
    }
}

impl Operator {
    /// Whether it is a source that never ends: its options say so with `bounded`, or it watches its files.
    #[must_use]
    pub fn is_unbounded_source(&self) -> bool {
        let Self::Source { options, .. } = self else { return false };
        let watches_files = options.get("monitor_interval_ms").is_some_and(|interval| !interval.is_null());
        options.get("bounded").and_then(Value::as_bool).map_or(watches_files, |bounded| !bounded)
    }
}
