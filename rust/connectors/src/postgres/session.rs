//! The task that writes: it has the connection and takes batches one after another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use futures::future::try_join_all;
use parking_lot::Mutex;
use penstock_core::source::Wake;
use penstock_core::{Error, Result};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_postgres::{Client, Statement};

use super::Settings;
use super::errors::{explain, is_connection_lost};
use super::naming::literal;
use super::options::Guarantee;
use super::row::Row;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Stands for an interval that never ends.
const NEVER: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the writer asks for.
pub(super) enum Command {
    /// Write these.
    Rows(Vec<Row>),
    /// Answer when all that came before is stored, or in the transaction.
    Flush(SyncSender<Result<()>>),
    /// End the transaction's first phase under this name; the answer is whether there was one.
    Prepare(String, SyncSender<Result<bool>>),
}

/// What writer and session share.
#[derive(Default)]
pub(super) struct Shared {
    /// Rows that wait for more. Whoever takes them queues them while the lock is held, so that their order stays.
    pub(super) buffer: Mutex<Vec<Row>>,
    /// Batches in the queue.
    pub(super) queued: AtomicUsize,
    /// What stopped the session for good.
    pub(super) failure: Mutex<Option<Error>>,
}

/// The connection of one subtask.
pub(super) struct Session {
    settings: Arc<Settings>,
    shared: Arc<Shared>,
    wake: Wake,
    open: Option<(Client, Statement)>,
    in_transaction: bool,
}

impl Session {
    pub(super) fn new(settings: Arc<Settings>, shared: Arc<Shared>, wake: Wake) -> Self {
        Self { settings, shared, wake, open: None, in_transaction: false }
    }

    /// Serves the writer until it is gone. What is neither prepared nor committed is rolled back by the server then.
    pub(super) async fn run(mut self, mut commands: UnboundedReceiver<Command>) {
        let interval = match self.settings.batch_interval_ms {
            0 => NEVER,
            millis => Duration::from_millis(millis),
        };
        let mut tick = Instant::now() + interval;
        loop {
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.serve(command).await,
                    None => return,
                },
                () = sleep_until(tick) => {
                    let (earlier, rows) = {
                        let mut buffer = self.shared.buffer.lock();
                        let earlier: Vec<Command> = std::iter::from_fn(|| commands.try_recv().ok()).collect();
                        (earlier, std::mem::take(&mut *buffer))
                    };
                    for command in earlier {
                        self.serve(command).await;
                    }
                    self.rows(rows).await;
                    tick = Instant::now() + interval;
                }
            }
        }
    }

    async fn serve(&mut self, command: Command) {
        match command {
            Command::Rows(rows) => {
                self.rows(rows).await;
                self.shared.queued.fetch_sub(1, Ordering::SeqCst);
                (self.wake)();
            }
            // Nobody listens any more if the task was cancelled.
            Command::Flush(reply) => drop(reply.send(self.failure().map_or(Ok(()), Err))),
            Command::Prepare(name, reply) => {
                let prepared = match self.failure() {
                    Some(failure) => Err(failure),
                    None => self.prepare(&name).await,
                };
                drop(reply.send(prepared));
            }
        }
    }

    fn failure(&self) -> Option<Error> {
        self.shared.failure.lock().clone()
    }

    /// Writes rows; after a failure nothing is written any more.
    async fn rows(&mut self, rows: Vec<Row>) {
        if rows.is_empty() || self.failure().is_some() {
            return;
        }
        let written = match self.settings.guarantee {
            Guarantee::AtLeastOnce => self.write_and_commit(&rows).await,
            Guarantee::ExactlyOnce => self.write_into_transaction(&rows).await,
        };
        if let Err(error) = written {
            *self.shared.failure.lock() = Some(error);
            // The server rolls back what is open.
            self.open = None;
            (self.wake)();
        }
    }

    /// One transaction, tried again over new connections where the old one was lost.
    async fn write_and_commit(&mut self, rows: &[Row]) -> Result<()> {
        let (mut tries, mut pause) = (0, FIRST_PAUSE);
        loop {
            match self.connect().await {
                Ok(()) => {}
                Err(Error::External(_)) if tries < self.settings.max_retries => {
                    tries += 1;
                    sleep(pause).await;
                    pause *= 2;
                    continue;
                }
                Err(error) => return Err(error),
            }
            let (client, statement) = self.connection()?;
            match written(client, statement, rows).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let lost = is_connection_lost(&error);
                    self.open = None;
                    if !lost || tries >= self.settings.max_retries {
                        return Err(self.explain(&error));
                    }
                    tracing::warn!("PostgreSQL sink: the connection was lost ({error}); the batch is written again");
                    tries += 1;
                    sleep(pause).await;
                    pause *= 2;
                }
            }
        }
    }

    /// A lost connection loses the transaction, and its records come again after a restart from the checkpoint.
    async fn write_into_transaction(&mut self, rows: &[Row]) -> Result<()> {
        let begin = !self.in_transaction;
        self.connect().await?;
        let (client, statement) = self.connection()?;
        let result = async {
            if begin {
                client.batch_execute("BEGIN").await?;
            }
            execute(client, statement, rows).await
        };
        let result = result.await;
        self.in_transaction = true;
        result.map_err(|e| self.explain(&e))
    }

    async fn prepare(&mut self, name: &str) -> Result<bool> {
        if !self.in_transaction {
            return Ok(false);
        }
        self.connect().await?;
        let (client, _) = self.connection()?;
        let prepared = client.batch_execute(&format!("PREPARE TRANSACTION {}", literal(name))).await;
        prepared.map_err(|e| explain(&format!("the PostgreSQL transaction {name} cannot be prepared"), &e))?;
        self.in_transaction = false;
        Ok(true)
    }

    async fn connect(&mut self) -> Result<()> {
        if self.open.is_some() {
            return Ok(());
        }
        if self.in_transaction {
            return Err(Error::external("the connection to PostgreSQL was lost with a transaction open"));
        }
        let client = self.settings.target.connect().await?;
        let statement = client.prepare(&self.settings.sql).await.map_err(|e| self.explain(&e))?;
        self.open = Some((client, statement));
        Ok(())
    }

    fn connection(&self) -> Result<&(Client, Statement)> {
        self.open.as_ref().ok_or_else(|| Error::internal("a connection that was just opened"))
    }

    fn explain(&self, error: &tokio_postgres::Error) -> Error {
        explain(&format!("PostgreSQL at {}: {}", self.settings.target.shown, self.settings.sql), error)
    }
}

async fn written(client: &Client, statement: &Statement, rows: &[Row]) -> Result<(), tokio_postgres::Error> {
    client.batch_execute("BEGIN").await?;
    execute(client, statement, rows).await?;
    client.batch_execute("COMMIT").await
}

/// Executes the statement for each row: all are sent before the first answer is waited for.
async fn execute(client: &Client, statement: &Statement, rows: &[Row]) -> Result<(), tokio_postgres::Error> {
    try_join_all(rows.iter().map(|row| client.execute_raw(statement, row))).await.map(drop)
}
