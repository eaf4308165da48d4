//! Operators, one per file. The contract is [`Operator`]; a chain calls it from one thread only.

pub mod async_wait;
pub mod batches;
pub mod function;
pub mod object_sink;
pub mod reduce;
pub mod sink;
pub mod watermarks;

use penstock_core::columns::ColumnBatch;
use penstock_core::event::Barrier;
use penstock_core::{Error, Keys, Object, Result};
use penstock_state::backend::{FrozenState, KeyRef};
use penstock_state::in_flight::ChannelState;

use crate::chain::Outputs;

/// What an operator does with each kind of element, and at each phase of a checkpoint.
///
/// The phases of a checkpoint, in order: [`flush`](Operator::flush) and [`prepare_snapshot`](Operator::prepare_snapshot) before the barrier goes on,
/// [`snapshot`](Operator::snapshot) after it, [`checkpoint_complete`](Operator::checkpoint_complete) once all tasks have answered.
pub trait Operator: Send {
    /// Called once, before any element.
    fn open(&mut self) -> Result<()> {
        Ok(())
    }
    /// The next record has this key and this event time. Only called where the input is keyed.
    fn set_key(&mut self, _object: Object, _key: KeyRef<'_>, _timestamp: i64) -> Result<()> {
        Ok(())
    }
    /// Records with these keys follow. Only called where the input is keyed.
    fn prefetch(&mut self, _keys: &Keys) -> Result<()> {
        Ok(())
    }
    /// Takes a record.
    fn process(&mut self, input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()>;
    /// Takes a batch of columns. Only called where the whole chain is of the column lane.
    fn process_columns(&mut self, _batch: &ColumnBatch, _out: &mut Outputs) -> Result<()> {
        Err(Error::internal("a batch of columns reached an operator of the object lane"))
    }
    /// Takes a watermark and passes on the one that holds behind the operator.
    fn watermark(&mut self, time: i64, out: &mut Outputs) -> Result<()> {
        out.emit_watermark(time)
    }
    /// No record of the current key follows (BATCH).
    fn end_of_key(&mut self, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }
    /// When the next timer of processing time is due, in milliseconds since the epoch.
    fn next_timer(&mut self) -> Option<i64> {
        None
    }
    /// Fires the timers of processing time that are due.
    fn fire_timers(&mut self, _now: i64, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }
    /// No record follows. With `drain`, what waits for more records is emitted.
    fn end_of_data(&mut self, _drain: bool, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }
    /// Emits what was collected for a batch: before a barrier, and before the input becomes idle. The interpreter may or
    /// may not be held.
    fn flush(&mut self, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }
    /// Before the barrier is passed on. May wait for the outside; the interpreter is not held.
    fn prepare_snapshot(&mut self, _checkpoint_id: u64) -> Result<()> {
        Ok(())
    }
    /// The synchronous part of a snapshot.
    fn snapshot(&mut self, _barrier: &Barrier) -> Result<OperatorSnapshot> {
        Ok(OperatorSnapshot::default())
    }
    /// The checkpoint is complete. May wait for the outside; the interpreter is not held.
    fn checkpoint_complete(&mut self, _checkpoint_id: u64) -> Result<()> {
        Ok(())
    }
    /// Nothing follows and no checkpoint will come: makes final what waits for one. The interpreter is not held.
    fn commit_at_end(&mut self) -> Result<()> {
        Ok(())
    }
    /// Whether the operator takes another record.
    fn has_capacity(&mut self) -> bool {
        true
    }
    /// Whether the operator could go on at once after a barrier. While not, one that need not keep its turn waits.
    fn is_ready_for_barrier(&mut self) -> bool {
        true
    }
    /// Whether something that was begun outside the task has ended.
    fn has_completed(&self) -> bool {
        false
    }
    /// Emits what has ended outside the task, as far as the outputs take it.
    fn take_completed(&mut self, _out: &mut Outputs) -> Result<()> {
        Ok(())
    }
    /// After a batch of records, while nothing else is to do.
    fn end_of_batch(&mut self) -> Result<()> {
        Ok(())
    }
    /// Called once at the end, also after a failure.
    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The state of one operator subtask at a barrier.
#[derive(Default)]
pub struct OperatorSnapshot {
    /// Keyed state, to be written while the operator goes on.
    pub keyed: Option<Box<dyn FrozenState>>,
    /// Operator states by name.
    pub operator: Vec<OperatorState>,
    /// What was on its way to the task; only of its first operator.
    pub in_flight: Vec<InFlight>,
}

/// What was on its way to a task over one edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// Index of the edge in the job graph.
    pub edge: usize,
    /// Its channels to the subtask.
    pub channels: Vec<ChannelState>,
}

/// One operator state: elements that a restore hands out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorState {
    /// Unique in the operator.
    pub name: String,
    /// Who gets which elements at a restore.
    pub mode: Redistribution,
    /// The elements.
    pub elements: Vec<Vec<u8>>,
}

/// Who gets which elements at a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redistribution {
    /// Each element goes to one subtask.
    Split,
    /// Every subtask gets the elements of one subtask; all have the same.
    Broadcast,
}

/// What a restore has for one operator subtask.
#[derive(Debug, Clone, Default)]
pub struct RestoredOperator {
    /// The checkpoint it comes from.
    pub checkpoint_id: Option<u64>,
    /// Operator states by name.
    pub operator: Vec<OperatorState>,
}

impl RestoredOperator {
    /// The elements of a state; none if it was not there.
    #[must_use]
    pub fn elements(&self, name: &str) -> &[Vec<u8>] {
        self.operator.iter().find(|s| s.name == name).map_or(&[], |s| &s.elements)
    }
}
