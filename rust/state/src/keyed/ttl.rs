//! Time to live: a value that was not written (or read) for so long is gone.

use penstock_core::{Clock, Error, Result};
use serde::Deserialize;

use crate::backend::TimeToLive;

/// When the life of a value starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TtlUpdate {
    /// Never expires.
    Disabled,
    /// When it is written.
    OnCreateAndWrite,
    /// When it is written or read.
    OnReadAndWrite,
}

/// Whether an expired value that is still there may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TtlVisibility {
    /// Yes.
    ReturnExpiredIfNotCleanedUp,
    /// No.
    NeverReturnExpired,
}

/// Time to live of a state; the JSON form is what the Python package sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct TtlConfig {
    /// Life in milliseconds of processing time.
    pub ttl_ms: i64,
    /// When it starts again.
    pub update_type: TtlUpdate,
    /// What to do with the dead.
    pub visibility: TtlVisibility,
    /// How RocksDB removes the dead while it merges files; `None`: it does not.
    #[serde(default)]
    pub compaction: Option<CompactionCleanup>,
}

/// How RocksDB removes the dead while it merges files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct CompactionCleanup {
    /// After how many entries it looks at the clock again.
    pub entries: u64,
    /// How old a file gets before it is merged for that alone, in milliseconds.
    pub period_ms: i64,
}

impl TtlConfig {
    /// What the backend may do about it.
    #[must_use]
    pub fn for_backend(&self, clock: &Clock) -> Option<TimeToLive> {
        let cleanup = self.compaction.filter(|_| self.update_type != TtlUpdate::Disabled)?;
        let CompactionCleanup { entries, period_ms } = cleanup;
        Some(TimeToLive { millis: self.ttl_ms, clock: clock.clone(), entries_per_look: entries, period_ms })
    }

    /// Whether a value written at `written_at` is dead.
    #[must_use]
    pub fn expired(&self, written_at: i64, now: i64) -> bool {
        self.update_type != TtlUpdate::Disabled && now.saturating_sub(written_at) >= self.ttl_ms
    }
}

/// Puts the time in front of an encoded value.
pub(super) fn prefix(ttl: Option<&TtlConfig>, written_at: i64, out: &mut Vec<u8>) {
    if ttl.is_some() {
        out.extend_from_slice(&written_at.to_be_bytes());
    }
}

/// Takes the time off again: (time, value).
pub(super) fn split<'a>(ttl: Option<&TtlConfig>, bytes: &'a [u8]) -> Result<(i64, &'a [u8])> {
    if ttl.is_none() {
        return Ok((0, bytes));
    }
    match bytes.split_first_chunk::<8>() {
        Some((time, value)) => Ok((i64::from_be_bytes(*time), value)),
        None => Err(Error::invalid(
            "a state with time to live was restored from one without; start with a fresh state or give it another name",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn life_ends_exactly_at_the_ttl() {
        let ttl = TtlConfig {
            ttl_ms: 10,
            update_type: TtlUpdate::OnCreateAndWrite,
            visibility: TtlVisibility::NeverReturnExpired,
            compaction: None,
        };
        assert!(!ttl.expired(100, 109));
        assert!(ttl.expired(100, 110));
    }

    #[test]
    fn the_time_travels_with_the_value() {
        let ttl = TtlConfig {
            ttl_ms: 10,
            update_type: TtlUpdate::OnCreateAndWrite,
            visibility: TtlVisibility::NeverReturnExpired,
            compaction: None,
        };
        let mut bytes = Vec::new();
        prefix(Some(&ttl), 7, &mut bytes);
        bytes.push(9);
        assert_eq!(split(Some(&ttl), &bytes).unwrap(), (7, &[9_u8][..]));
        assert!(split(Some(&ttl), &[1]).is_err());
    }
}
