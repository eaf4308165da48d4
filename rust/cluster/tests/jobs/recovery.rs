//! Going on from checkpoints: within a job after a failure, and from one run to the next.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use penstock_cluster::{JobHandle, JobResult, submit};
use penstock_core::Configuration;

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

fn checkpointed(dir: Option<&Path>, entries: &[(&str, &str)]) -> Configuration {
    let mut config = config(entries);
    config.set("execution.checkpointing.interval", "10 ms");
    config.set("restart-strategy.type", "fixed-delay");
    config.set("restart-strategy.fixed-delay.delay", "1 ms");
    if let Some(dir) = dir {
        config.set("execution.checkpointing.dir", dir.to_str().unwrap());
    }
    config
}

/// Lets the job fail after a checkpoint, and checks that it went on from one.
fn fail_and_go_on(job: &JobHandle, switches: &Switches) {
    let first = checkpoint(job);
    until(job, "a checkpoint with records", || checkpoint(job) > first + 1 && job.progress().records_in > 1000);
    switches.smallest.store(i64::MAX, Ordering::SeqCst);
    let restarts = job.progress().restarts;
    switches.fail.store(true, Ordering::SeqCst);
    until(job, "a restart", || job.progress().restarts > restarts);
    let before = checkpoint(job);
    until(job, "checkpoints after the restart", || checkpoint(job) > before + 1);
    assert!(switches.smallest.load(Ordering::SeqCst) > 0, "it did not begin from the beginning");
}

#[test]
fn after_a_failure_a_job_goes_on_from_its_last_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    for (dir, backend) in [(None, "hashmap"), (Some(dir.path()), "hashmap"), (Some(dir.path()), "rocksdb")] {
        let switches = Switches::default();
        let job =
            start(counting(ENDLESS, 2, &discard()), &checkpointed(dir, &[("state.backend.type", backend)]), &switches);
        fail_and_go_on(&job, &switches);
        job.cancel();
        assert!(matches!(wait(&job), JobResult::Canceled));
    }
}

#[test]
fn the_next_run_goes_on_from_the_newest_checkpoint_at_another_parallelism() {
    let dir = tempfile::tempdir().unwrap();
    let config = checkpointed(Some(dir.path()), &[("execution.savepoint.path", "latest")]);
    let mut last = 0;
    for parallelism in [1, 3, 2] {
        let switches = Switches::default();
        switches.smallest.store(i64::MAX, Ordering::SeqCst);
        let job = start(counting(ENDLESS, parallelism, &discard()), &config, &switches);
        until(&job, "newer checkpoints", || checkpoint(&job) > last + 3);
        assert!(job.shutdown(Duration::from_secs(20)));
        let smallest = switches.smallest.load(Ordering::SeqCst);
        assert_eq!(smallest > 0, last > 0, "run with parallelism {parallelism} began at {smallest}");
        last = checkpoint(&job);
        let kept: Vec<_> =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(kept, [job.job_id()], "the checkpoint that was claimed is gone");
    }
}

#[test]
fn a_finished_job_leaves_nothing_to_go_on_from() {
    let dir = tempfile::tempdir().unwrap();
    let config = checkpointed(Some(dir.path()), &[("execution.savepoint.path", "latest")]);
    for _ in 0..2 {
        let lane = lane(&Switches::default());
        let job = submit(submission(counting(99, 1, &collect()), config.clone(), lane.clone())).unwrap();
        assert!(matches!(wait(&job), JobResult::Finished { .. }));
        assert_eq!(lane.collected().len(), 100);
    }
}

#[test]
fn a_failed_job_keeps_its_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let switches = Switches::default();
    let job = start(
        counting(ENDLESS, 1, &discard()),
        &checkpointed(Some(dir.path()), &[("restart-strategy.fixed-delay.attempts", "0")]),
        &switches,
    );
    until(&job, "a checkpoint", || checkpoint(&job) > 0);
    switches.fail.store(true, Ordering::SeqCst);
    assert!(matches!(wait(&job), JobResult::Failed(_)));
    let restored = checkpointed(Some(dir.path()), &[("execution.savepoint.path", "latest")]);
    let again = start(counting(ENDLESS, 1, &discard()), &restored, &switches);
    until(&again, "a newer checkpoint", || checkpoint(&again) > checkpoint(&job));
    again.cancel();
    wait(&again);
}
