//! Metrics: counters, gauges, meters, distributions and histograms, registered by name under a scope.
//!
//! ```
//! use penstock_core::metrics::{MetricGroup, Registry};
//! let registry = Registry::default();
//! let group = MetricGroup::new(&registry, [("job_name", "demo"), ("operator_name", "map")]);
//! group.counter("numRecordsIn").add(3);
//! assert_eq!(registry.snapshot()[0].value.as_f64(), 3.0);
//! ```

mod histogram;

pub use histogram::{Histogram, HistogramSummary, QUANTILES};

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Counts up (or down).
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicI64>);

impl Counter {
    /// Adds `n`.
    #[inline]
    pub fn add(&self, n: i64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The count.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Holds the latest value of something.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// Sum, count, smallest and largest of what was observed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DistributionSummary {
    /// Number of observations.
    pub count: u64,
    /// Their sum.
    pub sum: i64,
    /// The smallest.
    pub min: i64,
    /// The largest.
    pub max: i64,
}

/// Summarises integer observations.
#[derive(Debug, Clone, Default)]
pub struct Distribution(Arc<Mutex<DistributionSummary>>);

impl Distribution {
    /// Adds an observation.
    pub fn update(&self, value: i64) {
        let mut s = self.0.lock();
        (s.min, s.max) = if s.count == 0 { (value, value) } else { (s.min.min(value), s.max.max(value)) };
        s.count += 1;
        s.sum += value;
    }

    /// What was observed so far.
    #[must_use]
    pub fn summary(&self) -> DistributionSummary {
        *self.0.lock()
    }
}

/// A registered metric.
#[derive(Clone)]
pub enum Metric {
    /// A count.
    Counter(Counter),
    /// A value that the engine sets.
    Gauge(Gauge),
    /// A value that is computed when asked for.
    Computed(Arc<dyn Fn() -> f64 + Send + Sync>),
    /// Events; the rate is computed by whoever reads it.
    Meter(Counter),
    /// A summary.
    Distribution(Distribution),
    /// How the latest observations are distributed.
    Histogram(Histogram),
    /// The value that a metric of another process had when it was last heard of.
    Mirrored(Arc<Mutex<MetricValue>>),
}

/// The value of a metric at one moment.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// Of a counter.
    Counter(i64),
    /// Of a gauge.
    Gauge(f64),
    /// Events so far, of a meter.
    Meter(i64),
    /// Of a distribution.
    Distribution(DistributionSummary),
    /// Of a histogram.
    Histogram(HistogramSummary),
}

impl MetricValue {
    /// The value as one number; a distribution's is its mean, a histogram's its median.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Counter(n) | Self::Meter(n) => *n as f64,
            Self::Gauge(v) => *v,
            Self::Distribution(s) if s.count == 0 => 0.0,
            Self::Distribution(s) => s.sum as f64 / s.count as f64,
            Self::Histogram(s) => s.quantiles[0],
        }
    }
}

/// One line of [`Registry::snapshot`].
#[derive(Debug, Clone)]
pub struct MetricSample {
    /// Scope variables such as `job_name`, `operator_name`, `subtask_index`, in order.
    pub scope: Vec<(String, String)>,
    /// User groups between the scope and the name.
    pub groups: Vec<String>,
    /// Name of the metric.
    pub name: String,
    /// Its value.
    pub value: MetricValue,
}

type Path = (Vec<(String, String)>, Vec<String>, String);

/// All metrics of a process.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<BTreeMap<Path, Metric>>>);

impl Registry {
    /// Every metric with its value now, ordered by scope and name.
    #[must_use]
    pub fn snapshot(&self) -> Vec<MetricSample> {
        let metrics: Vec<(Path, Metric)> = self.0.lock().iter().map(|(p, m)| (p.clone(), m.clone())).collect();
        samples(metrics)
    }

    /// Takes over the value of a metric of another process.
    pub fn mirror(&self, sample: MetricSample) {
        let MetricSample { scope, groups, name, value } = sample;
        let new = || Metric::Mirrored(Arc::new(Mutex::new(value.clone())));
        if let Metric::Mirrored(known) = self.0.lock().entry((scope, groups, name)).or_insert_with(new) {
            *known.lock() = value;
        }
    }

    /// Forgets the metrics whose scope has all of these variables, and gives what they were.
    pub fn take(&self, scope: &[(&str, &str)]) -> Vec<MetricSample> {
        let is_meant =
            |vars: &[(String, String)]| scope.iter().all(|(k, v)| vars.iter().any(|(a, b)| a == k && b == v));
        let mut taken = Vec::new();
        self.0.lock().retain(|path, metric| {
            let stays = !is_meant(&path.0);
            if !stays {
                taken.push((path.clone(), metric.clone()));
            }
            stays
        });
        samples(taken)
    }
}

fn samples(metrics: Vec<(Path, Metric)>) -> Vec<MetricSample> {
    metrics
        .into_iter()
        .map(|((scope, groups, name), metric)| MetricSample { scope, groups, name, value: read(&metric) })
        .collect()
}

fn read(metric: &Metric) -> MetricValue {
    match metric {
        Metric::Counter(c) => MetricValue::Counter(c.get()),
        Metric::Meter(c) => MetricValue::Meter(c.get()),
        Metric::Gauge(g) => MetricValue::Gauge(g.get()),
        Metric::Computed(f) => MetricValue::Gauge(f()),
        Metric::Distribution(d) => MetricValue::Distribution(d.summary()),
        Metric::Histogram(h) => MetricValue::Histogram(h.summary()),
        Metric::Mirrored(value) => value.lock().clone(),
    }
}

/// Registers metrics under a scope. Registering a name twice gives the metric that is there.
#[derive(Clone)]
pub struct MetricGroup {
    registry: Registry,
    scope: Vec<(String, String)>,
    groups: Vec<String>,
}

impl MetricGroup {
    /// A group with these scope variables.
    #[must_use]
    pub fn new<K: Into<String>, V: Into<String>>(registry: &Registry, scope: impl IntoIterator<Item = (K, V)>) -> Self {
        let scope = scope.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { registry: registry.clone(), scope, groups: Vec::new() }
    }

    /// A group within this one.
    #[must_use]
    pub fn group(&self, name: &str) -> Self {
        let mut inner = self.clone();
        inner.groups.push(name.to_owned());
        inner
    }

    /// A group that also has this scope variable.
    #[must_use]
    pub fn with_variable(&self, key: &str, value: &str) -> Self {
        let mut inner = self.clone();
        inner.scope.push((key.to_owned(), value.to_owned()));
        inner
    }

    /// The counter of this name.
    #[must_use]
    pub fn counter(&self, name: &str) -> Counter {
        match self.register(name, || Metric::Counter(Counter::default())) {
            Metric::Counter(counter) | Metric::Meter(counter) => counter,
            _ => Counter::default(),
        }
    }

    /// The meter of this name; its counter counts the events.
    #[must_use]
    pub fn meter(&self, name: &str) -> Counter {
        match self.register(name, || Metric::Meter(Counter::default())) {
            Metric::Counter(counter) | Metric::Meter(counter) => counter,
            _ => Counter::default(),
        }
    }

    /// The gauge of this name.
    #[must_use]
    pub fn gauge(&self, name: &str) -> Gauge {
        match self.register(name, || Metric::Gauge(Gauge::default())) {
            Metric::Gauge(gauge) => gauge,
            _ => Gauge::default(),
        }
    }

    /// A gauge whose value is computed when it is read.
    pub fn computed(&self, name: &str, value: Arc<dyn Fn() -> f64 + Send + Sync>) {
        self.register(name, || Metric::Computed(value));
    }

    /// The distribution of this name.
    #[must_use]
    pub fn distribution(&self, name: &str) -> Distribution {
        match self.register(name, || Metric::Distribution(Distribution::default())) {
            Metric::Distribution(distribution) => distribution,
            _ => Distribution::default(),
        }
    }

    /// The histogram of this name; of the last `size` observations, if it is new.
    #[must_use]
    pub fn histogram(&self, name: &str, size: usize) -> Histogram {
        match self.register(name, || Metric::Histogram(Histogram::of_last(size))) {
            Metric::Histogram(histogram) => histogram,
            _ => Histogram::of_last(size),
        }
    }

    fn register(&self, name: &str, make: impl FnOnce() -> Metric) -> Metric {
        let path = (self.scope.clone(), self.groups.clone(), name.to_owned());
        self.registry.0.lock().entry(path).or_insert_with(make).clone()
    }
}
