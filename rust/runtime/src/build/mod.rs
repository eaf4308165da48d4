//! Puts the task of a subtask together: its functions, operators, outputs and head. Runs on the task's own thread.

mod edges;
mod lanes;
mod operators;
mod outputs;

pub use edges::edge_name;

use lanes::Lanes;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use penstock_core::config::RuntimeMode;
use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::sabotage::Sabotage;
use penstock_core::sink::Sink;
use penstock_core::source::Source;
use penstock_core::{Clock, Error, Result};
use penstock_plan::{ChainedOperator, FunctionShape, JobGraph, JobVertex, Operator as Plan, Partitioner};
use penstock_state::backend::KeyedStateBackend;

use crate::chain::{ChainNode, LatencySettings, LatencyStats, OperatorIdentity};
use crate::context::TaskInfo;
use crate::exchange::{Receiver, Sender};
use crate::lane::{Functions, ObjectLane};
use crate::mailbox::{Mailbox, TaskEvents, TaskId};
use crate::native_lane::NativeLane;
use crate::operators::{InFlight, RestoredOperator};
use crate::raw_columns::ColumnDecoder;
use crate::task::{Head, SortSettings, Sorting, SourceDecoder, SourceHead, SourceParts, Task, TaskContext};

/// Settings that all tasks of a job share.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct TaskSettings {
    /// How often watermarks are emitted, in milliseconds.
    pub watermark_interval_ms: i64,
    /// Latency markers.
    pub latency: LatencySettings,
    /// How long a record may wait for its batch; `None`: until the batch is full.
    pub buffer_timeout: Option<Duration>,
    /// Among how many channels the one with the least to do is looked for; `None`: each gets a record in its turn.
    pub least_loaded_of: Option<usize>,
    /// Whether records cross channels by reference.
    pub object_reuse: bool,
    /// Whether every batch goes through bytes (testing).
    pub serialize_exchange: bool,
    /// Whether records may travel as columns where no user code sees them.
    pub column_lane: bool,
    /// Whether checkpoints are enabled.
    pub checkpointing: bool,
    /// Most bytes of live objects above a state backend.
    pub object_cache_bytes: usize,
    /// What is left out (testing).
    pub sabotage: Option<Sabotage>,
    /// Parameters that the job has for all functions.
    pub job_parameters: Arc<HashMap<String, String>>,
    /// What the sorted inputs of a BATCH job may take together.
    pub sort: SortSettings,
}

/// Which records of a vertex wait for the end of data: in BATCH those with a key come key by key, and those beside a
/// broadcast after it.
fn sorting_of(graph: &JobGraph, vertex: usize) -> Option<Sorting> {
    if graph.mode != RuntimeMode::Batch {
        return None;
    }
    let head = &graph.vertices[vertex].operators[0].node.operator;
    let keyed = graph.inputs_of(vertex).any(|(_, edge)| matches!(edge.partitioner, Partitioner::Hash { .. }));
    if keyed && !matches!(head, Plan::Sink { .. } | Plan::Watermarks { .. }) {
        return Some(Sorting::Keyed);
    }
    let beside = matches!(head, Plan::Function { shape: FunctionShape::BroadcastProcess, .. });
    beside.then_some(Sorting::FirstInput)
}

/// What the tasks of one attempt of a job share.
pub struct JobContext {
    /// The job.
    pub graph: Arc<JobGraph>,
    /// Its id.
    pub job_id: String,
    /// Its name.
    pub job_name: String,
    /// The functions of all operators.
    pub functions: Arc<Vec<u8>>,
    /// Sources by stream node.
    pub sources: HashMap<u32, Arc<dyn Source>>,
    /// Sinks by stream node.
    pub sinks: HashMap<u32, Arc<dyn Sink>>,
    /// Settings.
    pub settings: TaskSettings,
    /// The interpreter.
    pub lane: Arc<dyn ObjectLane>,
    /// Processing time.
    pub clock: Clock,
    /// Where tasks report.
    pub events: Arc<dyn TaskEvents>,
    /// All metrics.
    pub metrics: Registry,
    /// The I/O runtime.
    pub io: tokio::runtime::Handle,
}

/// Makes the state backend of an operator, with what a restore has for it.
pub type BackendFactory = Box<dyn FnMut(&ChainedOperator) -> Result<Box<dyn KeyedStateBackend>> + Send>;

/// Reads what was on its way to a subtask at the checkpoint that is restored: by edge, each channel with the sender whose
/// channel it is now.
pub type InFlightReader = Box<dyn FnOnce() -> Result<Vec<InFlight>> + Send>;

/// A channel that a subtask reads.
pub struct ReceivingEnd {
    /// The end.
    pub receiver: Receiver,
    /// Its edge in the job graph.
    pub edge: usize,
    /// Index of the sending subtask.
    pub sender: u32,
}

/// What one subtask needs beside.
pub struct SubtaskParts {
    /// Which subtask.
    pub id: TaskId,
    /// Its mailbox.
    pub mailbox: Mailbox,
    /// Channels it reads.
    pub receivers: Vec<ReceivingEnd>,
    /// Channels it writes, by edge, in the order of the targets' subtasks.
    pub senders: HashMap<usize, Vec<Sender>>,
    /// What a restore has, by the operator's uid hash.
    pub restored: HashMap<String, RestoredOperator>,
    /// Makes state backends.
    pub backends: BackendFactory,
    /// Reads what was on its way; absent where nothing was.
    pub in_flight: Option<InFlightReader>,
}

/// Builds the task. The interpreter is held inside, unless the task has no need of it.
pub fn build_task(job: &Arc<JobContext>, parts: SubtaskParts) -> Result<Task> {
    let lanes = lanes(job, &parts);
    let native = lanes.needs_no_interpreter(&job.graph, parts.id.vertex);
    let lane: Arc<dyn ObjectLane> = if native { Arc::new(NativeLane) } else { Arc::clone(&job.lane) };
    let mut parts = Some((parts, lanes));
    let mut task = Err(Error::internal("the interpreter did not run"));
    lane.hold(&mut || {
        if let Some((parts, lanes)) = parts.take() {
            let functions = lane.load(&job.functions);
            task = functions
                .and_then(|functions| Builder::new(job, parts, Arc::clone(&lane), (lanes, native), functions)?.task());
        }
    });
    task
}

/// Where records are columns or raw. Raw ones neither leave the process nor go through bytes.
fn lanes(job: &JobContext, parts: &SubtaskParts) -> Lanes {
    if !job.settings.column_lane {
        return Lanes::default();
    }
    let mut lanes = Lanes::of(&job.graph);
    lanes.retain_raw(|edge| {
        let mut senders = parts.senders.get(&edge).into_iter().flatten();
        let mut receivers = parts.receivers.iter().filter(|end| end.edge == edge);
        !job.settings.serialize_exchange
            && senders.all(|sender| sender.carries_raw())
            && receivers.all(|end| end.receiver.carries_raw())
    });
    lanes
}

struct Builder<'a> {
    job: &'a JobContext,
    vertex: &'a JobVertex,
    parts: SubtaskParts,
    lane: Arc<dyn ObjectLane>,
    lanes: Lanes,
    /// Whether all records are columns here, and so without functions and codecs of the lane.
    native: bool,
    functions: Box<dyn Functions>,
}

impl<'a> Builder<'a> {
    fn new(
        job: &'a JobContext,
        parts: SubtaskParts,
        lane: Arc<dyn ObjectLane>,
        (lanes, native): (Lanes, bool),
        functions: Box<dyn Functions>,
    ) -> Result<Self> {
        let vertex = job.graph.vertices.get(parts.id.vertex).ok_or_else(|| Error::internal("a task of no vertex"))?;
        Ok(Self { job, vertex, parts, lane, lanes, native, functions })
    }

    fn task(mut self) -> Result<Task> {
        let vertex = self.vertex;
        let root = self.node(vertex.head())?;
        let head = match &vertex.head().node.operator {
            Plan::Source { decoder, watermarks, .. } => {
                let reader = self.source(vertex.head())?.reader(self.reader_context(vertex.head()))?;
                let decoder = match ColumnDecoder::of(decoder) {
                    _ if self.lanes.emits_raw(vertex.head()) => SourceDecoder::Raw,
                    Some(columns) if self.lanes.emits_columns(vertex.head().node.id) => SourceDecoder::Columns(columns),
                    _ => SourceDecoder::Objects(
                        self.functions.decoder(decoder, vertex.head().node.output_type.as_ref())?,
                    ),
                };
                let assigner = watermarks.as_ref().and_then(|w| w.assigner.as_deref());
                let assigner = assigner.map(|name| self.functions.timestamp_assigner(name)).transpose()?;
                let (watermarks, metrics) = (watermarks.clone(), self.metrics(vertex.head()));
                let watermark_interval_ms = self.job.settings.watermark_interval_ms;
                Head::Source(Box::new(SourceHead::new(SourceParts {
                    reader,
                    decoder,
                    assigner,
                    watermarks,
                    watermark_interval_ms,
                    latency_interval_ms: self.job.settings.latency.interval_ms,
                    metrics,
                })))
            }
            _ => Head::network(self.gate()?, self.sorting()),
        };
        let context = TaskContext {
            id: self.parts.id,
            mailbox: self.parts.mailbox.clone(),
            events: Arc::clone(&self.job.events),
            lane: Arc::clone(&self.lane),
            clock: self.job.clock.clone(),
            checkpointing: self.job.settings.checkpointing,
        };
        Ok(Task::new(context, root, head))
    }

    /// Which records wait for the end of data, with the share of this subtask in the memory for it.
    fn sorting(&self) -> Option<(Sorting, SortSettings)> {
        let graph = &self.job.graph;
        let sorting = sorting_of(graph, self.parts.id.vertex)?;
        let sorted = (0..graph.vertices.len()).filter(|vertex| sorting_of(graph, *vertex).is_some());
        let subtasks: u32 = sorted.map(|vertex| graph.vertices[vertex].parallelism).sum();
        let SortSettings { memory, directory } = self.job.settings.sort.clone();
        Some((sorting, SortSettings { memory: memory / subtasks.max(1) as usize, directory }))
    }

    fn node(&mut self, operator: &ChainedOperator) -> Result<ChainNode> {
        let located = |e: Error, b: &Self| e.located(&operator.node.name, b.parts.id.subtask, b.vertex.parallelism);
        let built = self.operator(operator).map_err(|e| located(e, self))?;
        let (main, side) = self.outputs(operator).map_err(|e| located(e, self))?;
        let identity = OperatorIdentity {
            uid_hash: operator.id.to_string(),
            name: operator.node.name.clone(),
            subtask: self.parts.id.subtask,
            parallelism: self.vertex.parallelism,
        };
        let several = main.len() > 1 && !self.lanes.emits_columns(operator.node.id);
        let mut node = ChainNode::new(identity, built, main, side, &self.metrics(operator));
        if self.job.settings.latency.interval_ms > 0 {
            node = node.measuring(self.latency(operator));
        }
        if !several || self.job.settings.object_reuse {
            return Ok(node);
        }
        Ok(node.isolating(self.channel_codec(operator, None)?))
    }

    fn source(&self, operator: &ChainedOperator) -> Result<Arc<dyn Source>> {
        self.job
            .sources
            .get(&operator.node.id)
            .cloned()
            .ok_or_else(|| Error::internal(format!("no source for {}", operator.node.name)))
    }

    fn reader_context(&self, operator: &ChainedOperator) -> penstock_core::source::ReaderContext {
        let signal = self.parts.mailbox.signal().clone();
        penstock_core::source::ReaderContext {
            subtask: self.parts.id.subtask,
            parallelism: self.vertex.parallelism,
            wake: Arc::new(move || signal.wake()),
            io: self.job.io.clone(),
            metrics: self.metrics(operator),
        }
    }

    fn info(&self, operator: &ChainedOperator) -> TaskInfo {
        TaskInfo {
            operator_name: operator.node.name.clone(),
            task_name: self.vertex.name.clone(),
            subtask: self.parts.id.subtask,
            parallelism: self.vertex.parallelism,
            max_parallelism: self.vertex.max_parallelism,
            attempt: self.parts.id.attempt,
            job_id: self.job.job_id.clone(),
            job_parameters: Arc::clone(&self.job.settings.job_parameters),
        }
    }

    fn metrics(&self, operator: &ChainedOperator) -> MetricGroup {
        self.metrics_in(self.vertex, operator)
    }

    fn metrics_in(&self, vertex: &JobVertex, operator: &ChainedOperator) -> MetricGroup {
        MetricGroup::new(
            &self.job.metrics,
            [
                ("job_id", self.job.job_id.clone()),
                ("job_name", self.job.job_name.clone()),
                ("task_id", vertex.id.to_string()),
                ("task_name", vertex.name.clone()),
                ("operator_id", operator.id.to_string()),
                ("operator_name", operator.node.display_name()),
                ("subtask_index", self.parts.id.subtask.to_string()),
                ("task_attempt_num", self.parts.id.attempt.to_string()),
            ],
        )
    }

    fn latency(&self, operator: &ChainedOperator) -> LatencyStats {
        let job = [("job_id", self.job.job_id.clone()), ("job_name", self.job.job_name.clone())];
        let job = MetricGroup::new(&self.job.metrics, job);
        let (subtask, clock) = (self.parts.id.subtask, self.job.clock.clone());
        LatencyStats::new(self.job.settings.latency, &job, operator.id.to_string(), subtask, clock)
    }

    fn restored(&mut self, operator: &ChainedOperator) -> RestoredOperator {
        self.parts.restored.remove(&operator.id.to_string()).unwrap_or_default()
    }
}
