//! Opens transactions ahead of time. A producer's transactional id cannot change, so every transaction has a producer of
//! its own; connecting it and getting its producer id takes some ten milliseconds, which this thread spends.
//!
//! Jobs are done in order, so that of all names of a subtask those in use never have a gap: probing relies on it.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use penstock_core::source::Wake;
use penstock_core::{Error, Result};
use tokio::runtime::Handle;

use super::at_work::{self, OfThread, OfWriter};
use super::naming::transactional_id;
use super::pool::{Pool, Taken};
use crate::bridge;
use crate::kafka::native::{Identity, Producer};
use crate::kafka::options::Naming;
use crate::kafka::properties::Properties;
use crate::kafka::wire::{Cluster, TransactionPhase};

/// How long the broker may take to hand out a producer id.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// librdkafka's default for other clients; those with transactions would wait as long as a transaction may be open.
const SOCKET_TIMEOUT_MS: i32 = 60_000;

/// Everything the thread needs.
pub(super) struct OpenerSettings {
    /// Of the producers, but for their transactional ids.
    pub(super) properties: Properties,
    pub(super) prefix: String,
    pub(super) naming: Naming,
    /// The names that are taken, where names are used again.
    pub(super) pool: Arc<Mutex<Pool>>,
    pub(super) subtask: u32,
    pub(super) timeout_ms: i32,
    /// Whether the cluster describes transactions.
    pub(super) describes: bool,
    /// Topics that were written to, so that a new producer knows them before its first record.
    pub(super) topics: Arc<Mutex<Vec<String>>>,
    pub(super) io: Handle,
    pub(super) wake: Wake,
}

/// A transaction that has begun; nothing was written yet.
pub(super) struct Opened {
    pub(super) transactional_id: String,
    /// Of its name, where names are used again.
    pub(super) taken: Option<Taken>,
    pub(super) identity: Identity,
    pub(super) producer: Producer,
}

/// A transaction that is being opened, or was.
pub(super) struct Opening {
    pub(super) offset: u64,
    reply: Receiver<Result<Opened>>,
    /// The reply, once it was seen.
    result: Option<Result<Opened>>,
}

impl Opening {
    /// Whether it is open by now, or never will be.
    pub(super) fn is_over(&mut self) -> bool {
        if self.result.is_none() {
            self.result = match self.reply.try_recv() {
                Ok(result) => Some(result),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => Some(Err(ended())),
            };
        }
        self.result.is_some()
    }

    /// The transaction, if it is open by now.
    pub(super) fn poll(&mut self) -> Option<Result<Opened>> {
        self.is_over();
        self.result.take()
    }

    /// Waits until it is open.
    pub(super) fn wait(&mut self) -> Result<Opened> {
        let result = self.result.take();
        result.unwrap_or_else(|| self.reply.recv_timeout(OPEN_TIMEOUT * 2).unwrap_or_else(|_| Err(ended())))
    }
}

fn ended() -> Error {
    Error::external("a Kafka transaction could not be opened in time")
}

enum Job {
    /// Take these names into use without writing under them.
    Register(RangeInclusive<u64>),
    Open {
        offset: u64,
        reply: SyncSender<Result<Opened>>,
    },
}

/// The thread's other end. It ends when this is dropped, after the job it is at, which may take long.
pub(super) struct Opener {
    /// First, so that it is dropped before the queue is closed and the thread ends.
    _thread: OfWriter,
    jobs: Sender<Job>,
    naming: Naming,
    /// The highest offset that a job has taken into use.
    taken: u64,
}

impl Opener {
    /// `first` is the first offset that will be asked for.
    pub(super) fn start(settings: OpenerSettings, cluster: Cluster, first: u64) -> Result<Self> {
        let (jobs, queue) = channel();
        let naming = settings.naming;
        let (of_writer, of_thread) = at_work::begin(&settings.prefix, settings.subtask);
        let worker = Worker { settings, cluster: Arc::new(tokio::sync::Mutex::new(cluster)) };
        let thread = std::thread::Builder::new()
            .name("kafka-transactions".to_owned())
            .spawn(move || worker.run(&queue, &of_thread));
        thread.map_err(|e| Error::external(format!("no thread could be started to open Kafka transactions: {e}")))?;
        Ok(Self { _thread: of_writer, jobs, naming, taken: first - 1 })
    }

    /// Begins to open the transaction of an offset, after registering those that were skipped.
    pub(super) fn open(&mut self, offset: u64) -> Opening {
        self.register_up_to(offset - 1);
        self.taken = self.taken.max(offset);
        let (sender, reply) = sync_channel(1);
        // If the thread has died, the receiver finds out.
        let _ = self.jobs.send(Job::Open { offset, reply: sender });
        Opening { offset, reply, result: None }
    }

    /// Takes all names up to this one into use that are not.
    pub(super) fn register_up_to(&mut self, offset: u64) {
        if self.naming == Naming::Incrementing && offset > self.taken {
            let _ = self.jobs.send(Job::Register(self.taken + 1..=offset));
            self.taken = offset;
        }
    }
}

struct Worker {
    settings: OpenerSettings,
    cluster: Arc<tokio::sync::Mutex<Cluster>>,
}

impl Worker {
    fn run(&self, queue: &Receiver<Job>, thread: &OfThread) {
        for job in queue.iter().take_while(|_| !thread.is_left()) {
            match job {
                Job::Register(offsets) => self.register(offsets),
                Job::Open { offset, reply } => {
                    // Nobody listens if the writer has gone on to another offset; the producer is dropped then.
                    let _ = reply.send(self.open(offset));
                    (self.settings.wake)();
                }
            }
        }
    }

    fn id(&self, offset: u64) -> String {
        transactional_id(&self.settings.prefix, self.settings.subtask, offset)
    }

    fn register(&self, offsets: RangeInclusive<u64>) {
        let ids: Vec<String> = offsets.map(|offset| self.id(offset)).collect();
        let (cluster, timeout_ms) = (Arc::clone(&self.cluster), self.settings.timeout_ms);
        let registered =
            bridge::wait_for(&self.settings.io, "registering transactional ids", OPEN_TIMEOUT, async move {
                let mut cluster = cluster.lock().await;
                for id in &ids {
                    cluster
                        .take_over_patiently(id, timeout_ms)
                        .await
                        .map_err(|e| Error::external(format!("{id}: {e}")))?;
                }
                Ok(())
            });
        if let Err(error) = registered {
            tracing::warn!(
                "skipped transactional ids could not be registered with Kafka ({error}); if this job is restored from an older checkpoint, \
                 a transaction left open may block readers with read_committed until it times out"
            );
        }
    }

    /// The number of a name that is used again.
    fn take(&self) -> Result<Taken> {
        let waiting = self.settings.pool.lock().waiting();
        let ids: Vec<String> = waiting.iter().map(|(number, _)| self.id(*number)).collect();
        if !ids.is_empty() {
            let cluster = Arc::clone(&self.cluster);
            let states = bridge::wait_for(&self.settings.io, "describing transactions", OPEN_TIMEOUT, async move {
                let states = cluster.lock().await.describe_patiently(&ids).await;
                states.map_err(|e| Error::external(format!("prepared Kafka transactions cannot be described: {e}")))
            })?;
            for ((number, _), state) in waiting.iter().zip(states) {
                // A transaction that is neither open nor ending was committed, or given up and told of.
                if !matches!(state.phase, TransactionPhase::Ongoing | TransactionPhase::Ending) {
                    self.settings.pool.lock().give_back(*number);
                }
            }
        }
        Ok(Pool::take(&self.settings.pool))
    }

    fn open(&self, offset: u64) -> Result<Opened> {
        let taken = match self.settings.naming {
            Naming::Incrementing => None,
            Naming::Pooling => Some(self.take()?),
        };
        let id = self.id(taken.as_ref().map_or(offset, Taken::number));
        let mut properties = transactional(&self.settings.properties, &id, self.settings.timeout_ms);
        if !self.settings.describes {
            properties.force("statistics.interval.ms", "50");
        }
        let mut producer = Producer::new(&properties, Arc::clone(&self.settings.wake))?;
        for topic in self.settings.topics.lock().iter() {
            producer.prepare_topic(topic)?;
        }
        producer.begin(OPEN_TIMEOUT).map_err(|e| Error::external(format!("{id}: {e}")))?;
        let identity = if self.settings.describes { self.described(&id)? } else { from_statistics(&mut producer)? };
        Ok(Opened { transactional_id: id, taken, identity, producer })
    }

    fn described(&self, id: &str) -> Result<Identity> {
        let (cluster, id) = (Arc::clone(&self.cluster), id.to_owned());
        bridge::wait_for(&self.settings.io, "describing a transaction", OPEN_TIMEOUT, async move {
            let states = cluster.lock().await.describe_patiently(std::slice::from_ref(&id)).await;
            let states =
                states.map_err(|e| Error::external(format!("the transaction {id} cannot be described: {e}")))?;
            states.first().map(|state| state.identity).ok_or_else(|| Error::internal("no state for one id"))
        })
    }
}

/// Properties of the producer of one transaction.
fn transactional(properties: &Properties, id: &str, timeout_ms: i32) -> Properties {
    let mut properties = properties.clone();
    properties.force("transactional.id", id);
    properties.force("transaction.timeout.ms", timeout_ms.to_string());
    // A transactional producer is idempotent; librdkafka refuses to be told otherwise.
    properties.remove("enable.idempotence");
    properties.default_to("socket.timeout.ms", SOCKET_TIMEOUT_MS.to_string());
    // Nothing can take longer than its transaction; Java's client does not mind being told so, librdkafka does.
    for name in ["socket.timeout.ms", "delivery.timeout.ms", "message.timeout.ms"] {
        let given = properties.client(name).and_then(|ms| ms.parse::<i32>().ok());
        if given.is_some_and(|given| given > timeout_ms) {
            properties.force(name, timeout_ms.to_string());
        }
    }
    properties
}

/// For brokers that describe nothing: librdkafka tells in its statistics who it is.
fn from_statistics(producer: &mut Producer) -> Result<Identity> {
    let deadline = Instant::now() + OPEN_TIMEOUT;
    while Instant::now() < deadline {
        producer.serve()?;
        if let Some(identity) = producer.identity() {
            return Ok(identity);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Error::external("Kafka's client did not tell the producer id of a transaction"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::properties::Role;

    #[test]
    fn nothing_may_take_longer_than_its_transaction() {
        let given = [("delivery.timeout.ms", "120000"), ("enable.idempotence", "false")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let properties = Properties::translate(Role::Producer, &given, Some("b:1")).unwrap();
        let short = transactional(&properties, "p-0-1", 30_000);
        assert_eq!(short.client("delivery.timeout.ms"), Some("30000"));
        assert_eq!(short.client("socket.timeout.ms"), Some("30000"));
        assert_eq!(short.client("enable.idempotence"), None);
        let long = transactional(&properties, "p-0-1", 900_000);
        assert_eq!(long.client("delivery.timeout.ms"), Some("120000"));
        assert_eq!(long.client("socket.timeout.ms"), Some("60000"));
    }
}
