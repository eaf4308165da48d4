//! How many records pass between two looks at the clock, so that the looks cost nothing and come every millisecond.

use std::time::{Duration, Instant};

/// About how often the clock is looked at.
const TICK: Duration = Duration::from_millis(1);

/// Measures what a record takes.
pub struct Pace {
    stride: u32,
    left: u32,
    since: Instant,
    nanos_per_record: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { stride: 1, left: 1, since: Instant::now(), nanos_per_record: 0.0 }
    }
}

impl Pace {
    /// Begins to measure; call it when records start to flow after a pause.
    pub fn start(&mut self) -> Instant {
        self.since = Instant::now();
        self.left = self.stride;
        self.since
    }

    /// Counts a record; `Some(now)` when it is time to look around.
    #[inline]
    pub fn record(&mut self) -> Option<Instant> {
        self.left -= 1;
        if self.left > 0 { None } else { Some(self.tick()) }
    }

    #[cold]
    fn tick(&mut self) -> Instant {
        let now = Instant::now();
        let elapsed = now.duration_since(self.since);
        let nanos = elapsed.as_nanos() as f64 / f64::from(self.stride);
        self.nanos_per_record =
            if self.nanos_per_record == 0.0 { nanos } else { self.nanos_per_record * 0.75 + nanos * 0.25 };
        if elapsed > TICK * 2 {
            self.stride = (self.stride / 2).max(1);
        } else if elapsed < TICK / 2 {
            self.stride = (self.stride * 2).min(8192);
        }
        self.since = now;
        self.left = self.stride;
        now
    }

    /// What a record takes; 0 before it is known.
    #[must_use]
    pub fn nanos_per_record(&self) -> u32 {
        self.nanos_per_record.min(f64::from(u32::MAX)) as u32
    }
}
