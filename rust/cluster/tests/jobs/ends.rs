//! The ways in which a job ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use penstock_cluster::{JobResult, JobStatus, submit};
use penstock_core::{Error, Object};
use penstock_runtime::testing::RustLane;
use serde_json::json;

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

#[test]
fn a_bounded_job_finishes_with_every_record() {
    let lane = lane(&Switches::default());
    let job = submit(submission(counting(999, 2, &collect()), config(&[]), lane.clone())).unwrap();
    assert!(matches!(wait(&job), JobResult::Finished { .. }));
    assert_eq!((job.status(), job.job_id().len()), (JobStatus::Finished, 32));
    let mut numbers: Vec<i64> =
        lane.collected().iter().map(|t| t.split_once(':').unwrap().1.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1000).collect::<Vec<_>>());
    let progress = job.progress();
    assert_eq!((progress.records_in, progress.records_out, progress.restarts), (1000, 1000, 0));
}

#[test]
fn every_batch_may_go_through_bytes() {
    let lane = lane(&Switches::default());
    let config = config(&[("penstock.testing.serialize-exchange", "true")]);
    let job = submit(submission(counting(99, 3, &collect()), config, lane.clone())).unwrap();
    assert!(matches!(wait(&job), JobResult::Finished { .. }));
    assert_eq!(lane.collected().len(), 100);
}

#[test]
fn a_failure_shows_the_traceback_first() {
    let switches = Switches::default();
    switches.fail.store(true, Ordering::SeqCst);
    let job = start(counting(10, 1, &discard()), &config(&[]), &switches);
    let JobResult::Failed(error) = wait(&job) else { panic!("did not fail") };
    let text = error.to_string();
    assert!(text.starts_with("Traceback (most recent call last):"), "{text}");
    assert!(
        text.contains("in operator 'count', subtask 1/1") && text.contains("while processing the record"),
        "{text}"
    );
    assert_eq!(job.status(), JobStatus::Failed);
}

#[test]
fn restarts_are_used_up() {
    let lane = RustLane::default().with("f", |_| Err(Error::user("ValueError: again", None)));
    let graph = json!({"nodes": [
        {"id": 1, "name": "n", "parallelism": 1,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": 9}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "f", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "rebalance"}}],
         "operator": {"kind": "function", "function": "f", "shape": "map"}}]});
    let config = config(&[
        ("restart-strategy.type", "fixed-delay"),
        ("restart-strategy.fixed-delay.attempts", "2"),
        ("restart-strategy.fixed-delay.delay", "1 ms"),
    ]);
    let job = submit(submission(graph, config, lane)).unwrap();
    assert!(matches!(wait(&job), JobResult::Failed(Error::User(_))));
    assert_eq!(job.progress().restarts, 2);
}

#[test]
fn a_panic_in_a_task_is_an_internal_error() {
    let lane = RustLane::default().with("key", |_| panic!("by accident")).with("count", |_| Ok(()));
    let job = submit(submission(counting(9, 1, &discard()), config(&[]), lane)).unwrap();
    let JobResult::Failed(Error::Internal(text)) = wait(&job) else { panic!("no internal error") };
    assert!(text.contains("by accident"), "{text}");
}

#[test]
fn cancel_ends_an_endless_job_and_removes_its_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    for (retention, kept) in [("NO_EXTERNALIZED_CHECKPOINTS", false), ("RETAIN_ON_CANCELLATION", true)] {
        let config = config(&[
            ("execution.checkpointing.interval", "10 ms"),
            ("execution.checkpointing.dir", dir.path().to_str().unwrap()),
            ("execution.checkpointing.externalized-checkpoint-retention", retention),
        ]);
        let job = start(counting(ENDLESS, 2, &discard()), &config, &Switches::default());
        until(&job, "a checkpoint", || checkpoint(&job) > 0);
        job.cancel();
        assert!(matches!(wait(&job), JobResult::Canceled));
        assert_eq!(dir.path().join(job.job_id()).exists(), kept, "{retention}");
    }
}

#[test]
fn a_process_that_ends_suspends_the_job_in_time() {
    let job = start(counting(ENDLESS, 2, &discard()), &config(&[]), &Switches::default());
    until(&job, "records", || job.progress().records_in > 0);
    assert!(job.shutdown(Duration::from_secs(2)));
    assert!(matches!(wait(&job), JobResult::Suspended));
    assert_eq!(job.status(), JobStatus::Suspended);
}

#[test]
fn the_end_of_the_input_is_followed_by_a_last_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(&[
        ("execution.checkpointing.interval", "1 h"),
        ("execution.checkpointing.dir", dir.path().to_str().unwrap()),
    ]);
    let lane = lane(&Switches::default());
    let job = submit(submission(counting(99, 2, &collect()), config, lane.clone())).unwrap();
    let result = wait(&job);
    assert!(matches!(result, JobResult::Finished { .. }), "{result:?}");
    assert_eq!((checkpoint(&job), lane.collected().len()), (1, 100));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left to go on from");
}

#[test]
fn batch_has_no_checkpoints_and_final_results_only() {
    let lane = RustLane::default().with("key", |call| call.emit(Object::from_value(7_i64)));
    let graph = json!({"nodes": [
        {"id": 1, "name": "n", "parallelism": 1,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": 9, "bounded": true}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "seven", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
         "operator": {"kind": "function", "function": "key", "shape": "map"}},
        {"id": 3, "name": "sum", "parallelism": 1, "inputs": [{"node": 2, "partitioner": {"kind": "hash", "selector": "s"}}],
         "operator": {"kind": "function", "function": "key", "shape": "reduce", "keyed": true}},
        {"id": 4, "name": "out", "parallelism": 1, "inputs": [{"node": 3, "partitioner": {"kind": "forward"}}], "operator": collect()}]});
    for (mode, results) in [
        ("BATCH", vec!["70"]),
        ("STREAMING", (1..=10).map(|n| ["7", "14", "21", "28", "35", "42", "49", "56", "63", "70"][n - 1]).collect()),
    ] {
        let config = config(&[("execution.runtime-mode", mode), ("execution.checkpointing.interval", "1 h")]);
        let lane = RustLane::clone(&lane);
        let before = lane.collected().len();
        let job = submit(submission(graph.clone(), config, lane.clone())).unwrap();
        assert!(matches!(wait(&job), JobResult::Finished { .. }));
        assert_eq!(lane.collected()[before..], results, "{mode}");
        assert_eq!(checkpoint(&job), u64::from(mode == "STREAMING"));
    }
}
