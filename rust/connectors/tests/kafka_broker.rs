//! Exactly once on a real broker: what is prepared survives its process, what is not is aborted.
//!
//! `PENSTOCK_TEST_KAFKA=host:port` names the broker. `PENSTOCK_TEST_KAFKA_SASL=user:password@host:port` names a listener
//! with SASL_PLAINTEXT.

mod support;

use penstock_core::metrics::MetricValue;
use penstock_core::sink::{Committable, Sink, SinkWriter, WriterContext};
use serde_json::{Value, json};
use support::{World, broker, create_topic, numbered, sink, source, unique, vanish, write, write_all};

fn exactly_once(bootstrap: &str, topic: &str, prefix: &str) -> std::sync::Arc<dyn Sink> {
    sink(bootstrap, topic, &json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": prefix}))
}

/// A life of one subtask of a sink.
struct Life<'a> {
    world: &'a World,
    sink: std::sync::Arc<dyn Sink>,
    context: WriterContext,
    bell: std::sync::Arc<support::Bell>,
    writer: Box<dyn SinkWriter>,
}

impl<'a> Life<'a> {
    fn start(
        world: &'a World,
        sink: &std::sync::Arc<dyn Sink>,
        subtask: u32,
        parallelism: u32,
        restored: Option<u64>,
    ) -> Self {
        Self::restore(world, sink, subtask, parallelism, restored, Vec::new())
    }

    fn restore(
        world: &'a World,
        sink: &std::sync::Arc<dyn Sink>,
        subtask: u32,
        parallelism: u32,
        restored: Option<u64>,
        state: Vec<Vec<u8>>,
    ) -> Self {
        let (mut context, bell) = world.writer_context(subtask, parallelism);
        context.restored_checkpoint = restored;
        context.restored_state = state;
        let writer = sink.writer(context.clone()).unwrap();
        Self { world, sink: sink.clone(), context, bell, writer }
    }

    fn write(&mut self, values: impl IntoIterator<Item = String>) {
        write_all(self.writer.as_mut(), &self.bell, values);
    }

    /// A barrier.
    fn checkpoint(&mut self, id: u64) -> (Vec<Committable>, Vec<Vec<u8>>) {
        self.writer.flush(false).unwrap();
        let committables = self.writer.prepare_commit(id).unwrap();
        (committables, self.writer.snapshot(id).unwrap())
    }

    fn commit(&self, committables: &[Committable]) {
        self.sink.committer(&self.context).unwrap().unwrap().commit(committables).unwrap();
    }

    /// Ends as a killed process does: nothing is told to the broker.
    fn vanish(self) {
        vanish(self.writer, &self.bell);
    }

    fn counter(&self, name: &str) -> i64 {
        let found = self.world.metrics.snapshot().into_iter().find(|m| m.name == name);
        match found.map(|m| m.value) {
            Some(MetricValue::Counter(n)) => n,
            other => panic!("{name} is {other:?}"),
        }
    }
}

#[test]
fn what_a_vanished_writer_prepared_is_committed_by_another_life() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 3));
    let sink = exactly_once(&bootstrap, &topic, &topic);
    let mut first = Life::start(&world, &sink, 0, 1, None);
    first.write(numbered(0, 1000));
    let (committables, _) = first.checkpoint(1);
    assert_eq!(committables.len(), 1);
    first.write(numbered(1000, 1500));
    first.writer.flush(false).unwrap();
    first.vanish();
    assert!(world.values(&bootstrap, &topic, "read_committed").is_empty(), "uncommitted records were visible");

    let mut second = Life::start(&world, &sink, 0, 1, Some(1));
    second.commit(&committables);
    second.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 1000));
    second.write(numbered(1000, 1500));
    let (committables, _) = second.checkpoint(2);
    second.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 1500));
    assert_eq!((second.counter("numCommittablesSuccess"), second.counter("numCommittablesFailure")), (3, 0));
    second.writer.close();
}

#[test]
fn prepared_transactions_survive_the_start_of_a_restored_writer() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic);
    let mut first = Life::start(&world, &sink, 0, 1, None);
    first.write(numbered(0, 10));
    let (committables, state) = first.checkpoint(1);
    first.vanish();
    // The abort of what lingers comes first here.
    let second = Life::restore(&world, &sink, 0, 1, Some(1), state);
    second.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 10));
}

#[test]
fn open_transactions_of_a_larger_job_are_aborted() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic);
    for subtask in 0..4 {
        let mut life = Life::start(&world, &sink, subtask, 4, None);
        life.write(numbered(0, 10));
        life.writer.flush(false).unwrap();
        life.vanish();
    }
    let mut next = Life::start(&world, &sink, 0, 1, None);
    next.write(numbered(0, 20));
    let (committables, _) = next.checkpoint(1);
    next.commit(&committables);
    // An open transaction would hold read_committed back before its first record, and this would see nothing.
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 20));
}

#[test]
fn aborted_checkpoints_leave_no_gap_that_hides_an_open_transaction() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic);
    let mut first = Life::start(&world, &sink, 0, 1, None);
    first.write(numbered(0, 5));
    let (committables, _) = first.checkpoint(1);
    first.commit(&committables);
    first.write(numbered(5, 10));
    // Checkpoints 2 to 4 never reach this task, and 5 is not completed.
    first.checkpoint(5);
    first.write(numbered(10, 15));
    first.writer.flush(false).unwrap();
    first.vanish();
    let mut second = Life::start(&world, &sink, 0, 1, Some(1));
    second.write(numbered(5, 20));
    let (committables, _) = second.checkpoint(2);
    second.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 20));
}

#[test]
fn transactions_under_an_old_prefix_are_found_after_a_change() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let mut first = Life::start(&world, &exactly_once(&bootstrap, &topic, &format!("{topic}-old")), 0, 1, None);
    first.write(numbered(0, 5));
    let (committables, state) = first.checkpoint(1);
    first.commit(&committables);
    first.write(numbered(5, 10));
    first.writer.flush(false).unwrap();
    first.vanish();
    let mut second =
        Life::restore(&world, &exactly_once(&bootstrap, &topic, &format!("{topic}-new")), 0, 1, Some(1), state);
    second.write(numbered(5, 12));
    let (committables, _) = second.checkpoint(2);
    second.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 12));
}

#[test]
fn an_idle_subtask_commits_nothing_and_wakes_up_when_records_come() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let mut life = Life::start(&world, &exactly_once(&bootstrap, &topic, &topic), 0, 1, None);
    for id in 1..=5 {
        assert!(life.checkpoint(id).0.is_empty());
    }
    life.write(numbered(0, 100));
    let (committables, _) = life.checkpoint(6);
    life.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 100));
}

#[test]
fn closing_aborts_what_was_not_prepared() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic);
    let mut life = Life::start(&world, &sink, 0, 1, None);
    life.write(numbered(0, 10));
    life.writer.flush(false).unwrap();
    let started = std::time::Instant::now();
    life.writer.close();
    assert!(started.elapsed().as_millis() < 500, "closing took {:?}", started.elapsed());
    // With the transaction still open, this reader would never see what another job writes after it.
    let mut other = Life::start(&world, &exactly_once(&bootstrap, &topic, &format!("{topic}-other")), 0, 1, None);
    other.write(numbered(0, 3));
    let (committables, _) = other.checkpoint(1);
    other.commit(&committables);
    assert_eq!(world.values(&bootstrap, &topic, "read_committed"), numbered(0, 3));
}

/// A writer with records in a transaction that another one has taken over, and that one.
fn taken_over<'a>(world: &'a World, bootstrap: &str) -> [Life<'a>; 2] {
    let topic = create_topic(bootstrap, 1);
    let sink = exactly_once(bootstrap, &topic, &topic);
    let mut old = Life::start(world, &sink, 0, 1, None);
    old.write(numbered(0, 10));
    old.writer.flush(false).unwrap();
    let new = Life::start(world, &sink, 0, 1, None);
    [old, new]
}

#[test]
fn a_transaction_that_somebody_else_took_over_fails_the_checkpoint() {
    let Some(bootstrap) = broker() else { return };
    let world = World::default();
    let [mut old, _new] = taken_over(&world, &bootstrap);
    let error = old.writer.prepare_commit(1).unwrap_err().to_string();
    assert!(error.contains("before its checkpoint was complete") || error.contains("somebody else"), "{error}");
    old.vanish();
}

/// What cannot be sent any more fails too; it is not what the error is about.
#[test]
fn a_writer_whose_transaction_was_taken_over_says_so() {
    let Some(bootstrap) = broker() else { return };
    let world = World::default();
    let [mut old, _new] = taken_over(&world, &bootstrap);
    let failed = numbered(10, 1000).iter().find_map(|value| write(old.writer.as_mut(), &old.bell, value).err());
    let error = failed.unwrap_or_else(|| old.writer.flush(false).unwrap_err()).to_string();
    assert!(error.starts_with("the Kafka producer cannot go on: "), "{error}");
    old.vanish();
}

#[test]
fn a_commit_that_can_never_succeed_is_counted_and_the_job_goes_on() {
    let Some(bootstrap) = broker() else { return };
    let (world, topic) = (World::default(), create_topic(&bootstrap, 1));
    let sink = exactly_once(&bootstrap, &topic, &topic);
    let mut life = Life::start(&world, &sink, 0, 1, None);
    life.write(numbered(0, 10));
    let (committables, _) = life.checkpoint(1);
    // A fresh start with the same prefix aborts even what was prepared.
    let other = Life::start(&world, &sink, 0, 1, None);
    life.commit(&committables);
    assert_eq!(life.counter("numCommittablesFailure"), 1);
    drop(other);
}

#[test]
fn the_preflight_knows_the_brokers_limits_and_topics() {
    let Some(bootstrap) = broker() else { return };
    let topic = create_topic(&bootstrap, 1);
    let sink_with = |properties: &Value| {
        let more =
            json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": topic, "properties": properties});
        sink(&bootstrap, &topic, &more).preflight()
    };
    sink_with(&json!({})).unwrap();
    let error = sink_with(&json!({"transaction.timeout.ms": "3600000"})).unwrap_err().to_string();
    assert!(
        error.contains("transaction.timeout.ms=3600000") && error.contains("transaction.max.timeout.ms=900000"),
        "{error}"
    );

    let missing = unique("missing");
    let error = source(&bootstrap, &json!({"topics": [missing]}), &json!({})).preflight().unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("the Kafka topic '{missing}' does not exist")) && error.contains("--create"),
        "{error}"
    );
    source(&bootstrap, &json!({"topics": [topic]}), &json!({})).preflight().unwrap();
}

#[test]
fn logins_are_accepted_and_wrong_ones_explained() {
    let Some((user, password, bootstrap)) = support::sasl_broker() else { return };
    let world = World::default();
    let login = |mechanism: &str, password: &str| {
        let module = if mechanism == "PLAIN" { "plain.PlainLoginModule" } else { "scram.ScramLoginModule" };
        let jaas =
            format!("org.apache.kafka.common.security.{module} required username=\"{user}\" password=\"{password}\";");
        json!({"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.jaas.config": jaas})
    };
    for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
        let topic = unique("sasl");
        let properties = login(mechanism, &password);
        let more =
            json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": topic, "properties": properties});
        let sink = sink(&bootstrap, &topic, &more);
        sink.preflight().unwrap();
        let mut life = Life::start(&world, &sink, 0, 1, None);
        life.write(numbered(0, 10));
        let (committables, _) = life.checkpoint(1);
        life.commit(&committables);
        let more = json!({"properties": properties, "stopping_offsets": {"kind": "latest"}, "bounded": true});
        let read: Vec<_> = world
            .read_all(source(&bootstrap, &json!({"topics": [topic]}), &more).as_ref())
            .into_values()
            .flatten()
            .collect();
        assert_eq!(read.len(), 10);

        let wrong = json!({"properties": login(mechanism, "wrong")});
        let error = source(&bootstrap, &json!({"topics": [topic]}), &wrong).preflight().unwrap_err().to_string();
        assert!(error.contains("does not let this job in") && !error.contains("wrong"), "{error}");
    }
}
