//! Latency markers: every operator behind a source notes them, through channels and chains, in both lanes.

use std::collections::BTreeMap;

use penstock_cluster::{JobHandle, JobResult, submit};
use penstock_core::metrics::MetricValue;
use serde_json::json;

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

/// How many markers each operator subtask has noted, by its id.
fn noted(job: &JobHandle) -> BTreeMap<(String, String), u64> {
    let of = |scope: &[(String, String)], key: &str| {
        scope.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default()
    };
    let samples = job.metrics().snapshot().into_iter().filter_map(|sample| match sample.value {
        MetricValue::Histogram(summary) if sample.name == "latency" => {
            assert_eq!(sample.groups.join("."), "latency.source_id.operator_id.operator_subtask_index");
            Some(((of(&sample.scope, "operator_id"), of(&sample.scope, "operator_subtask_index")), summary.count))
        }
        _ => None,
    });
    samples.collect()
}

#[test]
fn every_operator_notes_how_long_markers_were_on_their_way() {
    let config = config(&[("metrics.latency.interval", "1 ms")]);
    let job = start(counting(ENDLESS, 2, &discard()), &config, &Switches::default());
    // The map behind the source, two subtasks of the function and of the sink.
    until(&job, "markers everywhere", || noted(&job).values().filter(|count| **count > 2).count() == 5);
    job.cancel();
    assert!(matches!(wait(&job), JobResult::Canceled));
}

#[test]
fn markers_pass_through_the_column_lane() {
    let graph = json!({"nodes": [
        {"id": 1, "name": "n", "parallelism": 1,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": ENDLESS}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "drop", "parallelism": 2, "inputs": [{"node": 1, "partitioner": {"kind": "rebalance"}}],
         "operator": discard()}]});
    let job = start(graph, &config(&[("metrics.latency.interval", "1 ms")]), &Switches::default());
    until(&job, "markers at both sinks", || noted(&job).values().filter(|count| **count > 2).count() == 2);
    job.cancel();
    wait(&job);
}

#[test]
fn there_are_none_unless_they_are_asked_for_and_none_in_batch() {
    for entries in [&[][..], &[("execution.runtime-mode", "BATCH"), ("metrics.latency.interval", "1 ms")]] {
        let job =
            submit(submission(counting(999, 1, &discard()), config(entries), lane(&Switches::default()))).unwrap();
        assert!(matches!(wait(&job), JobResult::Finished { .. }));
        assert!(noted(&job).is_empty());
    }
}
