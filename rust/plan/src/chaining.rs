//! From the stream graph to the job graph: which operators share a task.
//!
//! An operator joins the task of its input if that is its only input, records stay on their subtask (forward), both have
//! the same parallelism and slot sharing group, and neither asked to be apart.

use penstock_core::config::options;
use penstock_core::key_group::default_max_parallelism;
use penstock_core::{Configuration, Error, Result};
use std::collections::HashMap;

use crate::job_graph::{ChainedOperator, JobEdge, JobGraph, JobVertex, Output, OutputTarget};
use crate::names;
use crate::stream_graph::{Chaining, Partitioner, StreamEdge, StreamGraph, StreamNode};
use crate::uid::{self, OperatorId};
use crate::validate::{self, Checked};

/// The slot sharing group of whoever has no other.
const DEFAULT_GROUP: &str = "default";

pub(crate) fn build(graph: &StreamGraph, config: &Configuration) -> Result<JobGraph> {
    let mode = graph.runtime_mode(config)?;
    let checked = validate::check(graph)?;
    let ids = uid::assign(graph, &checked.order)?;
    let mut builder = Builder::new(graph, config, &checked, ids)?;
    for &node in &checked.order {
        if builder.joined[node].is_none() {
            builder.add_vertex(node)?;
        }
    }
    builder.connect();
    Ok(JobGraph { mode, vertices: builder.vertices, edges: builder.edges })
}

/// An edge of the stream graph, its partitioner decided.
struct Link<'a> {
    source: usize,
    target: usize,
    edge: &'a StreamEdge,
    partitioner: Partitioner,
}

struct Builder<'a> {
    graph: &'a StreamGraph,
    ids: HashMap<u32, OperatorId>,
    /// Every edge, by target in order, then by the target's inputs.
    links: Vec<Link<'a>>,
    /// For each node that is chained to its input, the link to it.
    joined: Vec<Option<usize>>,
    groups: Vec<String>,
    /// `pipeline.max-parallelism`, if it is set.
    max_parallelism: Option<u32>,
    vertices: Vec<JobVertex>,
    edges: Vec<JobEdge>,
    /// For each node, its vertex and its index there.
    places: Vec<(usize, usize)>,
}

impl<'a> Builder<'a> {
    fn new(
        graph: &'a StreamGraph,
        config: &Configuration,
        checked: &Checked,
        ids: HashMap<u32, OperatorId>,
    ) -> Result<Self> {
        let links = links(graph, checked)?;
        let groups = slot_sharing_groups(graph, checked);
        let mut joined = vec![None; graph.nodes.len()];
        if config.read(&options::OPERATOR_CHAINING)? {
            for (index, link) in links.iter().enumerate() {
                if chains(graph, &groups, link) {
                    joined[link.target] = Some(index);
                }
            }
        }
        Ok(Self {
            graph,
            ids,
            links,
            joined,
            groups,
            max_parallelism: u32::try_from(config.read(&options::MAX_PARALLELISM)?).ok().filter(|&max| max > 0),
            vertices: Vec::new(),
            edges: Vec::new(),
            places: vec![(0, 0); graph.nodes.len()],
        })
    }

    /// Makes a vertex of a head and everything that is chained to it, depth first.
    fn add_vertex(&mut self, head: usize) -> Result<()> {
        let node = &self.graph.nodes[head];
        let mut operators = Vec::new();
        let mut stack = vec![head];
        while let Some(next) = stack.pop() {
            self.places[next] = (self.vertices.len(), operators.len());
            let node = &self.graph.nodes[next];
            operators.push(ChainedOperator { id: self.ids[&node.id], node: node.clone(), outputs: Vec::new() });
            let called = self
                .links
                .iter()
                .enumerate()
                .filter(|(index, link)| link.source == next && self.joined[link.target] == Some(*index));
            stack.extend(called.map(|(_, link)| link.target).collect::<Vec<_>>().into_iter().rev());
        }
        let (max_parallelism, max_parallelism_is_set) = self.max_parallelism_of(node)?;
        self.vertices.push(JobVertex {
            id: self.ids[&node.id],
            name: String::new(),
            description: String::new(),
            parallelism: node.parallelism,
            max_parallelism,
            max_parallelism_is_set,
            slot_sharing_group: self.groups[head].clone(),
            operators,
        });
        Ok(())
    }

    fn max_parallelism_of(&self, node: &StreamNode) -> Result<(u32, bool)> {
        match node.max_parallelism.or(self.max_parallelism) {
            None => Ok((default_max_parallelism(node.parallelism), false)),
            Some(max) if (node.parallelism..=32_768).contains(&max) => Ok((max, true)),
            Some(max) => Err(Error::invalid(format!(
                "operator '{}' has parallelism {}, but {} is {max}: the maximum must be at least the parallelism and \
                 at most 32768",
                node.name,
                node.parallelism,
                options::MAX_PARALLELISM.key()
            ))),
        }
    }

    /// Gives every operator its outputs, and the vertices their edges and names.
    fn connect(&mut self) {
        for (index, link) in self.links.iter().enumerate() {
            let (source_vertex, source) = self.places[link.source];
            let (target_vertex, target) = self.places[link.target];
            let target = if self.joined[link.target] == Some(index) {
                OutputTarget::Chained(target)
            } else {
                self.edges.push(JobEdge {
                    source_vertex,
                    source_node: link.edge.node,
                    side: link.edge.side.clone(),
                    target_vertex,
                    target_node: self.graph.nodes[link.target].id,
                    input: link.edge.input,
                    partitioner: link.partitioner.clone(),
                });
                OutputTarget::Edge(self.edges.len() - 1)
            };
            let output = Output { side: link.edge.side.clone(), input: link.edge.input, target };
            self.vertices[source_vertex].operators[source].outputs.push(output);
        }
        for vertex in &mut self.vertices {
            vertex.name = names::chain_name(vertex);
            vertex.description = names::chain_description(vertex);
        }
    }
}

fn links<'a>(graph: &'a StreamGraph, checked: &Checked) -> Result<Vec<Link<'a>>> {
    let mut links = Vec::new();
    for &target in &checked.order {
        let node = &graph.nodes[target];
        let mut inputs: Vec<_> = node.inputs.iter().collect();
        inputs.sort_by_key(|edge| edge.input);
        for edge in inputs {
            let source = checked.index_of[&edge.node];
            let partitioner = decide_partitioner(&graph.nodes[source], node, edge)?;
            links.push(Link { source, target, edge, partitioner });
        }
    }
    Ok(links)
}

/// Forward needs the same number of subtasks on both sides.
fn decide_partitioner(source: &StreamNode, target: &StreamNode, edge: &StreamEdge) -> Result<Partitioner> {
    match &edge.partitioner {
        Partitioner::Forward { .. } if source.parallelism == target.parallelism => Ok(edge.partitioner.clone()),
        Partitioner::Forward { explicit: false } => Ok(Partitioner::Rebalance),
        Partitioner::Forward { explicit: true } => Err(Error::invalid(format!(
            "forward() from '{}' with parallelism {} to '{}' with parallelism {}: forward needs the same parallelism on \
             both sides. Set it so, or use rebalance(), rescale(), shuffle(), broadcast() or global_()",
            source.name, source.parallelism, target.name, target.parallelism
        ))),
        other => Ok(other.clone()),
    }
}

fn chains(graph: &StreamGraph, groups: &[String], link: &Link<'_>) -> bool {
    let (source, target) = (&graph.nodes[link.source], &graph.nodes[link.target]);
    target.inputs.len() == 1
        && matches!(link.partitioner, Partitioner::Forward { .. })
        && source.parallelism == target.parallelism
        && groups[link.source] == groups[link.target]
        && source.chaining != Chaining::Never
        && target.chaining == Chaining::Always
}

/// A node without a group of its own is in that of its inputs, if they agree.
fn slot_sharing_groups(graph: &StreamGraph, checked: &Checked) -> Vec<String> {
    let mut groups = vec![String::new(); graph.nodes.len()];
    for &index in &checked.order {
        let node = &graph.nodes[index];
        let mut of_inputs = node.inputs.iter().map(|edge| groups[checked.index_of[&edge.node]].as_str());
        let first = of_inputs.next().unwrap_or(DEFAULT_GROUP);
        let inherited = if of_inputs.all(|group| group == first) { first } else { DEFAULT_GROUP };
        groups[index] = node.slot_sharing_group.clone().unwrap_or_else(|| inherited.to_owned());
    }
    groups
}
