//! The writer of one subtask.

use std::sync::Arc;
use std::time::Duration;

use penstock_core::sink::{Committable, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, Result};

use super::options::{BatchFormat, SinkOptions};
use super::request::Endpoint;
use crate::batching::{Batcher, Limits};

/// Gathers records and posts them.
pub(super) struct HttpWriter {
    batcher: Batcher<Arc<Endpoint>>,
}

impl HttpWriter {
    pub(super) fn start(options: &SinkOptions, endpoint: &Arc<Endpoint>, context: &WriterContext) -> Self {
        let limits = Limits {
            records: if options.format == BatchFormat::Single { 1 } else { options.batch_size },
            bytes: options.max_batch_bytes,
            interval: (options.batch_interval_ms > 0).then(|| Duration::from_millis(options.batch_interval_ms)),
            in_flight: options.max_in_flight,
        };
        Self { batcher: Batcher::start(Arc::clone(endpoint), limits, context) }
    }
}

impl SinkWriter for HttpWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        let value = record.value.ok_or_else(|| Error::invalid("an HTTP sink cannot write a record without a value"))?;
        self.batcher.add(value.to_vec(), value.len())
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
