//! Sabotage: a testing option that leaves out one of the two things exactly-once rests on, so that the test which counts
//! records can show that it would notice.
//!
//! Like the kill points it is always compiled, so that what is tested is what is shipped.

use std::sync::Arc;

use penstock_core::Result;
use penstock_core::config::{ConfigOption, ConfigValue};
use penstock_core::sink::{Committable, Committer, Sink, SinkWriter, WriterContext};
use penstock_runtime::operators::InFlight;

use crate::restore::RestorePoint;

/// What is left out; nothing, unless it is set.
pub(crate) const SABOTAGE: ConfigOption<Option<Sabotage>> = ConfigOption::unset("penstock.testing.sabotage");

/// What can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Sinks prepare and never commit.
    SkipCommit,
    /// A batch of records that was on its way is left out by every task that restores some.
    DropInFlight,
    /// A job starts afresh whatever it was told to go on from.
    SkipRestore,
}

impl ConfigValue for Sabotage {
    const EXPECTED: &'static str = "one of skip-commit, skip-restore, drop-in-flight";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "skip-commit" => Some(Self::SkipCommit),
            "skip-restore" => Some(Self::SkipRestore),
            "drop-in-flight" => Some(Self::DropInFlight),
            _ => None,
        }
    }
}

/// The sink that the job gets in place of this one.
pub(crate) fn sink(sabotage: Option<Sabotage>, sink: Arc<dyn Sink>) -> Arc<dyn Sink> {
    if sabotage == Some(Sabotage::SkipCommit) { Arc::new(NeverCommits(sink)) } else { sink }
}

/// What the job goes on from in place of this.
pub(crate) fn restored(sabotage: Option<Sabotage>, point: Option<RestorePoint>) -> Option<RestorePoint> {
    point.filter(|_| sabotage != Some(Sabotage::SkipRestore))
}

/// Leaves out a batch of what was on its way to a task.
pub(crate) fn in_flight(sabotage: Option<Sabotage>, in_flight: &mut [InFlight]) {
    if sabotage != Some(Sabotage::DropInFlight) {
        return;
    }
    for channel in in_flight.iter_mut().flat_map(|one| &mut one.channels) {
        if let Some(batch) = channel.elements.iter().position(|element| !element.is_empty()) {
            channel.elements.remove(batch);
            return;
        }
    }
}

struct NeverCommits(Arc<dyn Sink>);

impl Sink for NeverCommits {
    fn preflight(&self) -> Result<()> {
        self.0.preflight()
    }

    fn is_two_phase(&self) -> bool {
        self.0.is_two_phase()
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        self.0.writer(context)
    }

    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        let committer = self.0.committer(context)?;
        Ok(committer.map(|_| Box::new(Skips) as Box<dyn Committer>))
    }
}

struct Skips;

impl Committer for Skips {
    fn commit(&mut self, _committables: &[Committable]) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;

    #[test]
    fn it_has_to_be_asked_for() {
        let mut config = Configuration::default();
        assert_eq!(config.read(&SABOTAGE).unwrap(), None);
        config.set(SABOTAGE.key(), "skip-commit");
        assert_eq!(config.read(&SABOTAGE).unwrap(), Some(Sabotage::SkipCommit));
        config.set(SABOTAGE.key(), "skip-everything");
        assert!(config.read(&SABOTAGE).is_err());
    }
}
