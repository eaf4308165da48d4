//! Stream graphs in few words, and job graphs as text.

#![allow(clippy::needless_pass_by_value, reason = "`json!(...)` reads best as an argument")]

use penstock_core::Configuration;
use penstock_plan::{ChainedOperator, JobGraph, JobVertex, Output, OutputTarget, StreamEdge, StreamGraph, StreamNode};
use serde_json::{Value, json};

/// A node with parallelism 2.
pub fn node(id: u32, name: &str, inputs: &[StreamEdge], operator: Value) -> StreamNode {
    let mut node: StreamNode =
        serde_json::from_value(json!({"id": id, "name": name, "parallelism": 2, "operator": operator}))
            .expect("a node");
    node.inputs = inputs.to_vec();
    node
}

pub fn source(id: u32, name: &str) -> StreamNode {
    node(id, name, &[], json!({"kind": "source", "connector": "sequence", "decoder": {"kind": "long"}}))
}

pub fn map(id: u32, name: &str, inputs: &[StreamEdge]) -> StreamNode {
    function(id, name, "map", inputs)
}

pub fn function(id: u32, name: &str, shape: &str, inputs: &[StreamEdge]) -> StreamNode {
    node(id, name, inputs, json!({"kind": "function", "function": format!("function:{id}"), "shape": shape}))
}

/// A keyed process function.
pub fn keyed(id: u32, name: &str, inputs: &[StreamEdge]) -> StreamNode {
    let operator = json!({"kind": "function", "function": format!("function:{id}"), "shape": "process", "keyed": true});
    node(id, name, inputs, operator)
}

pub fn print(id: u32, inputs: &[StreamEdge]) -> StreamNode {
    node(id, "Print to Std. Out", inputs, json!({"kind": "sink", "connector": "print"}))
}

/// An edge that is forward unless said otherwise.
pub fn from(id: u32) -> StreamEdge {
    by(id, json!({"kind": "forward"}))
}

pub fn by_key(id: u32) -> StreamEdge {
    by(id, json!({"kind": "hash", "selector": "selector:1"}))
}

pub fn by(id: u32, partitioner: Value) -> StreamEdge {
    serde_json::from_value(json!({"node": id, "partitioner": partitioner})).expect("an edge")
}

/// The same edge to the second input.
pub fn second(edge: StreamEdge) -> StreamEdge {
    StreamEdge { input: 1, ..edge }
}

/// The same edge from a side output.
pub fn side(tag: &str, edge: StreamEdge) -> StreamEdge {
    StreamEdge { side: Some(tag.to_owned()), ..edge }
}

pub fn graph(nodes: Vec<StreamNode>) -> StreamGraph {
    StreamGraph { nodes }
}

/// Changes a node in place.
pub fn with(mut node: StreamNode, change: impl FnOnce(&mut StreamNode)) -> StreamNode {
    change(&mut node);
    node
}

pub fn config(entries: &[(&str, &str)]) -> Configuration {
    entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

pub fn build(nodes: Vec<StreamNode>) -> JobGraph {
    JobGraph::build(&graph(nodes), &Configuration::default()).expect("a job graph")
}

pub fn error(nodes: Vec<StreamNode>, entries: &[(&str, &str)]) -> String {
    JobGraph::build(&graph(nodes), &config(entries)).expect_err("invalid").to_string()
}

/// One line per vertex, and below it one per output that crosses tasks or is a side output.
pub fn text(job: &JobGraph) -> String {
    let mut lines = Vec::new();
    for (index, vertex) in job.vertices.iter().enumerate() {
        lines.push(format!("{index}: {} x{}", vertex.name, vertex.parallelism));
        for operator in &vertex.operators {
            lines.extend(operator.outputs.iter().filter_map(|output| output_text(job, vertex, operator, output)));
        }
    }
    lines.join("\n")
}

fn output_text(job: &JobGraph, vertex: &JobVertex, operator: &ChainedOperator, output: &Output) -> Option<String> {
    let side = output.side.as_ref().map(|side| format!("[{side}]")).unwrap_or_default();
    let name = &operator.node.name;
    match output.target {
        OutputTarget::Chained(_) if side.is_empty() => None,
        OutputTarget::Chained(child) => Some(format!("   {name}{side} calls {}", vertex.operators[child].node.name)),
        OutputTarget::Edge(edge) => {
            let edge = &job.edges[edge];
            let strategy = edge.partitioner.ship_strategy();
            Some(format!("   {name}{side} {strategy} {}.{}", edge.target_vertex, edge.input))
        }
    }
}
