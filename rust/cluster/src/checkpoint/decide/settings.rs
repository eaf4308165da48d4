//! What is configured about checkpoints.

use std::time::Duration;

use penstock_core::config::{ConfigOption, options};
use penstock_core::{Configuration, Error, Result};

use super::alignment::Barriers;

/// What the planner needs of `execution.checkpointing.*`; times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointSettings {
    /// Between the beginnings of two checkpoints, at least `min_pause`; `None`: no periodic checkpoints.
    pub interval: Option<i64>,
    /// Between the end of a snapshot and the beginning of a checkpoint.
    pub min_pause: i64,
    /// How long a snapshot may take until the last task has acknowledged it.
    pub timeout: i64,
    /// How many snapshots may be in progress for another checkpoint to begin.
    pub max_concurrent: u32,
    /// How many checkpoints may fail in a row before the job fails.
    pub tolerable_failures: u32,
    /// How many complete checkpoints are kept.
    pub num_retained: u32,
    /// Whether there are checkpoints after tasks have finished.
    pub after_tasks_finish: bool,
    /// What tasks do about records that are on their way.
    pub barriers: Barriers,
}

impl CheckpointSettings {
    /// Reads and checks them.
    pub fn from_config(config: &Configuration) -> Result<Self> {
        let min_pause = millis(config.read(&options::CHECKPOINT_MIN_PAUSE)?);
        let interval = match config.read(&options::CHECKPOINT_INTERVAL)? {
            None => None,
            Some(interval) => Some(at_least_10_ms(&options::CHECKPOINT_INTERVAL, millis(interval))?.max(min_pause)),
        };
        let timeout = millis(config.read(&options::CHECKPOINT_TIMEOUT)?);
        let max_concurrent = at_least_1(config, &options::CHECKPOINT_MAX_CONCURRENT)?;
        Ok(Self {
            barriers: Barriers::read(config, max_concurrent)?,
            interval,
            min_pause,
            timeout: at_least_10_ms(&options::CHECKPOINT_TIMEOUT, timeout)?,
            max_concurrent,
            tolerable_failures: config.read(&options::CHECKPOINT_TOLERABLE_FAILURES)?,
            num_retained: at_least_1(config, &options::CHECKPOINT_NUM_RETAINED)?,
            after_tasks_finish: config.read(&options::CHECKPOINTS_AFTER_TASKS_FINISH)?,
        })
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Shorter ones are almost always a forgotten unit.
fn at_least_10_ms<T: penstock_core::config::ConfigValue>(option: &ConfigOption<T>, value: i64) -> Result<i64> {
    if value >= 10 {
        return Ok(value);
    }
    Err(Error::invalid(format!(
        "{}: {value} ms is too short; at least 10 ms are expected, such as '10 s'",
        option.key()
    )))
}

fn at_least_1(config: &Configuration, option: &ConfigOption<u32>) -> Result<u32> {
    match config.read(option)? {
        0 => Err(Error::invalid(format!("{}: 0 is too few; at least 1 is expected", option.key()))),
        number => Ok(number),
    }
}
