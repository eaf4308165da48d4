//! A file of the newest checkpoint is damaged: where output is not final the one before takes its place, otherwise the
//! job stops and names the choices. Within a job, and from one run to the next.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use penstock_cluster::{JobHandle, JobResult, submit};
use penstock_core::metrics::MetricValue;
use penstock_core::{Configuration, Error};
use serde_json::{Value, json};

use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

/// What happens to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip,
    Truncate,
    Remove,
}

impl Damage {
    fn inflict(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let half = bytes.len() / 2;
        match self {
            Self::Flip => bytes[half] ^= 4,
            Self::Truncate => bytes.truncate(half),
            Self::Remove => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

/// Checkpoints come when the test asks for them.
fn asked_for(dir: &Path, entries: &[(&str, &str)]) -> Configuration {
    let mut config = config(&[
        ("execution.checkpointing.interval", "1 h"),
        ("execution.checkpointing.num-retained", "2"),
        ("execution.checkpointing.data-inline-threshold", "0"),
        ("execution.savepoint.path", "latest"),
        // Going back is no restart of the strategy's.
        ("restart-strategy.type", "fixed-delay"),
        ("restart-strategy.fixed-delay.attempts", "1"),
        ("restart-strategy.fixed-delay.delay", "1 ms"),
    ]);
    config.set("execution.checkpointing.dir", dir.join("checkpoints").to_str().unwrap());
    for (key, value) in entries {
        config.set(*key, *value);
    }
    config
}

const INCREMENTAL: [(&str, &str); 2] = [("state.backend.type", "rocksdb"), ("state.backend.incremental", "true")];

fn two_phase(dir: &Path) -> Value {
    json!({"kind": "sink", "connector": "file", "encoder": {"kind": "utf8"},
           "options": {"path": dir.join("out"), "bucket": "base-path", "rolling": {"on_checkpoint": true}}})
}

/// Takes checkpoints, with records between them.
fn take_checkpoints(job: &JobHandle, number: u64) {
    for _ in 0..number {
        let records = job.progress().records_in;
        until(job, "records", || job.progress().records_in > records + 1000 && job.all_tasks_run());
        job.checkpoint().wait().expect("a checkpoint");
    }
}

/// The folder of the newest checkpoint and the one before.
fn newest(dir: &Path) -> (PathBuf, PathBuf) {
    let job = fs::read_dir(dir.join("checkpoints")).unwrap().next().unwrap().unwrap().path();
    let number = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().strip_prefix("chk-")?.parse::<u64>().ok();
    let mut folders: Vec<PathBuf> = fs::read_dir(job).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| number(path).is_some());
    folders.sort_by_key(number);
    let newest = folders.pop().unwrap();
    (newest, folders.pop().unwrap())
}

fn state_file(checkpoint: &Path) -> PathBuf {
    let files = fs::read_dir(checkpoint).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.file_name().unwrap() != "_metadata").expect("a state file")
}

/// A file that the newest checkpoint brought and others may refer to as well.
fn shared_file(checkpoint: &Path) -> PathBuf {
    let brought = checkpoint.file_name().unwrap().to_str().unwrap().replace("chk-", "") + "-";
    let files = fs::read_dir(checkpoint.parent().unwrap().join("shared")).unwrap().map(|entry| entry.unwrap().path());
    let of_newest = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&brought);
    files.into_iter().find(of_newest).expect("a shared file")
}

fn passed_over(job: &JobHandle) -> i64 {
    let found = job.metrics().snapshot().into_iter().find(|s| s.name == "numberOfDamagedCheckpointsPassedOver");
    match found.expect("the counter").value {
        MetricValue::Counter(count) => count,
        other => panic!("{other:?}"),
    }
}

fn refused(result: JobResult) -> String {
    let JobResult::Failed(Error::Invalid(text)) = result else { panic!("{result:?}") };
    text
}

fn names_the_choices(text: &str, damaged: &Path, older: &Path) {
    let older = format!("'-s file://{}'", older.display());
    for part in [damaged.to_str().unwrap(), "already final", &older, "twice", "start anew without '-s'"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// Fails a job whose newest checkpoint was damaged; the counts, which the function looks after, fit what was restored.
fn goes_back(entries: &[(&str, &str)], file: impl Fn(&Path) -> PathBuf, damage: Damage) {
    let dir = tempfile::tempdir().unwrap();
    let switches = Switches::default();
    let job = start(counting(ENDLESS, 2, &discard()), &asked_for(dir.path(), entries), &switches);
    take_checkpoints(&job, 3);
    let (damaged, older) = newest(dir.path());
    damage.inflict(&file(&damaged));
    switches.fail.store(true, Ordering::SeqCst);
    until(&job, "two restarts", || job.progress().restarts == 2);
    assert_eq!(passed_over(&job), 1);
    take_checkpoints(&job, 1);
    assert!(older.exists(), "the good ones are those that are kept");
    until(&job, "the damaged one to be removed", || !damaged.exists());
    take_checkpoints(&job, 2);
    job.cancel();
    assert!(matches!(wait(&job), JobResult::Canceled));
}

#[test]
fn a_job_goes_back_by_itself_where_output_is_not_final() {
    goes_back(&[], state_file, Damage::Flip);
    goes_back(&[], state_file, Damage::Truncate);
    goes_back(&INCREMENTAL, shared_file, Damage::Flip);
    goes_back(&INCREMENTAL, shared_file, Damage::Remove);
}

#[test]
fn so_does_the_next_run() {
    for (damage, incremental) in [(Damage::Truncate, false), (Damage::Flip, true)] {
        let dir = tempfile::tempdir().unwrap();
        let config = asked_for(dir.path(), if incremental { &INCREMENTAL } else { &[] });
        let job = start(counting(ENDLESS, 2, &discard()), &config, &Switches::default());
        take_checkpoints(&job, 2);
        assert!(job.shutdown(std::time::Duration::from_secs(20)));
        let (damaged, _) = newest(dir.path());
        damage.inflict(&if incremental { shared_file(&damaged) } else { state_file(&damaged) });

        let switches = Switches::default();
        switches.smallest.store(i64::MAX, Ordering::SeqCst);
        let next = start(counting(ENDLESS, 3, &discard()), &config, &switches);
        take_checkpoints(&next, 1);
        assert_eq!((passed_over(&next), next.progress().restarts), (1, 1));
        assert!(switches.smallest.load(Ordering::SeqCst) > 0, "it began at the beginning");
        next.cancel();
        assert!(matches!(wait(&next), JobResult::Canceled));
    }
}

#[test]
fn a_job_whose_output_is_final_stops_and_names_the_choices() {
    for damage in [Damage::Flip, Damage::Truncate, Damage::Remove] {
        let dir = tempfile::tempdir().unwrap();
        let (switches, config) = (Switches::default(), asked_for(dir.path(), &[]));
        let graph = || counting(ENDLESS, 2, &two_phase(dir.path()));
        let job = start(graph(), &config, &switches);
        take_checkpoints(&job, 3);
        let (damaged, older) = newest(dir.path());
        let file = state_file(&damaged);
        damage.inflict(&file);
        switches.fail.store(true, Ordering::SeqCst);
        let text = refused(wait(&job));
        names_the_choices(&text, &file, &older);

        // Nor does the next run go on, unless it is told what to do: by the path that was named, or by the option.
        let again = start(graph(), &config, &Switches::default());
        names_the_choices(&refused(wait(&again)), &file, &older);
        let mut by_path = config.clone();
        by_path.set("execution.savepoint.path", older.to_str().unwrap());
        by_path.set("execution.checkpointing.dir", dir.path().join("elsewhere").to_str().unwrap());
        let mut by_option = config.clone();
        by_option.set("penstock.state-recovery.allow-older-checkpoint", "true");
        for told in [by_path, by_option] {
            let job = start(graph(), &told, &Switches::default());
            take_checkpoints(&job, 1);
            assert!(job.shutdown(std::time::Duration::from_secs(20)));
        }
    }
}

#[test]
fn damaged_metadata_stops_a_job_before_it_is_started() {
    let dir = tempfile::tempdir().unwrap();
    let config = asked_for(dir.path(), &[]);
    let graph = || counting(ENDLESS, 1, &two_phase(dir.path()));
    let job = start(graph(), &config, &Switches::default());
    take_checkpoints(&job, 2);
    assert!(job.shutdown(std::time::Duration::from_secs(20)));
    let (damaged, older) = newest(dir.path());
    let metadata = damaged.join("_metadata");
    Damage::Flip.inflict(&metadata);
    let lane = lane(&Switches::default());
    let error = submit(submission(graph(), config.clone(), lane)).err().expect("refused").to_string();
    names_the_choices(&error, &metadata, &older);

    let one_phase = start(counting(ENDLESS, 1, &discard()), &config, &Switches::default());
    take_checkpoints(&one_phase, 1);
    assert_eq!(passed_over(&one_phase), 1);
    one_phase.cancel();
}

#[test]
fn where_there_is_no_older_one_the_job_stops_too() {
    let dir = tempfile::tempdir().unwrap();
    let (switches, config) =
        (Switches::default(), asked_for(dir.path(), &[("execution.checkpointing.num-retained", "1")]));
    let job = start(counting(ENDLESS, 1, &discard()), &config, &switches);
    take_checkpoints(&job, 1);
    let checkpoints = dir.path().join("checkpoints").join(job.job_id());
    let file = state_file(&checkpoints.join("chk-1"));
    Damage::Flip.inflict(&file);
    switches.fail.store(true, Ordering::SeqCst);
    let text = refused(wait(&job));
    assert!(text.contains(file.to_str().unwrap()) && text.contains("num-retained"), "{text}");
    assert!(file.exists(), "a job that failed keeps what it has");
}
