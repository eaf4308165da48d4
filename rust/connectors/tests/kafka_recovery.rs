//! A job that is killed with SIGKILL again and again, at named points and at any time, and still writes every value
//! once. The job runs in a child process: this test binary, started for one of its own tests.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use penstock_core::sink::{Committable, Committer, SinkWriter};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use support::{Bell, World, broker, create_topic, numbered, sink, write_all};

const SUBTASKS: u32 = 2;
const VALUES: usize = 3000;
const PER_CHECKPOINT: usize = 150;
/// Names of the environment variables that tell a child what to do.
const TOPIC: &str = "PENSTOCK_TEST_CHILD_TOPIC";
const CHECKPOINT: &str = "PENSTOCK_TEST_CHILD_CHECKPOINT";
const NAMING: &str = "PENSTOCK_TEST_CHILD_NAMING";
const SABOTAGE: &str = "PENSTOCK_TEST_CHILD_SABOTAGE";

/// What a completed checkpoint keeps.
#[derive(Default, Serialize, Deserialize)]
struct Checkpoint {
    id: u64,
    /// The next value to be written.
    next: usize,
    committables: Vec<Vec<Committable>>,
    states: Vec<Vec<Vec<u8>>>,
}

impl Checkpoint {
    fn load(file: &Path) -> Option<Self> {
        std::fs::read(file).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    fn store(&self, file: &Path) {
        let draft = file.with_extension("draft");
        std::fs::write(&draft, serde_json::to_vec(self).unwrap()).unwrap();
        std::fs::rename(draft, file).unwrap();
    }
}

struct Subtask {
    writer: Box<dyn SinkWriter>,
    committer: Box<dyn Committer>,
    bell: Arc<Bell>,
}

/// The child's whole life: restore, commit again, write, checkpoint, commit, until all is written.
fn run_job(bootstrap: &str, topic: &str, file: &Path) {
    let skip_commits = std::env::var(SABOTAGE).is_ok();
    let world = World::default();
    let naming = std::env::var(NAMING).unwrap_or_else(|_| "incrementing".to_owned());
    let options = json!({
        "delivery_guarantee": "exactly-once", "transactional_id_prefix": topic, "transaction_naming": naming
    });
    let sink = sink(bootstrap, topic, &options);
    let restored = Checkpoint::load(file);
    let start = |index: u32| {
        let (mut context, bell) = world.writer_context(index, SUBTASKS);
        context.restored_checkpoint = restored.as_ref().map(|r| r.id);
        context.restored_state = restored.as_ref().map_or_else(Vec::new, |r| r.states[index as usize].clone());
        let mut committer = sink.committer(&context).unwrap().unwrap();
        if let (Some(restored), false) = (&restored, skip_commits) {
            committer.commit(&restored.committables[index as usize]).unwrap();
        }
        Subtask { writer: sink.writer(context).unwrap(), committer, bell }
    };
    let mut subtasks: Vec<Subtask> = (0..SUBTASKS).map(start).collect();
    let mut checkpoint = restored.unwrap_or_default();
    while checkpoint.next < VALUES {
        for value in checkpoint.next..checkpoint.next + PER_CHECKPOINT {
            let subtask = &mut subtasks[value % SUBTASKS as usize];
            write_all(subtask.writer.as_mut(), &subtask.bell, [format!("v{value}")]);
        }
        checkpoint = take(&mut subtasks, checkpoint.id + 1, checkpoint.next + PER_CHECKPOINT);
        checkpoint.store(file);
        if !skip_commits {
            for (subtask, committables) in subtasks.iter_mut().zip(&checkpoint.committables) {
                subtask.committer.commit(committables).unwrap();
            }
        }
    }
}

fn take(subtasks: &mut [Subtask], id: u64, next: usize) -> Checkpoint {
    let mut checkpoint = Checkpoint { id, next, ..Checkpoint::default() };
    for subtask in subtasks {
        subtask.writer.flush(false).unwrap();
        checkpoint.committables.push(subtask.writer.prepare_commit(id).unwrap());
        checkpoint.states.push(subtask.writer.snapshot(id).unwrap());
    }
    checkpoint
}

/// Does nothing unless it was started as a child.
#[test]
fn child() {
    let (Ok(topic), Ok(file)) = (std::env::var(TOPIC), std::env::var(CHECKPOINT)) else { return };
    run_job(&broker().unwrap(), &topic, Path::new(&file));
}

fn start_child(topic: &str, file: &Path, more: &[(&str, String)]) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]).env(TOPIC, topic).env(CHECKPOINT, file).stdout(Stdio::piped());
    command.envs(more.iter().map(|(name, value)| (name, value)));
    command.spawn().unwrap()
}

/// Waits for a child; kills it if it is still alive at `deadline`. Says whether it ended by itself and well.
fn finish(mut child: Child, deadline: Instant) -> bool {
    // Its output is at an end when it is.
    let mut output = child.stdout.take().unwrap();
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || {
        std::io::copy(&mut output, &mut std::io::sink()).unwrap();
        // Nobody listens any more if the deadline was first.
        let _ = ended.send(());
    });
    if end.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_err() {
        child.kill().unwrap();
        child.wait().unwrap();
        return false;
    }
    let status = child.wait().unwrap();
    let killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
    assert!(status.success() || killed, "the job failed instead of being killed: {status}");
    status.success()
}

fn kill_point(name: &str, nth: u64) -> (&'static str, String) {
    (penstock_core::kill_point::VARIABLE, format!("{name}:{nth}"))
}

fn workplace() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("checkpoint.json");
    (dir, file)
}

#[test]
fn every_value_is_written_once_however_often_the_job_is_killed() {
    kill_again_and_again("incrementing");
}

#[test]
fn with_names_that_are_used_again_too() {
    kill_again_and_again("pooling");
}

fn kill_again_and_again(naming: &str) {
    let Some(bootstrap) = broker() else { return };
    let naming = (NAMING, naming.to_owned());
    let topic = create_topic(&bootstrap, 3);
    let (_dir, file) = workplace();
    let mut random = StdRng::seed_from_u64(20_261_103);
    let points = [
        "kafka-before-prepare",
        "kafka-after-prepare",
        "kafka-before-commit",
        "kafka-between-commits",
        "kafka-after-commit",
    ];
    for point in points.iter().cycle().take(10) {
        let nth = random.random_range(1..=5);
        let finished = finish(
            start_child(&topic, &file, &[kill_point(point, nth), naming.clone()]),
            Instant::now() + support::PATIENCE,
        );
        assert!(!finished, "{point}:{nth} did not kill the job");
    }
    for _ in 0..5 {
        let life = Duration::from_millis(random.random_range(50..1500));
        finish(start_child(&topic, &file, std::slice::from_ref(&naming)), Instant::now() + life);
    }
    assert!(
        finish(start_child(&topic, &file, std::slice::from_ref(&naming)), Instant::now() + support::PATIENCE),
        "the last life did not finish"
    );
    assert_eq!(World::default().values(&bootstrap, &topic, "read_committed"), numbered(0, VALUES));
}

/// Proves that the test above can fail.
#[test]
fn without_commits_values_are_missing() {
    let Some(bootstrap) = broker() else { return };
    let topic = create_topic(&bootstrap, 1);
    let (_dir, file) = workplace();
    let sabotage = [(SABOTAGE, "1".to_owned())];
    assert!(finish(start_child(&topic, &file, &sabotage), Instant::now() + support::PATIENCE));
    assert!(World::default().values(&bootstrap, &topic, "read_committed").is_empty());
}
