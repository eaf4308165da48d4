//! What plans look like.

use crate::graphs::*;
use penstock_core::Configuration;
use penstock_plan::{StreamNode, execution_plan, rest_plan};
use serde_json::json;

fn job() -> Vec<StreamNode> {
    vec![
        with(source(1, "numbers"), |node| node.parallelism = 1),
        map(2, "Map", &[from(1)]),
        print(3, &[from(2)]),
        keyed(4, "KEYED PROCESS", &[by_key(2)]),
    ]
}

#[test]
fn the_execution_plan_has_flinks_shape() {
    let text = execution_plan(&graph(job()), &Configuration::default()).expect("a plan");
    let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let expected = json!({"nodes": [
        {"id": 1, "type": "Source: numbers", "pact": "Data Source", "contents": "Source: numbers", "parallelism": 1},
        {"id": 2, "type": "Map", "pact": "Operator", "contents": "Map", "parallelism": 2,
         "predecessors": [{"id": 1, "ship_strategy": "REBALANCE", "side": "second"}]},
        {"id": 4, "type": "KEYED PROCESS", "pact": "Operator", "contents": "KEYED PROCESS", "parallelism": 2,
         "predecessors": [{"id": 2, "ship_strategy": "HASH", "side": "second"}]},
        {"id": 3, "type": "Sink: Print to Std. Out", "pact": "Data Sink", "contents": "Sink: Print to Std. Out",
         "parallelism": 2, "predecessors": [{"id": 2, "ship_strategy": "FORWARD", "side": "second"}]},
    ]});
    assert_eq!(plan, expected);
}

#[test]
fn what_cannot_run_cannot_be_explained() {
    let error = execution_plan(&graph(vec![map(2, "m", &[from(7)])]), &Configuration::default());
    assert!(error.expect_err("invalid").to_string().contains("reads node 7"));
}

#[test]
fn the_rest_plan_has_flinks_shape() {
    let nodes = job().into_iter().map(|node| with(node, |node| node.uid = Some(format!("uid {}", node.id)))).collect();
    let job = build(nodes);
    let id = |vertex: usize| job.vertices[vertex].id.to_string();
    let plan = rest_plan(&job, "755f88549d6063b2e659513fc2d76260", "demo");
    let node = |vertex: usize, parallelism: u32, description: &str| {
        json!({"id": id(vertex), "parallelism": parallelism, "operator": "", "operator_strategy": "",
               "description": description, "optimizer_properties": {}})
    };
    let input = |vertex: usize, ship: &str| {
        let exchange = "pipelined_bounded";
        json!([{"num": 0, "id": id(vertex), "ship_strategy": ship, "exchange": exchange}])
    };
    let mut keyed = node(2, 2, "KEYED PROCESS<br/>");
    keyed["inputs"] = input(1, "HASH");
    let mut map = node(1, 2, "Map<br/>+- Sink: Print to Std. Out<br/>");
    map["inputs"] = input(0, "REBALANCE");
    let expected = json!({"jid": "755f88549d6063b2e659513fc2d76260", "name": "demo", "type": "STREAMING",
                          "nodes": [keyed, map, node(0, 1, "Source: numbers<br/>")]});
    assert_eq!(plan, expected);
}
