//! Pipelined regions: subtasks that are connected by channels, in whichever direction, are one. What fails in a region
//! takes nothing away from the others.
//!
//! ```
//! use penstock_plan::{Channel, ExecutionGraph, Regions, Subtask};
//! // Two subtasks that feed one each.
//! let sends = |index, channel| Subtask { vertex: 0, index, inputs: vec![], outputs: vec![channel] };
//! let gets = |index, channel| Subtask { vertex: 1, index, inputs: vec![channel], outputs: vec![] };
//! let graph = ExecutionGraph {
//!     subtasks: vec![sends(0, 0), sends(1, 1), gets(0, 0), gets(1, 1)],
//!     channels: vec![Channel { edge: 0, source: 0, target: 2 }, Channel { edge: 0, source: 1, target: 3 }],
//! };
//! let regions = Regions::pipelined(&graph);
//! assert_eq!(regions.of, [0, 1, 0, 1]);
//! assert_eq!(regions.members(1).collect::<Vec<_>>(), [1, 3]);
//! assert_eq!(Regions::whole(&graph).of, [0, 0, 0, 0]);
//! ```

use crate::execution_graph::ExecutionGraph;

/// Which subtasks start again together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    /// The region of each subtask, in the order of [`ExecutionGraph::subtasks`]. Regions have numbers from 0, by their
    /// first subtasks.
    pub of: Vec<usize>,
    /// How many regions there are.
    pub count: usize,
}

impl Regions {
    /// The connected parts of a graph. No channel here is blocking, so that every one connects.
    #[must_use]
    pub fn pipelined(graph: &ExecutionGraph) -> Self {
        let mut of = vec![usize::MAX; graph.subtasks.len()];
        let mut count = 0;
        for first in 0..of.len() {
            if of[first] == usize::MAX {
                mark(graph, first, count, &mut of);
                count += 1;
            }
        }
        Self { of, count }
    }

    /// Everything as one region.
    #[must_use]
    pub fn whole(graph: &ExecutionGraph) -> Self {
        Self { of: vec![0; graph.subtasks.len()], count: usize::from(!graph.subtasks.is_empty()) }
    }

    /// The subtasks of a region, in order.
    pub fn members(&self, region: usize) -> impl Iterator<Item = usize> {
        self.of.iter().enumerate().filter(move |(_, of)| **of == region).map(|(subtask, _)| subtask)
    }

    /// All regions.
    #[must_use]
    pub fn all(&self) -> Vec<usize> {
        (0..self.count).collect()
    }
}

/// Marks what can be reached from a subtask.
fn mark(graph: &ExecutionGraph, first: usize, region: usize, of: &mut [usize]) {
    let mut next = vec![first];
    while let Some(subtask) = next.pop() {
        if std::mem::replace(&mut of[subtask], region) == region {
            continue;
        }
        let subtask = &graph.subtasks[subtask];
        next.extend(subtask.outputs.iter().map(|channel| graph.channels[*channel].target));
        next.extend(subtask.inputs.iter().map(|channel| graph.channels[*channel].source));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job_graph::JobGraph;
    use penstock_core::Configuration;

    /// Parallelism, and what it reads from.
    type Vertex<'a> = (u32, &'a [(u32, &'a str)]);

    /// The regions of vertices of which each reads from the ones that are named, by subtask.
    fn regions(vertices: &[Vertex<'_>]) -> Vec<usize> {
        let node = |(index, (parallelism, inputs)): (usize, &Vertex<'_>)| {
            let input = |(node, partitioner): &(u32, &str)| {
                format!(r#"{{"node": {node}, "partitioner": {{"kind": "{partitioner}"}}}}"#)
            };
            let operator = if inputs.is_empty() {
                r#"{"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 2}, "decoder": {"kind": "long"}}"#
            } else {
                r#"{"kind": "function", "function": "f", "shape": "map"}"#
            };
            let inputs: Vec<String> = inputs.iter().map(input).collect();
            format!(
                r#"{{"id": {0}, "name": "n{0}", "parallelism": {parallelism}, "inputs": [{1}], "operator": {operator}}}"#,
                index + 1,
                inputs.join(", ")
            )
        };
        let nodes: Vec<String> = vertices.iter().enumerate().map(node).collect();
        let json = format!(r#"{{"nodes": [{}]}}"#, nodes.join(", "));
        let job = JobGraph::build(&serde_json::from_str(&json).unwrap(), &Configuration::default()).unwrap();
        Regions::pipelined(&ExecutionGraph::new(&job)).of
    }

    #[test]
    fn a_subtask_that_only_forwards_has_a_region_of_its_own() {
        assert_eq!(regions(&[(3, &[]), (3, &[(1, "rescale")])]), [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn whoever_sends_to_everybody_connects_all() {
        assert_eq!(regions(&[(2, &[]), (3, &[(1, "rebalance")])]), [0; 5]);
    }

    #[test]
    fn pipelines_without_a_common_part_are_apart() {
        let two = regions(&[(2, &[]), (2, &[]), (1, &[(1, "rebalance")]), (2, &[(2, "rescale")])]);
        assert_eq!(two, [0, 0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn what_two_pipelines_feed_makes_them_one() {
        assert_eq!(regions(&[(1, &[]), (2, &[]), (1, &[(1, "rebalance"), (2, "rebalance")])]), [0; 4]);
    }
}
