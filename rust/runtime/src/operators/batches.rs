//! Calls a user function for many records at once: `map_batches`, `filter_batches`, `flat_map_batches`.
//!
//! Records are collected until there are enough of them or the first has waited long enough; then the function is called
//! and its results are emitted, each with the event time of its record. Objects and columns are both taken, whatever is
//! emitted. A watermark waits for the records before it. Nothing waits across a barrier, nor when the input becomes idle
//! or ends, so that the operator has no state but which models its function uses.

use std::sync::Arc;

use arrow_array::RecordBatch;
use penstock_core::columns::ColumnBatch;
use penstock_core::event::Barrier;
use penstock_core::{Clock, Error, NO_TIMESTAMP, Object, Result};

use super::{Operator, OperatorSnapshot};
use crate::chain::Outputs;
use crate::context::SharedContext;
use crate::lane::{BatchFunction, ObjectLane};

/// The records of a batch, or the results of one.
pub enum BatchValues {
    /// Of the object lane.
    Objects(Vec<Object>),
    /// Of the column lane, without event times.
    Columns(RecordBatch),
}

/// What a function of batches gave.
pub enum BatchResult {
    /// Values, each with the place of the record that it comes of; without places there is one for each record.
    Values(BatchValues, Option<Vec<usize>>),
    /// The places of the records that stay, which are emitted in the lane in which they came.
    Kept(Vec<usize>),
}

/// When a batch is full.
#[derive(Debug, Clone, Copy)]
pub struct BatchBounds {
    /// Most records.
    pub batch_size: usize,
    /// How long its first record may wait for more, in milliseconds.
    pub max_wait_ms: i64,
}

/// The operator of a function of batches.
pub struct BatchesOperator {
    function: Box<dyn BatchFunction>,
    context: SharedContext,
    lane: Arc<dyn ObjectLane>,
    clock: Clock,
    bounds: BatchBounds,
    collected: Collected,
    /// When the first of them came.
    since: i64,
    /// The last watermark that came behind some of them.
    held_watermark: Option<i64>,
}

/// What waits for its batch: objects or columns, not both.
#[derive(Default)]
struct Collected {
    objects: Vec<Object>,
    timestamps: Vec<i64>,
    columns: Vec<ColumnBatch>,
    len: usize,
}

impl BatchesOperator {
    /// An operator that has collected nothing.
    #[must_use]
    pub fn new(
        function: Box<dyn BatchFunction>,
        context: SharedContext,
        lane: Arc<dyn ObjectLane>,
        clock: &Clock,
        bounds: BatchBounds,
    ) -> Self {
        let bounds = BatchBounds { batch_size: bounds.batch_size.max(1), ..bounds };
        let (clock, collected) = (clock.clone(), Collected::default());
        Self { function, context, lane, clock, bounds, collected, since: 0, held_watermark: None }
    }

    fn about_to_collect(&mut self) {
        if self.collected.len == 0 {
            self.since = self.clock.now_millis();
        }
    }

    fn call(&mut self, out: &mut Outputs) -> Result<()> {
        if self.collected.len == 0 {
            return Ok(());
        }
        let collected = std::mem::take(&mut self.collected);
        let (function, watermark) = (&mut self.function, self.held_watermark.take());
        let (mut collected, mut result) = (Some(collected), Ok(()));
        self.lane.hold(&mut || {
            let Some(collected) = collected.take() else { return };
            let emitted = collected.through(&mut **function, out);
            result = emitted.and_then(|()| watermark.map_or(Ok(()), |time| out.emit_watermark(time)));
        });
        result
    }
}

impl Collected {
    fn through(self, function: &mut dyn BatchFunction, out: &mut Outputs) -> Result<()> {
        if self.columns.is_empty() {
            let records = BatchValues::Objects(self.objects);
            let result = function.call(&records)?;
            let times = |row: usize| self.timestamps[row];
            return match (result, records) {
                (BatchResult::Kept(rows), BatchValues::Objects(objects)) => {
                    rows.into_iter().try_for_each(|row| out.emit(objects[row].clone(), times(row)))
                }
                (BatchResult::Values(values, of), _) => emit(values, of, Some(&self.timestamps), out),
                (BatchResult::Kept(_), _) => Err(Error::internal("objects became columns in a filter")),
            };
        }
        let batch = ColumnBatch::concat(&self.columns)?;
        match function.call(&BatchValues::Columns(batch.data().clone()))? {
            BatchResult::Kept(rows) if rows.is_empty() => Ok(()),
            BatchResult::Kept(rows) if rows.len() == batch.num_rows() => out.emit_columns(&batch),
            BatchResult::Kept(rows) => out.emit_columns(&batch.select(&rows)?),
            BatchResult::Values(values, of) => emit(values, of, batch.timestamps(), out),
        }
    }
}

/// Emits results; `timestamps` are those of the records.
fn emit(values: BatchValues, of: Option<Vec<usize>>, timestamps: Option<&[i64]>, out: &mut Outputs) -> Result<()> {
    match values {
        BatchValues::Objects(objects) => {
            for (at, object) in objects.into_iter().enumerate() {
                let row = of.as_ref().map_or(at, |of| of[at]);
                out.emit(object, timestamps.map_or(NO_TIMESTAMP, |times| times[row]))?;
            }
            Ok(())
        }
        BatchValues::Columns(data) if data.num_rows() == 0 => Ok(()),
        BatchValues::Columns(data) => {
            let times = timestamps.map(|times| match of {
                Some(of) => of.into_iter().map(|row| times[row]).collect(),
                None => times.to_vec(),
            });
            out.emit_columns(&ColumnBatch::of_columns(data, times)?)
        }
    }
}

impl Operator for BatchesOperator {
    fn open(&mut self) -> Result<()> {
        self.function.open()
    }

    #[inline]
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if !self.collected.columns.is_empty() {
            self.call(out)?;
        }
        self.about_to_collect();
        self.collected.objects.push(value);
        self.collected.timestamps.push(timestamp);
        self.collected.len += 1;
        if self.collected.len < self.bounds.batch_size { Ok(()) } else { self.call(out) }
    }

    fn process_columns(&mut self, batch: &ColumnBatch, out: &mut Outputs) -> Result<()> {
        let mismatch = self.collected.columns.first().is_some_and(|first| !first.is_like(batch));
        if mismatch || !self.collected.objects.is_empty() {
            self.call(out)?;
        }
        let mut offset = 0;
        while offset < batch.num_rows() {
            self.about_to_collect();
            let length = (self.bounds.batch_size - self.collected.len).min(batch.num_rows() - offset);
            self.collected.columns.push(batch.slice(offset, length));
            self.collected.len += length;
            offset += length;
            if self.collected.len == self.bounds.batch_size {
                self.call(out)?;
            }
        }
        Ok(())
    }

    fn watermark(&mut self, time: i64, out: &mut Outputs) -> Result<()> {
        if self.collected.len == 0 {
            return out.emit_watermark(time);
        }
        self.held_watermark = Some(time);
        Ok(())
    }

    fn next_timer(&mut self) -> Option<i64> {
        (self.collected.len > 0).then_some(self.since + self.bounds.max_wait_ms)
    }

    fn fire_timers(&mut self, now: i64, out: &mut Outputs) -> Result<()> {
        if self.next_timer().is_some_and(|at| at <= now) { self.call(out) } else { Ok(()) }
    }

    fn flush(&mut self, out: &mut Outputs) -> Result<()> {
        self.call(out)
    }

    fn snapshot(&mut self, _barrier: &Barrier) -> Result<OperatorSnapshot> {
        let operator = self.context.with(|c| c.models.snapshot())??.into_iter().collect();
        Ok(OperatorSnapshot { operator, ..OperatorSnapshot::default() })
    }

    fn end_of_data(&mut self, _drain: bool, out: &mut Outputs) -> Result<()> {
        self.call(out)
    }

    fn close(&mut self) -> Result<()> {
        let lane = Arc::clone(&self.lane);
        // Objects are given back while the interpreter is held.
        let mut result = Ok(());
        lane.hold(&mut || {
            self.collected = Collected::default();
            result = self.function.close();
        });
        result
    }
}

#[cfg(test)]
mod tests;
