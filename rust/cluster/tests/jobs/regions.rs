//! What fails takes its region with it, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use penstock_cluster::{JobHandle, JobResult, submit};
use penstock_core::{Configuration, Error, Object};
use penstock_runtime::testing::RustLane;
use serde_json::{Value, json};

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

fn checkpointed(entries: &[(&str, &str)]) -> Configuration {
    let mut config = config(entries);
    config.set("execution.checkpointing.interval", "10 ms");
    config.set("restart-strategy.type", "fixed-delay");
    config.set("restart-strategy.fixed-delay.attempts", "3");
    config.set("restart-strategy.fixed-delay.delay", "1 ms");
    config
}

/// The newest attempts of the tasks with a function of this name.
fn attempts(job: &JobHandle, operator: &str) -> Vec<String> {
    let value = |scope: &[(String, String)], key: &str| {
        scope.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut newest = BTreeMap::new();
    for sample in job.metrics().snapshot() {
        if value(&sample.scope, "operator_name") == operator {
            newest.insert(value(&sample.scope, "subtask_index"), value(&sample.scope, "task_attempt_num"));
        }
    }
    newest.into_values().collect()
}

/// The counting job twice, without anything in common: `count` may fail, `calm` does not.
fn two_pipelines() -> Value {
    let other = |value: &mut Value| {
        let id = value["id"].as_u64().unwrap() + 10;
        value["id"] = id.into();
        value["uid"] = format!("uid {id}").into();
        for input in value.get_mut("inputs").and_then(Value::as_array_mut).into_iter().flatten() {
            input["node"] = (input["node"].as_u64().unwrap() + 10).into();
        }
        if value["operator"]["function"] == "count" {
            value["name"] = "calm".into();
            value["operator"]["function"] = "calm".into();
        }
    };
    let mut both = counting(ENDLESS, 2, &discard());
    let nodes = both["nodes"].as_array_mut().unwrap();
    let mut others = nodes.clone();
    others.iter_mut().for_each(other);
    nodes.extend(others);
    both
}

fn fail_one_of_two(config: &Configuration) -> (Vec<String>, Vec<String>) {
    let (failing, calm) = (Switches::default(), Switches::default());
    let of_calm = calm.clone();
    let lane = lane(&failing).with("calm", move |call| count(call, &of_calm));
    let job = submit(submission(two_pipelines(), config.clone(), lane)).unwrap();
    until(&job, "a checkpoint with records", || checkpoint(&job) > 1 && job.progress().records_in > 1000);
    for switches in [&failing, &calm] {
        switches.smallest.store(i64::MAX, Ordering::SeqCst);
    }
    failing.fail.store(true, Ordering::SeqCst);
    until(&job, "a restart", || job.progress().restarts == 1);
    let before = checkpoint(&job);
    until(&job, "checkpoints of both together", || checkpoint(&job) > before + 2);
    assert!(failing.smallest.load(Ordering::SeqCst) > 0, "it did not begin from the beginning");
    let attempts = (attempts(&job, "count"), attempts(&job, "calm"));
    job.cancel();
    assert!(matches!(wait(&job), JobResult::Canceled));
    attempts
}

#[test]
fn a_pipeline_goes_on_while_another_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    for backend in ["hashmap", "rocksdb"] {
        let mut config = checkpointed(&[("state.backend.type", backend)]);
        config.set("execution.checkpointing.dir", dir.path().to_str().unwrap());
        let (failing, calm) = fail_one_of_two(&config);
        assert_eq!((failing, calm), (vec!["1".to_owned(); 2], vec!["0".to_owned(); 2]));
    }
}

#[test]
fn the_strategy_full_takes_all() {
    let (failing, calm) = fail_one_of_two(&checkpointed(&[("jobmanager.execution.failover-strategy", "full")]));
    assert_eq!((failing, calm), (vec!["1".to_owned(); 2], vec!["1".to_owned(); 2]));
}

/// What a subtask has seen of its half of the numbers.
#[derive(Default)]
struct Seen {
    first: Option<i64>,
    last: Option<i64>,
    /// Where it went back: from the number after the last one to another.
    jumps: Vec<(i64, i64)>,
}

#[test]
fn a_subtask_that_only_forwards_reads_its_own_splits_again() {
    let (fail, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new([Seen::default(), Seen::default()])));
    let (of_lane, failing) = (Arc::clone(&seen), Arc::clone(&fail));
    let is_second_half = |number: i64| number > ENDLESS / 4;
    let lane = RustLane::default().with("watch", move |call| {
        let number = call.value.downcast_ref::<i64>().copied().expect("a number");
        let mut seen = of_lane.lock();
        let seen = &mut seen[usize::from(is_second_half(number))];
        if let Some(expected) = seen.last.map(|last| last + 1).filter(|expected| *expected != number) {
            seen.jumps.push((expected, number));
        }
        seen.first.get_or_insert(number);
        seen.last = Some(number);
        if is_second_half(number) && failing.swap(false, Ordering::SeqCst) {
            return Err(Error::external("as asked"));
        }
        call.emit(Object::from_value(number))
    });
    let graph = json!({"nodes": [
        {"id": 1, "name": "numbers", "uid": "numbers", "parallelism": 2,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": ENDLESS}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "watch", "uid": "watch", "parallelism": 2, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
         "operator": {"kind": "function", "function": "watch", "shape": "map"}},
        {"id": 3, "name": "out", "uid": "out", "parallelism": 2, "inputs": [{"node": 2, "partitioner": {"kind": "forward"}}],
         "operator": discard()}
    ]});
    let job = submit(submission(graph, checkpointed(&[]), lane)).unwrap();
    for restarts in 1..=3 {
        until(&job, "records of both halves", || seen.lock().iter().all(|seen| seen.last.is_some()));
        let before = checkpoint(&job);
        until(&job, "a checkpoint that began after them", || checkpoint(&job) > before + 1);
        fail.store(true, Ordering::SeqCst);
        until(&job, "a restart", || job.progress().restarts == restarts);
    }
    let before = checkpoint(&job);
    until(&job, "a checkpoint after the restarts", || checkpoint(&job) > before + 1);
    assert_eq!(attempts(&job, "watch"), ["0", "3"]);
    job.cancel();
    wait(&job);
    let seen = seen.lock();
    assert_eq!(seen[0].jumps, [], "the first half was read once");
    let back = |&(expected, number): &(i64, i64)| seen[1].first < Some(number) && number < expected;
    assert!(seen[1].jumps.len() == 3 && seen[1].jumps.iter().all(back), "{:?}", seen[1].jumps);
}
