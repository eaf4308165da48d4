//! Which subtasks are connected.

use crate::graphs::*;
use penstock_plan::{ExecutionGraph, pointwise};
use serde_json::json;

/// `s0>m1` for each channel of a job with one edge.
fn channels(kind: &str, sources: u32, targets: u32) -> Vec<String> {
    let job = build(vec![
        with(source(1, "s"), |node| node.parallelism = sources),
        with(map(2, "m", &[by(1, json!({"kind": kind}))]), |node| {
            node.parallelism = targets;
            node.chaining = penstock_plan::Chaining::Head;
        }),
    ]);
    let execution = ExecutionGraph::new(&job);
    let index = |subtask: usize| execution.subtasks[subtask].index;
    execution.channels.iter().map(|c| format!("{}>{}", index(c.source), index(c.target))).collect()
}

#[test]
fn forward_and_rescale_are_pointwise() {
    assert_eq!(channels("forward", 3, 3), ["0>0", "1>1", "2>2"]);
    assert_eq!(channels("rescale", 2, 4), ["0>0", "0>1", "1>2", "1>3"]);
    assert_eq!(channels("rescale", 4, 2), ["0>0", "1>0", "2>1", "3>1"]);
    assert_eq!(channels("rescale", 3, 3), ["0>0", "1>1", "2>2"]);
}

#[test]
fn everything_else_connects_all_to_all() {
    for kind in ["rebalance", "shuffle", "broadcast", "global"] {
        assert_eq!(channels(kind, 2, 3), ["0>0", "0>1", "0>2", "1>0", "1>1", "1>2"], "{kind}");
    }
}

#[test]
fn pointwise_shares_are_contiguous_complete_and_even() {
    for sources in 1..=9_u32 {
        for targets in 1..=9_u32 {
            let pairs = pointwise(sources, targets);
            assert_eq!(pairs.len() as u32, sources.max(targets), "{sources} to {targets}");
            assert!(pairs.is_sorted() && pairs.is_sorted_by_key(|&(_, target)| target), "{sources} to {targets}");
            let share = |of: u32, side: fn(&(u32, u32)) -> u32| pairs.iter().filter(|pair| side(pair) == of).count();
            let of_sources: Vec<_> = (0..sources).map(|s| share(s, |pair| pair.0)).collect();
            let of_targets: Vec<_> = (0..targets).map(|t| share(t, |pair| pair.1)).collect();
            for shares in [of_sources, of_targets] {
                let (least, most) = (shares.iter().min().expect("some"), shares.iter().max().expect("some"));
                assert!(*least >= 1 && most - least <= 1, "{sources} to {targets}: {shares:?}");
            }
        }
    }
}

#[test]
fn subtasks_know_their_channels() {
    let co = function(
        3,
        "co",
        "co_map",
        &[by(1, json!({"kind": "rebalance"})), second(by(2, json!({"kind": "broadcast"})))],
    );
    let execution = ExecutionGraph::new(&build(vec![source(1, "a"), source(2, "b"), co]));
    assert_eq!(execution.subtasks.len(), 6);
    let last = &execution.subtasks[5];
    assert_eq!((last.vertex, last.index), (2, 1));
    let senders: Vec<_> =
        last.inputs.iter().map(|&c| (execution.channels[c].edge, execution.channels[c].source)).collect();
    assert_eq!(senders, [(0, 0), (0, 1), (1, 2), (1, 3)]);
    let receivers: Vec<_> = execution.subtasks[1].outputs.iter().map(|&c| execution.channels[c].target).collect();
    assert_eq!(receivers, [4, 5]);
}
