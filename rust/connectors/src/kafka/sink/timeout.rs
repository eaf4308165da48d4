//! How long a transaction may stay open: between its first record and its commit lies a checkpoint, and possibly a
//! crash with a restart. Flink's default is an hour, but brokers as they come allow a quarter of one.

use penstock_core::{Error, Result};

use crate::kafka::preflight::unreachable;
use crate::kafka::wire::{Cluster, WireError};

/// Flink's default.
const DEFAULT_MS: u64 = 3_600_000;
/// What brokers allow unless they are configured otherwise.
const BROKER_DEFAULT_MAX_MS: u64 = 900_000;

/// A timeout that the broker accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TransactionTimeout {
    pub(super) millis: i32,
}

/// Decides the timeout from the user's value and the broker's limit, which it asks for.
pub(super) async fn resolve(given: Option<&str>, cluster: &mut Cluster, bootstrap: &str) -> Result<TransactionTimeout> {
    let given = given.map(|text| {
        text.trim()
            .parse::<u64>()
            .map_err(|_| Error::invalid(format!("transaction.timeout.ms={text} is not a number of milliseconds")))
    });
    let limit = match cluster.max_transaction_timeout_ms().await {
        Ok(limit) => limit,
        Err(error @ (WireError::Io(_) | WireError::Refused(_))) => return Err(unreachable(bootstrap, &error)),
        Err(error) => {
            tracing::warn!(
                "the Kafka broker's transaction.max.timeout.ms cannot be asked for ({error}); a limit of {BROKER_DEFAULT_MAX_MS} ms, Kafka's default, is assumed"
            );
            None
        }
    };
    decide(given.transpose()?, limit)
}

fn decide(given: Option<u64>, limit: Option<u64>) -> Result<TransactionTimeout> {
    let millis = match (given, limit) {
        (Some(given), Some(limit)) if given > limit => {
            return Err(Error::invalid(format!(
                "transaction.timeout.ms={given} of the Kafka sink is above transaction.max.timeout.ms={limit} of the broker; \
                 lower the first or raise the second"
            )));
        }
        (Some(given), _) => given,
        (None, limit) => DEFAULT_MS.min(limit.unwrap_or(BROKER_DEFAULT_MAX_MS)),
    };
    i32::try_from(millis)
        .map(|millis| TransactionTimeout { millis })
        .map_err(|_| Error::invalid(format!("transaction.timeout.ms={millis} is too large")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(given: Option<u64>, limit: Option<u64>) -> i32 {
        decide(given, limit).unwrap().millis
    }

    #[test]
    fn the_default_is_flinks_hour_or_what_the_broker_allows() {
        assert_eq!(millis(None, Some(7_200_000)), 3_600_000);
        assert_eq!(millis(None, Some(900_000)), 900_000);
        assert_eq!(millis(None, None), 900_000);
    }

    #[test]
    fn a_given_value_is_kept_or_refused_never_changed() {
        assert_eq!(millis(Some(60_000), Some(900_000)), 60_000);
        assert_eq!(millis(Some(3_600_000), None), 3_600_000);
        let error = decide(Some(3_600_000), Some(900_000)).unwrap_err().to_string();
        assert!(
            error.contains("transaction.timeout.ms=3600000") && error.contains("transaction.max.timeout.ms=900000"),
            "{error}"
        );
    }
}
