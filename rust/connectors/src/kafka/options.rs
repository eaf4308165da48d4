//! What a stream graph says about Kafka sources and sinks, as JSON.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Client properties as the user gave them, under the names of Kafka's Java clients or librdkafka's.
pub type GivenProperties = BTreeMap<String, String>;

/// A Kafka source.
#[derive(Debug, Clone, Deserialize)]
pub struct SourceOptions {
    /// Client properties.
    #[serde(default)]
    pub properties: GivenProperties,
    /// Where to find the cluster; may be among the properties instead.
    #[serde(default)]
    pub bootstrap_servers: Option<String>,
    /// The consumer group that offsets are committed to; may be among the properties instead.
    #[serde(default)]
    pub group_id: Option<String>,
    /// What to read.
    pub subscription: Subscription,
    /// Where to begin.
    pub starting_offsets: Offsets,
    /// Where to end; `None`: never.
    #[serde(default)]
    pub stopping_offsets: Option<Offsets>,
    /// Whether the source ends when every partition has reached its stopping offset.
    #[serde(default)]
    pub bounded: bool,
    /// Prefix of the client ids.
    #[serde(default)]
    pub client_id_prefix: Option<String>,
    /// Whether the job wants the records' keys.
    #[serde(default)]
    pub keys: bool,
}

/// What a source reads.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Subscription {
    /// These topics, all their partitions.
    Topics(Vec<String>),
    /// All topics whose whole name matches.
    Pattern(String),
    /// These partitions.
    Partitions(Vec<(String, i32)>),
}

/// How to find the offset to begin or end at.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Offsets {
    /// The first record there is.
    Earliest,
    /// After the last record there is.
    Latest,
    /// What the group has committed.
    Committed {
        /// For partitions without a committed offset.
        #[serde(default)]
        reset: Reset,
    },
    /// The first record with this timestamp or a later one.
    Timestamp {
        /// Milliseconds since the epoch.
        timestamp: i64,
    },
    /// One by one.
    Offsets {
        /// Topic, partition, offset.
        offsets: Vec<(String, i32, i64)>,
        /// For partitions that are not listed.
        #[serde(default)]
        reset: Reset,
    },
}

/// What to do where there is no valid offset.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Reset {
    /// Begin with the first record.
    #[serde(alias = "earliest")]
    Earliest,
    /// Begin after the last record.
    #[serde(alias = "latest")]
    Latest,
    /// Fail.
    #[default]
    #[serde(alias = "none")]
    None,
}

impl Offsets {
    /// The policy for offsets that turn out to lie outside the log.
    #[must_use]
    pub fn reset(&self) -> Reset {
        match self {
            Self::Earliest => Reset::Earliest,
            Self::Latest | Self::Timestamp { .. } => Reset::Latest,
            Self::Committed { reset } | Self::Offsets { reset, .. } => *reset,
        }
    }
}

/// A Kafka sink.
#[derive(Debug, Clone, Deserialize)]
pub struct SinkOptions {
    /// Client properties.
    #[serde(default)]
    pub properties: GivenProperties,
    /// Where to find the cluster; may be among the properties instead.
    #[serde(default)]
    pub bootstrap_servers: Option<String>,
    /// What is promised about records when something fails.
    #[serde(default)]
    pub delivery_guarantee: Guarantee,
    /// First part of the transactional ids.
    #[serde(default)]
    pub transactional_id_prefix: Option<String>,
    /// How transactions are named.
    #[serde(default)]
    pub transaction_naming: Naming,
    /// The topic of records that name none themselves.
    #[serde(default)]
    pub topic: Option<String>,
}

/// How transactions are named: Flink's `TransactionNamingStrategy`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Naming {
    /// A new name for each checkpoint.
    #[default]
    Incrementing,
    /// Names of transactions that are over are used again.
    Pooling,
}

/// What is promised about records when something fails.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Guarantee {
    /// Records may be lost or doubled.
    #[default]
    None,
    /// Records may be doubled.
    AtLeastOnce,
    /// Neither.
    ExactlyOnce,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_source_is_read_from_a_stream_graph() {
        let options: SourceOptions = serde_json::from_value(json!({
            "properties": {"fetch.max.wait.ms": "100"}, "bootstrap_servers": "localhost:9092", "group_id": "g",
            "subscription": {"partitions": [["t", 0]]}, "starting_offsets": {"kind": "committed", "reset": "EARLIEST"},
            "stopping_offsets": {"kind": "offsets", "offsets": [["t", 0, 5]], "reset": "NONE"}, "bounded": true, "client_id_prefix": null
        }))
        .unwrap();
        assert_eq!(options.subscription, Subscription::Partitions(vec![("t".to_owned(), 0)]));
        assert_eq!(options.starting_offsets.reset(), Reset::Earliest);
        assert_eq!(options.stopping_offsets.unwrap().reset(), Reset::None);
    }

    #[test]
    fn timestamps_reset_to_the_end_as_in_flink() {
        assert_eq!(Offsets::Timestamp { timestamp: 3 }.reset(), Reset::Latest);
    }

    #[test]
    fn a_sink_promises_nothing_by_default() {
        let options: SinkOptions = serde_json::from_value(json!({"bootstrap_servers": "b:1", "topic": "t"})).unwrap();
        assert_eq!(options.delivery_guarantee, Guarantee::None);
        let options: SinkOptions = serde_json::from_value(json!({"delivery_guarantee": "exactly-once"})).unwrap();
        assert_eq!(options.delivery_guarantee, Guarantee::ExactlyOnce);
    }
}
