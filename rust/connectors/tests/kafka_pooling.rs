//! Transactions whose names are used again, on a real broker: names are few, nothing that was prepared is aborted, what
//! was not is; over changes of the strategy, of the prefix and of the parallelism.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use penstock_core::metrics::MetricValue;
use penstock_core::sink::{Committable, Sink, SinkWriter, WriterContext};
use serde_json::{Value, json};
use support::{World, broker, create_topic, numbered, sink, vanish, write_all};

const STRATEGIES: [&str; 2] = ["incrementing", "pooling"];

fn exactly_once(bootstrap: &str, topic: &str, prefix: &str, naming: &str) -> Arc<dyn Sink> {
    let options = json!({
        "delivery_guarantee": "exactly-once", "transactional_id_prefix": prefix, "transaction_naming": naming
    });
    sink(bootstrap, topic, &options)
}

/// One life of one subtask.
struct Life {
    sink: Arc<dyn Sink>,
    context: WriterContext,
    bell: Arc<support::Bell>,
    writer: Box<dyn SinkWriter>,
}

/// What a checkpoint has of one subtask.
#[derive(Clone, Default)]
struct Checkpoint {
    id: Option<u64>,
    committables: Vec<Committable>,
    state: Vec<Vec<u8>>,
}

impl Life {
    fn start(world: &World, sink: &Arc<dyn Sink>, (subtask, parallelism): (u32, u32), from: &Checkpoint) -> Self {
        let (mut context, bell) = world.writer_context(subtask, parallelism);
        context.restored_checkpoint = from.id;
        context.restored_state.clone_from(&from.state);
        let writer = sink.writer(context.clone()).unwrap();
        Self { sink: Arc::clone(sink), context, bell, writer }
    }

    fn write(&mut self, from: usize, to: usize) {
        write_all(self.writer.as_mut(), &self.bell, numbered(from, to));
        self.writer.flush(false).unwrap();
    }

    fn checkpoint(&mut self, id: u64) -> Checkpoint {
        self.writer.flush(false).unwrap();
        let committables = self.writer.prepare_commit(id).unwrap();
        Checkpoint { id: Some(id), committables, state: self.writer.snapshot(id).unwrap() }
    }

    fn commit(&self, checkpoint: &Checkpoint) {
        self.sink.committer(&self.context).unwrap().unwrap().commit(&checkpoint.committables).unwrap();
    }

    /// Ends as a killed process does.
    fn vanish(self) {
        vanish(self.writer, &self.bell);
    }
}

fn name(checkpoint: &Checkpoint) -> String {
    let prepared: Value = serde_json::from_slice(&checkpoint.committables[0].0[1..]).unwrap();
    prepared["transactional_id"].as_str().unwrap().to_owned()
}

fn counter(world: &World, name: &str) -> i64 {
    match world.metrics.snapshot().into_iter().find(|m| m.name == name).map(|m| m.value) {
        Some(MetricValue::Counter(n)) => n,
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn a_few_names_are_used_again_and_again() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic, "pooling");
    let mut life = Life::start(&world, &sink, (0, 1), &Checkpoint::default());
    let mut names = BTreeSet::new();
    for id in 1..=12 {
        life.write((id as usize - 1) * 10, id as usize * 10);
        let checkpoint = life.checkpoint(id);
        names.insert(name(&checkpoint));
        life.commit(&checkpoint);
    }
    life.writer.close();
    assert!(names.len() <= 4, "{names:?}");
    assert!(names.iter().all(|n| n.starts_with(&format!("{topic}-0-"))), "{names:?}");
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 120));
}

#[test]
fn several_checkpoints_may_wait_for_their_commits() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic, "pooling");
    let mut life = Life::start(&world, &sink, (0, 1), &Checkpoint::default());
    let waiting: Vec<Checkpoint> = (1..=5)
        .map(|id| {
            life.write((id as usize - 1) * 10, id as usize * 10);
            life.checkpoint(id)
        })
        .collect();
    assert_eq!(waiting.iter().map(name).collect::<BTreeSet<_>>().len(), 5, "no name was taken twice");
    for checkpoint in &waiting {
        life.commit(checkpoint);
    }
    life.writer.close();
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 50));
}

/// Transactions that are opened ahead and never used give their names back.
#[test]
fn a_job_that_is_idle_now_and_then_has_few_names() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic, "pooling");
    let mut life = Life::start(&world, &sink, (0, 1), &Checkpoint::default());
    let mut names = BTreeSet::new();
    for (turn, ids) in (1..=20_u64).collect::<Vec<_>>().chunks(5).enumerate() {
        life.write(turn * 10, (turn + 1) * 10);
        let checkpoint = life.checkpoint(ids[0]);
        names.insert(name(&checkpoint));
        life.commit(&checkpoint);
        for idle in &ids[1..] {
            life.checkpoint(*idle);
        }
    }
    life.writer.close();
    assert!(names.len() <= 3, "{names:?}");
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 40));
}

/// Between any two strategies: what the checkpoint knows is committed, although the new writer starts first; what it does
/// not know is aborted and holds no reader back.
#[test]
fn the_strategy_may_change_between_two_lives() {
    let Some(bootstrap) = broker() else { return };
    for (before, after) in STRATEGIES.iter().flat_map(|b| STRATEGIES.map(|a| (*b, a))) {
        let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
        let mut first =
            Life::start(&world, &exactly_once(&bootstrap, &topic, &topic, before), (0, 1), &Checkpoint::default());
        let mut last = Checkpoint::default();
        for id in 1..=4 {
            first.write((id as usize - 1) * 10, id as usize * 10);
            last = first.checkpoint(id);
            if id < 4 {
                first.commit(&last);
            }
        }
        first.write(900, 910);
        first.vanish();

        let sink = exactly_once(&bootstrap, &topic, &topic, after);
        let mut second = Life::start(&world, &sink, (0, 1), &last);
        second.commit(&last);
        second.write(40, 50);
        let checkpoint = second.checkpoint(5);
        second.commit(&checkpoint);
        second.writer.close();
        assert_eq!(counter(&world, "numCommittablesFailure"), 0, "{before} to {after}");
        assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 50), "{before} to {after}");
    }
}

#[test]
fn the_prefix_may_change_between_two_lives() {
    let Some(bootstrap) = broker() else { return };
    for naming in STRATEGIES {
        let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
        let (old, new) = (format!("{topic}-old"), format!("{topic}-new"));
        let mut first =
            Life::start(&world, &exactly_once(&bootstrap, &topic, &old, naming), (0, 1), &Checkpoint::default());
        first.write(0, 10);
        let checkpoint = first.checkpoint(1);
        first.commit(&checkpoint);
        first.write(900, 910);
        first.vanish();
        let mut second = Life::start(&world, &exactly_once(&bootstrap, &topic, &new, naming), (0, 1), &checkpoint);
        second.write(10, 20);
        let checkpoint = second.checkpoint(2);
        second.commit(&checkpoint);
        second.writer.close();
        assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 20), "{naming}");
    }
}

/// Only the last of four subtasks has begun when the job dies: nothing but a list of transactions finds it.
#[test]
fn a_job_may_shrink_before_its_first_checkpoint() {
    let Some(bootstrap) = broker() else { return };
    for naming in STRATEGIES {
        let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
        let sink = exactly_once(&bootstrap, &topic, &topic, naming);
        let mut fourth = Life::start(&world, &sink, (3, 4), &Checkpoint::default());
        fourth.write(900, 910);
        fourth.vanish();
        let mut only = Life::start(&world, &sink, (0, 1), &Checkpoint::default());
        only.write(0, 10);
        let checkpoint = only.checkpoint(1);
        only.commit(&checkpoint);
        only.writer.close();
        assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 10), "{naming}");
    }
}

/// A checkpoint that is committed, used for a restore after its names were used again: nothing is lost, and nobody says so.
#[test]
fn a_name_that_was_used_again_was_committed_before() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic, "pooling");
    let mut first = Life::start(&world, &sink, (0, 1), &Checkpoint::default());
    first.write(0, 10);
    let checkpoint = first.checkpoint(1);
    first.commit(&checkpoint);
    for id in 2..=4 {
        // Aborted checkpoints, for each of which a name is taken.
        first.write(900, 910);
        first.checkpoint(id);
    }
    first.vanish();
    let mut second = Life::start(&world, &sink, (0, 1), &checkpoint);
    second.context.attempt = 1;
    second.commit(&checkpoint);
    let counts = ["numCommittablesFailure", "numCommittablesAlreadyCommitted", "numRecordsLost"];
    assert_eq!(counts.map(|name| counter(&world, name)), [0, 1, 0]);
    second.write(10, 20);
    let checkpoint = second.checkpoint(2);
    second.commit(&checkpoint);
    second.writer.close();
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 20));
}

/// The broker ends what was open for too long, and a later life finds out when it commits.
#[test]
fn records_of_a_transaction_that_timed_out_are_counted() {
    let Some(bootstrap) = broker() else { return };
    for naming in STRATEGIES {
        let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
        let options = json!({
            "delivery_guarantee": "exactly-once", "transactional_id_prefix": topic, "transaction_naming": naming,
            "properties": {"transaction.timeout.ms": "1000"}
        });
        let timed = sink(&bootstrap, &topic, &options);
        let mut first = Life::start(&world, &timed, (0, 1), &Checkpoint::default());
        first.write(0, 5);
        let checkpoint = first.checkpoint(1);
        first.vanish();
        let plain = sink(&bootstrap, &topic, &json!({}));
        let (context, bell) = world.writer_context(0, 1);
        let mut marker = plain.writer(context).unwrap();
        write_all(marker.as_mut(), &bell, numbered(70, 71));
        marker.flush(true).unwrap();
        let deadline = std::time::Instant::now() + support::PATIENCE;
        while world.values(&bootstrap, &topic, "read_committed").is_empty() {
            assert!(std::time::Instant::now() < deadline, "the broker does not end the transaction");
        }
        // A new life commits before it writes.
        let (mut context, _) = world.writer_context(0, 1);
        context.attempt = 1;
        timed.committer(&context).unwrap().unwrap().commit(&checkpoint.committables).unwrap();
        let counts = ["numCommittablesFailure", "numCommittablesAlreadyCommitted", "numRecordsLost"];
        assert_eq!(counts.map(|name| counter(&world, name)), [1, 0, 5], "{naming}");
    }
}

#[test]
fn records_of_a_fenced_transaction_are_counted_and_the_job_goes_on() {
    let Some(bootstrap) = broker() else { return };
    for naming in STRATEGIES {
        let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
        let sink = exactly_once(&bootstrap, &topic, &topic, naming);
        let mut life = Life::start(&world, &sink, (0, 1), &Checkpoint::default());
        life.write(0, 7);
        let prepared = life.checkpoint(1);
        // A job that should have another prefix, and aborts what it takes for its own.
        let other = Life::start(&World::default(), &sink, (0, 1), &Checkpoint::default());
        life.commit(&prepared);
        let counts = ["numCommittablesFailure", "numCommittablesSuccess", "numRecordsLost"];
        assert_eq!(counts.map(|name| counter(&world, name)), [1, 0, 7], "{naming}");
        other.vanish();
        life.vanish();
        assert!(world.values(&bootstrap, &topic, "read_committed").is_empty());
    }
}
