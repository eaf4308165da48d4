//! `exponential-delay`: the pause grows with every failure, and starts small again after a long time without one.

use penstock_core::config::options;
use penstock_core::{Configuration, Result};

use super::jitter::Jitter;
use super::{Restart, read_millis, require};

/// See the module.
#[derive(Debug, Clone)]
pub struct ExponentialDelay {
    initial: i64,
    max: i64,
    multiplier: f64,
    /// How long the job has to run without a failure for the pause to start small again.
    reset_after: i64,
    /// Part of the pause by which it may be shorter or longer.
    jitter_factor: f64,
    /// Restarts before the job fails; `None`: any number.
    attempts: Option<u32>,
    used: u32,
    next_restart: i64,
    jitter: Jitter,
}

impl ExponentialDelay {
    pub(super) fn from_config(config: &Configuration, seed: u64) -> Result<Self> {
        let strategy = Self {
            initial: read_millis(config, &options::EXPONENTIAL_DELAY_INITIAL)?,
            max: read_millis(config, &options::EXPONENTIAL_DELAY_MAX)?,
            multiplier: config.read(&options::EXPONENTIAL_DELAY_MULTIPLIER)?,
            reset_after: read_millis(config, &options::EXPONENTIAL_DELAY_RESET)?,
            jitter_factor: config.read(&options::EXPONENTIAL_DELAY_JITTER)?,
            attempts: config.read(&options::EXPONENTIAL_DELAY_ATTEMPTS)?,
            used: 0,
            next_restart: i64::MIN,
            jitter: Jitter::new(seed),
        };
        let (max, initial) = (options::EXPONENTIAL_DELAY_MAX.key(), options::EXPONENTIAL_DELAY_INITIAL.key());
        require(strategy.initial >= 1, initial, "a pause of at least 1 ms is expected")?;
        require(strategy.max >= strategy.initial, max, &format!("it has to be at least {initial}"))?;
        let multiplier = options::EXPONENTIAL_DELAY_MULTIPLIER.key();
        require(strategy.multiplier >= 1.0, multiplier, "a number of at least 1 is expected")?;
        let factor = options::EXPONENTIAL_DELAY_JITTER.key();
        require((0.0..=1.0).contains(&strategy.jitter_factor), factor, "a number from 0 to 1 is expected")?;
        Ok(strategy)
    }

    pub(super) fn on_failure(&mut self, now: i64) -> Restart {
        if now >= self.next_restart {
            if now.saturating_sub(self.next_restart) >= self.reset_after {
                self.used = 0;
            }
            if let Some(attempts) = self.attempts.filter(|&attempts| self.used >= attempts) {
                let because = format!(
                    "{attempts} restarts did not help \
                     (restart-strategy.exponential-delay.attempts-before-reset-backoff)"
                );
                return Restart::Never { because };
            }
            self.next_restart = now.saturating_add(self.pause());
            self.used = self.used.saturating_add(1);
        }
        Restart::At { time: self.next_restart, attempt: self.used }
    }

    /// The pause before the next restart.
    fn pause(&mut self) -> i64 {
        let grown = self.initial as f64 * self.multiplier.powf(f64::from(self.used));
        let jittered = grown + grown * self.jitter_factor * self.jitter.next();
        (jittered as i64).clamp(self.initial, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "restart-strategy.exponential-delay.";

    fn strategy(entries: &[(&str, &str)], seed: u64) -> Result<ExponentialDelay> {
        let config = entries.iter().map(|(k, v)| (format!("{PREFIX}{k}"), (*v).to_owned())).collect();
        ExponentialDelay::from_config(&config, seed)
    }

    /// Fails `times` times, each time as soon as the job runs again; the pauses.
    fn pauses(strategy: &mut ExponentialDelay, times: usize) -> Vec<i64> {
        let mut now = 0;
        let mut pause = || match strategy.on_failure(now) {
            Restart::At { time, .. } => {
                let pause = time - now;
                now = time;
                pause
            }
            Restart::Never { because } => panic!("{because}"),
        };
        (0..times).map(|_| pause()).collect()
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let mut strategy = strategy(&[("jitter-factor", "0"), ("max-backoff", "4 s")], 0).expect("valid");
        assert_eq!(pauses(&mut strategy, 6), [1_000, 1_500, 2_250, 3_375, 4_000, 4_000]);
    }

    #[test]
    fn a_long_time_without_failure_starts_over() {
        let settings = [("jitter-factor", "0"), ("reset-backoff-threshold", "10 s")];
        let mut strategy = strategy(&settings, 0).expect("valid");
        assert_eq!(pauses(&mut strategy, 2), [1_000, 1_500]);
        assert_eq!(strategy.on_failure(2_500 + 9_999), Restart::At { time: 12_499 + 2_250, attempt: 3 });
        assert_eq!(strategy.on_failure(14_749 + 10_000), Restart::At { time: 24_749 + 1_000, attempt: 1 });
    }

    #[test]
    fn failures_before_the_restart_are_one_attempt() {
        let mut strategy = strategy(&[("jitter-factor", "0")], 0).expect("valid");
        assert_eq!(strategy.on_failure(0), Restart::At { time: 1_000, attempt: 1 });
        assert_eq!(strategy.on_failure(999), Restart::At { time: 1_000, attempt: 1 });
    }

    #[test]
    fn jitter_is_within_its_bounds_and_follows_from_the_seed() {
        let run = |seed| pauses(&mut strategy(&[("max-backoff", "1 h")], seed).expect("valid"), 8);
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let mut grown = 1_000.0;
        for pause in run(7) {
            assert!(
                (pause as f64) >= f64::max(grown * 0.9 - 1.0, 1_000.0) && (pause as f64) <= grown * 1.1 + 1.0,
                "{pause} for {grown}"
            );
            grown *= 1.5;
        }
    }

    #[test]
    fn attempts_may_be_limited() {
        let mut strategy =
            strategy(&[("attempts-before-reset-backoff", "2"), ("jitter-factor", "0")], 0).expect("valid");
        assert_eq!(pauses(&mut strategy, 2), [1_000, 1_500]);
        assert!(matches!(strategy.on_failure(2_500), Restart::Never { .. }));
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let cases = [
            ("initial-backoff", "0"),
            ("max-backoff", "10 ms"),
            ("backoff-multiplier", "0.5"),
            ("jitter-factor", "1.5"),
        ];
        for (key, value) in cases {
            let error = strategy(&[(key, value)], 0).expect_err("refused").to_string();
            assert!(error.starts_with(&format!("{PREFIX}{key}: ")), "{error}");
        }
    }
}
