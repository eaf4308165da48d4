//! Where records travel as columns: from a source to sinks, where nothing between them is the user's own code for single
//! records. Functions of batches take columns and give them.
//!
//! A source gives columns if its records need no interpreter to become values and to get their time, and a function of
//! batches if its declared type has columns. An operator emits columns if all that read from it take them. A task
//! whose operators all do needs no interpreter, unless there is a function of batches among them.
//!
//! Nor does a source whose records go to a single keyed task as they were read: that task makes objects of them
//! ([`raw_records`](crate::raw_records)).

use std::collections::{HashMap, HashSet};

use penstock_core::TypeInfo;
use penstock_core::columns::Layout;
use penstock_plan::{
    ChainedOperator, Codec, JobGraph, Operator, Output, OutputTarget, Partitioner, StreamEdge, StreamNode,
    WatermarkGenerator,
};

use crate::raw_columns::ColumnDecoder;

/// What is decided for a job.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// The stream nodes that emit columns.
    columns: HashSet<u32>,
    /// The edges over which raw records go.
    raw: HashSet<usize>,
}

impl Lanes {
    /// Decides for a job.
    pub(super) fn of(graph: &JobGraph) -> Self {
        let nodes: Vec<&StreamNode> = operators(graph).map(|operator| &operator.node).collect();
        let mut emitted: HashMap<u32, TypeInfo> = HashMap::new();
        for node in &nodes {
            if let Some(kind) = could_emit(node, &emitted) {
                emitted.insert(node.id, kind);
            }
        }
        // An operator that cannot emit columns may take that from those before it, and so on.
        while let Some(id) = nodes.iter().find_map(|node| in_the_way(node, &emitted)) {
            emitted.remove(&id);
        }
        let raw = (0..graph.vertices.len()).filter_map(|vertex| raw_edge(graph, vertex)).collect();
        Self { columns: emitted.into_keys().collect(), raw }
    }

    /// Leaves raw records only to the edges that are named.
    pub(super) fn retain_raw(&mut self, can: impl Fn(usize) -> bool) {
        self.raw.retain(|edge| can(*edge));
    }

    /// Whether raw records go over an edge.
    pub(super) fn is_raw(&self, edge: usize) -> bool {
        self.raw.contains(&edge)
    }

    /// Whether all records of a source leave it as they were read.
    pub(super) fn emits_raw(&self, operator: &ChainedOperator) -> bool {
        matches!(operator.outputs.as_slice(), [Output { target: OutputTarget::Edge(edge), .. }] if self.is_raw(*edge))
    }

    /// Whether an operator emits columns.
    pub(super) fn emits_columns(&self, node: u32) -> bool {
        self.columns.contains(&node)
    }

    /// Whether all that an operator reads are columns.
    pub(super) fn reads_columns(&self, node: &StreamNode) -> bool {
        !node.inputs.is_empty() && node.inputs.iter().all(|input| self.emits_columns(input.node))
    }

    /// Whether a task has no need of the interpreter.
    pub(super) fn needs_no_interpreter(&self, graph: &JobGraph, vertex: usize) -> bool {
        graph.vertices.get(vertex).is_some_and(|vertex| {
            vertex.operators.iter().all(|operator| match operator.node.operator {
                Operator::Source { .. } => self.emits_columns(operator.node.id) || self.emits_raw(operator),
                Operator::Watermarks { .. } => self.emits_columns(operator.node.id),
                Operator::Sink { .. } => self.reads_columns(&operator.node),
                Operator::Function { .. }
                | Operator::Batches { .. }
                | Operator::AsyncWait { .. }
                | Operator::IntervalJoin { .. } => false,
            })
        })
    }
}

fn operators(graph: &JobGraph) -> impl Iterator<Item = &ChainedOperator> {
    graph.vertices.iter().flat_map(|vertex| &vertex.operators)
}

/// The edge over which a vertex may send raw records: of a source alone that lets event time be, to one keyed task.
fn raw_edge(graph: &JobGraph, vertex: usize) -> Option<usize> {
    let vertex = &graph.vertices[vertex];
    let [operator] = vertex.operators.as_slice() else { return None };
    let Operator::Source { decoder, watermarks, .. } = &operator.node.operator else { return None };
    let [Output { side: None, target: OutputTarget::Edge(index), .. }] = operator.outputs.as_slice() else {
        return None;
    };
    let edge = graph.edges.get(*index)?;
    let keyed = matches!(edge.partitioner, Partitioner::Hash { .. });
    let one_channel = vertex.parallelism == 1 && graph.vertices.get(edge.target_vertex)?.parallelism == 1;
    let untimed = watermarks
        .as_ref()
        .is_none_or(|strategy| strategy.assigner.is_none() && strategy.generator == WatermarkGenerator::None);
    (keyed && one_channel && untimed && is_read_as_it_is(decoder)).then_some(*index)
}

/// Whether making an object of a record is the engine's own work: the user's code may take its time, or wait.
fn is_read_as_it_is(decoder: &Codec) -> bool {
    match decoder {
        Codec::Utf8 | Codec::Bytes | Codec::Long | Codec::Pickle | Codec::Rows | Codec::Dicts | Codec::Avro { .. } => {
            true
        }
        Codec::Function { .. } | Codec::Object | Codec::Hybrid { .. } | Codec::Record { .. } => false,
    }
}

/// The type of the columns that an operator could emit, as far as those before it go.
fn could_emit(node: &StreamNode, emitted: &HashMap<u32, TypeInfo>) -> Option<TypeInfo> {
    match &node.operator {
        Operator::Source { decoder, watermarks, .. } => {
            let assigned = watermarks.as_ref().is_some_and(|strategy| strategy.assigner.is_some());
            ColumnDecoder::of(decoder).filter(|_| !assigned)?.emitted(node.output_type.as_ref())
        }
        Operator::Watermarks { strategy } if strategy.assigner.is_none() => {
            let first = emitted.get(&node.inputs.first()?.node)?;
            node.inputs.iter().all(|input| emitted.get(&input.node) == Some(first)).then(|| first.clone())
        }
        Operator::Batches { .. } => node.output_type.clone().filter(|declared| Layout::of(declared).is_some()),
        Operator::Watermarks { .. }
        | Operator::Function { .. }
        | Operator::AsyncWait { .. }
        | Operator::IntervalJoin { .. }
        | Operator::Sink { .. } => None,
    }
}

/// An operator that may not emit columns because of this one, be it this one itself or one that it reads.
fn in_the_way(node: &StreamNode, emitted: &HashMap<u32, TypeInfo>) -> Option<u32> {
    let columns = node.inputs.iter().filter(|input| emitted.contains_key(&input.node));
    let all = columns.clone().count() == node.inputs.len();
    if matches!(node.operator, Operator::Watermarks { .. }) && !all && emitted.contains_key(&node.id) {
        return Some(node.id);
    }
    columns.into_iter().find(|input| !takes_columns(node, input, all, emitted)).map(|input| input.node)
}

/// Whether an operator takes the columns of one of its inputs; `all`: its other inputs are columns too.
fn takes_columns(node: &StreamNode, input: &StreamEdge, all: bool, emitted: &HashMap<u32, TypeInfo>) -> bool {
    if input.side.is_some() || !needs_no_code(&input.partitioner) {
        return false;
    }
    match &node.operator {
        Operator::Batches { .. } => true,
        Operator::Watermarks { .. } => emitted.contains_key(&node.id),
        Operator::Sink { connector, encoder, .. } => {
            let written = emitted.get(&input.node).is_some_and(|of| writes_as_it_is(connector, encoder.as_ref(), of));
            written && (all || connector == "discard")
        }
        Operator::Source { .. }
        | Operator::Function { .. }
        | Operator::AsyncWait { .. }
        | Operator::IntervalJoin { .. } => false,
    }
}

fn writes_as_it_is(connector: &str, encoder: Option<&Codec>, values: &TypeInfo) -> bool {
    match encoder {
        None => connector == "discard",
        Some(Codec::Record { topic_selector: None, key: None, headers: None, value, .. }) => same(value, values),
        Some(codec) => same(codec, values),
    }
}

fn same(codec: &Codec, values: &TypeInfo) -> bool {
    let written = ColumnDecoder::of(codec).and_then(|decoder| decoder.emitted(None));
    *values != TypeInfo::Long && written.as_ref() == Some(values)
}

fn needs_no_code(partitioner: &Partitioner) -> bool {
    !matches!(partitioner, Partitioner::Hash { .. } | Partitioner::Custom { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;
    use serde_json::{Value, json};

    fn source(id: u32, decoder: &str) -> Value {
        json!({"id": id, "name": "s", "parallelism": 1,
               "operator": {"kind": "source", "connector": "kafka", "decoder": {"kind": decoder}}})
    }

    fn node(id: u32, inputs: &[(u32, &str)], operator: &Value) -> Value {
        let inputs: Vec<_> = inputs
            .iter()
            .map(|(node, kind)| json!({"node": node, "partitioner": {"kind": kind, "selector": "f"}}))
            .collect();
        json!({"id": id, "name": "n", "parallelism": 1, "inputs": inputs, "operator": operator})
    }

    fn sink(encoder: &Value) -> Value {
        json!({"kind": "sink", "connector": "file", "encoder": encoder})
    }

    fn function() -> Value {
        json!({"kind": "function", "function": "f", "shape": "map"})
    }

    /// Which vertices need no interpreter.
    fn lanes(nodes: &[Value]) -> Vec<bool> {
        let graph = serde_json::from_value(json!({"nodes": nodes})).unwrap();
        let job = JobGraph::build(&graph, &Configuration::default()).unwrap();
        let lanes = Lanes::of(&job);
        (0..job.vertices.len()).map(|vertex| lanes.needs_no_interpreter(&job, vertex)).collect()
    }

    #[test]
    fn a_source_that_feeds_a_sink_of_the_same_codec() {
        let utf8 = json!({"kind": "utf8"});
        assert_eq!(lanes(&[source(1, "utf8"), node(2, &[(1, "forward")], &sink(&utf8))]), [true]);
        assert_eq!(lanes(&[source(1, "utf8"), node(2, &[(1, "rebalance")], &sink(&utf8))]), [true, true]);
        assert_eq!(lanes(&[source(1, "bytes"), node(2, &[(1, "forward")], &sink(&utf8))]), [false]);
        assert_eq!(lanes(&[source(1, "pickle"), node(2, &[(1, "forward")], &sink(&utf8))]), [false]);
        let discard = json!({"kind": "sink", "connector": "discard"});
        assert_eq!(lanes(&[source(1, "long"), node(2, &[(1, "forward")], &discard)]), [true]);
        let print = json!({"kind": "sink", "connector": "print"});
        assert_eq!(lanes(&[source(1, "long"), node(2, &[(1, "forward")], &print)]), [false]);
    }

    #[test]
    fn records_of_kafka_that_are_values_alone() {
        let of = |extra: &[(&str, Value)]| {
            let mut record = json!({"kind": "record", "topic": "t", "value": {"kind": "utf8"}});
            for (key, value) in extra {
                record[key] = value.clone();
            }
            lanes(&[source(1, "utf8"), node(2, &[(1, "forward")], &sink(&record))])
        };
        assert_eq!(of(&[]), [true]);
        for (key, value) in [("topic_selector", json!("f")), ("key", json!({"kind": "utf8"})), ("headers", json!("f"))]
        {
            assert_eq!(of(&[(key, value)]), [false], "{key}");
        }
    }

    #[test]
    fn user_code_anywhere_keeps_all_it_touches_in_the_object_lane() {
        let to_utf8 = sink(&json!({"kind": "utf8"}));
        // A second consumer, in the same task and in another one.
        let mixed = |kind: &str| {
            lanes(&[
                source(1, "utf8"),
                node(2, &[(1, "rebalance")], &to_utf8),
                node(3, &[(1, kind)], &function()),
                source(4, "utf8"),
                node(5, &[(4, "forward")], &to_utf8),
            ])
        };
        assert_eq!(mixed("forward").iter().filter(|columns| **columns).count(), 1);
        assert_eq!(mixed("rebalance").iter().filter(|columns| **columns).count(), 1);
        // A union with what a function makes.
        let union = [
            source(1, "utf8"),
            node(2, &[(1, "rebalance")], &function()),
            source(3, "utf8"),
            node(4, &[(2, "rebalance"), (3, "rebalance")], &to_utf8),
        ];
        assert!(lanes(&union).iter().all(|columns| !columns));
        let keyed = |inputs: &[(u32, &str)]| lanes(&[source(1, "utf8"), node(2, inputs, &to_utf8)]);
        assert_eq!(keyed(&[(1, "hash")]), [true, false], "raw records, which become objects for their keys");
        assert_eq!(keyed(&[(1, "rebalance"), (1, "hash")]), [false, false]);
    }

    #[test]
    fn watermarks_pass_columns_on_unless_python_tells_the_time() {
        let to_utf8 = sink(&json!({"kind": "utf8"}));
        let of = |strategy: &Value| {
            let watermarks = json!({"kind": "watermarks", "strategy": strategy});
            lanes(&[source(1, "utf8"), node(2, &[(1, "forward")], &watermarks), node(3, &[(2, "forward")], &to_utf8)])
        };
        assert_eq!(of(&json!({"generator": {"kind": "monotonous"}})), [true]);
        assert_eq!(of(&json!({"generator": {"kind": "monotonous"}, "assigner": "f"})), [false]);
        let mut assigned = source(1, "utf8");
        assigned["operator"]["watermarks"] = json!({"generator": {"kind": "none"}, "assigner": "f"});
        assert_eq!(lanes(&[assigned, node(2, &[(1, "forward")], &to_utf8)]), [false]);
    }

    #[test]
    fn functions_of_batches_take_columns_and_give_what_is_wanted() {
        let batches = |id: u32, input: u32, output: Option<&str>| {
            let operator = json!({"kind": "batches", "function": "f", "shape": "map", "form": "numpy", "batch_size": 8, "max_wait_ms": 0});
            let mut batches = node(id, &[(input, "rebalance")], &operator);
            if let Some(output) = output {
                batches["output_type"] = json!({"type": output});
            }
            batches
        };
        let discard = json!({"kind": "sink", "connector": "discard"});
        let emitting = |nodes: &[Value]| {
            let graph = serde_json::from_value(json!({"nodes": nodes})).unwrap();
            let lanes = Lanes::of(&JobGraph::build(&graph, &Configuration::default()).unwrap());
            (1..=3).filter(|id| lanes.emits_columns(*id)).collect::<Vec<_>>()
        };
        let to = |sink: &Value| {
            [
                source(1, "long"),
                batches(2, 1, Some("DOUBLE")),
                batches(3, 2, Some("STRING")),
                node(4, &[(3, "forward")], sink),
            ]
        };
        assert_eq!(emitting(&to(&discard)), [1, 2, 3]);
        assert_eq!(emitting(&to(&sink(&json!({"kind": "utf8"})))), [1, 2, 3]);
        assert_eq!(emitting(&to(&function())), [1, 2], "the last makes objects for the function");
        assert_eq!(lanes(&to(&discard)), [true, false, false], "the sink is in the task of the last");
        let mut rows = source(1, "rows");
        rows["output_type"] = json!({"type": "ROW", "names": ["a"], "fields": [{"type": "LONG"}]});
        let to_batches =
            |rows: &Value| emitting(&[rows.clone(), batches(2, 1, None), node(3, &[(2, "forward")], &discard)]);
        assert_eq!(to_batches(&rows), [1]);
        rows["output_type"]["fields"][0] = json!({"type": "BIG_DEC"});
        assert_eq!(to_batches(&rows), [0_u32; 0], "such a value has no column");
        let untyped =
            [source(1, "long"), batches(2, 1, None), batches(3, 2, Some("LONG")), node(4, &[(3, "hash")], &discard)];
        assert_eq!(emitting(&untyped), [1]);
    }

    #[test]
    fn raw_records_go_to_one_keyed_task_that_lets_event_time_be() {
        let raw = |nodes: &[Value]| {
            let graph = serde_json::from_value(json!({"nodes": nodes})).unwrap();
            let job = JobGraph::build(&graph, &Configuration::default()).unwrap();
            let lanes = Lanes::of(&job);
            let edges = (0..job.edges.len()).filter(|edge| lanes.is_raw(*edge)).count();
            let native = (0..job.vertices.len()).filter(|vertex| lanes.needs_no_interpreter(&job, *vertex)).count();
            assert_eq!(edges, native, "the sources need no interpreter then");
            edges
        };
        let with = |mut node: Value, path: &str, value: Value| {
            *node.pointer_mut(path).unwrap() = value;
            node
        };
        let keyed = |id: u32, input: u32| node(id, &[(input, "hash")], &function());
        let codec = |kind: &Value| with(source(1, "utf8"), "/operator/decoder", kind.clone());
        assert_eq!(raw(&[source(1, "utf8"), keyed(2, 1)]), 1);
        assert_eq!(raw(&[source(1, "pickle"), keyed(2, 1)]), 1);
        assert_eq!(raw(&[source(1, "rows"), source(2, "long"), node(3, &[(1, "hash"), (2, "hash")], &function())]), 2);
        assert_eq!(raw(&[codec(&json!({"kind": "function", "function": "f"})), keyed(2, 1)]), 0, "user code may wait");
        assert_eq!(raw(&[source(1, "object"), keyed(2, 1)]), 0);
        assert_eq!(raw(&[source(1, "utf8"), node(2, &[(1, "rebalance")], &function())]), 0);
        assert_eq!(raw(&[source(1, "utf8"), node(2, &[(1, "forward")], &function()), keyed(3, 2)]), 0);
        assert_eq!(raw(&[source(1, "utf8"), keyed(2, 1), keyed(3, 1)]), 0, "each gets an object of its own");
        assert_eq!(raw(&[source(1, "utf8"), with(keyed(2, 1), "/parallelism", json!(2))]), 0);
        assert_eq!(raw(&[with(source(1, "utf8"), "/parallelism", json!(2)), keyed(2, 1)]), 0);
        for (strategy, edges) in [
            (json!({"generator": {"kind": "none"}}), 1),
            (json!({"generator": {"kind": "none"}, "assigner": "f"}), 0),
            (json!({"generator": {"kind": "monotonous"}}), 0),
        ] {
            let mut timed = source(1, "utf8");
            timed["operator"]["watermarks"] = strategy.clone();
            assert_eq!(raw(&[timed, keyed(2, 1)]), edges, "{strategy}");
        }
    }
}
