//! `fixed-delay`: a number of restarts over the life of the job, the same pause before each.

use penstock_core::config::options;
use penstock_core::{Configuration, Result};

use super::{Restart, read_millis};

/// See the module.
#[derive(Debug, Clone)]
pub struct FixedDelay {
    attempts: u32,
    delay: i64,
    used: u32,
    /// When the job starts again; failures up to then are of the same attempt.
    next_restart: i64,
}

impl FixedDelay {
    pub(super) fn from_config(config: &Configuration) -> Result<Self> {
        let attempts = config.read(&options::FIXED_DELAY_ATTEMPTS)?;
        Ok(Self { attempts, delay: read_millis(config, &options::FIXED_DELAY_DELAY)?, used: 0, next_restart: i64::MIN })
    }

    pub(super) fn on_failure(&mut self, now: i64) -> Restart {
        if now >= self.next_restart {
            if self.used == self.attempts {
                let because = format!(
                    "{} of {} restarts are used up (restart-strategy.fixed-delay.attempts)",
                    self.used, self.attempts
                );
                return Restart::Never { because };
            }
            self.used += 1;
            self.next_restart = now.saturating_add(self.delay);
        }
        Restart::At { time: self.next_restart, attempt: self.used }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(attempts: u32, delay: i64) -> FixedDelay {
        FixedDelay { attempts, delay, used: 0, next_restart: i64::MIN }
    }

    #[test]
    fn defaults_are_one_restart_after_a_second() {
        let mut strategy = FixedDelay::from_config(&Configuration::default()).expect("defaults");
        assert_eq!(strategy.on_failure(5), Restart::At { time: 1_005, attempt: 1 });
        assert!(matches!(strategy.on_failure(2_000), Restart::Never { .. }));
    }

    #[test]
    fn failures_before_the_restart_do_not_count() {
        let mut strategy = strategy(2, 100);
        assert_eq!(strategy.on_failure(0), Restart::At { time: 100, attempt: 1 });
        assert_eq!(strategy.on_failure(99), Restart::At { time: 100, attempt: 1 });
        assert_eq!(strategy.on_failure(100), Restart::At { time: 200, attempt: 2 });
        let because = "2 of 2 restarts are used up (restart-strategy.fixed-delay.attempts)".to_owned();
        assert_eq!(strategy.on_failure(300), Restart::Never { because });
    }

    #[test]
    fn no_attempts_and_no_delay() {
        assert!(matches!(strategy(0, 0).on_failure(0), Restart::Never { .. }));
        let mut strategy = strategy(2, 0);
        assert_eq!(strategy.on_failure(7), Restart::At { time: 7, attempt: 1 });
        assert_eq!(strategy.on_failure(7), Restart::At { time: 7, attempt: 2 });
    }
}
