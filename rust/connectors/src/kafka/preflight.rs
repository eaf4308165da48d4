//! What can be found wrong with a cluster before a job runs.

use std::time::Duration;

use penstock_core::{Error, Result};

use super::wire::{Cluster, TopicCheck, WireError};

/// How long a topic that was just created may take to be known everywhere.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(200);

/// Whether one of the bootstrap servers answers.
pub(crate) async fn reach(cluster: &mut Cluster, bootstrap: &str) -> Result<()> {
    cluster.reach().await.map_err(|error| unreachable(bootstrap, &error))
}

/// The error of a cluster that does not answer.
pub(crate) fn unreachable(bootstrap: &str, error: &WireError) -> Error {
    match error {
        WireError::Refused(why) => {
            Error::external(format!("Kafka (bootstrap.servers={bootstrap}) does not let this job in: {why}"))
        }
        other => Error::external(format!(
            "Kafka is not reachable at bootstrap.servers={bootstrap}: {other}. Is the address right, and the broker running?"
        )),
    }
}

/// Whether a topic is there; with `create`, the broker makes it if it is configured to.
pub(crate) async fn topic(cluster: &mut Cluster, bootstrap: &str, topic: &str, create: bool) -> Result<()> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match cluster.check_topic(topic, create).await.map_err(|e| unreachable(bootstrap, &e))? {
            TopicCheck::There => return Ok(()),
            TopicCheck::Unusable(why) => {
                return Err(Error::external(format!("the Kafka topic '{topic}' cannot be used: {why}")));
            }
            TopicCheck::Missing if tokio::time::Instant::now() > deadline => return Err(missing(bootstrap, topic)),
            TopicCheck::Missing => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn missing(bootstrap: &str, topic: &str) -> Error {
    Error::invalid(format!(
        "the Kafka topic '{topic}' does not exist at {bootstrap}. Create it: kafka-topics.sh --bootstrap-server {bootstrap} --create \
         --topic {topic} --partitions 1 --replication-factor 1"
    ))
}
