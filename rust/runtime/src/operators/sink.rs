//! Writes records to a connector's sink, in one or two phases.
//!
//! At a barrier the writer is flushed and says what is to be committed; that is kept under the checkpoint's number, goes
//! into its snapshot, and is committed once the checkpoint (or a later one) is complete. What a restore brings is
//! committed at once, before the first record.

mod columns;

use std::collections::BTreeMap;
use std::sync::Arc;

use penstock_core::columns::ColumnBatch;
use penstock_core::event::Barrier;
use penstock_core::metrics::Counter;
use penstock_core::sink::{Committable, Committer, Sink, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, NO_TIMESTAMP, Object, Result};

use super::{Operator, OperatorSnapshot, OperatorState, Redistribution, RestoredOperator};
use crate::chain::Outputs;
use crate::lane::Encoder;

/// Name of the writer's operator state.
pub const WRITER_STATE: &str = "writer";
/// Name of the operator state of what waits to be committed.
pub const COMMITTABLES_STATE: &str = "committables";

/// How records become the sink's.
pub enum SinkEncoder {
    /// Of the object lane.
    Objects(Box<dyn Encoder>),
    /// The sink takes the objects themselves.
    AsItIs,
    /// Of the column lane: values are written as they are.
    Columns {
        /// The topic of all records, where the sink's records name theirs.
        topic: Option<String>,
    },
}

/// The operator of a connector's sink.
pub struct SinkOperator {
    sink: Arc<dyn Sink>,
    context: WriterContext,
    encoder: SinkEncoder,
    bytes: ByteCount,
    opened: Option<Opened>,
    pending: BTreeMap<u64, Vec<Committable>>,
    restored: Vec<Committable>,
    /// Whether an end of data was seen: the next flush is the last.
    ended: bool,
}

/// Bytes of keys and values that the writer was given; counted without atomics for each record.
struct ByteCount {
    new: usize,
    total: Counter,
}

impl ByteCount {
    #[inline]
    fn add(&mut self, record: &SinkRecord<'_>) {
        self.new += record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
    }

    fn publish(&mut self) {
        self.total.add(std::mem::take(&mut self.new) as i64);
    }
}

/// The two phases, once the sink is open.
struct Opened {
    writer: Box<dyn SinkWriter>,
    committer: Option<Box<dyn Committer>>,
}

impl SinkOperator {
    /// A sink operator that, when it is opened, first commits what `restored` has.
    #[must_use]
    pub fn new(sink: Arc<dyn Sink>, context: WriterContext, encoder: SinkEncoder, restored: &RestoredOperator) -> Self {
        let restored = restored.elements(COMMITTABLES_STATE).iter().cloned().map(Committable).collect();
        let bytes = ByteCount { new: 0, total: context.metrics.counter("numBytesOut") };
        Self { sink, context, encoder, bytes, opened: None, pending: BTreeMap::new(), restored, ended: false }
    }

    fn opened(&mut self) -> Result<&mut Opened> {
        self.opened.as_mut().ok_or_else(|| Error::internal("the sink is not open"))
    }

    fn prepare(&mut self, checkpoint_id: u64) -> Result<()> {
        let ended = self.ended;
        let writer = &mut self.opened()?.writer;
        writer.flush(ended)?;
        let committables = writer.prepare_commit(checkpoint_id)?;
        if !committables.is_empty() {
            self.pending.entry(checkpoint_id).or_default().extend(committables);
        }
        Ok(())
    }

    fn commit_up_to(&mut self, checkpoint_id: u64) -> Result<()> {
        let later = self.pending.split_off(&(checkpoint_id + 1));
        let due = std::mem::replace(&mut self.pending, later);
        let Some(committer) = &mut self.opened()?.committer else { return Ok(()) };
        for committables in due.into_values() {
            committer.commit(&committables)?;
        }
        Ok(())
    }
}

impl Operator for SinkOperator {
    fn open(&mut self) -> Result<()> {
        let mut committer = self.sink.committer(&self.context)?;
        let restored = std::mem::take(&mut self.restored);
        match &mut committer {
            Some(committer) if !restored.is_empty() => committer.commit(&restored)?,
            None if !restored.is_empty() => {
                return Err(Error::invalid(
                    "the checkpoint has output that waits to be committed, but this sink has no second phase any more; restore with the delivery guarantee it was taken with",
                ));
            }
            _ => {}
        }
        let writer = self.sink.writer(self.context.clone())?;
        self.opened = Some(Opened { writer, committer });
        Ok(())
    }

    #[inline]
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, _out: &mut Outputs) -> Result<()> {
        let Some(Opened { writer, .. }) = &mut self.opened else { return Err(Error::internal("the sink is not open")) };
        let time = (timestamp != NO_TIMESTAMP).then_some(timestamp);
        let encoder = match &mut self.encoder {
            SinkEncoder::Objects(encoder) => encoder,
            SinkEncoder::AsItIs => return writer.write_object(&value, time),
            SinkEncoder::Columns { .. } => {
                return Err(Error::internal("an object reached a sink of the column lane"));
            }
        };
        let bytes = &mut self.bytes;
        encoder.encode(&value, timestamp, &mut |record| {
            bytes.add(record);
            let mut record = *record;
            record.timestamp = record.timestamp.or(time);
            writer.write(&record)
        })
    }

    fn process_columns(&mut self, batch: &ColumnBatch, _out: &mut Outputs) -> Result<()> {
        let Some(Opened { writer, .. }) = &mut self.opened else { return Err(Error::internal("the sink is not open")) };
        let SinkEncoder::Columns { topic } = &self.encoder else {
            return Err(Error::internal("a batch of columns reached a sink of the object lane"));
        };
        let bytes = &mut self.bytes;
        columns::each_record(batch, topic.as_deref(), &mut |record| {
            bytes.add(record);
            writer.write(record)
        })
    }

    fn end_of_data(&mut self, _drain: bool, _out: &mut Outputs) -> Result<()> {
        self.ended = true;
        Ok(())
    }

    fn prepare_snapshot(&mut self, checkpoint_id: u64) -> Result<()> {
        self.prepare(checkpoint_id)
    }

    fn snapshot(&mut self, barrier: &Barrier) -> Result<OperatorSnapshot> {
        let state = self.opened()?.writer.snapshot(barrier.checkpoint_id)?;
        let waiting = self.pending.values().flatten().map(|c| c.0.clone()).collect();
        let operator = vec![
            OperatorState { name: WRITER_STATE.to_owned(), mode: Redistribution::Split, elements: state },
            OperatorState { name: COMMITTABLES_STATE.to_owned(), mode: Redistribution::Split, elements: waiting },
        ];
        Ok(OperatorSnapshot { operator, ..OperatorSnapshot::default() })
    }

    fn checkpoint_complete(&mut self, checkpoint_id: u64) -> Result<()> {
        self.commit_up_to(checkpoint_id)
    }

    fn commit_at_end(&mut self) -> Result<()> {
        self.prepare(u64::MAX - 1)?;
        self.commit_up_to(u64::MAX - 1)
    }

    fn end_of_batch(&mut self) -> Result<()> {
        self.bytes.publish();
        Ok(())
    }

    fn has_capacity(&mut self) -> bool {
        self.opened.as_mut().is_none_or(|o| o.writer.has_capacity())
    }

    fn is_ready_for_barrier(&mut self) -> bool {
        self.opened.as_mut().is_none_or(|o| o.writer.is_ready_for_barrier())
    }

    fn close(&mut self) -> Result<()> {
        if let Some(opened) = &mut self.opened {
            opened.writer.close();
        }
        Ok(())
    }
}
