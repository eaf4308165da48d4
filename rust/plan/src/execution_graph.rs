//! The execution graph: the subtasks of a job and the channels between them, as plain data.
//!
//! ```
//! use penstock_plan::pointwise;
//! // Two subtasks feed five: the first feeds 0 to 2, the second 3 and 4.
//! assert_eq!(pointwise(2, 5), [(0, 0), (0, 1), (0, 2), (1, 3), (1, 4)]);
//! // Five feed two.
//! assert_eq!(pointwise(5, 2), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1)]);
//! ```

use serde::{Deserialize, Serialize};

use crate::job_graph::{JobEdge, JobGraph};
use crate::stream_graph::Partitioner;

/// Subtasks and channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionGraph {
    /// All subtasks, by vertex and then by index.
    pub subtasks: Vec<Subtask>,
    /// All channels, by edge, then by sender, then by receiver.
    pub channels: Vec<Channel>,
}

/// One of the parallel instances of a vertex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtask {
    /// Index of the vertex in the job graph.
    pub vertex: usize,
    /// Index among the vertex's subtasks, from 0.
    pub index: u32,
    /// Channels it reads, by input edge and then by sender: indexes in [`ExecutionGraph::channels`].
    pub inputs: Vec<usize>,
    /// Channels it writes, by edge and then by receiver. A partitioner chooses among those of one edge.
    pub outputs: Vec<usize>,
}

/// What one subtask sends to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Index of the edge in the job graph.
    pub edge: usize,
    /// The sender: index in [`ExecutionGraph::subtasks`].
    pub source: usize,
    /// The receiver: index in [`ExecutionGraph::subtasks`].
    pub target: usize,
}

impl ExecutionGraph {
    /// Lays out the subtasks of a job.
    #[must_use]
    pub fn new(job: &JobGraph) -> Self {
        let mut subtasks: Vec<Subtask> = Vec::new();
        let mut first_of = Vec::new();
        for (vertex, job_vertex) in job.vertices.iter().enumerate() {
            first_of.push(subtasks.len());
            let parallel =
                (0..job_vertex.parallelism).map(|index| Subtask { vertex, index, inputs: vec![], outputs: vec![] });
            subtasks.extend(parallel);
        }
        let mut channels = Vec::new();
        for (index, edge) in job.edges.iter().enumerate() {
            let parallelism = |vertex: usize| job.vertices[vertex].parallelism;
            for (from, to) in connections(edge, parallelism(edge.source_vertex), parallelism(edge.target_vertex)) {
                let source = first_of[edge.source_vertex] + from as usize;
                let target = first_of[edge.target_vertex] + to as usize;
                subtasks[source].outputs.push(channels.len());
                subtasks[target].inputs.push(channels.len());
                channels.push(Channel { edge: index, source, target });
            }
        }
        Self { subtasks, channels }
    }
}

/// Which subtasks an edge connects, ordered by sender and receiver.
#[must_use]
pub fn connections(edge: &JobEdge, sources: u32, targets: u32) -> Vec<(u32, u32)> {
    match edge.partitioner {
        Partitioner::Forward { .. } | Partitioner::Rescale => pointwise(sources, targets),
        _ => (0..sources).flat_map(|source| (0..targets).map(move |target| (source, target))).collect(),
    }
}

/// Connects each subtask with as few of the other side as possible: contiguous shares, as even as they can be.
#[must_use]
pub fn pointwise(sources: u32, targets: u32) -> Vec<(u32, u32)> {
    let (s, t) = (u64::from(sources), u64::from(targets));
    let pairs = |source: u64| {
        let (first, last) = if s >= t {
            // Target i takes the sources from i·s/t up to (i+1)·s/t, so this source has one target.
            let target = ((source + 1) * t - 1) / s;
            (target, target + 1)
        } else {
            ((source * t).div_ceil(s), ((source + 1) * t).div_ceil(s))
        };
        (first..last).map(move |target| (source as u32, target as u32))
    };
    (0..s).flat_map(pairs).collect()
}
