//! `failure-rate`: restarts as long as there were not too many failures within an interval.

use std::collections::VecDeque;

use penstock_core::config::options;
use penstock_core::{Configuration, Result};

use super::{Restart, read_millis};

/// See the module.
#[derive(Debug, Clone)]
pub struct FailureRate {
    max_failures: u32,
    interval: i64,
    delay: i64,
    /// Times of the last failures, at most `max_failures + 1` of them.
    failures: VecDeque<i64>,
    restarts: u32,
    next_restart: i64,
}

impl FailureRate {
    pub(super) fn from_config(config: &Configuration) -> Result<Self> {
        let max_failures = config.read(&options::FAILURE_RATE_MAX_FAILURES)?;
        let interval = read_millis(config, &options::FAILURE_RATE_INTERVAL)?;
        Ok(Self::new(max_failures, interval, read_millis(config, &options::FAILURE_RATE_DELAY)?))
    }

    fn new(max_failures: u32, interval: i64, delay: i64) -> Self {
        Self { max_failures, interval, delay, failures: VecDeque::new(), restarts: 0, next_restart: i64::MIN }
    }

    pub(super) fn on_failure(&mut self, now: i64) -> Restart {
        if now >= self.next_restart {
            if !self.allows_another(now) {
                let because = format!(
                    "there were more than {} failures within {} ms \
                     (restart-strategy.failure-rate.max-failures-per-interval)",
                    self.max_failures, self.interval
                );
                return Restart::Never { because };
            }
            self.restarts += 1;
            self.next_restart = now.saturating_add(self.delay);
        }
        Restart::At { time: self.next_restart, attempt: self.restarts }
    }

    /// Notes a failure; false if it is one too many.
    fn allows_another(&mut self, now: i64) -> bool {
        self.failures.push_back(now);
        if self.failures.len() <= self.max_failures as usize {
            return true;
        }
        let oldest = self.failures.pop_front().expect("one was just added");
        // Without any failure allowed, the oldest is this one.
        now - oldest > self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restarts(strategy: &mut FailureRate, times: &[i64]) -> Vec<bool> {
        times.iter().map(|&now| matches!(strategy.on_failure(now), Restart::At { .. })).collect()
    }

    #[test]
    fn more_failures_than_allowed_within_the_interval_end_the_job() {
        assert_eq!(restarts(&mut FailureRate::new(2, 1_000, 0), &[0, 400, 900]), [true, true, false]);
        assert_eq!(restarts(&mut FailureRate::new(0, 1_000, 0), &[0]), [false]);
    }

    #[test]
    fn rare_failures_go_on_for_ever() {
        let times: Vec<i64> = (0..20).map(|n| n * 600).collect();
        assert!(restarts(&mut FailureRate::new(2, 1_000, 0), &times).into_iter().all(|restarts| restarts));
        assert_eq!(restarts(&mut FailureRate::new(1, 1_000, 0), &[0, 1_001, 2_002, 3_002]), [true, true, true, false]);
    }

    #[test]
    fn failures_before_the_restart_do_not_count() {
        let mut strategy = FailureRate::new(1, 10_000, 500);
        assert_eq!(strategy.on_failure(0), Restart::At { time: 500, attempt: 1 });
        assert_eq!(strategy.on_failure(499), Restart::At { time: 500, attempt: 1 });
        assert!(matches!(strategy.on_failure(500), Restart::Never { .. }));
    }

    #[test]
    fn defaults() {
        let mut strategy = FailureRate::from_config(&Configuration::default()).expect("defaults");
        assert_eq!(strategy.on_failure(0), Restart::At { time: 1_000, attempt: 1 });
        assert!(matches!(strategy.on_failure(60_000), Restart::Never { .. }));
    }
}
