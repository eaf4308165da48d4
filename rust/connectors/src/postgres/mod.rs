//! PostgreSQL: the source is in [`source`], the sink here.
//!
//! Every record is one execution of one statement, pipelined in batches. Writes are stored before a barrier is
//! acknowledged. With at-least-once each batch is a transaction of its own: after a restart records since the last
//! checkpoint are written again, which an upsert does not show. With exactly-once all records between two checkpoints
//! are one transaction: it is prepared at the barrier (`PREPARE TRANSACTION`), its name goes into the checkpoint, and it is
//! committed when the checkpoint is complete, in this life or the next. On start, prepared transactions that no
//! checkpoint knows are rolled back.
//!
//! Kill points: `postgres-before-prepare`, `postgres-after-prepare`, `postgres-before-commit`, `postgres-after-commit`.

mod committer;
mod connection;
mod errors;
mod naming;
mod options;
mod preflight;
mod prepared;
mod row;
mod session;
mod source;
mod statement;
mod tls;
mod writer;

use std::sync::Arc;

use penstock_core::Result;
use penstock_core::sink::{Committer, Sink, SinkWriter, WriterContext};

use crate::bridge;
use committer::PostgresCommitter;
use connection::Target;
pub use options::{Guarantee, SinkOptions};
pub use source::{PostgresSource, SourceOptions};
use writer::PostgresWriter;

/// A PostgreSQL sink, configured.
pub struct PostgresSink {
    settings: Arc<Settings>,
}

/// What every subtask of a sink needs.
struct Settings {
    target: Target,
    sql: String,
    /// How many parameters the statement has.
    parameters: usize,
    guarantee: Guarantee,
    /// First part of the names of prepared transactions; empty unless exactly once.
    prefix: String,
    batch_size: usize,
    batch_interval_ms: u64,
    max_retries: u32,
}

impl PostgresSink {
    /// Checks the options and makes the statement.
    pub fn new(options: SinkOptions) -> Result<Self> {
        let target = Target::parse(&options.url, options.user.as_deref(), options.password.as_deref())?;
        let (sql, parameters) = statement::of(&options)?;
        let prefix = naming::checked_prefix(options.delivery_guarantee, options.transactional_id_prefix)?;
        let settings = Settings {
            target,
            sql,
            parameters,
            guarantee: options.delivery_guarantee,
            prefix,
            batch_size: options.batch_size.max(1),
            batch_interval_ms: options.batch_interval_ms,
            max_retries: options.max_retries,
        };
        Ok(Self { settings: Arc::new(settings) })
    }
}

impl Sink for PostgresSink {
    fn preflight(&self) -> Result<()> {
        let settings = Arc::clone(&self.settings);
        bridge::run_alone(async move { preflight::check(&settings).await })
    }

    fn is_two_phase(&self) -> bool {
        self.settings.guarantee == Guarantee::ExactlyOnce
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        if self.settings.guarantee == Guarantee::ExactlyOnce && !context.checkpointing && context.subtask == 0 {
            tracing::warn!(
                "PostgreSQL sink: without checkpoints, all records of the job become visible when it ends; enable checkpointing for earlier commits"
            );
        }
        Ok(Box::new(PostgresWriter::start(&self.settings, &context)?))
    }

    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        if self.settings.guarantee != Guarantee::ExactlyOnce {
            return Ok(None);
        }
        Ok(Some(Box::new(PostgresCommitter::new(&self.settings, context))))
    }
}
