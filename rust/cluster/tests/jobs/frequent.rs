//! Checkpoints that come faster than transactions can be opened: records have to get on between them all the same.

use std::collections::BTreeMap;
use std::time::Duration;

use penstock_cluster::{JobResult, submit};
use penstock_connectors::kafka::mock::MockCluster;
use penstock_core::Object;
use penstock_runtime::testing::RustLane;
use serde_json::{Value, json};

use crate::support::*;

/// So many that one for every few checkpoints would take longer than anybody waits.
const LAST: i64 = 999;

/// Numbers that go through a slow function into Kafka, from a source that the function is connected with like this.
fn into_kafka(cluster: &MockCluster, partitioner: &Value) -> Value {
    let sink = json!({"kind": "sink", "connector": "kafka", "encoder": {"kind": "utf8"}, "options": {
        "bootstrap_servers": cluster.bootstrap_servers(), "topic": "out",
        "delivery_guarantee": "exactly-once", "transactional_id_prefix": "frequent"
    }});
    json!({"nodes": [
        {"id": 1, "name": "numbers", "parallelism": 1, "operator":
            {"kind": "source", "connector": "sequence", "options": {"from": 0, "to": LAST}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "slow", "parallelism": 1, "inputs": [{"node": 1, "partitioner": partitioner}],
         "operator": {"kind": "function", "function": "slow", "shape": "map"}},
        {"id": 3, "name": "out", "parallelism": 1, "inputs": [{"node": 2, "partitioner": {"kind": "forward"}}],
         "operator": sink}
    ]})
}

fn slow_lane() -> RustLane {
    RustLane::default().with("slow", |call| {
        std::thread::sleep(Duration::from_millis(1));
        let number = call.value.downcast_ref::<i64>().expect("a number");
        call.emit(Object::from_value(number.to_string()))
    })
}

fn runs_to_its_end(unaligned: &str, partitioner: &Value) {
    let dir = tempfile::tempdir().unwrap();
    let cluster = MockCluster::start(&BTreeMap::from([("out".to_owned(), 1)])).unwrap();
    cluster.answer_after(Duration::from_millis(50)).unwrap();
    let config = config(&[
        ("execution.checkpointing.dir", dir.path().to_str().unwrap()),
        ("execution.checkpointing.interval", "10 ms"),
        ("execution.checkpointing.unaligned.enabled", unaligned),
    ]);
    let job = submit(submission(into_kafka(&cluster, partitioner), config, slow_lane())).unwrap();
    let result = wait(&job);
    assert!(matches!(result, JobResult::Finished { .. }), "{result:?}");
}

#[test]
fn barriers_that_overtake_records_leave_them_time() {
    runs_to_its_end("true", &json!({"kind": "hash", "selector": "first"}));
}

#[test]
fn barriers_of_a_source_leave_its_records_time() {
    runs_to_its_end("false", &json!({"kind": "forward"}));
}
