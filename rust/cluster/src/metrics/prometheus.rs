//! Metrics in Prometheus' text format, with the series names of Flink's reporter.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use penstock_core::metrics::{MetricSample, MetricValue, QUANTILES};

/// Labels that every series has.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) host: String,
    pub(super) tm_id: String,
    /// Whether values of labels have only characters that names have too; Flink's default.
    pub(super) filter_values: bool,
}

impl Process {
    fn label_value(&self, value: &str) -> String {
        if self.filter_values { allowed(value) } else { escape(value) }
    }
}

/// Counts of meters at the last scrape, to make rates of them.
#[derive(Debug, Default)]
pub(super) struct Rates {
    last: HashMap<String, (i64, i64, f64)>,
}

impl Rates {
    /// Events per second between this look at a series and the one before; 0 at the first.
    fn rate(&mut self, series: &str, count: i64, now: i64) -> f64 {
        let Some(&(earlier, at, rate)) = self.last.get(series) else {
            self.last.insert(series.to_owned(), (count, now, 0.0));
            return 0.0;
        };
        // Two scrapers within a second see the same rate.
        if now - at < 1000 {
            return rate;
        }
        let rate = (count - earlier) as f64 * 1000.0 / (now - at) as f64;
        self.last.insert(series.to_owned(), (count, now, rate));
        rate
    }
}

/// The page of a scrape.
pub(super) fn render(samples: &[MetricSample], process: &Process, rates: &mut Rates, now: i64) -> String {
    // Series of one name stand together under one TYPE line.
    let mut families: BTreeMap<String, (&'static str, String)> = BTreeMap::new();
    for sample in samples {
        let (name, labels) = (series_name(sample), labels(sample, process));
        let (kind, lines) = lines(&name, &labels, &sample.value, rates, now);
        let family = families.entry(name).or_insert((kind, String::new()));
        if family.0 == kind {
            family.1.push_str(&lines);
        }
    }
    let mut page = String::new();
    for (name, (kind, lines)) in families {
        // Writing into a String cannot fail.
        let _ = write!(page, "# HELP {name} {name}\n# TYPE {name} {kind}\n{lines}");
    }
    page
}

fn lines(name: &str, labels: &str, value: &MetricValue, rates: &mut Rates, now: i64) -> (&'static str, String) {
    match value {
        // Flink's counters may fall, so its reporter shows them as gauges, and so do we.
        MetricValue::Counter(count) => ("gauge", format!("{name}{{{labels}}} {count}\n")),
        MetricValue::Gauge(value) => ("gauge", format!("{name}{{{labels}}} {}\n", number(*value))),
        MetricValue::Meter(count) => {
            let rate = rates.rate(&format!("{name}{labels}"), *count, now);
            ("gauge", format!("{name}{{{labels}}} {}\n", number(rate)))
        }
        MetricValue::Distribution(summary) => {
            let (count, sum, min, max) = (summary.count, summary.sum, summary.min, summary.max);
            let text = format!(
                "{name}{{{labels},quantile=\"0.0\"}} {min}\n{name}{{{labels},quantile=\"1.0\"}} {max}\n{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}\n"
            );
            ("summary", text)
        }
        MetricValue::Histogram(summary) => {
            let mut text = String::new();
            for (share, bound) in QUANTILES.iter().zip(summary.quantiles) {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "{name}{{{labels},quantile=\"{share}\"}} {bound}");
            }
            let _ = writeln!(text, "{name}_count{{{labels}}} {}", summary.count);
            ("summary", text)
        }
    }
}

/// Metrics of operators and tasks are those of a TaskManager, metrics of the whole job those of the JobManager.
fn series_name(sample: &MetricSample) -> String {
    let has = |key: &str| sample.scope.iter().any(|(k, _)| k == key);
    let scope = match (has("operator_name"), has("task_name")) {
        (true, _) => "flink_taskmanager_job_task_operator",
        (false, true) => "flink_taskmanager_job_task",
        (false, false) if is_of_taskmanager(sample) => "flink_taskmanager_job",
        (false, false) => "flink_jobmanager_job",
    };
    let parts = sample.groups.iter().map(String::as_str).chain([sample.name.as_str()]);
    parts.fold(scope.to_owned(), |name, part| format!("{name}_{}", allowed(part)))
}

/// Latencies belong to the job, and are measured where its operators run.
fn is_of_taskmanager(sample: &MetricSample) -> bool {
    sample.scope.iter().any(|(key, _)| key == "task_name" || key == "operator_id")
}

fn labels(sample: &MetricSample, process: &Process) -> String {
    let mut all: Vec<(&str, &str)> = sample.scope.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    all.push(("host", &process.host));
    if is_of_taskmanager(sample) {
        all.push(("tm_id", &process.tm_id));
    }
    let text: Vec<String> =
        all.into_iter().map(|(key, value)| format!("{}=\"{}\"", allowed(key), process.label_value(value))).collect();
    text.join(",")
}

/// Only letters, digits, `_` and `:` are allowed in names.
fn allowed(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == ':' { c } else { '_' }).collect()
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::metrics::{MetricGroup, Registry};

    fn process() -> Process {
        Process { host: "h".into(), tm_id: "tm".into(), filter_values: true }
    }

    fn operator(registry: &Registry) -> MetricGroup {
        MetricGroup::new(
            registry,
            [("job_name", "my \"job\""), ("task_name", "a -> b"), ("operator_name", "Sink: b"), ("subtask_index", "0")],
        )
    }

    #[test]
    fn names_and_labels_are_flinks() {
        let registry = Registry::default();
        operator(&registry).counter("numRecordsIn").add(3);
        operator(&registry).group("my group").counter("seen").add(1);
        MetricGroup::new(&registry, [("job_id", "0"), ("job_name", "j")]).gauge("numRestarts").set(2.0);
        let page = render(&registry.snapshot(), &process(), &mut Rates::default(), 0);
        let labels = "job_name=\"my__job_\",task_name=\"a____b\",operator_name=\"Sink:_b\",subtask_index=\"0\",host=\"h\",tm_id=\"tm\"";
        assert!(page.contains(&format!("# TYPE flink_taskmanager_job_task_operator_numRecordsIn gauge\nflink_taskmanager_job_task_operator_numRecordsIn{{{labels}}} 3\n")), "{page}");
        assert!(page.contains(&format!("flink_taskmanager_job_task_operator_my_group_seen{{{labels}}} 1\n")), "{page}");
        assert!(
            page.contains("flink_jobmanager_job_numRestarts{job_id=\"0\",job_name=\"j\",host=\"h\"} 2\n"),
            "{page}"
        );
    }

    #[test]
    fn values_of_labels_stay_as_they_are_where_that_is_asked_for() {
        let registry = Registry::default();
        operator(&registry).counter("n").add(1);
        let process = Process { filter_values: false, ..process() };
        let page = render(&registry.snapshot(), &process, &mut Rates::default(), 0);
        assert!(page.contains("job_name=\"my \\\"job\\\"\",task_name=\"a -> b\",operator_name=\"Sink: b\""), "{page}");
    }

    #[test]
    fn latencies_are_of_the_taskmanager_and_have_quantiles() {
        let registry = Registry::default();
        let group = MetricGroup::new(&registry, [("job_id", "0"), ("source_id", "s"), ("operator_id", "o")]);
        group.group("latency").histogram("latency", 8).update(7);
        let page = render(&registry.snapshot(), &process(), &mut Rates::default(), 0);
        let labels = "job_id=\"0\",source_id=\"s\",operator_id=\"o\",host=\"h\",tm_id=\"tm\"";
        let name = "flink_taskmanager_job_latency_latency";
        assert!(page.contains(&format!("# TYPE {name} summary\n{name}{{{labels},quantile=\"0.5\"}} 7\n")), "{page}");
        assert!(page.contains(&format!("{name}_count{{{labels}}} 1\n")), "{page}");
    }

    #[test]
    fn a_name_has_one_type_line_for_all_its_series() {
        let registry = Registry::default();
        for subtask in ["0", "1"] {
            operator(&registry).with_variable("subtask", subtask).counter("n").add(1);
        }
        let page = render(&registry.snapshot(), &process(), &mut Rates::default(), 0);
        assert_eq!(page.matches("# TYPE").count(), 1);
        assert_eq!(page.matches("flink_taskmanager_job_task_operator_n{").count(), 2);
    }

    #[test]
    fn meters_are_rates_and_distributions_are_summaries() {
        let registry = Registry::default();
        let meter = operator(&registry).meter("perSecond");
        let distribution = operator(&registry).distribution("size");
        for n in [5, 1, 9] {
            distribution.update(n);
        }
        let mut rates = Rates::default();
        let mut at = |now| render(&registry.snapshot(), &process(), &mut rates, now);
        assert!(at(0).contains("perSecond{") && at(0).contains("} 0\n"));
        meter.add(30);
        let page = at(2000);
        assert!(
            page.lines().any(|l| l.starts_with("flink_taskmanager_job_task_operator_perSecond{") && l.ends_with(" 15")),
            "{page}"
        );
        for (part, value) in [("size_sum", " 15"), ("size_count", " 3")] {
            assert!(page.lines().any(|l| l.contains(part) && l.ends_with(value)), "{page}");
        }
        assert!(page.lines().any(|l| l.contains("quantile=\"1.0\"") && l.ends_with(" 9")), "{page}");
    }
}
