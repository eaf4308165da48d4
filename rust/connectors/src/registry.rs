//! Connectors by name.

use penstock_core::sink::Sink;
use penstock_core::source::Source;
use penstock_core::{Configuration, Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

use crate::cache::{CacheSink, CacheSource};
use crate::collection::CollectionSource;
use crate::file::{FileSink, FileSource};
use crate::http::HttpSink;
use crate::kafka::{KafkaSink, KafkaSource};
use crate::postgres::{PostgresSink, PostgresSource};
use crate::redis::RedisSink;
use crate::sequence::SequenceSource;

/// The source of this name, with the options of a stream graph's source node.
pub fn source(connector: &str, options: &Value, config: &Configuration) -> Result<Arc<dyn Source>> {
    Ok(match connector {
        "sequence" => Arc::new(SequenceSource::new(&parse(connector, options)?)?),
        "collection" => Arc::new(CollectionSource::new(&parse(connector, options)?)?),
        "cache" => Arc::new(CacheSource::new(parse(connector, options)?)),
        "file" => Arc::new(FileSource::new(&parse(connector, options)?, config)?),
        "kafka" => Arc::new(KafkaSource::new(parse(connector, options)?)?),
        "postgres" => Arc::new(PostgresSource::new(parse(connector, options)?)?),
        other => return Err(unknown("source", other, "sequence, collection, file, kafka, postgres")),
    })
}

/// The sink of this name, with the options of a stream graph's sink node.
pub fn sink(connector: &str, options: &Value, config: &Configuration) -> Result<Arc<dyn Sink>> {
    Ok(match connector {
        "cache" => Arc::new(CacheSink::new(parse(connector, options)?)),
        "file" => Arc::new(FileSink::new(parse(connector, options)?, config)?),
        "http" => Arc::new(HttpSink::new(parse(connector, options)?)?),
        "kafka" => Arc::new(KafkaSink::new(parse(connector, options)?)?),
        "postgres" => Arc::new(PostgresSink::new(parse(connector, options)?)?),
        "redis" => Arc::new(RedisSink::new(parse(connector, options)?)?),
        other => return Err(unknown("sink", other, "file, http, kafka, postgres, redis")),
    })
}

fn parse<T: DeserializeOwned>(connector: &str, options: &Value) -> Result<T> {
    T::deserialize(options)
        .map_err(|e| Error::invalid(format!("the options of the connector '{connector}' are not valid: {e}")))
}

fn unknown(kind: &str, name: &str, known: &str) -> Error {
    Error::invalid(format!("there is no {kind} connector '{name}'; there are: {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_connector_is_named_with_those_there_are() {
        let error = source("pulsar", &json!({}), &Configuration::default()).err().unwrap().to_string();
        assert_eq!(
            error,
            "there is no source connector 'pulsar'; there are: sequence, collection, file, kafka, postgres"
        );
        let error = sink("pulsar", &json!({}), &Configuration::default()).err().unwrap().to_string();
        assert_eq!(error, "there is no sink connector 'pulsar'; there are: file, http, kafka, postgres, redis");
    }

    #[test]
    fn a_missing_option_is_named() {
        let error = source("sequence", &json!({"from": 1}), &Configuration::default()).err().unwrap().to_string();
        assert_eq!(error, "the options of the connector 'sequence' are not valid: missing field `to`");
    }
}
