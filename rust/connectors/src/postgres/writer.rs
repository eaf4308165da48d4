//! The writer of one subtask: gathers records into batches for its session.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use penstock_core::metrics::Counter;
use penstock_core::sink::{Committable, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, Result};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::Settings;
use super::naming;
use super::options::Guarantee;
use super::prepared::{Prepared, roll_back_lingering};
use super::row;
use super::session::{Command, Session, Shared};

/// How long a barrier waits for the database.
const PATIENCE: Duration = Duration::from_secs(300);
/// Batches that may wait in the queue.
const MOST_QUEUED: usize = 2;

pub(super) struct PostgresWriter {
    settings: Arc<Settings>,
    shared: Arc<Shared>,
    subtask: u32,
    commands: UnboundedSender<Command>,
    session: JoinHandle<()>,
    records: Counter,
}

impl PostgresWriter {
    /// Rolls back what earlier lives have left prepared that no checkpoint knows, and starts the session.
    pub(super) fn start(settings: &Arc<Settings>, context: &WriterContext) -> Result<Self> {
        if settings.guarantee == Guarantee::ExactlyOnce {
            roll_back_lingering(settings, context)?;
        }
        let shared = Arc::new(Shared::default());
        let (commands, queue) = unbounded_channel();
        let session = Session::new(Arc::clone(settings), Arc::clone(&shared), Arc::clone(&context.wake));
        Ok(Self {
            settings: Arc::clone(settings),
            shared,
            subtask: context.subtask,
            commands,
            session: context.io.spawn(session.run(queue)),
            records: context.metrics.counter("numRecordsSend"),
        })
    }

    fn send(&self, command: Command) -> Result<()> {
        self.commands.send(command).map_err(|_| Error::external("the connection to PostgreSQL has ended"))
    }

    /// Queues what was gathered.
    fn queue(&self, rows: &mut Vec<row::Row>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.shared.queued.fetch_add(1, Ordering::SeqCst);
        self.send(Command::Rows(std::mem::take(rows)))
    }

    fn answer<T>(&self, answer: &Receiver<Result<T>>) -> Result<T> {
        let late = |_| {
            let (shown, seconds) = (&self.settings.target.shown, PATIENCE.as_secs());
            Error::external(format!(
                "PostgreSQL at {shown} has not stored the records of a checkpoint within {seconds} s"
            ))
        };
        answer.recv_timeout(PATIENCE).map_err(late)?
    }
}

impl SinkWriter for PostgresWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        let row = row::parse(record.value, self.settings.parameters)?;
        if let Some(failure) = self.shared.failure.lock().clone() {
            return Err(failure);
        }
        let mut buffer = self.shared.buffer.lock();
        buffer.push(row);
        self.records.add(1);
        if buffer.len() >= self.settings.batch_size { self.queue(&mut buffer) } else { Ok(()) }
    }

    fn has_capacity(&mut self) -> bool {
        self.shared.queued.load(Ordering::SeqCst) < MOST_QUEUED || self.shared.failure.lock().is_some()
    }

    fn flush(&mut self, _end_of_input: bool) -> Result<()> {
        self.queue(&mut self.shared.buffer.lock())?;
        let (reply, answer) = sync_channel(1);
        self.send(Command::Flush(reply))?;
        self.answer(&answer)
    }

    fn prepare_commit(&mut self, checkpoint_id: u64) -> Result<Vec<Committable>> {
        if self.settings.guarantee != Guarantee::ExactlyOnce {
            return Ok(Vec::new());
        }
        crate::kill_point("postgres-before-prepare");
        let name = naming::name(&self.settings.prefix, self.subtask, checkpoint_id);
        let (reply, answer) = sync_channel(1);
        self.send(Command::Prepare(name.clone(), reply))?;
        let prepared = self.answer(&answer)?;
        crate::kill_point("postgres-after-prepare");
        Ok(if prepared { vec![Prepared::new(name).encode()] } else { Vec::new() })
    }

    fn snapshot(&mut self, _checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    fn close(&mut self) {
        self.session.abort();
    }
}
