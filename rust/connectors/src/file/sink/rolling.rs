//! When a part is closed and the next one begun.

use serde::Deserialize;

/// As in a stream graph; Flink's defaults.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct RollingOptions {
    #[serde(default)]
    on_checkpoint: bool,
    part_size: Option<u64>,
    rollover_interval_ms: Option<i64>,
    inactivity_interval_ms: Option<i64>,
}

/// A policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rolling {
    /// At every checkpoint, and only there.
    OnCheckpoint,
    /// By size and age.
    Default { part_size: u64, rollover_ms: i64, inactivity_ms: i64 },
}

/// What is known of an open part.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartFacts {
    pub(super) length: u64,
    pub(super) created: i64,
    pub(super) last_write: i64,
}

impl Rolling {
    pub(super) fn of(options: &RollingOptions) -> Self {
        const MINUTE_MS: i64 = 60_000;
        if options.on_checkpoint {
            return Self::OnCheckpoint;
        }
        Self::Default {
            part_size: options.part_size.unwrap_or(128 << 20),
            rollover_ms: options.rollover_interval_ms.unwrap_or(MINUTE_MS),
            inactivity_ms: options.inactivity_interval_ms.unwrap_or(MINUTE_MS),
        }
    }

    /// Before another record.
    pub(super) fn before_write(self, part: PartFacts) -> bool {
        matches!(self, Self::Default { part_size, .. } if part.length > part_size)
    }

    /// From time to time.
    pub(super) fn at(self, part: PartFacts, now: i64) -> bool {
        match self {
            Self::OnCheckpoint => false,
            Self::Default { rollover_ms, inactivity_ms, .. } => {
                now - part.created >= rollover_ms || now - part.last_write >= inactivity_ms
            }
        }
    }

    /// At a checkpoint.
    pub(super) fn on_checkpoint(self) -> bool {
        self == Self::OnCheckpoint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_age_and_idleness() {
        let options = RollingOptions {
            on_checkpoint: false,
            part_size: Some(10),
            rollover_interval_ms: Some(100),
            inactivity_interval_ms: Some(50),
        };
        let rolling = Rolling::of(&options);
        let part = |length, created, last_write| PartFacts { length, created, last_write };
        assert!(!rolling.before_write(part(10, 0, 0)) && rolling.before_write(part(11, 0, 0)));
        assert!(!rolling.at(part(1, 0, 60), 99) && rolling.at(part(1, 0, 60), 100));
        assert!(rolling.at(part(1, 0, 0), 50));
        assert!(!rolling.on_checkpoint());
    }

    #[test]
    fn flinks_defaults() {
        let expected = Rolling::Default { part_size: 134_217_728, rollover_ms: 60_000, inactivity_ms: 60_000 };
        assert_eq!(Rolling::of(&RollingOptions::default()), expected);
    }
}
