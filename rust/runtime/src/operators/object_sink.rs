//! Sinks that take objects as they are: `print`, `collect`, and `discard`, which takes nothing at all.

use penstock_core::columns::ColumnBatch;
use penstock_core::metrics::{Counter, MetricGroup};
use penstock_core::{Object, Result};

use super::Operator;
use crate::chain::Outputs;
use crate::lane::ObjectSink;

/// The operator of `print` and `collect`.
pub struct ObjectSinkOperator {
    sink: Box<dyn ObjectSink>,
    bytes: Counter,
}

impl ObjectSinkOperator {
    /// `metrics` are those of the operator.
    #[must_use]
    pub fn new(sink: Box<dyn ObjectSink>, metrics: &MetricGroup) -> Self {
        Self { sink, bytes: metrics.counter("numBytesOut") }
    }

    fn flush(&mut self) -> Result<()> {
        self.bytes.add(self.sink.flush()? as i64);
        Ok(())
    }
}

impl Operator for ObjectSinkOperator {
    fn process(&mut self, _input: usize, value: Object, _timestamp: i64, _out: &mut Outputs) -> Result<()> {
        self.sink.write(&value)
    }

    fn end_of_batch(&mut self) -> Result<()> {
        self.flush()
    }

    fn close(&mut self) -> Result<()> {
        self.flush()
    }
}

/// Drops every record; for measuring what comes before.
pub struct DiscardOperator;

impl Operator for DiscardOperator {
    fn process(&mut self, _input: usize, _value: Object, _timestamp: i64, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }

    fn process_columns(&mut self, _batch: &ColumnBatch, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }
}
