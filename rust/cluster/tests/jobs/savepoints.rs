//! Savepoints: taken from a running job, restored by another, and as the end of a job.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use penstock_cluster::{Afterwards, JobHandle, JobResult, JobStatus, SavepointFormat, SavepointRequest, submit};
use penstock_core::{Configuration, Object};
use penstock_runtime::testing::{Call, RustLane};
use penstock_runtime::timers::TimeDomain;
use serde_json::json;

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

fn request(directory: &Path, afterwards: Afterwards) -> SavepointRequest {
    let directory = Some(directory.to_str().unwrap().to_owned());
    SavepointRequest { directory, format: SavepointFormat::Canonical, afterwards }
}

fn savepoint(job: &JobHandle, directory: &Path, afterwards: Afterwards) -> PathBuf {
    let url = job.savepoint(request(directory, afterwards)).wait().expect("a savepoint");
    PathBuf::from(url.strip_prefix("file://").expect("a local one"))
}

fn running(parallelism: u32, config: &Configuration, switches: &Switches) -> JobHandle {
    switches.smallest.store(i64::MAX, Ordering::SeqCst);
    let job = start(counting(ENDLESS, parallelism, &discard()), config, switches);
    until(&job, "records", || job.progress().records_out > 1000 && job.all_tasks_run());
    job
}

/// Goes on from a savepoint: the counts fit, which the function looks after, and it did not begin at the beginning.
fn goes_on(parallelism: u32, path: &Path, entries: &[(&str, &str)]) {
    let switches = Switches::default();
    let mut config = config(entries);
    config.set("execution.savepoint.path", path.to_str().unwrap());
    let job = running(parallelism, &config, &switches);
    assert!(switches.smallest.load(Ordering::SeqCst) > 0, "it began at the beginning");
    job.cancel();
    assert!(matches!(wait(&job), JobResult::Canceled));
}

#[test]
fn a_savepoint_can_be_moved_and_restored_by_the_other_backend_at_another_parallelism() {
    let dir = tempfile::tempdir().unwrap();
    let threshold = ("execution.checkpointing.data-inline-threshold", "0");
    for (taken, restored, format) in [
        ("hashmap", "rocksdb", SavepointFormat::Canonical),
        ("rocksdb", "hashmap", SavepointFormat::Canonical),
        ("rocksdb", "rocksdb", SavepointFormat::Native),
        ("rocksdb", "hashmap", SavepointFormat::Native),
    ] {
        let job = running(2, &config(&[("state.backend.type", taken), threshold]), &Switches::default());
        let wanted = SavepointRequest { format, ..request(dir.path(), Afterwards::GoOn) };
        let url = job.savepoint(wanted).wait().expect("a savepoint");
        let path = PathBuf::from(url.strip_prefix("file://").unwrap());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(name.strip_prefix(&format!("savepoint-{}-", &job.job_id()[..6])).map(str::len), Some(12), "{name}");
        let records = job.progress().records_out;
        until(&job, "records after the savepoint", || job.progress().records_out > records);
        job.cancel();
        wait(&job);

        let (files, tables) = (std::fs::read_dir(&path).unwrap().count(), format == SavepointFormat::Native);
        assert!(if tables { files > 3 } else { files == 3 }, "{files}: one of each subtask, or a whole database");
        let moved = dir.path().join(format!("moved-{taken}-{restored}-{}", format.as_str()));
        std::fs::rename(&path, &moved).unwrap();
        goes_on(3, &moved, &[("state.backend.type", restored)]);
        assert!(moved.join("_metadata").exists(), "the savepoint is the user's");
    }
}

#[test]
fn stopping_with_a_savepoint_ends_the_job_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for entries in [&[][..], &[("execution.checkpointing.interval", "10 ms")]] {
        let lane = lane(&Switches::default());
        let job = submit(submission(counting(ENDLESS, 2, &collect()), config(entries), lane.clone())).unwrap();
        until(&job, "records", || job.progress().records_out > 1000 && job.all_tasks_run());
        let path = savepoint(&job, dir.path(), Afterwards::Stop { drain: false });
        assert_eq!(job.status(), JobStatus::Finished, "the answer comes when the job has ended");
        assert!(matches!(wait(&job), JobResult::Finished { .. }));

        // The next run writes what follows, and the two have every number once.
        let mut restored = config(entries);
        restored.set("execution.savepoint.path", path.to_str().unwrap());
        let last: i64 = lane.collected().iter().map(|t| t.split_once(':').unwrap().1.parse().unwrap()).max().unwrap();
        let again = submit(submission(counting(ENDLESS, 2, &collect()), restored, lane.clone())).unwrap();
        until(&again, "more", || again.progress().records_out > 1000 && again.all_tasks_run());
        let _ = savepoint(&again, dir.path(), Afterwards::Stop { drain: false });
        let mut numbers: Vec<i64> =
            lane.collected().iter().map(|t| t.split_once(':').unwrap().1.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert!(*numbers.last().unwrap() > last);
        assert!(numbers.iter().zip(0..).all(|(number, expected)| *number == expected), "lost or doubled");
    }
}

/// Sets an alarm for every key, far in the future of event time.
fn alarm(call: &mut Call<'_>) -> penstock_core::Result<()> {
    if call.timer.is_some() {
        return call.emit(Object::from_value("rang".to_owned()));
    }
    call.with(|context| {
        let object = context.current_key()?;
        let keyed = context.keyed.as_ref().expect("keyed");
        context.timers.register(TimeDomain::EventTime, 1 << 50, keyed.current_key_ref(), object);
        Ok(())
    })
}

#[test]
fn timers_fire_with_drain_only() {
    let dir = tempfile::tempdir().unwrap();
    for interval in [None, Some("10 ms")] {
        for (drain, rang) in [(false, 0), (true, KEYS as usize)] {
            let lane = lane(&Switches::default()).with("count", alarm);
            let mut config = config(&[]);
            if let Some(interval) = interval {
                config.set("execution.checkpointing.interval", interval);
            }
            let job = submit(submission(counting(ENDLESS, 2, &collect()), config, lane.clone())).unwrap();
            until(&job, "records", || job.progress().records_in > 1000 && job.all_tasks_run());
            savepoint(&job, dir.path(), Afterwards::Stop { drain });
            assert_eq!(lane.collected().len(), rang, "drain {drain}, interval {interval:?}");
        }
    }
}

#[test]
fn cancelling_with_a_savepoint() {
    let dir = tempfile::tempdir().unwrap();
    let job = running(2, &config(&[("execution.checkpointing.interval", "10 ms")]), &Switches::default());
    let path = savepoint(&job, dir.path(), Afterwards::Cancel);
    assert_eq!(job.status(), JobStatus::Canceled);
    goes_on(1, &path, &[]);
}

#[test]
fn the_newest_state_of_a_stopped_job_is_its_savepoint() {
    let (checkpoints, savepoints) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = config(&[
        ("execution.checkpointing.interval", "10 ms"),
        ("execution.checkpointing.dir", checkpoints.path().to_str().unwrap()),
        ("state.savepoints.dir", savepoints.path().to_str().unwrap()),
        ("execution.savepoint.path", "latest"),
    ]);
    let stop = SavepointRequest { afterwards: Afterwards::Stop { drain: false }, ..SavepointRequest::default() };
    let kept = || -> Vec<String> {
        let entries = std::fs::read_dir(checkpoints.path()).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    };
    let mut before = -1;
    for _ in 0..3 {
        let switches = Switches::default();
        let job = running(1, &config, &switches);
        until(&job, "a checkpoint", || checkpoint(&job) > 0);
        let smallest = switches.smallest.load(Ordering::SeqCst);
        assert!(smallest > before, "{smallest} follows {before}");
        before = smallest;
        until(&job, "the removal of what the run before left", || kept() == [job.job_id()]);
        job.savepoint(stop.clone()).wait().expect("stopped");
        let mut left: Vec<_> = std::fs::read_dir(checkpoints.path().join(job.job_id()))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.retain(|name| !name.starts_with("stopped-"));
        assert_eq!(left, Vec::<String>::new(), "no checkpoint is kept");
    }
    assert_eq!(std::fs::read_dir(savepoints.path()).unwrap().count(), 3, "savepoints stay");
}

#[test]
fn a_missing_savepoint_of_a_stopped_job_is_no_fresh_start() {
    let (checkpoints, savepoints) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = config(&[
        ("execution.checkpointing.interval", "10 ms"),
        ("execution.checkpointing.dir", checkpoints.path().to_str().unwrap()),
        ("execution.savepoint.path", "latest"),
    ]);
    let job = running(1, &config, &Switches::default());
    let path = savepoint(&job, savepoints.path(), Afterwards::Stop { drain: false });
    std::fs::remove_dir_all(path).unwrap();
    let again = submit(submission(counting(ENDLESS, 1, &discard()), config, lane(&Switches::default())));
    let error = again.err().expect("refused").to_string();
    assert!(error.contains("no checkpoint at") && error.contains("savepoint-"), "{error}");
}

#[test]
fn a_claimed_savepoint_goes_when_checkpoints_have_taken_its_place() {
    let (checkpoints, savepoints) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (mode, stays) in [("NO_CLAIM", true), ("CLAIM", false)] {
        let job = running(1, &config(&[]), &Switches::default());
        let path = savepoint(&job, savepoints.path(), Afterwards::Cancel);
        let config = config(&[
            ("execution.checkpointing.interval", "10 ms"),
            ("execution.checkpointing.dir", checkpoints.path().to_str().unwrap()),
            ("execution.savepoint.path", path.to_str().unwrap()),
            ("execution.savepoint-restore-mode", mode),
        ]);
        let again = running(1, &config, &Switches::default());
        until(&again, "checkpoints", || checkpoint(&again) > 3);
        if !stays {
            until(&again, "its removal", || !path.exists());
        }
        let taken = savepoint(&again, savepoints.path(), Afterwards::GoOn);
        let number = checkpoint(&again);
        until(&again, "more checkpoints", || checkpoint(&again) > number + 3);
        assert!(taken.join("_metadata").exists(), "the job's own savepoint stays");
        assert_eq!(path.exists(), stays, "{mode}");
        again.cancel();
        wait(&again);
    }
}

#[test]
fn a_checkpoint_can_be_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(&[
        ("execution.checkpointing.dir", dir.path().to_str().unwrap()),
        ("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
    ]);
    let job = running(1, &config, &Switches::default());
    assert_eq!(job.checkpoint().wait().expect("a checkpoint"), 1);
    assert_eq!(job.checkpoint().wait().expect("a checkpoint"), 2);
    job.cancel();
    wait(&job);
    goes_on(1, &dir.path().join(job.job_id()).join("chk-2"), &[]);
}

#[test]
fn what_cannot_be_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let job = running(1, &config(&[]), &Switches::default());
    let no_directory = job.savepoint(SavepointRequest::default()).wait().unwrap_err().to_string();
    assert!(no_directory.contains("execution.checkpointing.savepoint-dir"), "{no_directory}");
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let not_writable = job.savepoint(request(&file.join("below"), Afterwards::GoOn)).wait().unwrap_err().to_string();
    assert!(not_writable.contains("savepoint") && not_writable.contains("file"), "{not_writable}");
    let stop = request(&file.join("below"), Afterwards::Stop { drain: false });
    assert!(job.savepoint(stop).wait().is_err());
    assert_eq!(job.status(), JobStatus::Running, "a savepoint that cannot be does the job no harm");
    job.cancel();
    wait(&job);
    let ended = job.savepoint(request(dir.path(), Afterwards::GoOn)).wait().unwrap_err().to_string();
    assert!(ended.contains("does not run") && ended.contains("CANCELED"), "{ended}");

    let source = json!({"from": 0, "to": 9, "bounded": true});
    let graph = json!({"nodes": [
        {"id": 1, "name": "n", "parallelism": 1,
         "operator": {"kind": "source", "connector": "sequence", "options": source, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "f", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
         "operator": {"kind": "function", "function": "f", "shape": "map"}}]});
    let (asked, go_on) = std::sync::mpsc::channel::<()>();
    let go_on = parking_lot::Mutex::new(go_on);
    let lane = RustLane::default().with("f", move |_| {
        // Until the test has asked.
        let _ = go_on.lock().recv();
        Ok(())
    });
    let batch = submit(submission(graph, config(&[("execution.runtime-mode", "BATCH")]), lane)).unwrap();
    until(&batch, "its start", || batch.status() == JobStatus::Running);
    let refused = batch.savepoint(request(dir.path(), Afterwards::GoOn)).wait().unwrap_err().to_string();
    assert!(refused.contains("BATCH"), "{refused}");
    drop(asked);
    wait(&batch);
}

#[test]
fn a_failure_while_a_savepoint_is_taken_answers_it() {
    let dir = tempfile::tempdir().unwrap();
    let switches = Switches::default();
    let job = running(1, &config(&[("restart-strategy.type", "none")]), &switches);
    switches.fail.store(true, Ordering::SeqCst);
    // Either it was quicker than the failure, or it says that it came to nothing.
    if let Err(error) = job.savepoint(request(dir.path(), Afterwards::GoOn)).wait() {
        assert!(error.to_string().contains("job"), "{error}");
    }
    assert!(matches!(wait(&job), JobResult::Failed(_)));
    let complete = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().path().join("_metadata").exists();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !std::fs::read_dir(dir.path()).unwrap().all(complete) {
        assert!(Instant::now() < deadline, "something half-written is left");
        std::thread::yield_now();
    }
}
