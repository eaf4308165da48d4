//! Stream graphs that are refused, and what is said about them.

use crate::graphs::*;
use penstock_core::Configuration;
use penstock_core::config::RuntimeMode;
use penstock_plan::JobGraph;
use serde_json::json;

#[test]
fn an_empty_job() {
    assert!(error(vec![], &[]).starts_with("the job has no operators"));
}

#[test]
fn a_forward_that_cannot_be() {
    let explicit = by(1, json!({"kind": "forward", "explicit": true}));
    let narrow = with(source(1, "numbers"), |node| node.parallelism = 1);
    let text = error(vec![narrow, map(2, "Map", &[explicit])], &[]);
    assert!(text.starts_with("forward() from 'numbers' with parallelism 1 to 'Map' with parallelism 2: "), "{text}");
}

#[test]
fn an_explicit_forward_between_equals_is_a_chain() {
    let explicit = by(1, json!({"kind": "forward", "explicit": true}));
    assert_eq!(build(vec![source(1, "s"), map(2, "m", &[explicit])]).vertices.len(), 1);
}

#[test]
fn inputs_that_do_not_exist_or_are_missing() {
    assert_eq!(
        error(vec![source(1, "s"), map(2, "m", &[from(7)])], &[]),
        "internal error: operator 'm' reads node 7, which does not exist"
    );
    assert_eq!(error(vec![map(2, "m", &[])], &[]), "internal error: nothing is connected to input 0 of operator 'm'");
    let co = function(2, "co", "co_map", &[from(1)]);
    assert_eq!(
        error(vec![source(1, "s"), co], &[]),
        "internal error: nothing is connected to input 1 of operator 'co'"
    );
    let extra = map(2, "m", &[second(from(1))]);
    assert_eq!(error(vec![source(1, "s"), extra], &[]), "internal error: operator 'm' has no input 1");
    let after_sink = vec![source(1, "s"), print(2, &[from(1)]), map(3, "m", &[from(2)])];
    assert_eq!(error(after_sink, &[]), "internal error: operator 'm' reads from a sink, node 2");
    assert_eq!(
        error(vec![source(1, "s"), source(1, "t")], &[]),
        "internal error: the stream graph has two nodes with the id 1"
    );
}

#[test]
fn a_cycle() {
    let nodes = vec![source(1, "s"), map(2, "a", &[from(1), from(3)]), map(3, "b", &[from(2)])];
    assert_eq!(error(nodes, &[]), "operator 'a' takes part in a cycle: iterations are not supported");
}

#[test]
fn a_keyed_operator_without_a_key() {
    let text = error(vec![source(1, "s"), keyed(2, "count", &[from(1)])], &[]);
    assert_eq!(
        text,
        "operator 'count' is keyed, but its input 0 is not partitioned by a key: call key_by() directly before it"
    );
    let reduce = function(2, "sum", "reduce", &[by_key(1)]);
    assert_eq!(
        error(vec![source(1, "s"), reduce], &[]),
        "internal error: operator 'sum' is of a kind that needs a key, and has none"
    );
}

#[test]
fn a_keyed_operator_may_have_a_broadcast_input() {
    let operator = json!({"kind": "function", "function": "function:3", "shape": "broadcast_process", "keyed": true});
    let broadcast = second(by(2, json!({"kind": "broadcast"})));
    let join = |second_input| node(3, "rules", &[by_key(1), second_input], operator.clone());
    assert_eq!(build(vec![source(1, "a"), source(2, "b"), join(broadcast)]).vertices.len(), 3);
    let text = error(vec![source(1, "a"), source(2, "b"), join(second(from(2)))], &[]);
    assert_eq!(text, "the second input of operator 'rules' is not a broadcast stream");
}

#[test]
fn parallelism_out_of_bounds() {
    let zero = with(source(1, "s"), |node| node.parallelism = 0);
    assert_eq!(error(vec![zero], &[]), "operator 's' has parallelism 0: it must be at least 1");
    let text = error(vec![with(source(1, "s"), |node| node.max_parallelism = Some(1))], &[]);
    assert!(text.starts_with("operator 's' has maximum parallelism 1 and parallelism 2: "), "{text}");
    let text = error(vec![source(1, "s")], &[("pipeline.max-parallelism", "1")]);
    assert!(text.starts_with("operator 's' has parallelism 2, but pipeline.max-parallelism is 1: "), "{text}");
}

#[test]
fn batch_needs_sources_that_end() {
    let kafka = |bounded: bool| {
        let options = json!({"bounded": bounded});
        let operator = json!({"kind": "source", "connector": "kafka", "options": options, "decoder": {"kind": "utf8"}});
        node(1, "Source: kafka", &[], operator)
    };
    let mode = |bounded, mode| {
        let job = JobGraph::build(&graph(vec![kafka(bounded)]), &config(&[("execution.runtime-mode", mode)]));
        job.map(|job| job.mode).map_err(|e| e.to_string())
    };
    assert_eq!(mode(true, "batch"), Ok(RuntimeMode::Batch));
    assert_eq!(mode(true, "AUTOMATIC"), Ok(RuntimeMode::Batch));
    assert_eq!(mode(false, "AUTOMATIC"), Ok(RuntimeMode::Streaming));
    assert_eq!(mode(true, "STREAMING"), Ok(RuntimeMode::Streaming));
    let text = mode(false, "BATCH").expect_err("unbounded");
    assert!(
        text.starts_with("'Source: kafka' is an UNBOUNDED source, and 'execution.runtime-mode' is set to 'BATCH'"),
        "{text}"
    );
}

#[test]
fn a_file_source_that_watches_never_ends() {
    let file = |interval: serde_json::Value| {
        let options = json!({"paths": [], "monitor_interval_ms": interval});
        let operator = json!({"kind": "source", "connector": "file", "options": options, "decoder": {"kind": "utf8"}});
        graph(vec![node(1, "file", &[], operator)]).runtime_mode(&config(&[("execution.runtime-mode", "AUTOMATIC")]))
    };
    assert_eq!(file(json!(1000)).expect("valid"), RuntimeMode::Streaming);
    assert_eq!(file(json!(null)).expect("valid"), RuntimeMode::Batch);
}

#[test]
fn streaming_is_the_default() {
    let job = JobGraph::build(&graph(vec![source(1, "s")]), &Configuration::default()).expect("valid");
    assert_eq!(job.mode, RuntimeMode::Streaming);
}
