//! What to do when a job fails: restart after some time, or give up. State machines without a clock: times are
//! arguments, in milliseconds.
//!
//! ```
//! use penstock_cluster::restart::{Restart, RestartStrategy};
//! use penstock_core::Configuration;
//! let mut config = Configuration::default();
//! config.set("restart-strategy.type", "fixed-delay");
//! config.set("restart-strategy.fixed-delay.delay", "3 s");
//! let mut strategy = RestartStrategy::from_config(&config, false, 0).unwrap();
//! assert_eq!(strategy.on_failure(1_000), Restart::At { time: 4_000, attempt: 1 });
//! assert!(matches!(strategy.on_failure(9_000), Restart::Never { .. }));
//! ```

mod exponential_delay;
mod failover;
mod failure_rate;
mod fixed_delay;
mod jitter;

use std::time::Duration;

use penstock_core::config::{ConfigOption, RestartStrategyKind, options};
use penstock_core::{Configuration, Error, Result};

pub use exponential_delay::ExponentialDelay;
pub(crate) use failover::{Facts, Failed, regions, regions_to_restart};
pub use failure_rate::FailureRate;
pub use fixed_delay::FixedDelay;

/// The answer to a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restart {
    /// Start the job again at this time. Failures before then belong to the same attempt: the answer to them is the
    /// same again.
    At {
        /// Milliseconds, on the clock that `on_failure` was given.
        time: i64,
        /// Number of this restart, from 1; `exponential-delay` counts from 1 again after a long time without a failure.
        attempt: u32,
    },
    /// The job fails for good.
    Never {
        /// Why, in words for the log and the job's error: `2 of 2 restarts are used up (…)`.
        because: String,
    },
}

/// When a failed job is started again. One per job, for its whole life.
#[derive(Debug, Clone)]
pub enum RestartStrategy {
    /// Never.
    None,
    /// A number of times.
    FixedDelay(FixedDelay),
    /// While failures are rare enough.
    FailureRate(FailureRate),
    /// After growing pauses.
    ExponentialDelay(ExponentialDelay),
}

impl RestartStrategy {
    /// The strategy that a job is configured with. Unset, it is `exponential-delay` with checkpoints and `none` without.
    /// `seed` decides the jitter of `exponential-delay`.
    pub fn from_config(config: &Configuration, checkpointing: bool, seed: u64) -> Result<Self> {
        let default = if checkpointing { RestartStrategyKind::ExponentialDelay } else { RestartStrategyKind::None };
        Ok(match config.read(&options::RESTART_STRATEGY)?.unwrap_or(default) {
            RestartStrategyKind::None => Self::None,
            RestartStrategyKind::FixedDelay => Self::FixedDelay(FixedDelay::from_config(config)?),
            RestartStrategyKind::FailureRate => Self::FailureRate(FailureRate::from_config(config)?),
            RestartStrategyKind::ExponentialDelay => {
                Self::ExponentialDelay(ExponentialDelay::from_config(config, seed)?)
            }
        })
    }

    /// What to do about a failure that happened `now`.
    pub fn on_failure(&mut self, now: i64) -> Restart {
        match self {
            Self::None => Restart::Never { because: "the restart strategy is 'none'".to_owned() },
            Self::FixedDelay(strategy) => strategy.on_failure(now),
            Self::FailureRate(strategy) => strategy.on_failure(now),
            Self::ExponentialDelay(strategy) => strategy.on_failure(now),
        }
    }
}

fn read_millis(config: &Configuration, option: &ConfigOption<Duration>) -> Result<i64> {
    Ok(i64::try_from(config.read(option)?.as_millis()).unwrap_or(i64::MAX))
}

fn require(holds: bool, key: &str, expected: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::invalid(format!("{key}: {expected}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(entries: &[(&str, &str)], checkpointing: bool) -> Result<RestartStrategy> {
        let config = entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        RestartStrategy::from_config(&config, checkpointing, 0)
    }

    #[test]
    fn the_default_depends_on_checkpoints() {
        assert!(matches!(strategy(&[], true), Ok(RestartStrategy::ExponentialDelay(_))));
        assert!(matches!(strategy(&[], false), Ok(RestartStrategy::None)));
        assert!(matches!(strategy(&[("restart-strategy", "none")], true), Ok(RestartStrategy::None)));
    }

    #[test]
    fn none_gives_up_at_once() {
        let Restart::Never { because } = RestartStrategy::None.on_failure(0) else { panic!("restarts") };
        assert_eq!(because, "the restart strategy is 'none'");
    }

    #[test]
    fn an_unknown_strategy_names_the_choices() {
        let error = strategy(&[("restart-strategy.type", "sometimes")], true).expect_err("unknown").to_string();
        assert_eq!(
            error,
            "restart-strategy.type: 'sometimes' is not a restart strategy: one of none, fixed-delay, failure-rate, \
             exponential-delay"
        );
    }
}
