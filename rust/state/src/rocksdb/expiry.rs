//! Time to live: RocksDB drops what has expired while it merges files anyway.

use std::ffi::CStr;
use std::sync::Arc;

use ::rocksdb::CompactionDecision;
use ::rocksdb::compaction_filter::CompactionFilter;
use ::rocksdb::compaction_filter_factory::{CompactionFilterContext, CompactionFilterFactory};
use parking_lot::Mutex;

use crate::backend::TimeToLive;

/// How long the values of one state live. Shared by the backend and RocksDB's threads; it is set when the state is
/// used for the first time, which may be long after its column family was opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Expiry(Arc<Mutex<Option<TimeToLive>>>);

impl Expiry {
    pub(super) fn set(&self, life: Option<TimeToLive>) {
        *self.0.lock() = life;
    }

    fn get(&self) -> Option<TimeToLive> {
        self.0.lock().clone()
    }
}

/// Makes a filter for every merge.
pub(super) struct ExpiryFilters(pub(super) Expiry);

impl CompactionFilterFactory for ExpiryFilters {
    type Filter = ExpiryFilter;

    fn create(&mut self, _context: CompactionFilterContext) -> ExpiryFilter {
        let life = self.0.get();
        let now = life.as_ref().map_or(0, |life| life.clock.now_millis());
        ExpiryFilter { life, now, seen: 0 }
    }

    fn name(&self) -> &CStr {
        c"penstock.time-to-live.factory"
    }
}

/// Says what goes.
pub(super) struct ExpiryFilter {
    life: Option<TimeToLive>,
    now: i64,
    seen: u64,
}

impl CompactionFilter for ExpiryFilter {
    fn filter(&mut self, _level: u32, _key: &[u8], value: &[u8]) -> CompactionDecision {
        let Some(life) = &self.life else { return CompactionDecision::Keep };
        self.seen += 1;
        if self.seen.is_multiple_of(life.entries_per_look.max(1)) {
            self.now = life.clock.now_millis();
        }
        match value.first_chunk::<8>() {
            Some(time) if self.now.saturating_sub(i64::from_be_bytes(*time)) >= life.millis => {
                CompactionDecision::Remove
            }
            // A value without a time was written by something else, and reading it is an error that says so.
            _ => CompactionDecision::Keep,
        }
    }

    fn name(&self) -> &CStr {
        c"penstock.time-to-live"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Clock;

    fn kept(filter: &mut ExpiryFilter, written_at: i64) -> bool {
        let value = [&written_at.to_be_bytes()[..], b"value"].concat();
        matches!(filter.filter(0, b"key", &value), CompactionDecision::Keep)
    }

    #[test]
    fn life_ends_exactly_at_the_ttl() {
        let life = TimeToLive { millis: 10, clock: Clock::manual(110), entries_per_look: 1000, period_ms: 0 };
        let mut filter = ExpiryFilter { life: Some(life), now: 110, seen: 0 };
        assert!(kept(&mut filter, 101) && !kept(&mut filter, 100));
        assert!(matches!(filter.filter(0, b"key", b"short"), CompactionDecision::Keep));
    }

    #[test]
    fn the_clock_is_looked_at_after_so_many_entries() {
        let clock = Clock::manual(0);
        let life = TimeToLive { millis: 10, clock: clock.clone(), entries_per_look: 3, period_ms: 0 };
        let mut filter = ExpiryFilter { life: Some(life), now: 0, seen: 0 };
        clock.set_millis(100);
        assert!(kept(&mut filter, 0) && kept(&mut filter, 0) && !kept(&mut filter, 0));
    }

    #[test]
    fn nothing_goes_where_no_life_was_set() {
        let expiry = Expiry::default();
        let filters = ExpiryFilters(expiry.clone());
        assert!(filters.0.get().is_none());
        expiry.set(Some(TimeToLive { millis: 1, clock: Clock::manual(5), entries_per_look: 1, period_ms: 0 }));
        assert_eq!(filters.0.get().map(|life| life.millis), Some(1));
    }
}
