//! What the Kafka tests share: a task's surroundings, and ways to write and read a topic through the connectors.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::sink::{SinkRecord, SinkWriter, WriterContext};
use penstock_core::source::{Poll, RawBatch, ReaderContext, Source, SourceReader, Split};
use penstock_core::{Configuration, Result};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Longer than anything here takes; who waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Remembers that a wake came until it is waited for.
#[derive(Default)]
pub struct Bell(Mutex<bool>, Condvar);

impl Bell {
    pub fn ring(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    /// Waits until it was rung.
    pub fn wait(&self) {
        let (mut rung, timeout) = self.1.wait_timeout_while(self.0.lock().unwrap(), PATIENCE, |rung| !*rung).unwrap();
        assert!(!timeout.timed_out(), "nobody woke the task");
        *rung = false;
    }
}

/// What the engine gives to readers and writers.
pub struct World {
    pub runtime: Runtime,
    pub metrics: Registry,
}

impl Default for World {
    fn default() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { runtime, metrics: Registry::default() }
    }
}

impl World {
    pub fn reader_context(&self, subtask: u32, parallelism: u32) -> (ReaderContext, Arc<Bell>) {
        let bell = Arc::new(Bell::default());
        let ringer = Arc::clone(&bell);
        let metrics = MetricGroup::new(&self.metrics, [("subtask_index", subtask.to_string())]);
        let context = ReaderContext {
            subtask,
            parallelism,
            wake: Arc::new(move || ringer.ring()),
            io: self.runtime.handle().clone(),
            metrics,
        };
        (context, bell)
    }

    pub fn writer_context(&self, subtask: u32, parallelism: u32) -> (WriterContext, Arc<Bell>) {
        let bell = Arc::new(Bell::default());
        let ringer = Arc::clone(&bell);
        let context = WriterContext {
            subtask,
            parallelism,
            attempt: 0,
            job_id: "0".repeat(32),
            restored_checkpoint: None,
            restored_state: Vec::new(),
            checkpointing: true,
            wake: Arc::new(move || ringer.ring()),
            io: self.runtime.handle().clone(),
            metrics: MetricGroup::new(&self.metrics, [("subtask_index", subtask.to_string())]),
        };
        (context, bell)
    }

    /// A reader with the splits that are its own.
    pub fn reader(&self, source: &dyn Source, subtask: u32, parallelism: u32) -> (Box<dyn SourceReader>, Arc<Bell>) {
        let mut enumerator = source.enumerator(parallelism, None).unwrap();
        let splits = self.runtime.block_on(enumerator.discover()).unwrap();
        let own = splits.into_iter().filter(|s| enumerator.owner(s, parallelism) == subtask).collect();
        let (context, bell) = self.reader_context(subtask, parallelism);
        let mut reader = source.reader(context).unwrap();
        reader.add_splits(own).unwrap();
        reader.no_more_splits();
        (reader, bell)
    }

    /// Everything that a bounded source gives, by split.
    pub fn read_all(&self, source: &dyn Source) -> BTreeMap<String, Vec<String>> {
        let (mut reader, bell) = self.reader(source, 0, 1);
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        loop {
            match reader.poll(1000).unwrap() {
                Poll::Batch(batch) => all.entry(batch.split.to_string()).or_default().extend(texts(&batch)),
                Poll::SplitFinished(_) => {}
                Poll::Objects(_) => panic!("Kafka has no objects"),
                Poll::Pending => bell.wait(),
                Poll::Finished => return all,
            }
        }
    }

    /// All values of a topic, in no order.
    pub fn values(&self, bootstrap: &str, topic: &str, isolation: &str) -> Vec<String> {
        let source = bounded(bootstrap, topic, isolation);
        let mut values: Vec<String> = self.read_all(source.as_ref()).into_values().flatten().collect();
        values.sort();
        values
    }
}

/// A source of a whole topic as it is now.
pub fn bounded(bootstrap: &str, topic: &str, isolation: &str) -> Arc<dyn Source> {
    source(
        bootstrap,
        &json!({"topics": [topic]}),
        &json!({"stopping_offsets": {"kind": "latest"}, "bounded": true, "properties": {"isolation.level": isolation}}),
    )
}

pub fn source(bootstrap: &str, subscription: &Value, more: &Value) -> Arc<dyn Source> {
    let mut options =
        json!({"bootstrap_servers": bootstrap, "subscription": subscription, "starting_offsets": {"kind": "earliest"}});
    merge(&mut options, more);
    penstock_connectors::source("kafka", &options, &Configuration::default()).unwrap()
}

pub fn sink(bootstrap: &str, topic: &str, more: &Value) -> Arc<dyn penstock_core::sink::Sink> {
    let mut options = json!({"bootstrap_servers": bootstrap, "topic": topic, "delivery_guarantee": "at-least-once"});
    merge(&mut options, more);
    penstock_connectors::sink("kafka", &options, &Configuration::default()).unwrap()
}

fn merge(options: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        options[name] = value.clone();
    }
}

pub fn texts(batch: &RawBatch) -> Vec<String> {
    batch.values.as_binary::<i32>().iter().map(|v| String::from_utf8(v.unwrap().to_vec()).unwrap()).collect()
}

/// Writes a value as a task does: only while there is room.
pub fn write(writer: &mut dyn SinkWriter, bell: &Bell, value: &str) -> Result<()> {
    while !writer.has_capacity() {
        bell.wait();
    }
    writer.write(&SinkRecord { value: Some(value.as_bytes()), key: Some(value.as_bytes()), ..SinkRecord::default() })
}

pub fn write_all(writer: &mut dyn SinkWriter, bell: &Bell, values: impl IntoIterator<Item = String>) {
    for value in values {
        write(writer, bell, &value).unwrap();
    }
}

/// Ends a writer as a killed process does: nothing is told to the broker. It has no threads then that would open
/// transactions, so what this one is at comes to its end first.
pub fn vanish(mut writer: Box<dyn SinkWriter>, bell: &Bell) {
    while !writer.is_ready_for_barrier() {
        bell.wait();
    }
    std::mem::forget(writer);
}

/// Polls until there is a batch.
pub fn next_batch(reader: &mut dyn SourceReader, bell: &Bell) -> RawBatch {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match reader.poll(1000).unwrap() {
            Poll::Batch(batch) => return batch,
            Poll::Pending => bell.wait(),
            other => panic!("{other:?} instead of a batch"),
        }
        assert!(Instant::now() < deadline, "no batch came");
    }
}

pub fn positions(splits: &[Split]) -> HashMap<String, i64> {
    splits.iter().map(|s| (s.id.clone(), s.position)).collect()
}

pub fn numbered(from: usize, to: usize) -> Vec<String> {
    let mut values: Vec<String> = (from..to).map(|i| format!("v{i}")).collect();
    values.sort();
    values
}

/// The address of the real broker. Without one, tests that need it say so and pass; where everything has to run
/// (`CI=true`) that is a failure.
pub fn broker() -> Option<String> {
    from_environment("PENSTOCK_TEST_KAFKA")
}

/// User, password and address of a listener that wants a login.
pub fn sasl_broker() -> Option<(String, String, String)> {
    let text = from_environment("PENSTOCK_TEST_KAFKA_SASL")?;
    let (login, address) = text.rsplit_once('@').expect("user:password@host:port");
    let (user, password) = login.split_once(':').expect("user:password@host:port");
    Some((user.to_owned(), password.to_owned(), address.to_owned()))
}

fn from_environment(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    if value.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{name} has to be set when CI=true");
        eprintln!("skipped: {name} is not set");
    }
    value
}

/// A name that no other test uses.
pub fn unique(what: &str) -> String {
    format!("{what}-{}", uuid::Uuid::new_v4().simple())
}

/// Creates a topic of its own for a test.
pub fn create_topic(bootstrap: &str, partitions: i32) -> String {
    use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
    let topic = unique("t");
    let admin: AdminClient<_> = rdkafka::ClientConfig::new().set("bootstrap.servers", bootstrap).create().unwrap();
    let new = NewTopic::new(&topic, partitions, TopicReplication::Fixed(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let created =
        runtime.block_on(admin.create_topics([&new], &AdminOptions::new().operation_timeout(Some(PATIENCE)))).unwrap();
    assert!(created.iter().all(std::result::Result::is_ok), "{created:?}");
    topic
}
