//! The writer without transactions: at least once if it waits at barriers until everything is stored, else without any
//! promise.

use std::sync::Arc;

use penstock_core::Result;
use penstock_core::sink::{Committable, SinkRecord, SinkWriter, WriterContext};

use super::output::Output;
use super::{Shared, no_topic};
use crate::kafka::native::Producer;
use crate::kafka::options::Guarantee;

pub(super) struct PlainWriter {
    output: Output,
    shared: Arc<Shared>,
}

impl PlainWriter {
    pub(super) fn new(shared: &Arc<Shared>, context: &WriterContext) -> Result<Self> {
        let properties = shared.producer_properties(context.subtask);
        let mut producer = Producer::new(&properties, Arc::clone(&context.wake))?;
        if let Some(topic) = &shared.topic {
            producer.prepare_topic(topic)?;
        }
        let output = Output::new(producer, Output::limit(&properties), context);
        Ok(Self { output, shared: Arc::clone(shared) })
    }
}

impl SinkWriter for PlainWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        let topic = record.topic.or(self.shared.topic.as_deref()).ok_or_else(no_topic)?;
        self.output.write(topic, record)
    }

    fn has_capacity(&mut self) -> bool {
        self.output.has_capacity()
    }

    fn flush(&mut self, end_of_input: bool) -> Result<()> {
        if end_of_input || self.shared.guarantee != Guarantee::None { self.output.flush() } else { Ok(()) }
    }

    fn prepare_commit(&mut self, _checkpoint_id: u64) -> Result<Vec<Committable>> {
        Ok(Vec::new())
    }

    fn snapshot(&mut self, _checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    fn close(&mut self) {}
}
