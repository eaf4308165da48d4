//! Metrics on their way from a slot to the registry of the job.

use std::collections::HashMap;

use penstock_core::metrics::{DistributionSummary, HistogramSummary, MetricSample, MetricValue, QUANTILES, Registry};
use serde::{Deserialize, Serialize};

/// A metric with its value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sample {
    scope: Vec<(String, String)>,
    groups: Vec<String>,
    name: String,
    value: Value,
}

/// Floating point numbers as their bits: JSON has no NaN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Value {
    Counter(i64),
    Gauge(u64),
    Meter(i64),
    Distribution { count: u64, sum: i64, min: i64, max: i64 },
    Histogram { count: u64, quantiles: [u64; QUANTILES.len()] },
}

impl From<&MetricValue> for Value {
    fn from(value: &MetricValue) -> Self {
        match value {
            MetricValue::Counter(n) => Self::Counter(*n),
            MetricValue::Gauge(x) => Self::Gauge(x.to_bits()),
            MetricValue::Meter(n) => Self::Meter(*n),
            MetricValue::Distribution(s) => Self::Distribution { count: s.count, sum: s.sum, min: s.min, max: s.max },
            MetricValue::Histogram(s) => Self::Histogram { count: s.count, quantiles: s.quantiles.map(f64::to_bits) },
        }
    }
}

impl From<Value> for MetricValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Counter(n) => Self::Counter(n),
            Value::Gauge(bits) => Self::Gauge(f64::from_bits(bits)),
            Value::Meter(n) => Self::Meter(n),
            Value::Distribution { count, sum, min, max } => {
                Self::Distribution(DistributionSummary { count, sum, min, max })
            }
            Value::Histogram { count, quantiles } => {
                Self::Histogram(HistogramSummary { count, quantiles: quantiles.map(f64::from_bits) })
            }
        }
    }
}

/// Takes samples over into a registry.
pub(super) fn mirror(samples: Vec<Sample>, registry: &Registry) {
    for Sample { scope, groups, name, value } in samples {
        registry.mirror(MetricSample { scope, groups, name, value: value.into() });
    }
}

type Path = (Vec<(String, String)>, Vec<String>, String);

/// What was told already.
#[derive(Default)]
pub(super) struct Told(HashMap<Path, Value>);

impl Told {
    /// The metrics that have another value than was told last.
    pub(super) fn changed(&mut self, registry: &Registry) -> Vec<Sample> {
        let new = |sample: MetricSample| {
            let value = Value::from(&sample.value);
            let MetricSample { scope, groups, name, .. } = sample;
            let before = self.0.insert((scope.clone(), groups.clone(), name.clone()), value);
            (before != Some(value)).then_some(Sample { scope, groups, name, value })
        };
        registry.snapshot().into_iter().filter_map(new).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::metrics::MetricGroup;

    #[test]
    fn what_has_changed_arrives_and_nothing_else_is_sent() {
        let (there, here, mut told) = (Registry::default(), Registry::default(), Told::default());
        let group = MetricGroup::new(&there, [("subtask_index", "1")]).group("mine");
        group.counter("n").add(2);
        group.gauge("nan").set(f64::NAN);
        group.distribution("d").update(5);
        let mut send = || {
            let samples = told.changed(&there);
            let json = serde_json::to_string(&samples).unwrap();
            mirror(serde_json::from_str(&json).unwrap(), &here);
            samples.len()
        };
        assert_eq!((send(), send()), (3, 0));
        group.counter("n").add(5);
        assert_eq!(send(), 1);
        let values: Vec<_> = here.snapshot().iter().map(|s| (s.name.clone(), s.value.as_f64().to_string())).collect();
        assert_eq!(values, [("d", "5"), ("n", "7"), ("nan", "NaN")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
