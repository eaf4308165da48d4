//! Incremental checkpoints of whole jobs: nothing is left over and nothing is missing, whenever the process dies.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use penstock_core::{Configuration, kill_point};
use penstock_state::{CheckpointStorage, FilePlace, ListedCheckpoint, StateLocation};

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;
/// Tells a process of this test that it is to run a job there until it is killed.
const VICTIM: &str = "PENSTOCK_TEST_VICTIM_DIR";

fn incremental(dir: &Path) -> Configuration {
    let mut config = config(&[
        ("state.backend.type", "rocksdb"),
        ("state.backend.incremental", "true"),
        ("execution.checkpointing.interval", "10 ms"),
        ("execution.checkpointing.data-inline-threshold", "0"),
        ("execution.savepoint.path", "latest"),
        ("restart-strategy.type", "fixed-delay"),
        ("restart-strategy.fixed-delay.delay", "1 ms"),
        ("restart-strategy.fixed-delay.attempts", "100"),
    ]);
    config.set("execution.checkpointing.dir", dir.to_str().unwrap());
    config
}

/// Every file below a directory, relative to it.
fn files(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::from(dir)];
    while let Some(folder) = folders.pop() {
        // What is removed meanwhile is not there.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

fn completed(dir: &Path) -> Vec<ListedCheckpoint> {
    let storage = CheckpointStorage::open(dir.to_str().unwrap(), &Configuration::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(storage.list_completed()).unwrap()
}

/// The files that complete checkpoints consist of.
fn wanted(dir: &Path) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    for checkpoint in completed(dir) {
        let folder = format!("{}/chk-{}", checkpoint.job_id, checkpoint.checkpoint_id);
        wanted.insert(format!("{folder}/_metadata"));
        let metadata = checkpoint.metadata.unwrap();
        let keyed = metadata.operators.iter().flat_map(|o| &o.subtasks).flat_map(|s| &s.keyed);
        for handle in keyed {
            let StateLocation::Database(database) = &handle.location else { panic!("not incremental") };
            for file in &database.files {
                match &file.place {
                    FilePlace::Own(name) => wanted.insert(format!("{folder}/{name}")),
                    FilePlace::Shared(file) => wanted.insert(format!("{}/shared/{}", file.job, file.name)),
                    FilePlace::Inline(_) => true,
                };
            }
        }
    }
    wanted
}

fn check_that_nothing_is_left_over_or_missing(dir: &Path) {
    assert_eq!(completed(dir).len(), 1, "as many as are retained");
    assert_eq!(files(dir), wanted(dir));
}

/// Runs a job with `-s latest` for some checkpoints, and looks at the directory.
fn live(dir: &Path, parallelism: u32, checkpoints: u64) {
    let switches = Switches::default();
    switches.smallest.store(i64::MAX, Ordering::SeqCst);
    let before = completed(dir).first().map_or(0, |c| c.checkpoint_id);
    let job = start(counting(ENDLESS, parallelism, &discard()), &incremental(dir), &switches);
    until(&job, "checkpoints", || checkpoint(&job) > before + checkpoints);
    assert_eq!(switches.smallest.load(Ordering::SeqCst) > 0, before > 0, "it went on from checkpoint {before}");
    assert!(job.shutdown(Duration::from_secs(20)));
    wait_until_tidy(dir);
    check_that_nothing_is_left_over_or_missing(dir);
}

/// Removing goes on for a moment after a job has ended. Of an earlier job nothing is left but what is referred to.
fn wait_until_tidy(dir: &Path) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let jobs: BTreeSet<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        let in_use = |job: &String| wanted(dir).iter().any(|file| file.starts_with(job));
        if completed(dir).len() == 1 && files(dir) == wanted(dir) && jobs.iter().all(in_use) {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "folders {jobs:?}\nleft over {:?}\nmissing {:?}",
            files(dir).difference(&wanted(dir)).collect::<Vec<_>>(),
            wanted(dir).difference(&files(dir)).collect::<Vec<_>>()
        );
        std::thread::yield_now();
    }
}

#[test]
fn after_fifty_checkpoints_there_is_what_the_last_one_needs() {
    let dir = tempfile::tempdir().unwrap();
    live(dir.path(), 2, 50);
}

#[test]
fn one_run_after_the_other_leaves_nothing_of_the_ones_before() {
    let dir = tempfile::tempdir().unwrap();
    for parallelism in [1, 3, 3, 2] {
        live(dir.path(), parallelism, 10);
    }
}

#[test]
fn a_failure_within_a_job_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let switches = Switches::default();
    let job = start(counting(ENDLESS, 2, &discard()), &incremental(dir.path()), &switches);
    for restarts in 1..=5 {
        let before = checkpoint(&job);
        until(&job, "a checkpoint", || checkpoint(&job) > before + 1);
        switches.fail.store(true, Ordering::SeqCst);
        until(&job, "a restart", || job.progress().restarts == restarts);
    }
    let before = checkpoint(&job);
    until(&job, "checkpoints", || checkpoint(&job) > before + 2);
    assert!(job.shutdown(Duration::from_secs(20)));
    // The end of a job aborts what is in progress, and nobody sweeps after it but the next one.
    live(dir.path(), 2, 10);
}

#[test]
fn a_finished_job_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    live(dir.path(), 1, 3);
    let job = start(counting(99_999, 1, &discard()), &incremental(dir.path()), &Switches::default());
    job.cancel();
    wait(&job);
    assert_eq!(files(dir.path()), BTreeSet::new());
}

/// Not a test of its own: the process that the next test kills.
#[test]
fn victim() {
    let Ok(dir) = std::env::var(VICTIM) else { return };
    let job = start(counting(ENDLESS, 2, &discard()), &incremental(Path::new(&dir)), &Switches::default());
    wait(&job);
}

#[test]
fn a_crash_in_any_phase_of_a_checkpoint_leaves_nothing_once_the_next_run_has_checkpoints() {
    // Two lives die at every point: the second of them has claimed a checkpoint of the first.
    for point in [
        "incremental-after-links:9",
        "incremental-before-file:9",
        "incremental-after-file:9",
        "checkpoint-before-metadata:5",
        "checkpoint-after-metadata:5",
        "checkpoint-after-notify:5",
        "checkpoint-half-removed:5",
        "checkpoint-half-removed:1",
    ] {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["incremental::victim", "--exact"])
                .env(VICTIM, dir.path())
                .env(kill_point::VARIABLE, point)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(!status.success(), "{point} was not reached");
        }
        assert!(!completed(dir.path()).is_empty(), "{point}");
        live(dir.path(), 3, 10);
    }
}
