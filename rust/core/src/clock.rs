//! Time as operators see it: milliseconds since the epoch, from a clock that tests can move by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The timestamp of a record that has none; Flink's `Long.MIN_VALUE`.
pub const NO_TIMESTAMP: i64 = i64::MIN;
/// The watermark after which nothing comes.
pub const MAX_WATERMARK: i64 = i64::MAX;

/// Where processing time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that only moves when it is set.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A manual clock that shows `millis`.
    #[must_use]
    pub fn manual(millis: i64) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(millis)))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn now_millis(&self) -> i64 {
        match self {
            Self::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64),
            Self::Manual(time) => time.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock; the machine's clock stays as it is.
    pub fn set_millis(&self, millis: i64) {
        if let Self::Manual(time) = self {
            time.store(millis, Ordering::SeqCst);
        }
    }
}
