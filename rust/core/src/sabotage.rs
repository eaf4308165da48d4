//! Sabotage: a testing option that leaves out one of the things exactly-once rests on, so that the tests which compare
//! records can show that they would notice.
//!
//! Like the kill points it is always compiled, so that what is tested is what is shipped.

use crate::config::{ConfigOption, ConfigValue};

/// What is left out; nothing, unless it is set.
pub const SABOTAGE: ConfigOption<Option<Sabotage>> = ConfigOption::unset("penstock.testing.sabotage");

/// What can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Sinks prepare and never commit.
    SkipCommit,
    /// A job starts afresh whatever it was told to go on from.
    SkipRestore,
    /// A task counts as having taken part in a checkpoint before its state is stored.
    EarlyAck,
    /// A snapshot lacks one of the timers that were registered since the one before.
    LoseTimer,
    /// A snapshot lacks what has changed in the cache above a state backend.
    SkipWriteBack,
    /// A batch of records that was on its way is left out by every task that restores some.
    DropInFlight,
    /// At another parallelism subtasks restore the key groups that they had before.
    OldKeyGroups,
}

impl ConfigValue for Sabotage {
    const EXPECTED: &'static str =
        "one of skip-commit, skip-restore, early-ack, lose-timer, skip-write-back, drop-in-flight, old-key-groups";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "skip-commit" => Some(Self::SkipCommit),
            "skip-restore" => Some(Self::SkipRestore),
            "early-ack" => Some(Self::EarlyAck),
            "lose-timer" => Some(Self::LoseTimer),
            "skip-write-back" => Some(Self::SkipWriteBack),
            "drop-in-flight" => Some(Self::DropInFlight),
            "old-key-groups" => Some(Self::OldKeyGroups),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Configuration;

    #[test]
    fn it_has_to_be_asked_for() {
        let mut config = Configuration::default();
        assert_eq!(config.read(&SABOTAGE).unwrap(), None);
        for word in Sabotage::EXPECTED.trim_start_matches("one of ").split(", ") {
            config.set(SABOTAGE.key(), word);
            assert!(config.read(&SABOTAGE).unwrap().is_some(), "{word}");
        }
        config.set(SABOTAGE.key(), "skip-everything");
        assert!(config.read(&SABOTAGE).is_err());
    }
}
