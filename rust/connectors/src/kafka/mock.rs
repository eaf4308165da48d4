//! A Kafka cluster inside this process, for trying things out: `penstock dev kafka` and tests.
//!
//! It does without disks and without most promises: `read_committed` filters nothing, transactions cannot be described,
//! and everything is gone when it is dropped.

use std::collections::BTreeMap;
use std::time::Duration;

use penstock_core::{Error, Result};
use rdkafka::mocking;
use rdkafka::producer::DefaultProducerContext;

/// A running mock cluster; it stops when it is dropped.
pub struct MockCluster {
    cluster: mocking::MockCluster<'static, DefaultProducerContext>,
}

impl MockCluster {
    /// Starts one broker with these topics and their numbers of partitions.
    pub fn start(topics: &BTreeMap<String, i32>) -> Result<Self> {
        let cluster = mocking::MockCluster::new(1)
            .map_err(|e| Error::external(format!("the mock Kafka cluster cannot be started: {e}")))?;
        let mock = Self { cluster };
        for (topic, partitions) in topics {
            mock.create_topic(topic, *partitions)?;
        }
        Ok(mock)
    }

    /// Creates a topic. One that is written to without having been created has 4 partitions.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> Result<()> {
        self.cluster
            .create_topic(topic, partitions, 1)
            .map_err(|e| Error::external(format!("the mock topic {topic} cannot be created: {e}")))
    }

    /// Lets every answer take so long.
    pub fn answer_after(&self, delay: Duration) -> Result<()> {
        self.cluster
            .broker_round_trip_time(1, delay)
            .map_err(|e| Error::external(format!("the mock broker cannot be slowed down: {e}")))
    }

    /// Where clients find it.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}
