//! When a source emits latency markers.

use std::sync::Arc;

use penstock_core::Result;
use penstock_core::event::StreamEvent;

use crate::chain::ChainNode;

/// The timer of a source's markers.
#[derive(Debug)]
pub(super) struct Markers {
    interval_ms: i64,
    /// When the next is due; the first at once.
    due: i64,
}

impl Markers {
    /// Markers every so many milliseconds; 0: none.
    pub(super) fn new(interval_ms: i64) -> Self {
        Self { interval_ms, due: 0 }
    }

    /// When the next marker is due.
    pub(super) fn next(&self) -> Option<i64> {
        (self.interval_ms > 0).then_some(self.due)
    }

    /// The source has no more records.
    pub(super) fn stop(&mut self) {
        self.interval_ms = 0;
    }

    /// Emits a marker if one is due.
    pub(super) fn fire(&mut self, now: i64, root: &mut ChainNode) -> Result<()> {
        if self.next().is_none_or(|due| due > now) {
            return Ok(());
        }
        self.due = now + self.interval_ms;
        let source = Arc::from(root.id.uid_hash.as_str());
        let marker = StreamEvent::LatencyMarker { emitted_at: now, source, source_subtask: root.id.subtask };
        root.out.emit_marker(&marker)
    }
}
