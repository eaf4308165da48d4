//! A job's progress in a few numbers, read off its metrics.

use std::collections::HashSet;
use std::time::Duration;

use penstock_core::metrics::{MetricSample, MetricValue};
use penstock_plan::{JobGraph, Operator};

/// How far a job is. Counts are over all attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Records that sources have emitted.
    pub records_in: u64,
    /// Records that sinks have taken.
    pub records_out: u64,
    /// Bytes that sources have read.
    pub bytes_in: u64,
    /// Bytes that sinks have written.
    pub bytes_out: u64,
    /// How far the slowest source's event time is behind the clock, in milliseconds; `None` without watermarks.
    pub watermark_lag_ms: Option<i64>,
    /// Number and age of the last completed checkpoint.
    pub last_checkpoint: Option<(u64, Duration)>,
    /// How often the job was restarted.
    pub restarts: u32,
}

impl Progress {
    pub(crate) fn new(totals: &Totals, last_checkpoint: Option<(u64, Duration)>, restarts: u32) -> Self {
        let Totals { records_in, records_out, bytes_in, bytes_out, lag } = *totals;
        Self { records_in, records_out, bytes_in, bytes_out, watermark_lag_ms: lag, last_checkpoint, restarts }
    }
}

/// Which operators are the ends of a job, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    sources: HashSet<String>,
    sinks: HashSet<String>,
}

impl Ends {
    pub(crate) fn of(graph: &JobGraph) -> Self {
        let mut ends = Self::default();
        for operator in graph.vertices.iter().flat_map(|vertex| &vertex.operators) {
            match operator.node.operator {
                Operator::Source { .. } => ends.sources.insert(operator.id.to_string()),
                Operator::Sink { .. } => ends.sinks.insert(operator.id.to_string()),
                _ => false,
            };
        }
        ends
    }
}

/// What the metrics of an attempt add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Totals {
    records_in: u64,
    records_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    lag: Option<i64>,
}

impl Totals {
    /// Adds up the metrics of sources and sinks.
    pub(crate) fn count(samples: &[MetricSample], ends: &Ends) -> Self {
        let mut totals = Self::default();
        for sample in samples.iter().filter(|s| s.groups.is_empty()) {
            let operator = sample.scope.iter().find(|(key, _)| key == "operator_id").map(|(_, id)| id);
            if let Some(operator) = operator {
                totals.take(sample, ends.sources.contains(operator), ends.sinks.contains(operator));
            }
        }
        totals
    }

    fn take(&mut self, sample: &MetricSample, source: bool, sink: bool) {
        match (sample.name.as_str(), &sample.value) {
            ("numRecordsOut", MetricValue::Counter(n)) if source => self.records_in += n.unsigned_abs(),
            ("numRecordsIn", MetricValue::Counter(n)) if sink => self.records_out += n.unsigned_abs(),
            ("numBytesIn", MetricValue::Counter(n)) if source => self.bytes_in += n.unsigned_abs(),
            ("numBytesOut", MetricValue::Counter(n)) if sink => self.bytes_out += n.unsigned_abs(),
            // 0 is a gauge that nobody has set.
            ("currentEmitEventTimeLag", MetricValue::Gauge(lag)) if source && *lag != 0.0 => {
                self.lag = self.lag.max(Some(*lag as i64));
            }
            _ => {}
        }
    }

    /// These counts with those of an earlier attempt.
    #[must_use]
    pub(crate) fn plus(self, earlier: &Self) -> Self {
        Self {
            records_in: self.records_in + earlier.records_in,
            records_out: self.records_out + earlier.records_out,
            bytes_in: self.bytes_in + earlier.bytes_in,
            bytes_out: self.bytes_out + earlier.bytes_out,
            lag: self.lag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::metrics::{MetricGroup, Registry};

    #[test]
    fn only_the_ends_of_the_job_count() {
        let registry = Registry::default();
        let group =
            |id: &str, subtask: &str| MetricGroup::new(&registry, [("operator_id", id), ("subtask_index", subtask)]);
        for (id, subtask, n) in [("source", "0", 5), ("source", "1", 6), ("map", "0", 100), ("sink", "0", 3)] {
            group(id, subtask).counter("numRecordsOut").add(n);
            group(id, subtask).counter("numRecordsIn").add(n);
        }
        group("source", "0").gauge("currentEmitEventTimeLag").set(40.0);
        group("source", "1").gauge("currentEmitEventTimeLag").set(70.0);
        group("sink", "0").group("mine").counter("numRecordsIn").add(1000);
        let ends = Ends { sources: HashSet::from(["source".to_owned()]), sinks: HashSet::from(["sink".to_owned()]) };
        let totals = Totals::count(&registry.snapshot(), &ends);
        let progress = Progress::new(&totals.plus(&totals), None, 1);
        assert_eq!((progress.records_in, progress.records_out, progress.watermark_lag_ms), (22, 6, Some(70)));
    }
}
