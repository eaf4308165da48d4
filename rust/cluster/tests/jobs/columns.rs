//! The column lane: records that no user code sees travel without an interpreter, and nothing else tells the difference.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use penstock_cluster::{JobHandle, JobResult, JobSubmission, submit};
use penstock_core::metrics::MetricValue;
use penstock_core::{Configuration, Result};
use penstock_runtime::lane::{Functions, ObjectLane};
use penstock_runtime::testing::RustLane;
use serde_json::{Value, json};

use crate::support::*;

/// An interpreter that nobody may touch.
struct Untouched;

impl ObjectLane for Untouched {
    fn hold(&self, _run: &mut dyn FnMut()) {
        panic!("the interpreter was held");
    }

    fn release(&self, _run: &mut dyn FnMut()) {
        panic!("the interpreter was released");
    }

    fn spawn(&self, name: &str, run: Box<dyn FnOnce() + Send>) -> Result<()> {
        RustLane::default().spawn(name, run)
    }

    fn load(&self, _functions: &[u8]) -> Result<Box<dyn Functions>> {
        panic!("functions were loaded");
    }
}

#[derive(Clone, Copy, Debug)]
enum Lane {
    Columns,
    Objects,
}

fn start(graph: Value, mut config: Configuration, lane: Lane) -> JobHandle {
    let lane: Arc<dyn ObjectLane> = match lane {
        Lane::Columns => Arc::new(Untouched),
        Lane::Objects => {
            config.set("penstock.testing.column-lane", "false");
            Arc::new(RustLane::default())
        }
    };
    let graph = serde_json::from_value(graph).expect("a stream graph");
    submit(JobSubmission { graph, functions: Vec::new(), config, job_name: "lines".to_owned(), lane, slots: None })
        .expect("accepted")
}

/// Copies lines with one reader and two writers.
fn copying(from: &Path, to: &Path, partitioner: &str, follow: bool) -> Value {
    let monitor = if follow { json!(10) } else { Value::Null };
    json!({"nodes": [
        {"id": 1, "name": "lines", "uid": "lines", "parallelism": 1,
         "operator": {"kind": "source", "connector": "file", "decoder": {"kind": "utf8"},
                      "options": {"paths": [from], "monitor_interval_ms": monitor, "bounded": !follow}}},
        {"id": 2, "name": "copy", "uid": "copy", "parallelism": 2, "inputs": [{"node": 1, "partitioner": {"kind": partitioner}}],
         "operator": {"kind": "sink", "connector": "file", "encoder": {"kind": "utf8"},
                      "options": {"path": to, "bucket": "base-path", "rolling": {"on_checkpoint": true}}}},
        {"id": 3, "name": "drop", "uid": "drop", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
         "operator": discard()}
    ]})
}

/// The lines of finished parts, by the subtask that wrote them.
fn written(dir: &Path) -> BTreeMap<String, Vec<String>> {
    // The directory is made with the first part.
    let mut parts: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    parts.sort_by_key(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let numbers: Vec<u64> = name.split('-').filter_map(|n| n.parse().ok()).collect();
        (name.starts_with('.'), numbers)
    });
    let mut lines = BTreeMap::<String, Vec<String>>::new();
    for part in parts {
        let name = part.file_name().unwrap().to_string_lossy().into_owned();
        if let Some((subtask, _)) = name.strip_prefix("part-").and_then(|rest| rest.split_once('-')) {
            let text = std::fs::read_to_string(&part).unwrap();
            lines.entry(subtask.to_owned()).or_default().extend(text.lines().map(str::to_owned));
        }
    }
    lines
}

fn parts_bytes(dir: &Path) -> u64 {
    std::fs::read_dir(dir).unwrap().map(|part| part.unwrap().metadata().unwrap().len()).sum()
}

/// Counters of the job by operator, subtask and name.
fn counters(job: &JobHandle) -> BTreeMap<String, i64> {
    let of = |scope: &[(String, String)], key: &str| {
        scope.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default()
    };
    let counted = job.metrics().snapshot().into_iter().filter_map(|sample| match sample.value {
        MetricValue::Counter(n) if sample.name.starts_with("num") => {
            let place = [of(&sample.scope, "operator_name"), of(&sample.scope, "subtask_index"), sample.name];
            Some((place.join(" "), n))
        }
        _ => None,
    });
    counted.filter(|(place, _)| !place.starts_with(' ')).collect()
}

#[test]
fn both_lanes_give_the_same_lines_to_the_same_subtasks_and_count_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("in.txt");
    let text: Vec<u8> = (0..20_000).flat_map(|n| [format!("line {n} ö").as_bytes(), b"\xff\n"].concat()).collect();
    std::fs::write(&from, text).unwrap();
    for partitioner in ["rebalance", "broadcast"] {
        let run = |lane: Lane, exchange: &str| {
            let to = dir.path().join(format!("{partitioner}-{lane:?}-{exchange}"));
            let config = config(&[
                ("execution.checkpointing.interval", "10 ms"),
                ("penstock.testing.serialize-exchange", exchange),
            ]);
            let job = start(copying(&from, &to, partitioner, false), config, lane);
            let result = wait(&job);
            assert!(matches!(result, JobResult::Finished { .. }), "{lane:?}: {result:?}");
            (written(&to), counters(&job))
        };
        let (lines, counts) = run(Lane::Columns, "false");
        assert_eq!(
            lines.values().map(Vec::len).collect::<Vec<_>>(),
            match partitioner {
                "rebalance" => [10_000, 10_000],
                _ => [20_000, 20_000],
            }
        );
        assert!(lines["0"][0].ends_with("ö\u{FFFD}"));
        assert_eq!(counts["Source: lines 0 numRecordsOut"], 20_000);
        assert_eq!(counts["Sink: drop 0 numRecordsIn"], 20_000);
        let line_ends: usize = lines.values().map(Vec::len).sum();
        let bytes: u64 = parts_bytes(&dir.path().join(format!("{partitioner}-Columns-false")));
        let counted = (0..2).map(|subtask| counts[&format!("Sink: copy {subtask} numBytesOut")]).sum::<i64>();
        assert_eq!(counted as u64, bytes - line_ends as u64);
        let objects = run(Lane::Objects, "false");
        assert_eq!(objects.1, counts, "{partitioner}");
        assert!(objects.0 == lines && run(Lane::Columns, "true").0 == lines, "{partitioner}");
    }
}

#[test]
fn a_checkpoint_of_one_lane_is_gone_on_from_in_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("in"), dir.path().join("out"));
    std::fs::create_dir(&from).unwrap();
    let config = config(&[
        ("execution.checkpointing.interval", "10 ms"),
        ("execution.checkpointing.dir", dir.path().join("checkpoints").to_str().unwrap()),
        ("execution.savepoint.path", "latest"),
    ]);
    let mut expected = Vec::new();
    for (life, lane) in [Lane::Columns, Lane::Objects, Lane::Columns].into_iter().enumerate() {
        let new: Vec<String> = (0..3_000).map(|n| format!("{life} {n}")).collect();
        std::fs::write(from.join(format!("{life}.txt")), new.join("\n")).unwrap();
        expected.extend(new);
        let job = start(copying(&from, &to, "rebalance", true), config.clone(), lane);
        until(&job, "the new lines", || job.progress().records_in == 3_000);
        until(&job, "all lines in finished files", || {
            written(&to).values().map(Vec::len).sum::<usize>() >= expected.len()
        });
        assert!(job.shutdown(std::time::Duration::from_secs(20)));
    }
    let mut lines: Vec<String> = written(&to).into_values().flatten().collect();
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected, "every line once");
}

#[test]
fn a_source_that_is_faster_than_its_channels_loses_nothing() {
    let numbers = json!({"nodes": [
        {"id": 1, "name": "numbers", "parallelism": 2,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 3_000_000}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "drop", "parallelism": 3, "inputs": [{"node": 1, "partitioner": {"kind": "rebalance"}}],
         "operator": discard()}]});
    let job = start(numbers, config(&[]), Lane::Columns);
    assert!(matches!(wait(&job), JobResult::Finished { .. }));
    let counts = counters(&job);
    let taken: Vec<i64> = (0..3).map(|subtask| counts[&format!("Sink: drop {subtask} numRecordsIn")]).collect();
    assert_eq!(taken, [1_000_000; 3]);
}
