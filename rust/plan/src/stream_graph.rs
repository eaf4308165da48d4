//! The stream graph: what a script has built, one node per transformation. The JSON form is the contract with the
//! Python package (`penstock._build`).
//!
//! ```
//! use penstock_plan::StreamGraph;
//! let graph: StreamGraph = serde_json::from_str(r#"{"nodes": [
//!   {"id": 1, "name": "Source: numbers", "parallelism": 1,
//!    "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 10}, "decoder": {"kind": "long"}}},
//!   {"id": 2, "name": "Print to Std. Out", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
//!    "operator": {"kind": "sink", "connector": "print"}}
//! ]}"#).unwrap();
//! assert_eq!(graph.nodes.len(), 2);
//! ```

use penstock_core::TypeInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A script's transformations, inputs before their consumers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamGraph {
    /// The transformations.
    pub nodes: Vec<StreamNode>,
}

/// One transformation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamNode {
    /// Unique in the graph; from 1, in the order of the calls in the script.
    pub id: u32,
    /// The operator's name.
    pub name: String,
    /// The user's uid.
    #[serde(default)]
    pub uid: Option<String>,
    /// The user's hash instead of one made from the uid (`set_uid_hash`).
    #[serde(default)]
    pub uid_hash: Option<String>,
    /// The user's description.
    #[serde(default)]
    pub description: Option<String>,
    /// Number of subtasks.
    pub parallelism: u32,
    /// Number of key groups, if the script says it.
    #[serde(default)]
    pub max_parallelism: Option<u32>,
    /// Whether the operator may be chained to its input.
    #[serde(default)]
    pub chaining: Chaining,
    /// How long its records may wait for their batch, in milliseconds, if the script says it; -1: until the batch is
    /// full.
    #[serde(default)]
    pub buffer_timeout_ms: Option<i64>,
    /// The user's slot sharing group.
    #[serde(default)]
    pub slot_sharing_group: Option<String>,
    /// Where its records come from; empty for sources.
    #[serde(default)]
    pub inputs: Vec<StreamEdge>,
    /// What it does.
    pub operator: Operator,
    /// Type of what it emits; absent for pickled objects.
    #[serde(default)]
    pub output_type: Option<TypeInfo>,
    /// Types of its side outputs by tag; an absent type is pickled.
    #[serde(default)]
    pub side_outputs: Vec<SideOutput>,
}

/// A side output that the operator may write to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideOutput {
    /// Id of the tag.
    pub tag: String,
    /// Declared type.
    #[serde(default)]
    pub output_type: Option<TypeInfo>,
}

/// Whether an operator joins its input's task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chaining {
    /// It may join its input, and others may join it.
    #[default]
    Always,
    /// It starts a task of its own; others may join it (`start_new_chain`).
    Head,
    /// It is alone in its task (`disable_chaining`).
    Never,
}

/// An input of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamEdge {
    /// The node that emits the records.
    pub node: u32,
    /// The side output to read; absent: the main output.
    #[serde(default)]
    pub side: Option<String>,
    /// 0 for the first input of a two-input operator and for everything else, 1 for the second input. Several edges
    /// with the same input index are a union.
    #[serde(default)]
    pub input: u32,
    /// How records find their subtask.
    pub partitioner: Partitioner,
}

/// How records find the subtask that takes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Partitioner {
    /// To the subtask of the same index. What `_build` writes when the script says nothing; with different
    /// parallelism on both sides it becomes `Rebalance`, unless `explicit`, which makes that an error.
    Forward {
        #[serde(default)]
        explicit: bool,
    },
    /// Round robin.
    Rebalance,
    /// Round robin within the subtasks that share a place.
    Rescale,
    /// Random.
    Shuffle,
    /// To every subtask.
    Broadcast,
    /// To the first subtask.
    Global,
    /// By key group. `selector` names a function of the functions blob, `key_type` is absent for pickled keys.
    Hash {
        selector: String,
        #[serde(default)]
        key_type: Option<TypeInfo>,
    },
    /// By the user's partitioner and key selector, both in the functions blob.
    Custom { partitioner: String, selector: String },
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operator {
    /// Reads records.
    Source {
        /// Name of the connector: `collection`, `sequence`, `file`, `kafka`.
        connector: String,
        /// The connector's own options.
        #[serde(default)]
        options: Value,
        /// How raw records become objects.
        decoder: Codec,
        /// The strategy given to `from_source`.
        #[serde(default)]
        watermarks: Option<WatermarkSpec>,
    },
    /// Calls user functions.
    Function {
        /// Name of the function in the functions blob.
        function: String,
        /// Which calls it has.
        shape: FunctionShape,
        /// Whether the operator has a key per record (the input is hash partitioned by a `key_by`).
        #[serde(default)]
        keyed: bool,
        /// Names and types of broadcast state (`MapStateDescriptor`s of `broadcast(...)`).
        #[serde(default)]
        broadcast_states: Vec<BroadcastStateSpec>,
    },
    /// Calls a user function for many records at once (`map_batches` and its kin).
    Batches {
        /// Name of the function in the functions blob.
        function: String,
        /// What becomes of its results.
        shape: BatchShape,
        /// In which form it takes a batch, in the words of `penstock.extensions`.
        form: String,
        /// Most records of a batch.
        batch_size: u32,
        /// How long the first record of a batch may wait for more, in milliseconds; 0: while more are at hand.
        max_wait_ms: u64,
    },
    /// `assign_timestamps_and_watermarks`.
    Watermarks {
        /// The strategy.
        strategy: WatermarkSpec,
    },
    /// Writes records.
    Sink {
        /// Name of the connector: `print`, `kafka`, `file`, `collect`, `discard`.
        connector: String,
        /// The connector's own options.
        #[serde(default)]
        options: Value,
        /// How objects become raw records; absent where the connector takes objects (`print`, `collect`, `discard`).
        #[serde(default)]
        encoder: Option<Codec>,
    },
}

/// The calls that a function operator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionShape {
    /// One result for each record.
    Map,
    /// Any number of results.
    FlatMap,
    /// Keeps or drops.
    Filter,
    /// A (keyed) process function: results, side outputs, timers.
    Process,
    /// Keyed: combines with what is there, and emits the new value (in BATCH: once per key, at the end).
    Reduce,
    /// Two inputs, one result each.
    CoMap,
    /// Two inputs, any number of results.
    CoFlatMap,
    /// Two inputs, a (keyed) co-process function.
    CoProcess,
    /// Input 0 is processed, input 1 is broadcast.
    BroadcastProcess,
}

/// What becomes of the results of a function of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchShape {
    /// One value for each record.
    Map,
    /// Tells of each record whether it stays.
    Filter,
    /// Values, and which record each comes of.
    FlatMap,
}

impl BatchShape {
    /// The method of a stream that it comes from. Ids of operators depend on these words: they may never change.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Map => "map_batches",
            Self::Filter => "filter_batches",
            Self::FlatMap => "flat_map_batches",
        }
    }
}

/// A broadcast state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BroadcastStateSpec {
    /// Name of the descriptor.
    pub name: String,
    /// Type of its keys; absent: pickled.
    #[serde(default)]
    pub key_type: Option<TypeInfo>,
    /// Type of its values; absent: pickled.
    #[serde(default)]
    pub value_type: Option<TypeInfo>,
}

/// How raw records become objects and the other way round. Python code knows more kinds than the engine does:
/// `function` names a (de)serialisation schema of the functions blob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Codec {
    /// UTF-8 text, a `str`.
    Utf8,
    /// The bytes as they are.
    Bytes,
    /// An `Int64` column, an `int`.
    Long,
    /// One pickle a record.
    Pickle,
    /// A struct of columns, a `Row`.
    Rows,
    /// A struct of columns, a `dict`.
    Dicts,
    /// An Avro datum of this schema (JSON): what bulk formats take.
    Avro { schema: String },
    /// A Python schema object: `deserialize(bytes) -> value` or, for sinks, the record serialiser described in
    /// `penstock._runtime.serialization`.
    Function { function: String },
    /// A Kafka record from parts; each part is a codec, `topic` is fixed or a selector function.
    Record {
        #[serde(default)]
        topic: Option<String>,
        #[serde(default)]
        topic_selector: Option<String>,
        #[serde(default)]
        key: Option<Box<Codec>>,
        value: Box<Codec>,
        #[serde(default)]
        headers: Option<String>,
    },
}

/// A watermark strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatermarkSpec {
    /// How watermarks follow from timestamps.
    pub generator: WatermarkGenerator,
    /// A `TimestampAssigner` of the functions blob.
    #[serde(default)]
    pub assigner: Option<String>,
    /// After how long without a record an input no longer holds the watermark back, in milliseconds.
    #[serde(default)]
    pub idleness_ms: Option<u64>,
    /// Watermark alignment.
    #[serde(default)]
    pub alignment: Option<Alignment>,
}

/// Kinds of watermark generators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WatermarkGenerator {
    /// None.
    None,
    /// Timestamps only grow.
    Monotonous,
    /// Records are late by at most so many milliseconds.
    BoundedOutOfOrderness { millis: i64 },
}

/// Keeps sources from running ahead of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alignment {
    /// Sources of one group are aligned.
    pub group: String,
    /// How far a source may be ahead of the slowest, in milliseconds.
    pub max_drift_ms: u64,
    /// How often the watermarks are compared, in milliseconds.
    pub update_interval_ms: u64,
}
