//! What has to hold of a stream graph before anything is made of it.

use penstock_core::{Error, Result};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::stream_graph::{FunctionShape, Operator, Partitioner, StreamGraph, StreamNode};

/// The nodes of a graph that was found to be sound.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Indexes of the nodes, every one after its inputs, otherwise in the order of the script.
    pub order: Vec<usize>,
    /// Index of each stream node.
    pub index_of: HashMap<u32, usize>,
}

pub(crate) fn check(graph: &StreamGraph) -> Result<Checked> {
    if graph.nodes.is_empty() {
        return Err(Error::invalid(
            "the job has no operators: nothing to execute. Add a source and a sink before execute()",
        ));
    }
    let index_of = index_nodes(graph)?;
    for node in &graph.nodes {
        check_node(node, graph, &index_of)?;
    }
    Ok(Checked { order: sort(graph, &index_of)?, index_of })
}

fn index_nodes(graph: &StreamGraph) -> Result<HashMap<u32, usize>> {
    let mut index_of = HashMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        if index_of.insert(node.id, index).is_some() {
            return Err(Error::internal(format!("the stream graph has two nodes with the id {}", node.id)));
        }
    }
    Ok(index_of)
}

fn check_node(node: &StreamNode, graph: &StreamGraph, index_of: &HashMap<u32, usize>) -> Result<()> {
    if node.parallelism == 0 {
        return Err(Error::invalid(format!("operator '{}' has parallelism 0: it must be at least 1", node.name)));
    }
    if let Some(max) = node.max_parallelism
        && (max < node.parallelism || max > 32_768)
    {
        return Err(Error::invalid(format!(
            "operator '{}' has maximum parallelism {max} and parallelism {}: the maximum must be at least the \
             parallelism and at most 32768",
            node.name, node.parallelism
        )));
    }
    for edge in &node.inputs {
        let Some(&source) = index_of.get(&edge.node) else {
            return Err(Error::internal(format!(
                "operator '{}' reads node {}, which does not exist",
                node.name, edge.node
            )));
        };
        if matches!(graph.nodes[source].operator, Operator::Sink { .. }) {
            return Err(Error::internal(format!("operator '{}' reads from a sink, node {}", node.name, edge.node)));
        }
    }
    check_inputs(node)?;
    check_keyed(node)
}

/// Sources have no inputs, everything else has each of its inputs at least once.
fn check_inputs(node: &StreamNode) -> Result<()> {
    let inputs = input_count(&node.operator);
    if let Some(edge) = node.inputs.iter().find(|edge| edge.input >= inputs) {
        return Err(Error::internal(format!("operator '{}' has no input {}", node.name, edge.input)));
    }
    match (0..inputs).find(|input| node.inputs.iter().all(|edge| edge.input != *input)) {
        Some(input) => {
            Err(Error::internal(format!("nothing is connected to input {input} of operator '{}'", node.name)))
        }
        None => Ok(()),
    }
}

/// How many inputs an operator has.
fn input_count(operator: &Operator) -> u32 {
    match operator {
        Operator::Source { .. } => 0,
        Operator::Function { shape, .. } => match shape {
            FunctionShape::CoMap
            | FunctionShape::CoFlatMap
            | FunctionShape::CoProcess
            | FunctionShape::BroadcastProcess => 2,
            FunctionShape::Map
            | FunctionShape::FlatMap
            | FunctionShape::Filter
            | FunctionShape::Process
            | FunctionShape::Reduce
            | FunctionShape::Window => 1,
        },
        Operator::IntervalJoin { .. } => 2,
        Operator::AsyncWait { .. } | Operator::Batches { .. } | Operator::Watermarks { .. } | Operator::Sink { .. } => {
            1
        }
    }
}

/// A keyed operator reads by key on every input but a broadcast one.
fn check_keyed(node: &StreamNode) -> Result<()> {
    let Operator::Function { shape, keyed, window, .. } = &node.operator else { return Ok(()) };
    if matches!(shape, FunctionShape::Reduce | FunctionShape::Window) && !keyed {
        return Err(Error::internal(format!("operator '{}' is of a kind that needs a key, and has none", node.name)));
    }
    if (*shape == FunctionShape::Window) != window.is_some() {
        return Err(Error::internal(format!("operator '{}' does not say which windows it has", node.name)));
    }
    let broadcast_input = |input: u32| *shape == FunctionShape::BroadcastProcess && input == 1;
    let unkeyed = node
        .inputs
        .iter()
        .find(|edge| *keyed && !broadcast_input(edge.input) && !matches!(edge.partitioner, Partitioner::Hash { .. }));
    if let Some(edge) = unkeyed {
        return Err(Error::invalid(format!(
            "operator '{}' is keyed, but its input {} is not partitioned by a key: call key_by() directly before it",
            node.name, edge.input
        )));
    }
    match node.inputs.iter().find(|edge| broadcast_input(edge.input) && edge.partitioner != Partitioner::Broadcast) {
        Some(_) => {
            Err(Error::invalid(format!("the second input of operator '{}' is not a broadcast stream", node.name)))
        }
        None => Ok(()),
    }
}

/// Every node after its inputs; among those that are free, in the order of the script.
fn sort(graph: &StreamGraph, index_of: &HashMap<u32, usize>) -> Result<Vec<usize>> {
    let mut waiting: Vec<usize> = graph.nodes.iter().map(|node| node.inputs.len()).collect();
    let mut consumers: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        for edge in &node.inputs {
            consumers[index_of[&edge.node]].push(index);
        }
    }
    let mut free: BinaryHeap<_> = (0..graph.nodes.len()).filter(|&node| waiting[node] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(graph.nodes.len());
    while let Some(Reverse(node)) = free.pop() {
        order.push(node);
        for &consumer in &consumers[node] {
            waiting[consumer] -= 1;
            if waiting[consumer] == 0 {
                free.push(Reverse(consumer));
            }
        }
    }
    match waiting.iter().position(|&inputs| inputs > 0) {
        None => Ok(order),
        Some(node) => Err(Error::invalid(format!(
            "operator '{}' takes part in a cycle: iterations are not supported",
            graph.nodes[node].name
        ))),
    }
}
