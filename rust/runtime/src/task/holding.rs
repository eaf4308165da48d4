//! Finds the split that holds the watermark because no record comes from it, so that it can be named, once.

use std::sync::Arc;

use crate::watermark::WatermarkTracker;

/// From when on silence is worth a line in the log, in milliseconds.
const SILENCE_MS: i64 = 10_000;

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Holding {
    named: Option<Arc<str>>,
}

impl Holding {
    /// The split to name now, and for how many milliseconds no record has come from it.
    pub(super) fn name<'a>(
        &mut self,
        splits: impl Iterator<Item = (&'a Arc<str>, &'a WatermarkTracker)>,
        now: i64,
    ) -> Option<(&'a Arc<str>, i64)> {
        let active = splits.filter(|(_, tracker)| !tracker.is_idle());
        let slowest = active.min_by_key(|(_, tracker)| tracker.watermark());
        let silent =
            slowest.map(|(split, tracker)| (split, tracker.silence(now))).filter(|(_, silence)| *silence >= SILENCE_MS);
        let known = self.named.take();
        self.named = silent.map(|(split, _)| Arc::clone(split));
        silent.filter(|_| self.named != known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_plan::WatermarkGenerator;

    fn split(name: &str, idleness_ms: Option<u64>) -> (Arc<str>, WatermarkTracker) {
        (Arc::from(name), WatermarkTracker::new(WatermarkGenerator::Monotonous, idleness_ms, 0))
    }

    fn named(holding: &mut Holding, splits: &[(Arc<str>, WatermarkTracker)], now: i64) -> Option<String> {
        holding
            .name(splits.iter().map(|(name, tracker)| (name, tracker)), now)
            .map(|(name, silence)| format!("{name} {silence}"))
    }

    #[test]
    fn the_slowest_is_named_once_until_it_speaks_again() {
        let (mut holding, mut splits) = (Holding::default(), [split("a", None), split("b", None)]);
        splits[0].1.record(7);
        assert_eq!(named(&mut holding, &splits, 9_999), None);
        assert_eq!(named(&mut holding, &splits, 10_000).as_deref(), Some("b 10000"));
        assert_eq!(named(&mut holding, &splits, 11_000), None);
        splits[1].1.record(5);
        splits[1].1.active(12_000);
        assert_eq!(named(&mut holding, &splits, 12_200), None);
        assert_eq!(named(&mut holding, &splits, 22_000).as_deref(), Some("b 10000"));
    }

    #[test]
    fn a_split_that_is_idle_holds_nothing() {
        let (mut holding, mut splits) = (Holding::default(), [split("a", Some(100))]);
        assert!(splits[0].1.check_idle(20_000));
        assert_eq!(named(&mut holding, &splits, 20_000), None);
    }
}
