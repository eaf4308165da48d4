//! Unaligned checkpoints: a job whose slowest part stands still but for single records that the test lets pass. The function
//! that counts fails as soon as a record is lost, comes twice or out of order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use penstock_cluster::{JobHandle, JobResult, submit};
use penstock_core::Configuration;
use penstock_state::CheckpointStorage;
use serde_json::json;

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

/// Lets records pass one by one, in the order in which they came.
#[derive(Clone, Default)]
struct Valve(Arc<(Mutex<Passing>, Condvar)>);

#[derive(Default)]
struct Passing {
    came: i64,
    passed: i64,
    may_pass: i64,
}

impl Valve {
    /// Waits for its turn.
    fn pass(&self) {
        let (passing, changed) = &*self.0;
        let mut passing = passing.lock();
        let turn = passing.came;
        passing.came += 1;
        while passing.may_pass <= turn {
            changed.wait(&mut passing);
        }
        passing.passed += 1;
    }

    fn add(&self, records: i64) {
        self.0.0.lock().may_pass += records;
        self.0.1.notify_all();
    }

    /// How many records wait for their turn.
    fn waiting(&self) -> i64 {
        let passing = self.0.0.lock();
        passing.came - passing.passed
    }
}

fn config_of(dir: &Path, entries: &[(&str, &str)]) -> Configuration {
    let mut config = config(entries);
    config.set("execution.checkpointing.dir", dir.to_str().unwrap());
    config.set("execution.savepoint.path", "latest");
    config.set("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    config
}

fn start_slow(parallelism: u32, config: &Configuration, valve: &Valve) -> JobHandle {
    let (valve, switches) = (valve.clone(), Switches::default());
    let lane = slowed_lane(&switches, move || valve.pass());
    submit(submission(counting(ENDLESS, parallelism, &discard()), config.clone(), lane)).unwrap()
}

/// Waits until the source has filled every channel and stands still.
fn stuck(job: &JobHandle, valve: &Valve, parallelism: i64) {
    until(job, "all wait", || valve.waiting() == parallelism);
    let (mut read, mut looks) = (-1, 0);
    until(job, "the source stands still", || {
        let now = job.progress().records_in as i64;
        looks = if read == now { looks + 1 } else { 0 };
        read = now;
        looks > 300
    });
}

/// Lets records pass until a checkpoint is complete, and gives its number; `None`: that many were not enough.
fn complete_within(job: &JobHandle, valve: &Valve, records: i64) -> Option<u64> {
    let mut asked = job.checkpoint();
    for _ in 0..=records {
        if let Some(result) = asked.wait_for(Duration::from_millis(200)) {
            return Some(result.expect("the checkpoint is complete"));
        }
        valve.add(1);
    }
    None
}

fn cancel(job: &JobHandle, valve: &Valve) {
    job.cancel();
    valve.add(i64::MAX / 2);
    assert!(matches!(wait(job), JobResult::Canceled));
}

/// Bytes of records that were on their way in a checkpoint of a job.
fn persisted(dir: &Path, job: &JobHandle, checkpoint: u64, config: &Configuration) -> u64 {
    let path = dir.join(job.job_id()).join(format!("chk-{checkpoint}"));
    let folder = CheckpointStorage::checkpoint_at(path.to_str().unwrap(), config).unwrap();
    let metadata = tokio::runtime::Runtime::new().unwrap().block_on(folder.read_metadata()).unwrap();
    let subtasks = metadata.operators.iter().flat_map(|operator| &operator.subtasks);
    subtasks.flat_map(|subtask| &subtask.channels).map(|handle| handle.persisted).sum()
}

#[test]
fn a_checkpoint_passes_records_that_an_aligned_one_waits_for() {
    let dir = tempfile::tempdir().unwrap();
    for (unaligned, timeout, passes) in [("false", "0 ms", false), ("true", "0 ms", true), ("true", "300 ms", true)] {
        let valve = Valve::default();
        let entries = [
            ("execution.checkpointing.unaligned.enabled", unaligned),
            ("execution.checkpointing.aligned-checkpoint-timeout", timeout),
        ];
        let job = start_slow(2, &config_of(dir.path(), &entries), &valve);
        stuck(&job, &valve, 2);
        // Each of the two that wait has to come to the end of its record.
        let complete = complete_within(&job, &valve, 8).is_some();
        assert_eq!(complete, passes, "unaligned: {unaligned} after {timeout}");
        cancel(&job, &valve);
        std::fs::remove_dir_all(dir.path().join(job.job_id())).unwrap();
    }
}

#[test]
fn what_was_on_its_way_counts_once_at_any_parallelism() {
    let dir = tempfile::tempdir().unwrap();
    let config = config_of(dir.path(), &[("execution.checkpointing.unaligned.enabled", "true")]);
    for parallelism in [2, 2, 3, 1, 2] {
        let valve = Valve::default();
        let job = start_slow(parallelism, &config, &valve);
        stuck(&job, &valve, parallelism.into());
        // Part of what is restored is read, and the rest is on its way again.
        valve.add(7);
        let checkpoint = complete_within(&job, &valve, 20).expect("it is complete");
        assert!(persisted(dir.path(), &job, checkpoint, &config) > 0);
        cancel(&job, &valve);
    }
    let valve = Valve::default();
    valve.add(i64::MAX / 2);
    let job = start_slow(2, &config, &valve);
    until(&job, "everything that was on its way is counted", || job.progress().records_out > 20_000);
    cancel(&job, &valve);
}

#[test]
fn a_batch_that_is_left_out_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config_of(dir.path(), &[("execution.checkpointing.unaligned.enabled", "true")]);
    let valve = Valve::default();
    let job = start_slow(2, &config, &valve);
    stuck(&job, &valve, 2);
    assert!(complete_within(&job, &valve, 8).is_some());
    cancel(&job, &valve);
    config.set("penstock.testing.sabotage", "drop-in-flight");
    let job = start_slow(2, &config, &valve);
    assert!(matches!(wait(&job), JobResult::Failed(error) if error.to_string().contains("is counted as")));
}

#[test]
fn the_last_records_are_committed_whatever_overtakes_them() {
    let dir = tempfile::tempdir().unwrap();
    let entries =
        [("execution.checkpointing.unaligned.enabled", "true"), ("execution.checkpointing.interval", "10 ms")];
    let sink = json!({"kind": "sink", "connector": "file", "options": {"path": dir.path().join("out")},
                      "encoder": {"kind": "utf8"}});
    let config = config_of(&dir.path().join("checkpoints"), &entries);
    let job = submit(submission(counting(9_999, 2, &sink), config, lane(&Switches::default()))).unwrap();
    let result = wait(&job);
    assert!(matches!(result, JobResult::Finished { .. }), "{result:?}");
    let mut lines = Vec::new();
    let mut folders = vec![dir.path().join("out")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.file_name().unwrap().to_str().unwrap().starts_with('.') {
                lines.extend(std::fs::read_to_string(path).unwrap().lines().map(str::to_owned));
            }
        }
    }
    assert_eq!(lines.len(), 10_000);
}
