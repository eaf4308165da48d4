//! What is wrong with a job is said when it is submitted, and nothing has run or was written.

use penstock_cluster::submit;
use penstock_core::Configuration;
use serde_json::{Value, json};

use crate::support::*;

fn refusal(graph: Value, config: Configuration) -> String {
    submit(submission(graph, config, lane(&Switches::default()))).err().expect("refused").to_string()
}

#[test]
fn unknown_words_are_named_with_the_known_ones() {
    let refused = |key: &str, value: &str| refusal(counting(9, 1, &discard()), config(&[(key, value)]));
    let backend = refused("state.backend", "rockdb");
    assert!(backend.contains("'rockdb'") && backend.contains("rocksdb"), "{backend}");
    assert!(refused("restart-strategy.type", "sometimes").contains("exponential-delay"));
    assert!(refused("execution.checkpointing.interval", "often").contains("execution.checkpointing.interval"));
}

#[test]
fn unknown_connectors_are_named_with_their_operator() {
    let error = refusal(
        counting(9, 1, &json!({"kind": "sink", "connector": "pulsar", "encoder": {"kind": "utf8"}})),
        config(&[]),
    );
    assert!(error.contains("'out'") && error.contains("pulsar"), "{error}");
    let error = refusal(counting(9, 1, &json!({"kind": "sink", "connector": "kafka"})), config(&[]));
    assert!(error.contains("takes objects"), "{error}");
}

#[test]
fn a_checkpoint_directory_that_cannot_be_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("checkpoints");
    let entries =
        [("execution.checkpointing.interval", "1 s"), ("execution.checkpointing.dir", below.to_str().unwrap())];
    let error = refusal(counting(9, 1, &discard()), config(&entries));
    assert!(error.starts_with("execution.checkpointing.dir: ") && error.contains("file/checkpoints"), "{error}");
}

#[test]
fn what_to_restore_has_to_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chk-7");
    let error = refusal(counting(9, 1, &discard()), config(&[("execution.savepoint.path", path.to_str().unwrap())]));
    assert!(error.contains("no checkpoint at"), "{error}");
    let error = refusal(counting(9, 1, &discard()), config(&[("execution.savepoint.path", "latest")]));
    assert!(error.contains("execution.checkpointing.dir"), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
