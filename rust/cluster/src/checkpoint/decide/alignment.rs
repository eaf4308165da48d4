//! What tasks do about records that are on their way when a barrier comes.

use penstock_core::config::{CheckpointingMode, options};
use penstock_core::event::Alignment;
use penstock_core::{Configuration, Error, Result};

use super::words::Kind;

/// What is configured about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barriers {
    /// Nothing waits (`execution.checkpointing.mode: AT_LEAST_ONCE`).
    AtLeastOnce,
    /// Channels wait for each other.
    Aligned,
    /// They wait for each other for so long, in milliseconds; then barriers overtake records.
    Unaligned {
        /// `execution.checkpointing.aligned-checkpoint-timeout`.
        aligned_for: i64,
    },
}

impl Barriers {
    pub(super) fn read(config: &Configuration, max_concurrent: u32) -> Result<Self> {
        let unaligned = config.read(&options::CHECKPOINT_UNALIGNED)?;
        let aligned_for = config.read(&options::CHECKPOINT_ALIGNED_TIMEOUT)?;
        match config.read(&options::CHECKPOINT_MODE)? {
            CheckpointingMode::AtLeastOnce => Ok(Self::AtLeastOnce),
            CheckpointingMode::ExactlyOnce if unaligned && max_concurrent > 1 => Err(Error::invalid(format!(
                "{} is {max_concurrent}, but unaligned checkpoints are taken one at a time: set it to 1, or {} to false",
                options::CHECKPOINT_MAX_CONCURRENT.key(),
                options::CHECKPOINT_UNALIGNED.key()
            ))),
            CheckpointingMode::ExactlyOnce if unaligned => {
                Ok(Self::Unaligned { aligned_for: i64::try_from(aligned_for.as_millis()).unwrap_or(i64::MAX) })
            }
            CheckpointingMode::ExactlyOnce => Ok(Self::Aligned),
        }
    }

    /// For a snapshot that is triggered now. `alone`: no other is in progress, whose barriers must not be overtaken.
    #[must_use]
    pub fn alignment(self, kind: Kind, alone: bool, now: i64) -> Alignment {
        match self {
            Self::AtLeastOnce if kind == Kind::Checkpoint => Alignment::AtLeastOnce,
            Self::Unaligned { aligned_for } if kind == Kind::Checkpoint && alone => {
                Alignment::Unaligned { from: now.saturating_add(aligned_for) }
            }
            Self::AtLeastOnce | Self::Aligned | Self::Unaligned { .. } => Alignment::Aligned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entries: &[(&str, &str)], max_concurrent: u32) -> Result<Barriers> {
        let config = entries.iter().map(|(k, v)| (format!("execution.checkpointing.{k}"), (*v).to_owned())).collect();
        Barriers::read(&config, max_concurrent)
    }

    #[test]
    fn the_configuration_says_which() {
        assert_eq!(read(&[], 2).unwrap(), Barriers::Aligned);
        assert_eq!(read(&[("unaligned", "true")], 1).unwrap(), Barriers::Unaligned { aligned_for: 0 });
        let after = [("unaligned.enabled", "true"), ("aligned-checkpoint-timeout", "3 s")];
        assert_eq!(read(&after, 1).unwrap(), Barriers::Unaligned { aligned_for: 3000 });
        assert!(read(&after, 2).unwrap_err().to_string().contains("max-concurrent-checkpoints is 2"));
        let mode = [("mode", "AT_LEAST_ONCE"), ("unaligned.enabled", "true")];
        assert_eq!(read(&mode, 1).unwrap(), Barriers::AtLeastOnce);
    }

    #[test]
    fn savepoints_are_aligned_and_so_is_what_comes_beside_them() {
        let unaligned = Barriers::Unaligned { aligned_for: 5 };
        assert_eq!(unaligned.alignment(Kind::Checkpoint, true, 100), Alignment::Unaligned { from: 105 });
        assert_eq!(unaligned.alignment(Kind::Checkpoint, false, 100), Alignment::Aligned);
        assert_eq!(unaligned.alignment(Kind::StopWithSavepoint, true, 100), Alignment::Aligned);
        assert_eq!(Barriers::AtLeastOnce.alignment(Kind::Savepoint, true, 100), Alignment::Aligned);
        assert_eq!(Barriers::AtLeastOnce.alignment(Kind::Checkpoint, true, 100), Alignment::AtLeastOnce);
    }
}
