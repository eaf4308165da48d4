//! Apache Kafka.
//!
//! Records go through librdkafka (`native`). What it cannot do, above all committing a transaction that a process now
//! dead has prepared, goes through connections of our own (`wire`).

mod jaas;
pub mod mock;
mod native;
pub mod options;
mod preflight;
pub mod properties;
mod security;
pub mod sink;
pub mod source;
mod stores;
mod wire;

pub use sink::KafkaSink;
pub use source::KafkaSource;
