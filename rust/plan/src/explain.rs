//! Plans as JSON: what `get_execution_plan()` returns, and what the REST API shows of a job.

use penstock_core::{Configuration, Result};
use serde_json::{Value, json};

use crate::job_graph::JobGraph;
use crate::stream_graph::{Operator, Partitioner, StreamGraph, StreamNode};

/// The stream graph as the JSON text of `get_execution_plan()`: `{"nodes": [...]}`, one node per operator, sinks last.
/// The job is checked on the way, so that what cannot run cannot be explained either.
pub fn execution_plan(graph: &StreamGraph, config: &Configuration) -> Result<String> {
    JobGraph::build(graph, config)?;
    let (sinks, others): (Vec<_>, Vec<_>) =
        graph.nodes.iter().partition(|node| matches!(node.operator, Operator::Sink { .. }));
    let nodes: Vec<_> = others.into_iter().chain(sinks).map(|node| plan_node(graph, node)).collect();
    Ok(json!({ "nodes": nodes }).to_string())
}

fn plan_node(graph: &StreamGraph, node: &StreamNode) -> Value {
    let pact = match node.operator {
        Operator::Source { .. } => "Data Source",
        Operator::Sink { .. } => "Data Sink",
        Operator::Function { .. }
        | Operator::Batches { .. }
        | Operator::AsyncWait { .. }
        | Operator::IntervalJoin { .. }
        | Operator::Watermarks { .. } => "Operator",
    };
    let mut plan = json!({
        "id": node.id,
        "type": node.display_name(),
        "pact": pact,
        "contents": node.display_description(),
        "parallelism": node.parallelism,
    });
    if !node.inputs.is_empty() {
        let parallelism_of = |id: u32| graph.nodes.iter().find(|n| n.id == id).map_or(0, |n| n.parallelism);
        let predecessors: Vec<_> = node
            .inputs
            .iter()
            .map(|edge| {
                let widened = matches!(edge.partitioner, Partitioner::Forward { .. })
                    && parallelism_of(edge.node) != node.parallelism;
                let ship_strategy =
                    if widened { Partitioner::Rebalance.ship_strategy() } else { edge.partitioner.ship_strategy() };
                // Flink says "second" of every predecessor, and who reads its plans expects the word.
                json!({"id": edge.node, "ship_strategy": ship_strategy, "side": "second"})
            })
            .collect();
        plan["predecessors"] = predecessors.into();
    }
    plan
}

/// The job graph as the REST API has it under `plan`, the last task first.
#[must_use]
pub fn rest_plan(job: &JobGraph, job_id: &str, job_name: &str) -> Value {
    let nodes: Vec<_> = (0..job.vertices.len()).rev().map(|vertex| rest_node(job, vertex)).collect();
    let job_type = job.mode.as_str();
    json!({"jid": job_id, "name": job_name, "type": job_type, "nodes": nodes})
}

fn rest_node(job: &JobGraph, index: usize) -> Value {
    let vertex = &job.vertices[index];
    let mut node = json!({
        "id": vertex.id,
        "parallelism": vertex.parallelism,
        "operator": "",
        "operator_strategy": "",
        "description": vertex.description,
        "optimizer_properties": {},
    });
    let inputs: Vec<_> = job
        .inputs_of(index)
        .enumerate()
        .map(|(num, (_, edge))| {
            json!({
                "num": num,
                "id": job.vertices[edge.source_vertex].id,
                "ship_strategy": edge.partitioner.ship_strategy(),
                "exchange": "pipelined_bounded",
            })
        })
        .collect();
    if !inputs.is_empty() {
        node["inputs"] = inputs.into();
    }
    node
}
