//! Jobs for the tests: numbers, keyed and counted. The count of a key follows from the number that is being counted, so
//! that a function sees at once when a record was lost or counted twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use penstock_cluster::{JobHandle, JobResult, JobSubmission, submit};
use penstock_core::{Configuration, Error, Object, Result};
use penstock_runtime::testing::{Call, RustLane};
use penstock_state::backend::{StateDescriptor, StateKind};
use penstock_state::keyed::StateCodecs;
use serde_json::{Value, json};

/// How many keys there are.
pub const KEYS: i64 = 10;
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test and its job share.
#[derive(Clone, Default)]
pub struct Switches {
    /// The counting function fails once when this is set.
    pub fail: Arc<AtomicBool>,
    /// The smallest number that was counted since this was last set to `i64::MAX`.
    pub smallest: Arc<AtomicI64>,
}

/// A job that counts the numbers from 0 to `to` by their last digit, and writes what it counted to `sink`.
pub fn counting(to: i64, parallelism: u32, sink: &Value) -> Value {
    json!({"nodes": [
        {"id": 1, "name": "numbers", "uid": "numbers", "parallelism": 1,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": to}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "key", "uid": "key", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
         "operator": {"kind": "function", "function": "key", "shape": "map"}},
        {"id": 3, "name": "count", "uid": "count", "parallelism": parallelism,
         "inputs": [{"node": 2, "partitioner": {"kind": "hash", "selector": "first"}}],
         "operator": {"kind": "function", "function": "count", "shape": "process", "keyed": true}},
        {"id": 4, "name": "out", "uid": "out", "parallelism": parallelism, "inputs": [{"node": 3, "partitioner": {"kind": "forward"}}],
         "operator": sink}
    ]})
}

pub fn discard() -> Value {
    json!({"kind": "sink", "connector": "discard"})
}

pub fn collect() -> Value {
    json!({"kind": "sink", "connector": "collect"})
}

pub fn lane(switches: &Switches) -> RustLane {
    slowed_lane(switches, || {})
}

/// The same, with something to be done before a record is counted.
pub fn slowed_lane(switches: &Switches, before: impl Fn() + Send + Sync + 'static) -> RustLane {
    let switches = switches.clone();
    RustLane::default()
        .with("key", |call| {
            let number = number(call.value);
            call.emit(Object::from_value(format!("{}:{number}", number % KEYS)))
        })
        .with("count", move |call| {
            before();
            count(call, &switches)
        })
}

fn number(value: &Object) -> i64 {
    value.downcast_ref::<i64>().copied().expect("a number")
}

/// Counts a record by its key.
pub fn count(call: &mut Call<'_>, switches: &Switches) -> Result<()> {
    let text = call.value.downcast_ref::<String>().expect("a text").clone();
    let number: i64 = text.split_once(':').and_then(|(_, n)| n.parse().ok()).expect("key:number");
    if switches.fail.swap(false, Ordering::SeqCst) {
        return Err(Error::user(
            "Traceback (most recent call last):\n  File \"job.py\", line 7\nValueError: as asked",
            Some(text),
        ));
    }
    switches.smallest.fetch_min(number, Ordering::SeqCst);
    let count = call.with(|context| {
        let codec: Arc<dyn penstock_core::ObjectCodec> =
            penstock_runtime::lane::Functions::codec(&RustLane::default(), None)?;
        let descriptor = StateDescriptor { name: "count".into(), kind: StateKind::Value, declared: "LONG".into() };
        let keyed = context.keyed()?;
        let state = keyed.register(&descriptor, StateCodecs { value: codec, map_key: None }, None)?;
        let count = keyed.value(state)?.map_or(0, |v| *v.downcast_ref::<i64>().expect("a count")) + 1;
        keyed.update(state, Object::from_value(count))?;
        Ok(count)
    })?;
    if count != number / KEYS + 1 {
        return Err(Error::invalid(format!("{number} is counted as {count}")));
    }
    call.emit(Object::from_value(text))
}

pub fn config(entries: &[(&str, &str)]) -> Configuration {
    entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

pub fn submission(graph: Value, config: Configuration, lane: RustLane) -> JobSubmission {
    let graph = serde_json::from_value(graph).expect("a stream graph");
    JobSubmission {
        graph,
        functions: Vec::new(),
        config,
        job_name: "counting".to_owned(),
        lane: Arc::new(lane),
        slots: None,
    }
}

pub fn start(graph: Value, config: &Configuration, switches: &Switches) -> JobHandle {
    submit(submission(graph, config.clone(), lane(switches))).expect("accepted")
}

pub fn wait(job: &JobHandle) -> JobResult {
    job.wait(Some(PATIENCE)).expect("the job ends")
}

/// Waits for something to come true while the job runs.
pub fn until(job: &JobHandle, what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        if let Some(result) = job.wait(Some(Duration::from_millis(1))) {
            panic!("the job has ended before {what}: {result:?}");
        }
    }
}

/// The number of the last checkpoint that was completed.
pub fn checkpoint(job: &JobHandle) -> u64 {
    job.progress().last_checkpoint.map_or(0, |(id, _)| id)
}
