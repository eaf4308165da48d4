//! Where records travel as columns: from a source to sinks, where nothing between them is the user's own code.
//!
//! A source gives columns if its records need no interpreter to become values and to get their time. An operator takes
//! them if it is the engine's own and all its inputs give them; a sink, if it writes values as they come. A task is of
//! one lane, so all operators of it have to agree, and all tasks that it reads from and writes to as well.

use std::collections::HashMap;

use penstock_plan::{ChainedOperator, Codec, JobGraph, Operator, Partitioner};

use crate::raw_columns::ColumnDecoder;

/// What an operator emits in the column lane.
type Emitted = HashMap<u32, ColumnDecoder>;

/// Whether the records of a vertex are columns.
pub(super) fn in_columns(graph: &JobGraph, vertex: usize) -> bool {
    let mut emitted = Emitted::new();
    let mut native: Vec<bool> = Vec::with_capacity(graph.vertices.len());
    // Columns of any type stay in their task: those of channels are texts, bytes and numbers.
    let mut stays: Vec<bool> = Vec::with_capacity(graph.vertices.len());
    for vertex in &graph.vertices {
        // Not `all`, which would stop at the first that is not: others may still emit.
        let operators = vertex.operators.iter().filter(|operator| !takes_columns(operator, &mut emitted)).count();
        native.push(operators == 0);
        let emits = vertex.operators.iter().filter_map(|operator| emitted.get(&operator.node.id));
        stays.push(emits.into_iter().any(|kind| *kind == ColumnDecoder::Columns));
    }
    loop {
        let torn = graph.edges.iter().find(|edge| {
            let agrees = native[edge.source_vertex]
                && native[edge.target_vertex]
                && !stays[edge.source_vertex]
                && needs_no_code(&edge.partitioner);
            !agrees && (native[edge.source_vertex] || native[edge.target_vertex])
        });
        match torn {
            Some(edge) => (native[edge.source_vertex], native[edge.target_vertex]) = (false, false),
            None => return native.get(vertex).copied().unwrap_or(false),
        }
    }
}

fn takes_columns(operator: &ChainedOperator, emitted: &mut Emitted) -> bool {
    let node = &operator.node;
    let inputs = node.inputs.iter().map(|input| match input.side {
        None => emitted.get(&input.node).copied(),
        Some(_) => None,
    });
    let inputs: Option<Vec<ColumnDecoder>> = inputs.collect();
    let Some(inputs) = inputs else { return false };
    let emits = match &node.operator {
        Operator::Source { decoder, watermarks, .. } => {
            let assigned = watermarks.as_ref().is_some_and(|strategy| strategy.assigner.is_some());
            ColumnDecoder::of(decoder).filter(|_| !assigned)
        }
        Operator::Watermarks { strategy } if strategy.assigner.is_none() => {
            inputs.first().copied().filter(|first| inputs.iter().all(|input| input == first))
        }
        Operator::Sink { connector, encoder, .. } => {
            return inputs.iter().all(|input| writes_as_it_is(connector, encoder.as_ref(), *input));
        }
        Operator::Watermarks { .. } | Operator::Function { .. } => None,
    };
    if let Some(kind) = emits {
        emitted.insert(node.id, kind);
    }
    emits.is_some()
}

fn writes_as_it_is(connector: &str, encoder: Option<&Codec>, values: ColumnDecoder) -> bool {
    match encoder {
        None => connector == "discard",
        Some(Codec::Record { topic_selector: None, key: None, headers: None, value, .. }) => same(value, values),
        Some(codec) => same(codec, values),
    }
}

fn same(codec: &Codec, values: ColumnDecoder) -> bool {
    matches!(values, ColumnDecoder::Utf8 | ColumnDecoder::Bytes) && ColumnDecoder::of(codec) == Some(values)
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

    /// Which vertices are in the column lane.
    fn lanes(nodes: &[Value]) -> Vec<bool> {
        let graph = serde_json::from_value(json!({"nodes": nodes})).unwrap();
        let job = JobGraph::build(&graph, &Configuration::default()).unwrap();
        (0..job.vertices.len()).map(|vertex| in_columns(&job, vertex)).collect()
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
        assert_eq!(lanes(&[source(1, "utf8"), node(2, &[(1, "hash")], &to_utf8)]), [false, false]);
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
}
