//! Which directory a line goes to.

use penstock_core::Result;

use super::date_pattern::DatePattern;
use super::zone::Zone;

/// An assigner of buckets. A bucket's name is the path of its directory below the sink's.
#[derive(Debug, Clone)]
pub(super) enum Bucketing {
    /// All into the sink's own directory.
    BasePath,
    /// By the time of writing.
    DateTime { pattern: DatePattern, zone: Zone },
}

impl Bucketing {
    pub(super) fn date_time(pattern: &str, zone: Option<&str>) -> Result<Self> {
        Ok(Self::DateTime { pattern: DatePattern::parse(pattern)?, zone: Zone::named(zone)? })
    }
}

/// The bucket of now, computed anew only when it may have changed.
#[derive(Debug, Default)]
pub(super) struct CurrentBucket {
    name: String,
    /// Milliseconds since the epoch until which `name` holds.
    until: i64,
    /// And since when; clocks can be set back.
    since: i64,
}

impl CurrentBucket {
    /// Says whether the name may have changed.
    pub(super) fn update(&mut self, bucketing: &Bucketing, now: i64) {
        if (self.since..self.until).contains(&now) {
            return;
        }
        match bucketing {
            Bucketing::BasePath => (self.since, self.until) = (i64::MIN, i64::MAX),
            Bucketing::DateTime { pattern, zone } => {
                let granularity = pattern.granularity_ms();
                self.since = now - now.rem_euclid(granularity);
                self.until = self.since + granularity;
                self.name = pattern.format(&zone.local(now));
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_follows_the_clock_both_ways() {
        let bucketing = Bucketing::date_time("yyyy-MM-dd--HH", Some("UTC")).unwrap();
        let mut current = CurrentBucket::default();
        for (now, expected) in
            [(0, "1970-01-01--00"), (3_599_999, "1970-01-01--00"), (3_600_000, "1970-01-01--01"), (5, "1970-01-01--00")]
        {
            current.update(&bucketing, now);
            assert_eq!(current.name(), expected);
        }
    }
}
