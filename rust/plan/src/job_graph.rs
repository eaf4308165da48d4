//! The job graph: what runs as one task is one vertex, a tree of operators that call each other; what crosses tasks is
//! an edge.
//!
//! ```
//! use penstock_core::Configuration;
//! use penstock_plan::{JobGraph, StreamGraph};
//! let graph: StreamGraph = serde_json::from_str(r#"{"nodes": [
//!   {"id": 1, "name": "Source: numbers", "parallelism": 1,
//!    "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 10}, "decoder": {"kind": "long"}}},
//!   {"id": 2, "name": "Print to Std. Out", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
//!    "operator": {"kind": "sink", "connector": "print"}}
//! ]}"#).unwrap();
//! let job = JobGraph::build(&graph, &Configuration::default()).unwrap();
//! assert_eq!(job.vertices[0].name, "Source: numbers -> Sink: Print to Std. Out");
//! assert!(job.edges.is_empty());
//! ```

use penstock_core::config::RuntimeMode;
use penstock_core::{Configuration, Result};
use serde::{Deserialize, Serialize};

use crate::chaining;
use crate::stream_graph::{Partitioner, StreamGraph, StreamNode};
use crate::uid::OperatorId;

/// A job as tasks and the edges between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobGraph {
    /// `Streaming` or `Batch`; `Automatic` has been decided.
    pub mode: RuntimeMode,
    /// The tasks, every one after those it reads from.
    pub vertices: Vec<JobVertex>,
    /// The edges between tasks. A target's edges are in the order of its inputs, a source's in the order of the script.
    pub edges: Vec<JobEdge>,
}

/// Operators that run in one thread per subtask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobVertex {
    /// Id of its head.
    pub id: OperatorId,
    /// `Source: numbers -> Map -> (Filter, Sink: Print to Std. Out)`.
    pub name: String,
    /// The descriptions of its operators as a tree, in the form that Flink's REST API has them (`<br/>` ends a line).
    pub description: String,
    /// Number of subtasks.
    pub parallelism: u32,
    /// Number of key groups.
    pub max_parallelism: u32,
    /// Whether the user gave the number of key groups; otherwise a restored snapshot's number is taken.
    pub max_parallelism_is_set: bool,
    /// Subtasks of one group may share a slot.
    pub slot_sharing_group: String,
    /// The tree of its operators, depth first. The first is the head: a source, or the one that reads the vertex's
    /// edges. Every operator comes before those that it calls.
    pub operators: Vec<ChainedOperator>,
}

/// An operator of a vertex with those that it calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainedOperator {
    /// Under which its state is found again.
    pub id: OperatorId,
    /// What it is. Its `inputs` are those of the script; what it really reads is in [`Output`]s and [`JobEdge`]s.
    pub node: StreamNode,
    /// Where its results go, in the order of the script.
    pub outputs: Vec<Output>,
}

/// One consumer of an operator's results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The side output it takes; absent: the main output.
    pub side: Option<String>,
    /// Which input of the consumer it feeds. Always 0 for a chained operator.
    pub input: u32,
    /// The consumer.
    pub target: OutputTarget,
}

/// Who takes results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputTarget {
    /// An operator of the same vertex, by its index in [`JobVertex::operators`]; it is called.
    Chained(usize),
    /// Another vertex, through the edge of this index in [`JobGraph::edges`].
    Edge(usize),
}

/// What one vertex sends to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobEdge {
    /// Index of the sending vertex.
    pub source_vertex: usize,
    /// Stream node of the sending operator within it.
    pub source_node: u32,
    /// The side output; absent: the main output.
    pub side: Option<String>,
    /// Index of the receiving vertex.
    pub target_vertex: usize,
    /// Stream node of the receiving operator, always the vertex's head.
    pub target_node: u32,
    /// Which input of the head it feeds. Several edges with the same input are a union.
    pub input: u32,
    /// How records find their subtask. `Forward` only between equal parallelisms.
    pub partitioner: Partitioner,
}

impl JobGraph {
    /// Checks a stream graph and makes tasks of it.
    pub fn build(graph: &StreamGraph, config: &Configuration) -> Result<Self> {
        chaining::build(graph, config)
    }

    /// The edges that a vertex reads, with their indexes, in the order of its inputs.
    pub fn inputs_of(&self, vertex: usize) -> impl Iterator<Item = (usize, &JobEdge)> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.target_vertex == vertex)
    }

    /// The edges that a vertex writes, with their indexes.
    pub fn outputs_of(&self, vertex: usize) -> impl Iterator<Item = (usize, &JobEdge)> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.source_vertex == vertex)
    }
}

impl JobVertex {
    /// The first operator.
    #[must_use]
    pub fn head(&self) -> &ChainedOperator {
        &self.operators[0]
    }

    /// The operators that an operator calls, in order, by their indexes.
    pub fn children_of(&self, operator: usize) -> impl Iterator<Item = usize> {
        self.operators[operator].outputs.iter().filter_map(|output| match output.target {
            OutputTarget::Chained(child) => Some(child),
            OutputTarget::Edge(_) => None,
        })
    }
}
