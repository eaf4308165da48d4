//! What the id of an operator depends on, and what it does not.

use crate::graphs::*;
use penstock_plan::{Chaining, OperatorId, StreamNode};
use serde_json::json;
use std::collections::BTreeMap;

/// The ids by name.
fn ids(nodes: Vec<StreamNode>) -> BTreeMap<String, String> {
    let job = build(nodes);
    let operators = job.vertices.iter().flat_map(|vertex| &vertex.operators);
    operators.map(|operator| (operator.node.name.clone(), operator.id.to_string())).collect()
}

fn job() -> Vec<StreamNode> {
    vec![
        source(1, "s"),
        map(2, "a", &[from(1)]),
        map(3, "b", &[from(1)]),
        keyed(4, "k", &[by_key(2)]),
        print(5, &[from(4)]),
    ]
}

#[test]
fn a_uid_gives_the_id_that_flink_makes_of_it() {
    let node = with(source(1, "s"), |node| node.uid = Some("kafka-source".to_owned()));
    assert_eq!(ids(vec![node])["s"], "61252f73469d3ffba207c548d29a0267");
    assert_eq!(OperatorId::of_uid("source").to_string(), "e5a72f353fc1e6bbf3bd96a41384998c");
}

#[test]
fn a_hash_of_the_user_is_taken_as_it_is() {
    let hash = "0123456789abcdef0123456789ABCDEF";
    let hashed = |hash: &str| {
        with(source(1, "s"), |node| (node.uid_hash, node.uid) = (Some(hash.to_owned()), Some("u".to_owned())))
    };
    assert_eq!(ids(vec![hashed(hash)])["s"], hash.to_lowercase());
    for wrong in ["0123", "x123456789abcdef0123456789abcdef", "+123456789abcdef0123456789abcdef"] {
        let text = error(vec![hashed(wrong)], &[]);
        assert_eq!(
            text,
            format!("set_uid_hash('{wrong}') of operator 's': a hash of 32 hexadecimal digits is expected")
        );
    }
}

#[test]
fn every_operator_has_an_id_of_its_own() {
    let ids = ids(job());
    let distinct: std::collections::BTreeSet<_> = ids.values().collect();
    assert_eq!(distinct.len(), 5);
}

#[test]
fn ids_do_not_depend_on_names_code_parallelism_or_chaining() {
    let before = ids(job());
    let mut edited = job();
    for node in &mut edited {
        node.name = format!("{} renamed", node.name);
        node.parallelism = 3;
        node.chaining = Chaining::Never;
        node.max_parallelism = Some(77);
        node.slot_sharing_group = Some("g".to_owned());
        node.description = Some("d".to_owned());
    }
    edited[1].operator = json_operator(json!({"kind": "function", "function": "function:99", "shape": "map"}));
    edited[2].inputs = vec![by(1, json!({"kind": "shuffle"}))];
    let after: Vec<_> = ids(edited).into_values().collect();
    assert_eq!(after, before.into_values().collect::<Vec<_>>());
}

fn json_operator(value: serde_json::Value) -> penstock_plan::Operator {
    serde_json::from_value(value).expect("an operator")
}

#[test]
fn a_branch_elsewhere_changes_nothing() {
    let before = ids(job());
    let mut wider = job();
    wider.extend([source(6, "other"), print(7, &[from(6)]), map(8, "c", &[from(3)])]);
    wider[4].name = "first print".to_owned();
    let after = ids(wider);
    for name in ["s", "a", "b", "k"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(after["first print"], before["Print to Std. Out"]);
}

#[test]
fn ids_follow_the_place() {
    let before = ids(job());
    // 'k' reads another operator of the same kind.
    let mut moved = job();
    moved[3].inputs = vec![by_key(3)];
    let after = ids(moved);
    assert_eq!(after["a"], before["a"]);
    assert_ne!(after["k"], before["k"]);
    assert_ne!(after["Print to Std. Out"], before["Print to Std. Out"]);
    // 'k' reads a side output.
    let mut aside = job();
    aside[3].inputs = vec![side("late", by_key(2))];
    assert_ne!(ids(aside)["k"], before["k"]);
}

#[test]
fn a_uid_upstream_moves_those_without_one_below_it_once() {
    let with_uid = || {
        let mut nodes = job();
        nodes[1].uid = Some("stable".to_owned());
        nodes
    };
    let before = ids(with_uid());
    let mut inserted = with_uid();
    inserted[1].inputs = vec![from(9)];
    inserted.insert(1, function(9, "new", "filter", &[from(1)]));
    let after = ids(inserted);
    assert_eq!((&after["a"], &after["k"]), (&before["a"], &before["k"]));
}

#[test]
fn a_uid_given_to_a_sibling_changes_nothing_else() {
    let before = ids(job());
    let mut named = job();
    named[1].uid = Some("a".to_owned());
    assert_eq!(ids(named)["b"], before["b"]);
}

#[test]
fn ids_are_the_same_in_every_version() {
    // State is found again by these: they may never change.
    let ids = ids(job());
    assert_eq!(ids["s"], "3401c022bd7819f3bf852f280fd0b247");
    assert_eq!(ids["k"], "0cf20fb6a48132ab718d38e182b04aaf");
}

#[test]
fn the_same_uid_twice() {
    let nodes = vec![source(1, "s"), map(2, "a", &[from(1)]), map(3, "b", &[from(1)])];
    let nodes = nodes.into_iter().map(|node| {
        with(node, |node| {
            if node.id > 1 {
                node.uid = Some("x".to_owned());
            }
        })
    });
    let text = error(nodes.collect(), &[]);
    assert!(text.starts_with("operators 'a' and 'b' have the uid 'x' in common: "), "{text}");
}

#[test]
fn ids_as_text() {
    let id = OperatorId::of_uid("source");
    assert_eq!(id.to_string().parse::<OperatorId>().expect("an id"), id);
    assert_eq!(serde_json::to_value(id).expect("json"), json!("e5a72f353fc1e6bbf3bd96a41384998c"));
    assert!("e5a7".parse::<OperatorId>().is_err());
}
