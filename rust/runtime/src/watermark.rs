//! Watermarks of one stream of records (a split, or the input of `assign_timestamps_and_watermarks`), and how several
//! become one.

use penstock_plan::WatermarkGenerator;

/// Follows the timestamps of one stream.
#[derive(Debug, Clone)]
pub struct WatermarkTracker {
    generator: WatermarkGenerator,
    idleness_ms: Option<i64>,
    max_timestamp: Option<i64>,
    last_activity: i64,
    idle: bool,
}

impl WatermarkTracker {
    /// A tracker that has seen nothing; `now` is processing time.
    #[must_use]
    pub fn new(generator: WatermarkGenerator, idleness_ms: Option<u64>, now: i64) -> Self {
        Self {
            generator,
            idleness_ms: idleness_ms.map(|ms| ms as i64),
            max_timestamp: None,
            last_activity: now,
            idle: false,
        }
    }

    /// A record with this event time passed.
    #[inline]
    pub fn record(&mut self, timestamp: i64) {
        if self.max_timestamp.is_none_or(|max| timestamp > max) {
            self.max_timestamp = Some(timestamp);
        }
    }

    /// Records passed at this processing time.
    pub fn active(&mut self, now: i64) {
        self.last_activity = now;
        self.idle = false;
    }

    /// Whether no record came for as long as the strategy allows.
    pub fn check_idle(&mut self, now: i64) -> bool {
        if self.idleness_ms.is_some_and(|ms| now - self.last_activity >= ms) {
            self.idle = true;
        }
        self.idle
    }

    /// Whether it was idle when that was looked at last.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.idle
    }

    /// For how long no record has come.
    #[must_use]
    pub fn silence(&self, now: i64) -> i64 {
        now - self.last_activity
    }

    /// The watermark that follows from what was seen: `None` before the first record and without a generator.
    #[must_use]
    pub fn watermark(&self) -> Option<i64> {
        let delay = match self.generator {
            WatermarkGenerator::None => return None,
            WatermarkGenerator::Monotonous => 0,
            WatermarkGenerator::BoundedOutOfOrderness { millis } => millis,
        };
        Some(self.max_timestamp?.saturating_sub(delay).saturating_sub(1))
    }
}

/// What several streams say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combined {
    /// No stream is active.
    Idle,
    /// The smallest watermark of the active streams; `None`: one of them has none yet.
    Watermark(Option<i64>),
}

/// Combines the streams of a reader.
pub fn combine<'a>(trackers: impl Iterator<Item = &'a mut WatermarkTracker>, now: i64) -> Combined {
    let mut smallest: Option<Option<i64>> = None;
    for tracker in trackers {
        if tracker.check_idle(now) {
            continue;
        }
        let watermark = tracker.watermark();
        smallest = Some(match smallest {
            None => watermark,
            Some(so_far) => so_far.zip(watermark).map(|(a, b)| a.min(b)),
        });
    }
    smallest.map_or(Combined::Idle, Combined::Watermark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(millis: i64) -> WatermarkTracker {
        WatermarkTracker::new(WatermarkGenerator::BoundedOutOfOrderness { millis }, Some(100), 0)
    }

    #[test]
    fn one_below_what_may_still_come() {
        let mut tracker = bounded(10);
        assert_eq!(tracker.watermark(), None);
        tracker.record(50);
        tracker.record(40);
        assert_eq!(tracker.watermark(), Some(39));
    }

    #[test]
    fn the_slowest_active_stream_decides() {
        let (mut a, mut b) = (bounded(0), bounded(0));
        a.record(100);
        assert_eq!(combine([&mut a, &mut b].into_iter(), 1), Combined::Watermark(None));
        b.record(50);
        assert_eq!(combine([&mut a, &mut b].into_iter(), 2), Combined::Watermark(Some(49)));
        a.active(150);
        assert_eq!(combine([&mut a, &mut b].into_iter(), 151), Combined::Watermark(Some(99)));
        assert_eq!(combine([&mut a, &mut b].into_iter(), 300), Combined::Idle);
    }
}
