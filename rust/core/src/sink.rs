//! Sinks: a writer per subtask, and a committer for those with two phases.
//!
//! The order at a checkpoint is Flink's: `flush`, `prepare_commit`, `snapshot`, and once the checkpoint is complete
//! `commit` of what was prepared. After a restore, everything prepared by the restored checkpoint is committed again,
//! so committing has to be idempotent.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::metrics::MetricGroup;
use crate::object::Object;

/// One record for a sink, already bytes.
#[derive(Debug, Default, Clone, Copy)]
pub struct SinkRecord<'a> {
    /// Where the record itself names its topic.
    pub topic: Option<&'a str>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: &'a [(String, Vec<u8>)],
    /// Event time in milliseconds.
    pub timestamp: Option<i64>,
}

/// A connector's sink, configured.
pub trait Sink: Send + Sync {
    /// Checks against the outside what can be checked before the job runs (broker reachable, limits).
    fn preflight(&self) -> Result<()> {
        Ok(())
    }
    /// Whether output becomes final with a checkpoint, so that going on from an older one would write it twice.
    fn is_two_phase(&self) -> bool {
        false
    }
    /// Makes the writer of one subtask.
    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>>;
    /// Makes the committer, for sinks with two phases.
    fn committer(&self, context: &WriterContext) -> Result<Option<Box<dyn Committer>>>;
}

/// What a writer may use.
#[derive(Clone)]
pub struct WriterContext {
    /// Index of the subtask, from 0.
    pub subtask: u32,
    /// Number of subtasks.
    pub parallelism: u32,
    /// Attempt of the task, from 0.
    pub attempt: u32,
    /// The job's id, 32 hexadecimal digits.
    pub job_id: String,
    /// The checkpoint this life was restored from.
    pub restored_checkpoint: Option<u64>,
    /// What [`SinkWriter::snapshot`] gave, of all subtasks that this one takes over.
    pub restored_state: Vec<Vec<u8>>,
    /// Whether checkpoints are enabled; without them nothing is ever committed but at the end.
    pub checkpointing: bool,
    /// Wakes the task when [`SinkWriter::has_capacity`] or [`SinkWriter::is_ready_for_barrier`] turns true again.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Handle of the I/O runtime.
    pub io: tokio::runtime::Handle,
    /// Where the writer's metrics go.
    pub metrics: MetricGroup,
}

/// Something prepared that waits for its checkpoint, in the connector's own encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committable(pub Vec<u8>);

/// Writes the records of one subtask. Called by the task thread, without the interpreter where it may wait.
pub trait SinkWriter: Send {
    /// Takes one record; never waits. Errors of earlier records may be reported here.
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()>;
    /// Takes one record as the object that it is, with its event time: for sinks that are written in the lane's language.
    /// Called while the interpreter is held.
    fn write_object(&mut self, _value: &Object, _timestamp: Option<i64>) -> Result<()> {
        Err(Error::internal("this sink takes bytes"))
    }
    /// Whether the writer wants more records now. While false the task waits for `wake`.
    fn has_capacity(&mut self) -> bool {
        true
    }
    /// Whether the writer could go on at once after a barrier. While false, a barrier that need not keep its turn waits
    /// for `wake`, and records go on.
    fn is_ready_for_barrier(&mut self) -> bool {
        true
    }
    /// Waits until everything written is stored (or in its transaction). `end_of_input`: nothing follows.
    fn flush(&mut self, end_of_input: bool) -> Result<()>;
    /// First phase: closes what was written since the last call and says how to commit it.
    fn prepare_commit(&mut self, checkpoint_id: u64) -> Result<Vec<Committable>>;
    /// The writer's own state; the next transaction begins here.
    fn snapshot(&mut self, checkpoint_id: u64) -> Result<Vec<Vec<u8>>>;
    /// Gives back what it holds; what is neither committed nor prepared is aborted. At most 500 ms.
    fn close(&mut self);
}

/// Second phase, for one subtask.
pub trait Committer: Send {
    /// Commits; must be idempotent. What has to be tried again makes an error.
    fn commit(&mut self, committables: &[Committable]) -> Result<()>;
}
