//! Configuration: Flink's keys and values as strings, read with their types when they are used.
//!
//! ```
//! use penstock_core::config::{Configuration, options};
//! use std::time::Duration;
//! let mut config = Configuration::default();
//! config.set("state.checkpoints.dir", "s3://bucket/checkpoints"); // an older name of execution.checkpointing.dir
//! config.set("execution.checkpointing.interval", "10 s");
//! assert_eq!(config.read(&options::CHECKPOINT_INTERVAL).unwrap(), Some(Duration::from_secs(10)));
//! assert_eq!(config.read(&options::CHECKPOINT_DIR).unwrap().as_deref(), Some("s3://bucket/checkpoints"));
//! ```

mod collections;
mod deprecated;
mod duration;
mod enums;
mod memory;
mod option;
pub mod options;
mod secrets;
mod sections;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;

pub use collections::{join_list, join_map};
pub use deprecated::renamed_to;
pub use enums::{
    CheckpointRetention, CheckpointingMode, ClaimMode, FailoverStrategy, LatencyGranularity, PythonExecutionMode,
    RestartStrategyKind, RocksDbPreset, RuntimeMode, StateBackendKind, TimerServiceKind,
};
pub use memory::MemorySize;
pub use option::{ConfigOption, ConfigValue};
pub use secrets::{MASK, is_secret};
pub use sections::Reporter;

/// A job's or a cluster's configuration.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    entries: BTreeMap<String, String>,
}

impl FromIterator<(String, String)> for Configuration {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(iter: I) -> Self {
        Self { entries: iter.into_iter().collect() }
    }
}

/// Shows no secrets, so that a configuration may be logged.
impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.masked()).finish()
    }
}

impl Configuration {
    /// The text of a key, if it is set.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(String::as_str)
    }

    /// Sets a key.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.entries.insert(key.into(), value.into());
    }

    /// Takes a key out, so that its default holds again.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        self.entries.remove(key)
    }

    /// Takes every key of another configuration; what is set in both comes from the other one.
    pub fn merge(&mut self, other: &Self) {
        self.entries.extend(other.entries.iter().map(|(key, value)| (key.clone(), value.clone())));
    }

    /// Every key with its value, in order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }
}
