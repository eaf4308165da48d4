//! Latency markers: they travel with the records, through every queue but through no user function, and each operator
//! that one passes notes how long it has been on its way. Histograms have Flink's names and belong to the job.

use std::sync::Arc;

use penstock_core::config::LatencyGranularity;
use penstock_core::event::StreamEvent;
use penstock_core::metrics::{Histogram, MetricGroup};
use penstock_core::{Clock, Result};

use super::{ChainNode, Edge, Outputs};

/// What is noted of latency markers, for all operators of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencySettings {
    /// How often sources emit a marker, in milliseconds; 0: never.
    pub interval_ms: i64,
    /// How finely sources are told apart.
    pub granularity: LatencyGranularity,
    /// How many markers a histogram looks back.
    pub history_size: usize,
}

/// The latencies of one operator subtask.
pub struct LatencyStats {
    settings: LatencySettings,
    /// A group of the job, not of the operator.
    job: MetricGroup,
    operator_id: String,
    subtask: u32,
    clock: Clock,
    histograms: Vec<(Origin, Histogram)>,
}

/// A source and its subtask, as far as they are told apart.
type Origin = (Option<Arc<str>>, Option<u32>);

impl LatencyStats {
    /// Nothing noted yet. `job` is a metric group with the job's scope alone.
    #[must_use]
    pub fn new(settings: LatencySettings, job: &MetricGroup, operator_id: String, subtask: u32, clock: Clock) -> Self {
        Self { settings, job: job.group("latency"), operator_id, subtask, clock, histograms: Vec::new() }
    }

    fn note(&mut self, emitted_at: i64, source: &Arc<str>, source_subtask: u32) {
        let from = match self.settings.granularity {
            LatencyGranularity::Single => (None, None),
            LatencyGranularity::Operator => (Some(Arc::clone(source)), None),
            LatencyGranularity::Subtask => (Some(Arc::clone(source)), Some(source_subtask)),
        };
        let latency = self.clock.now_millis() - emitted_at;
        let known = self.histograms.iter().position(|(known, _)| *known == from).unwrap_or_else(|| {
            let histogram = self.register(&from);
            self.histograms.push((from, histogram));
            self.histograms.len() - 1
        });
        self.histograms[known].1.update(latency);
    }

    /// Each variable is also a part of the name, as in Flink.
    fn register(&self, (source, source_subtask): &Origin) -> Histogram {
        let variables = [
            ("source_id", source.as_deref().map(str::to_owned)),
            ("source_subtask_index", source_subtask.map(|subtask| subtask.to_string())),
            ("operator_id", Some(self.operator_id.clone())),
            ("operator_subtask_index", Some(self.subtask.to_string())),
        ];
        let mut group = self.job.clone();
        for (key, value) in variables {
            if let Some(value) = value {
                group = group.with_variable(key, &value).group(key);
            }
        }
        group.histogram("latency", self.settings.history_size)
    }
}

impl ChainNode {
    /// Notes the latencies of markers that pass.
    #[must_use]
    pub fn measuring(mut self, latency: LatencyStats) -> Self {
        self.latency = Some(Box::new(latency));
        self
    }

    pub(super) fn handle_marker(&mut self, marker: &StreamEvent) -> Result<()> {
        if let (Some(latency), StreamEvent::LatencyMarker { emitted_at, source, source_subtask }) =
            (&mut self.latency, marker)
        {
            latency.note(*emitted_at, source, *source_subtask);
        }
        self.out.emit_marker(marker)
    }
}

impl Outputs {
    /// Emits a latency marker to one of the outputs, to each in its turn: markers do not multiply on their way.
    pub fn emit_marker(&mut self, marker: &StreamEvent) -> Result<()> {
        let count = self.edges_mut().count();
        if count == 0 {
            return Ok(());
        }
        self.marker_edge = (self.marker_edge + 1) % count;
        let next = self.marker_edge;
        match self.edges_mut().nth(next) {
            Some(Edge::Chained(node)) => node.handle(marker),
            Some(Edge::Channels(writer)) => writer.send_marker(marker),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::metrics::{MetricValue, Registry};

    fn noted(granularity: LatencyGranularity) -> Vec<(String, u64, f64)> {
        let (registry, clock) = (Registry::default(), Clock::manual(1_000));
        let job = MetricGroup::new(&registry, [("job_id", "j")]);
        let settings = LatencySettings { interval_ms: 1, granularity, history_size: 10 };
        let mut stats = LatencyStats::new(settings, &job, "op".to_owned(), 3, clock.clone());
        for (at, subtask) in [(990, 0), (980, 1)] {
            stats.note(at, &Arc::from("src"), subtask);
        }
        let shown = registry.snapshot().into_iter().map(|sample| {
            let MetricValue::Histogram(summary) = sample.value else { panic!("a histogram") };
            let variables: Vec<_> = sample.scope.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let name = format!("{} {}.{}", variables.join(","), sample.groups.join("."), sample.name);
            (name, summary.count, summary.quantiles[5])
        });
        shown.collect()
    }

    #[test]
    fn names_and_variables_are_flinks_for_each_granularity() {
        let operator = "operator_id=op,operator_subtask_index=3";
        assert_eq!(
            noted(LatencyGranularity::Operator),
            [(
                format!(
                    "job_id=j,source_id=src,{operator} latency.source_id.operator_id.operator_subtask_index.latency"
                ),
                2,
                20.0
            )]
        );
        let single = noted(LatencyGranularity::Single);
        assert_eq!(single[0].0, format!("job_id=j,{operator} latency.operator_id.operator_subtask_index.latency"));
        let subtask = noted(LatencyGranularity::Subtask);
        assert_eq!(subtask.iter().map(|s| (s.1, s.2)).collect::<Vec<_>>(), [(1, 10.0), (1, 20.0)]);
        assert!(subtask[1].0.contains("source_id=src,source_subtask_index=1,operator_id=op"), "{}", subtask[1].0);
    }
}
