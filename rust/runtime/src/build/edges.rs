//! How an edge is called, so that what was on its way over it finds it again.

use penstock_plan::{JobEdge, JobGraph, Partitioner};
use penstock_state::EdgeName;

use super::outputs::output_type;

/// The name of an edge of a job graph; `None`: there is no such edge.
#[must_use]
pub fn edge_name(graph: &JobGraph, index: usize) -> Option<EdgeName> {
    let edge = graph.edges.get(index)?;
    let mut name = name_of(graph, edge)?;
    let before = graph.edges[..index].iter().filter(|other| other.target_vertex == edge.target_vertex);
    name.number = before.filter(|other| name_of(graph, other).as_ref() == Some(&name)).count() as u32;
    Some(name)
}

fn name_of(graph: &JobGraph, edge: &JobEdge) -> Option<EdgeName> {
    let sender = graph.vertices.get(edge.source_vertex)?.operators.iter().find(|o| o.node.id == edge.source_node)?;
    let declared = output_type(sender, edge.side.as_deref()).map(ToString::to_string).unwrap_or_default();
    let exchange = match &edge.partitioner {
        Partitioner::Forward { .. } => "forward",
        Partitioner::Rebalance => "rebalance",
        Partitioner::Rescale => "rescale",
        Partitioner::Shuffle => "shuffle",
        Partitioner::Broadcast => "broadcast",
        Partitioner::Global => "global",
        Partitioner::Hash { .. } => "hash",
        Partitioner::Custom { .. } => "custom",
    };
    let (from, side) = (sender.id.to_string(), edge.side.clone());
    Some(EdgeName { from, side, input: edge.input, number: 0, exchange: exchange.to_owned(), declared })
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;
    use serde_json::json;

    #[test]
    fn equal_edges_are_told_apart_and_the_rest_is_in_the_name() {
        let graph = serde_json::from_value(json!({"nodes": [
            {"id": 1, "name": "numbers", "uid": "numbers", "parallelism": 1,
             "operator": {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": 9}, "decoder": {"kind": "long"}}},
            {"id": 2, "name": "out", "uid": "out", "parallelism": 2,
             "inputs": [{"node": 1, "partitioner": {"kind": "rebalance"}}, {"node": 1, "partitioner": {"kind": "rebalance"}},
                        {"node": 1, "partitioner": {"kind": "broadcast"}}],
             "operator": {"kind": "sink", "connector": "discard"}}]}))
        .unwrap();
        let job = JobGraph::build(&graph, &Configuration::default()).unwrap();
        let names: Vec<_> = (0..3).filter_map(|index| edge_name(&job, index)).collect();
        assert_eq!(names.iter().map(|name| name.number).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!(names[2].exchange, "broadcast");
        assert_eq!(names[0].from, job.vertices[0].operators[0].id.to_string());
        assert_eq!(edge_name(&job, 3), None);
    }
}
