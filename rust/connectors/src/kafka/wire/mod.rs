//! Kafka's protocol over connections of our own, for what librdkafka cannot do: commit a transaction of a dead process,
//! describe and abort transactions, and say in plain words why a cluster cannot be reached.

mod address;
mod admin;
mod cluster;
mod connection;
mod error;
mod question;
mod sasl;
mod scram;
mod tls;
mod transactions;

pub(crate) use admin::TopicCheck;
pub(crate) use cluster::Cluster;
pub(crate) use error::WireError;
pub(crate) use transactions::TransactionPhase;
