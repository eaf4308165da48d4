//! Commits prepared transactions, over a connection of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::metrics::Counter;
use penstock_core::sink::{Committable, Committer, WriterContext};
use penstock_core::{Error, Result};
use tokio::runtime::Handle;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Settings;
use super::errors::{explain, is_connection_lost};
use super::naming::literal;
use super::prepared::Prepared;
use crate::bridge;

/// How long a commit is tried again before the job is told.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct PostgresCommitter {
    commits: Arc<tokio::sync::Mutex<Commits>>,
    io: Handle,
}

/// A connection, and Flink's counters.
struct Commits {
    settings: Arc<Settings>,
    client: Option<Client>,
    total: Counter,
    success: Counter,
    already: Counter,
    retry: Counter,
    failure: Counter,
}

impl PostgresCommitter {
    pub(super) fn new(settings: &Arc<Settings>, context: &WriterContext) -> Self {
        let counter = |name| context.metrics.counter(name);
        let commits = Commits {
            settings: Arc::clone(settings),
            client: None,
            total: counter("numCommittablesTotal"),
            success: counter("numCommittablesSuccess"),
            already: counter("numCommittablesAlreadyCommitted"),
            retry: counter("numCommittablesRetry"),
            failure: counter("numCommittablesFailure"),
        };
        Self { commits: Arc::new(tokio::sync::Mutex::new(commits)), io: context.io.clone() }
    }
}

impl Committer for PostgresCommitter {
    fn commit(&mut self, committables: &[Committable]) -> Result<()> {
        if committables.is_empty() {
            return Ok(());
        }
        let prepared: Vec<Prepared> = committables.iter().map(Prepared::decode).collect::<Result<_>>()?;
        let limit = (PATIENCE + Duration::from_secs(30)) * prepared.len() as u32;
        let commits = Arc::clone(&self.commits);
        crate::kill_point("postgres-before-commit");
        bridge::wait_for(&self.io, "committing PostgreSQL transactions", limit, async move {
            let mut commits = commits.lock().await;
            for one in &prepared {
                commits.commit(&one.transaction).await?;
            }
            Ok(())
        })?;
        crate::kill_point("postgres-after-commit");
        Ok(())
    }
}

impl Commits {
    async fn commit(&mut self, name: &str) -> Result<()> {
        self.total.add(1);
        let started = Instant::now();
        loop {
            let error = match self.try_commit(name).await {
                Ok(Committed::Now) => {
                    self.success.add(1);
                    return Ok(());
                }
                Ok(Committed::Before) => {
                    self.already.add(1);
                    tracing::info!("The PostgreSQL transaction {name} is not there any more: it was committed before.");
                    return Ok(());
                }
                Err(error) => error,
            };
            if !matches!(error, Error::External(_)) || started.elapsed() > PATIENCE {
                self.failure.add(1);
                return Err(error);
            }
            self.retry.add(1);
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_commit(&mut self, name: &str) -> Result<Committed> {
        if self.client.is_none() {
            self.client = Some(self.settings.target.connect().await?);
        }
        let client = self.client.as_ref().ok_or_else(|| Error::internal("a connection that was just opened"))?;
        match client.batch_execute(&format!("COMMIT PREPARED {}", literal(name))).await {
            Ok(()) => Ok(Committed::Now),
            // Only we end transactions of this name.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => Ok(Committed::Before),
            Err(error) => {
                if is_connection_lost(&error) {
                    self.client = None;
                }
                Err(explain(&format!("the PostgreSQL transaction {name} could not be committed"), &error))
            }
        }
    }
}

enum Committed {
    Now,
    Before,
}
