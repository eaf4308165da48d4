//! Which operators share a task, as text.

use crate::graphs::*;
use penstock_core::Configuration;
use penstock_plan::{Chaining, JobGraph, OutputTarget, StreamEdge, StreamNode};
use serde_json::json;

fn assert_text(job: &JobGraph, expected: &str) {
    let expected: Vec<_> =
        expected.trim_start_matches('\n').lines().map(|line| line.strip_prefix("        ").unwrap_or("")).collect();
    assert_eq!(text(job), expected.join("\n").trim_end());
}

#[test]
fn a_line_of_operators_is_one_task() {
    let job = build(vec![source(1, "Source: numbers"), map(2, "Map", &[from(1)]), print(3, &[from(2)])]);
    assert_text(
        &job,
        "
        0: Source: numbers -> Map -> Sink: Print to Std. Out x2
        ",
    );
    assert_eq!(job.vertices[0].id, job.vertices[0].head().id);
    assert_eq!((job.vertices[0].max_parallelism, job.vertices[0].max_parallelism_is_set), (128, false));
}

#[test]
fn a_key_by_begins_a_task() {
    let job = build(vec![source(1, "numbers"), keyed(2, "KEYED PROCESS", &[by_key(1)]), print(3, &[from(2)])]);
    assert_text(
        &job,
        "
        0: Source: numbers x2
           numbers HASH 1.0
        1: KEYED PROCESS -> Sink: Print to Std. Out x2
        ",
    );
}

#[test]
fn branches_are_named_in_brackets_and_kept_in_order() {
    let job = build(vec![
        source(1, "numbers"),
        map(2, "a", &[from(1)]),
        map(3, "b", &[from(1)]),
        print(4, &[from(2)]),
        map(5, "c", &[from(1)]),
        map(6, "d", &[from(3)]),
        map(7, "e", &[from(3)]),
    ]);
    assert_text(
        &job,
        "
        0: Source: numbers -> (a -> Sink: Print to Std. Out, b -> (d, e), c) x2
        ",
    );
    let names: Vec<_> = job.vertices[0].operators.iter().map(|operator| operator.node.name.as_str()).collect();
    assert_eq!(names, ["numbers", "a", "Print to Std. Out", "b", "d", "e", "c"]);
    assert_eq!(job.vertices[0].children_of(0).collect::<Vec<_>>(), [1, 3, 6]);
    let description =
        "Source: numbers<br/>:- a<br/>:  +- Sink: Print to Std. Out<br/>:- b<br/>:  :- d<br/>:  +- e<br/>+- c<br/>";
    assert_eq!(job.vertices[0].description, description);
}

#[test]
fn descriptions_are_escaped() {
    let described = with(map(2, "Map", &[from(1)]), |node| node.description = Some("a < b & c".to_owned()));
    let job = build(vec![source(1, "numbers"), described]);
    assert_eq!(job.vertices[0].description, "Source: numbers<br/>+- a &lt; b &amp; c<br/>");
    assert_eq!(job.vertices[0].name, "Source: numbers -> Map");
}

#[test]
fn side_outputs_are_chained_too() {
    let job = build(vec![
        source(1, "numbers"),
        function(2, "split", "process", &[from(1)]),
        map(3, "late", &[side("late", from(2))]),
        print(4, &[from(2)]),
        keyed(5, "keyed", &[side("late", by_key(2))]),
    ]);
    assert_text(
        &job,
        "
        0: Source: numbers -> split -> (late, Sink: Print to Std. Out) x2
           split[late] calls late
           split[late] HASH 1.0
        1: keyed x2
        ",
    );
    let outputs = &job.vertices[0].operators[1].outputs;
    assert_eq!(outputs[2].target, OutputTarget::Edge(0));
    assert_eq!((outputs[0].side.as_deref(), outputs[1].side.as_deref()), (Some("late"), None));
}

#[test]
fn unions_and_two_inputs_begin_tasks() {
    let job = build(vec![
        source(1, "a"),
        source(2, "b"),
        map(3, "union", &[from(1), from(2)]),
        function(4, "co", "co_map", &[from(3), second(by(2, json!({"kind": "broadcast"})))]),
        print(5, &[from(4)]),
    ]);
    assert_text(
        &job,
        "
        0: Source: a x2
           a FORWARD 2.0
        1: Source: b x2
           b FORWARD 2.0
           b BROADCAST 3.1
        2: union x2
           union FORWARD 3.0
        3: co -> Sink: Print to Std. Out x2
        ",
    );
    let inputs: Vec<_> = job.inputs_of(3).map(|(_, edge)| (edge.source_vertex, edge.input)).collect();
    assert_eq!(inputs, [(2, 0), (1, 1)]);
    assert_eq!(job.outputs_of(1).count(), 2);
}

#[test]
fn the_first_input_comes_first_however_it_was_written() {
    let co = function(3, "co", "co_map", &[second(from(1)), from(2)]);
    let job = build(vec![source(1, "a"), source(2, "b"), co]);
    let inputs: Vec<_> = job.inputs_of(2).map(|(_, edge)| (edge.source_vertex, edge.input)).collect();
    assert_eq!(inputs, [(1, 0), (0, 1)]);
}

/// source -> Map -> print, changed.
fn line(change_source: impl FnOnce(&mut StreamNode), change_map: impl FnOnce(&mut StreamNode)) -> String {
    text(&build(vec![
        with(source(1, "s"), change_source),
        with(map(2, "m", &[from(1)]), change_map),
        print(3, &[from(2)]),
    ]))
}

#[test]
fn another_parallelism_is_a_rebalance() {
    let separate = line(|s| s.parallelism = 1, |_| {});
    assert_eq!(separate, "0: Source: s x1\n   s REBALANCE 1.0\n1: m -> Sink: Print to Std. Out x2");
}

#[test]
fn chaining_may_be_refused_by_either_side() {
    let unchanged = line(|_| {}, |_| {});
    assert_eq!(unchanged, "0: Source: s -> m -> Sink: Print to Std. Out x2");
    let new_chain = line(|_| {}, |m| m.chaining = Chaining::Head);
    assert_eq!(new_chain, "0: Source: s x2\n   s FORWARD 1.0\n1: m -> Sink: Print to Std. Out x2");
    let alone = line(|_| {}, |m| m.chaining = Chaining::Never);
    assert_eq!(alone, "0: Source: s x2\n   s FORWARD 1.0\n1: m x2\n   m FORWARD 2.0\n2: Sink: Print to Std. Out x2");
    assert_eq!(line(|s| s.chaining = Chaining::Head, |_| {}), unchanged);
}

#[test]
fn slot_sharing_groups_are_inherited_and_part_tasks() {
    let job = build(vec![
        source(1, "s"),
        with(map(2, "m", &[from(1)]), |node| node.slot_sharing_group = Some("gpu".to_owned())),
        print(3, &[from(2)]),
        map(4, "both", &[from(1), from(2)]),
    ]);
    let groups: Vec<_> = job.vertices.iter().map(|v| (v.name.as_str(), v.slot_sharing_group.as_str())).collect();
    assert_eq!(groups, [("Source: s", "default"), ("m -> Sink: Print to Std. Out", "gpu"), ("both", "default")]);
}

#[test]
fn chaining_may_be_switched_off() {
    let nodes = vec![source(1, "s"), map(2, "m", &[from(1)])];
    let job = JobGraph::build(&graph(nodes), &config(&[("pipeline.operator-chaining", "false")])).expect("valid");
    assert_eq!(text(&job), "0: Source: s x2\n   s FORWARD 1.0\n1: m x2");
}

#[test]
fn every_partitioner_but_forward_crosses_tasks() {
    for kind in ["rebalance", "rescale", "shuffle", "broadcast", "global"] {
        let job = build(vec![source(1, "s"), map(2, "m", &[by(1, json!({"kind": kind}))])]);
        assert_eq!(text(&job), format!("0: Source: s x2\n   s {} 1.0\n1: m x2", kind.to_uppercase()));
    }
}

#[test]
fn nodes_may_come_in_any_order() {
    let job = build(vec![print(3, &[from(2)]), map(2, "m", &[from(1)]), source(1, "s")]);
    assert_eq!(text(&job), "0: Source: s -> m -> Sink: Print to Std. Out x2");
}

#[test]
fn maximum_parallelism_comes_from_the_head_the_configuration_or_the_rule() {
    let job = |entries: &[(&str, &str)], own: Option<u32>| {
        let source = with(source(1, "s"), |node| {
            node.parallelism = 100;
            node.max_parallelism = own;
        });
        let job = JobGraph::build(&graph(vec![source]), &config(entries)).expect("valid");
        (job.vertices[0].max_parallelism, job.vertices[0].max_parallelism_is_set)
    };
    assert_eq!(job(&[], None), (256, false));
    assert_eq!(job(&[("pipeline.max-parallelism", "512")], None), (512, true));
    assert_eq!(job(&[("pipeline.max-parallelism", "512")], Some(100)), (100, true));
}

#[test]
fn a_job_graph_survives_json_however_long_its_chains() {
    let mut nodes = vec![source(1, "s")];
    nodes.extend((2..200).map(|id| map(id, "m", &[from(id - 1)])));
    let job = JobGraph::build(&graph(nodes), &Configuration::default()).expect("valid");
    assert_eq!(job.vertices.len(), 1);
    let read: JobGraph = serde_json::from_str(&serde_json::to_string(&job).expect("text")).expect("a job graph");
    assert_eq!(read, job);
}

#[test]
fn an_edge_keeps_its_partitioner_with_its_names() {
    let custom: StreamEdge = by(1, json!({"kind": "custom", "partitioner": "partitioner:1", "selector": "selector:2"}));
    let job = build(vec![source(1, "s"), map(2, "m", std::slice::from_ref(&custom))]);
    assert_eq!(job.edges[0].partitioner, custom.partitioner);
    assert_eq!((job.edges[0].source_node, job.edges[0].target_node), (1, 2));
}
