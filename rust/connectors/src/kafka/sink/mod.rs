//! The Kafka sink.
//!
//! Exactly once works in two phases, each transaction under an id of its own (`naming`). At a barrier the writer
//! flushes, asks the broker who holds the open transaction and puts the answer into the checkpoint (`committable`);
//! the next transaction, opened beforehand on a thread of its own (`opener`), goes on. A barrier that need not keep its
//! turn waits until that is open. When the checkpoint is complete, the committer ends the transaction over a connection
//! of its own, in this life or the next. On start, the writer aborts what an earlier life left open, by asking the
//! brokers for it (`listing`) and by trying names (`probing`).
//!
//! With `TransactionNamingStrategy.POOLING` a transaction takes a name whose last transaction is over (`pool`), so that
//! brokers have few names to remember. Prefix and strategy may change between two lives.
//!
//! Kill points, in the order of a checkpoint: `kafka-before-prepare`, `kafka-after-prepare`, `kafka-before-commit`,
//! `kafka-between-commits` (after each transaction that was committed), `kafka-after-commit`.

mod at_work;
mod buffer;
mod capacity;
mod cleaning;
mod commit;
mod committable;
mod committer;
mod listing;
mod naming;
mod opener;
mod output;
mod plain;
mod pool;
mod probing;
mod state;
mod timeout;
mod transactional;

use std::sync::Arc;
use std::time::Duration;

use penstock_core::sink::{Committer, Sink, SinkWriter, WriterContext};
use penstock_core::{Error, Result};
use tokio::sync::OnceCell;

use super::options::{Guarantee, Naming, SinkOptions};
use super::preflight;
use super::properties::{Properties, Role};
use super::security::Security;
use super::wire::Cluster;
use crate::bridge;
use committer::KafkaCommitter;
use plain::PlainWriter;
use timeout::TransactionTimeout;
use transactional::TransactionalWriter;

/// How long the cluster may take to answer what a writer asks at its start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A Kafka sink, configured.
pub struct KafkaSink {
    shared: Arc<Shared>,
}

/// What every writer of a sink needs.
struct Shared {
    properties: Properties,
    guarantee: Guarantee,
    /// Empty unless exactly once.
    prefix: String,
    naming: Naming,
    topic: Option<String>,
    /// Resolved once per process, when it is first needed.
    timeout: OnceCell<TransactionTimeout>,
}

impl KafkaSink {
    /// Checks the options and translates the properties.
    pub fn new(options: SinkOptions) -> Result<Self> {
        let mut properties =
            Properties::translate(Role::Producer, &options.properties, options.bootstrap_servers.as_deref())?;
        properties.warn_of_dropped("Kafka sink");
        Security::check_login(&properties)?;
        if options.delivery_guarantee == Guarantee::ExactlyOnce {
            Security::of(&properties)?;
        }
        let prefix = naming::checked_prefix(options.delivery_guarantee, options.transactional_id_prefix)?;
        prepare(&mut properties);
        let shared = Shared {
            properties,
            guarantee: options.delivery_guarantee,
            prefix,
            naming: options.transaction_naming,
            topic: options.topic,
            timeout: OnceCell::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }
}

/// What is the same for every producer of a sink. Defaults are Java's where they show in the result: the partition of
/// a key, and that retries neither double nor reorder.
fn prepare(properties: &mut Properties) {
    properties.remove("transactional.id");
    properties.default_to("partitioner", "murmur2_random");
    let idempotent = properties.client("acks").is_none_or(|acks| matches!(acks.trim(), "all" | "-1"));
    properties.default_to("enable.idempotence", if idempotent { "true" } else { "false" });
    properties.default_to("queue.buffering.max.kbytes", "32768");
    properties.default_to("log.connection.close", "false");
}

impl Shared {
    /// How long transactions may stay open; asks the broker for its limit.
    async fn transaction_timeout(&self, cluster: &mut Cluster) -> Result<TransactionTimeout> {
        let resolve = timeout::resolve(
            self.properties.client("transaction.timeout.ms"),
            cluster,
            self.properties.bootstrap_servers(),
        );
        self.timeout.get_or_try_init(|| resolve).await.copied()
    }

    /// Properties of a producer under this name.
    fn producer_properties(&self, subtask: u32) -> Properties {
        let mut properties = self.properties.clone();
        if let Some(given) = self.properties.client("client.id") {
            properties.force("client.id", format!("{given}-{subtask}"));
        }
        // Of no use without a transactional id, and checked against other properties.
        properties.remove("transaction.timeout.ms");
        properties
    }

    fn cluster(&self, subtask: u32) -> Result<Cluster> {
        Cluster::new(&self.properties, &format!("penstock-transactions-{subtask}"))
    }
}

impl Sink for KafkaSink {
    fn preflight(&self) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        if Security::of(&shared.properties).is_err() {
            // Only librdkafka can log in here; its own errors have to do.
            return Ok(());
        }
        bridge::run_alone(async move {
            let bootstrap = shared.properties.bootstrap_servers();
            let mut cluster = Cluster::new(&shared.properties, "penstock-preflight")?;
            preflight::reach(&mut cluster, bootstrap).await?;
            if let Some(topic) = &shared.topic {
                preflight::topic(&mut cluster, bootstrap, topic, true).await?;
            }
            if shared.guarantee == Guarantee::ExactlyOnce {
                shared.transaction_timeout(&mut cluster).await?;
            }
            Ok(())
        })
    }

    fn is_two_phase(&self) -> bool {
        self.shared.guarantee == Guarantee::ExactlyOnce
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        Ok(match self.shared.guarantee {
            Guarantee::ExactlyOnce => Box::new(TransactionalWriter::start(&self.shared, &context)?),
            Guarantee::None | Guarantee::AtLeastOnce => Box::new(PlainWriter::new(&self.shared, &context)?),
        })
    }

    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        if self.shared.guarantee != Guarantee::ExactlyOnce {
            return Ok(None);
        }
        let cluster = self.shared.cluster(context.subtask)?;
        Ok(Some(Box::new(KafkaCommitter::new(cluster, context))))
    }
}

/// The error of a record that no topic is known for.
fn no_topic() -> Error {
    Error::invalid(
        "a record for a Kafka sink has no topic: call set_topic(\"...\") or set_topic_selector(...) on the KafkaRecordSerializationSchema builder",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sink(options: Value) -> Result<KafkaSink> {
        KafkaSink::new(serde_json::from_value(options).unwrap())
    }

    #[test]
    fn exactly_once_needs_a_prefix() {
        let error =
            sink(json!({"bootstrap_servers": "b:1", "delivery_guarantee": "exactly-once"})).err().unwrap().to_string();
        assert!(error.contains("set_transactional_id_prefix"), "{error}");
    }

    #[test]
    fn output_is_final_with_a_checkpoint_only_in_transactions() {
        let two_phase = |guarantee: &str| {
            let options =
                json!({"bootstrap_servers": "b:1", "delivery_guarantee": guarantee, "transactional_id_prefix": "p"});
            sink(options).unwrap().is_two_phase()
        };
        assert!(two_phase("exactly-once") && !two_phase("at-least-once") && !two_phase("none"));
    }

    #[test]
    fn keys_are_partitioned_as_java_does_and_retries_are_safe() {
        let sink1 = sink(json!({"bootstrap_servers": "b:1"})).unwrap();
        let properties = &sink1.shared.properties;
        assert_eq!(
            (properties.client("partitioner"), properties.client("enable.idempotence")),
            (Some("murmur2_random"), Some("true"))
        );
        let sink2 = sink(json!({"bootstrap_servers": "b:1", "properties": {"acks": "1"}})).unwrap();
        assert_eq!(sink2.shared.properties.client("enable.idempotence"), Some("false"));
    }

    #[test]
    fn a_login_that_cannot_be_used_is_refused_when_the_job_is_built() {
        let properties = json!({"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "GSSAPI"});
        let error = sink(json!({"bootstrap_servers": "b:1", "properties": properties})).err().unwrap().to_string();
        assert!(error.contains("GSSAPI"), "{error}");
    }

    #[test]
    fn an_unreachable_broker_is_named_by_the_preflight() {
        let error = sink(json!({"bootstrap_servers": "127.0.0.1:1", "topic": "t"}))
            .unwrap()
            .preflight()
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("Kafka is not reachable at bootstrap.servers=127.0.0.1:1"), "{error}");
    }
}
