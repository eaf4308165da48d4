//! `assign_timestamps_and_watermarks` in the middle of a stream: gives each record its event time, and emits
//! watermarks of its own instead of those that come from upstream. Only the last one, which says that nothing
//! follows, is passed on.

use penstock_core::clock::MAX_WATERMARK;
use penstock_core::columns::ColumnBatch;
use penstock_core::event::StreamEvent;
use penstock_core::{Clock, NO_TIMESTAMP, Object, Result};

use super::Operator;
use crate::chain::Outputs;
use crate::lane::TimestampAssigner;
use crate::watermark::WatermarkTracker;

/// The operator of `assign_timestamps_and_watermarks`.
pub struct WatermarksOperator {
    assigner: Option<Box<dyn TimestampAssigner>>,
    tracker: WatermarkTracker,
    interval_ms: i64,
    next_emit: i64,
    seen: bool,
    idle: bool,
}

impl WatermarksOperator {
    /// Emits every `interval_ms` of processing time.
    #[must_use]
    pub fn new(
        assigner: Option<Box<dyn TimestampAssigner>>,
        tracker: WatermarkTracker,
        clock: &Clock,
        interval_ms: i64,
    ) -> Self {
        let next_emit = clock.now_millis() + interval_ms;
        Self { assigner, tracker, interval_ms, next_emit, seen: false, idle: false }
    }
}

impl Operator for WatermarksOperator {
    #[inline]
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        let time = match &mut self.assigner {
            Some(assigner) => assigner.extract(&value, timestamp)?,
            None => timestamp,
        };
        self.seen = true;
        if time != NO_TIMESTAMP {
            self.tracker.record(time);
        }
        out.emit(value, time)
    }

    /// Without an assigner, records keep the times they have.
    fn process_columns(&mut self, batch: &ColumnBatch, out: &mut Outputs) -> Result<()> {
        self.seen = true;
        if let Some(time) = batch.latest_timestamp() {
            self.tracker.record(time);
        }
        out.emit_columns(batch)
    }

    fn watermark(&mut self, time: i64, out: &mut Outputs) -> Result<()> {
        if time != MAX_WATERMARK {
            return Ok(());
        }
        // The watermark of an idle channel does not count.
        if std::mem::take(&mut self.idle) {
            out.emit_event(&StreamEvent::Active)?;
        }
        out.emit_watermark(time)
    }

    fn next_timer(&mut self) -> Option<i64> {
        (self.interval_ms > 0).then_some(self.next_emit)
    }

    fn fire_timers(&mut self, now: i64, out: &mut Outputs) -> Result<()> {
        if now < self.next_emit {
            return Ok(());
        }
        self.next_emit = now + self.interval_ms;
        if std::mem::take(&mut self.seen) {
            self.tracker.active(now);
        }
        let idle = self.tracker.check_idle(now);
        if idle != self.idle {
            self.idle = idle;
            out.emit_event(if idle { &StreamEvent::Idle } else { &StreamEvent::Active })?;
        }
        match self.tracker.watermark() {
            Some(time) if !idle => out.emit_watermark(time),
            _ => Ok(()),
        }
    }

    fn end_of_data(&mut self, _drain: bool, _out: &mut Outputs) -> Result<()> {
        self.interval_ms = 0;
        Ok(())
    }
}
