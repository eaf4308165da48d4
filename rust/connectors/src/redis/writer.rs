//! The writer of one subtask.

use std::sync::Arc;
use std::time::Duration;

use penstock_core::sink::{Committable, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, Result};

use super::command;
use super::destination::{Connection, Server};
use super::options::SinkOptions;
use crate::batching::{Batcher, Limits};

/// Bytes after which a pipeline is sent.
const BYTES: usize = 1 << 20;

/// Gathers the commands of records.
pub(super) struct RedisWriter {
    batcher: Batcher<Connection>,
}

impl RedisWriter {
    pub(super) fn start(options: &SinkOptions, server: &Arc<Server>, context: &WriterContext) -> Self {
        let limits = Limits {
            records: options.batch_size,
            bytes: BYTES,
            interval: (options.batch_interval_ms > 0).then(|| Duration::from_millis(options.batch_interval_ms)),
            // A later value is never overtaken by an earlier one.
            in_flight: 1,
        };
        Self { batcher: Batcher::start(Connection::new(server), limits, context) }
    }
}

impl SinkWriter for RedisWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        let value = record.value.ok_or_else(|| Error::internal("a record for Redis has a value"))?;
        self.batcher.add(command::parse(value)?, value.len())
    }

    fn has_capacity(&mut self) -> bool {
        self.batcher.has_capacity()
    }

    fn flush(&mut self, _end_of_input: bool) -> Result<()> {
        self.batcher.flush()
    }

    fn prepare_commit(&mut self, _checkpoint_id: u64) -> Result<Vec<Committable>> {
        Ok(Vec::new())
    }

    fn snapshot(&mut self, _checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    fn close(&mut self) {}
}
