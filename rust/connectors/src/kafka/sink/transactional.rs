//! The writer with transactions: one per checkpoint, prepared at its barrier.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use penstock_core::sink::{Committable, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, Result};

use super::at_work;
use super::buffer::OwnedRecord;
use super::cleaning::{CleanedUp, clean_up};
use super::committable::{Prepared, Written, life};
use super::naming::transactional_id;
use super::opener::{Opened, Opener, OpenerSettings, Opening};
use super::output::Output;
use super::pool::{Pool, Taken};
use super::state;
use super::{START_TIMEOUT, Shared, no_topic};
use crate::bridge;
use crate::kafka::native::Identity;
use crate::kafka::options::Naming;
use crate::kafka::wire::{Cluster, TransactionPhase};

/// A closing task may take 500 ms in all.
const ABORT_TIMEOUT: Duration = Duration::from_millis(400);

pub(super) struct TransactionalWriter {
    shared: Arc<Shared>,
    context: WriterContext,
    opener: Opener,
    current: Current,
    /// Opened ahead for the checkpoint after the next.
    next: Option<Opening>,
    /// Written while the current transaction was not open yet.
    waiting: VecDeque<OwnedRecord>,
    /// How many records were written since the last barrier.
    written: u64,
    limit: usize,
    topics: Arc<Mutex<Vec<String>>>,
    pool: Arc<Mutex<Pool>>,
    /// For questions about the transaction at a barrier.
    cluster: Arc<tokio::sync::Mutex<Cluster>>,
    describes: bool,
    /// Found where it could not be returned.
    failure: Option<Error>,
}

/// The transaction that records go to now.
enum Current {
    /// Not opened: an idle subtask has no use for it. Its offset.
    Lazy(u64),
    Opening(Box<Opening>),
    Open(Box<OpenTransaction>),
    /// Between `prepare_commit` and `snapshot`; whether the transaction that ended had records.
    Between {
        active: bool,
    },
}

struct OpenTransaction {
    transactional_id: String,
    taken: Option<Taken>,
    identity: Identity,
    output: Output,
}

impl TransactionalWriter {
    /// Aborts what earlier lives left open, then opens the first transaction.
    pub(super) fn start(shared: &Arc<Shared>, context: &WriterContext) -> Result<Self> {
        at_work::wait_for_ends(&shared.prefix, context.subtask, START_TIMEOUT)?;
        let first = context.restored_checkpoint.unwrap_or(0) + 1;
        let CleanedUp { cluster, timeout_ms, describes, kept } = clean_up(shared, context, first)?;
        let pool = Arc::new(Mutex::new(Pool::default()));
        for (offset, holder) in kept {
            pool.lock().prepared(offset, holder);
        }
        let topics = Arc::new(Mutex::new(shared.topic.iter().cloned().collect()));
        let properties = shared.producer_properties(context.subtask);
        let settings = OpenerSettings {
            properties: properties.clone(),
            prefix: shared.prefix.clone(),
            naming: shared.naming,
            pool: Arc::clone(&pool),
            subtask: context.subtask,
            timeout_ms,
            describes,
            topics: Arc::clone(&topics),
            io: context.io.clone(),
            wake: Arc::clone(&context.wake),
        };
        let mut opener = Opener::start(settings, shared.cluster(context.subtask)?, first)?;
        let mut opening = opener.open(first);
        let next = Some(opener.open(first + 1));
        let mut writer = Self {
            shared: Arc::clone(shared),
            context: context.clone(),
            opener,
            current: Current::Between { active: true },
            next,
            waiting: VecDeque::new(),
            written: 0,
            limit: Output::limit(&properties),
            topics,
            pool,
            cluster: Arc::new(tokio::sync::Mutex::new(cluster)),
            describes,
            failure: None,
        };
        writer.adopt(opening.wait()?)?;
        Ok(writer)
    }

    fn adopt(&mut self, opened: Opened) -> Result<()> {
        let mut output = Output::new(opened.producer, self.limit, &self.context);
        output.take_over(std::mem::take(&mut self.waiting))?;
        let Opened { transactional_id, taken, identity, .. } = opened;
        self.current = Current::Open(Box::new(OpenTransaction { transactional_id, taken, identity, output }));
        Ok(())
    }

    /// Goes on if the current transaction has been opened meanwhile.
    fn adopt_if_open(&mut self) -> Result<()> {
        let Current::Opening(opening) = &mut self.current else { return Ok(()) };
        match opening.poll() {
            None => Ok(()),
            Some(opened) => self.adopt(opened?),
        }
    }

    /// The open transaction, if records were written that need one.
    fn open_now(&mut self) -> Result<Option<&mut OpenTransaction>> {
        if self.written == 0 {
            return Ok(None);
        }
        if let Current::Opening(opening) = &mut self.current {
            let opened = opening.wait()?;
            self.adopt(opened)?;
        }
        match &mut self.current {
            Current::Open(transaction) => Ok(Some(transaction)),
            _ => Err(Error::internal("records were written into no transaction")),
        }
    }

    /// What a restore has to know of the names.
    fn state(&self) -> Vec<u8> {
        let Shared { prefix, naming, .. } = &*self.shared;
        let in_flight = match naming {
            Naming::Incrementing => Vec::new(),
            Naming::Pooling => self.pool.lock().waiting(),
        };
        let id = |number| transactional_id(prefix, self.context.subtask, number);
        state::encode(prefix, *naming, in_flight.into_iter().map(|(number, holder)| (id(number), holder)))
    }

    fn remember_topic(&self, topic: &str) {
        let mut topics = self.topics.lock();
        if !topics.iter().any(|t| t == topic) {
            topics.push(topic.to_owned());
        }
    }

    fn buffer(&mut self, topic: &str, record: &SinkRecord<'_>) -> Result<()> {
        self.adopt_if_open()?;
        match &mut self.current {
            Current::Open(transaction) => return transaction.output.write(topic, record),
            Current::Between { .. } => {
                return Err(Error::internal("a record came between prepare_commit and snapshot"));
            }
            Current::Lazy(offset) => {
                let offset = *offset;
                self.current = Current::Opening(Box::new(self.opener.open(offset)));
                self.next = Some(self.opener.open(offset + 1));
            }
            Current::Opening(_) => {}
        }
        self.remember_topic(topic);
        self.waiting.push_back(OwnedRecord::of(topic, record));
        Ok(())
    }

    /// Who holds the open transaction, asked of the broker: it may have ended the transaction by now, and then the
    /// checkpoint must fail instead of losing its records.
    fn confirm(&self, transactional_id: &str, expected: Identity) -> Result<()> {
        let (cluster, id) = (Arc::clone(&self.cluster), transactional_id.to_owned());
        let states = bridge::wait_for(&self.context.io, "describing a transaction", START_TIMEOUT, async move {
            let states = cluster.lock().await.describe_patiently(std::slice::from_ref(&id)).await;
            states.map_err(|e| Error::external(format!("the Kafka transaction {id} cannot be described: {e}")))
        })?;
        let state = states.first().ok_or_else(|| Error::internal("no state for one id"))?;
        if state.phase != TransactionPhase::Ongoing {
            return Err(Error::external(format!(
                "the broker has ended the Kafka transaction {transactional_id} before its checkpoint was complete, most likely because it was open \
                 longer than transaction.timeout.ms; its records are written again after the restart"
            )));
        }
        if state.identity != expected {
            return Err(Error::external(format!(
                "somebody else has taken over the Kafka transaction {transactional_id}: is another job running with the transactional id prefix '{}'?",
                self.shared.prefix
            )));
        }
        Ok(())
    }
}

impl SinkWriter for TransactionalWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.written += 1;
        let shared = Arc::clone(&self.shared);
        let topic = record.topic.or(shared.topic.as_deref()).ok_or_else(no_topic)?;
        match &mut self.current {
            Current::Open(transaction) => transaction.output.write(topic, record),
            _ => self.buffer(topic, record),
        }
    }

    fn has_capacity(&mut self) -> bool {
        if let Err(error) = self.adopt_if_open() {
            // With room, the next record comes and gets the error.
            self.failure = Some(error);
            return true;
        }
        match &mut self.current {
            Current::Open(transaction) => transaction.output.has_capacity(),
            Current::Opening(_) => false,
            Current::Lazy(_) | Current::Between { .. } => true,
        }
    }

    /// Also with nothing written, for a barrier would give the transaction that is being opened away: where they come
    /// faster than transactions can be opened, every one would be.
    fn is_ready_for_barrier(&mut self) -> bool {
        if let Err(error) = self.adopt_if_open() {
            // The barrier comes and gets the error.
            self.failure = Some(error);
            return true;
        }
        !matches!(self.current, Current::Opening(_)) && self.next.as_mut().is_none_or(Opening::is_over)
    }

    fn flush(&mut self, _end_of_input: bool) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.open_now()?.map_or(Ok(()), |transaction| transaction.output.flush())
    }

    fn prepare_commit(&mut self, _checkpoint_id: u64) -> Result<Vec<Committable>> {
        crate::kill_point("kafka-before-prepare");
        self.flush(false)?;
        let active = self.written > 0;
        if !active {
            // Nothing was written, so there is nothing to commit; the broker does not even know of the transaction.
            self.current = Current::Between { active };
            return Ok(Vec::new());
        }
        let transaction = self.open_now()?.ok_or_else(|| Error::internal("no transaction for written records"))?;
        let (id, identity) = (transaction.transactional_id.clone(), transaction.identity);
        if self.describes {
            self.confirm(&id, identity)?;
        }
        // The producer is closed in the background. It has nothing left to send and does not end its transaction.
        let ended = std::mem::replace(&mut self.current, Current::Between { active });
        if let Current::Open(transaction) = ended
            && let Some(taken) = transaction.taken
        {
            taken.prepared(identity);
        }
        let written = Written {
            records: std::mem::take(&mut self.written),
            topics: self.topics.lock().clone(),
            reused_by: (self.shared.naming == Naming::Pooling).then(|| life(&self.context)),
        };
        crate::kill_point("kafka-after-prepare");
        Ok(vec![Prepared::new(id, identity, written).encode()])
    }

    fn snapshot(&mut self, checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        let Current::Between { active } = self.current else {
            return Err(Error::internal("a Kafka sink's snapshot was taken without prepare_commit"));
        };
        let offset = checkpoint_id + 1;
        self.current = match self.next.take() {
            Some(next) if next.offset == offset || self.shared.naming == Naming::Pooling => {
                Current::Opening(Box::new(next))
            }
            _ if active => Current::Opening(Box::new(self.opener.open(offset))),
            _ => {
                self.opener.register_up_to(checkpoint_id);
                Current::Lazy(offset)
            }
        };
        if active {
            self.next = Some(self.opener.open(offset + 1));
        }
        self.adopt_if_open()?;
        Ok(vec![self.state()])
    }

    fn close(&mut self) {
        let current = std::mem::replace(&mut self.current, Current::Between { active: false });
        let (Current::Open(mut transaction), true) = (current, self.written > 0) else { return };
        if let Err(error) = transaction.output.producer().abort(ABORT_TIMEOUT) {
            tracing::info!(
                "{}: {error}; the next run aborts it, or the broker when it times out",
                transaction.transactional_id
            );
        }
    }
}
