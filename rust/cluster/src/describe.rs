//! What a job would be, without running it or asking anybody: for whoever has to know whether it fits what runs already.

mod states;

use penstock_core::config::options;
use penstock_core::{Configuration, Result};
use penstock_plan::{ChainedOperator, JobGraph, Operator, StreamGraph};
use serde_json::{Value, json};

pub use states::incompatible_states;

use crate::restart::RestartStrategy;
use crate::settings::{BackendSettings, CancellationSettings, CheckpointPlace, task_settings};
use crate::submit::connectors;

/// Checks a job as far as that needs no network, and describes it: its operators with their ids, and where its state goes.
pub fn describe(graph: &StreamGraph, config: &Configuration) -> Result<Value> {
    let job = JobGraph::build(graph, config)?;
    let checkpoints = CheckpointPlace::read(config, job.mode, &"0".repeat(32))?;
    let periodic = checkpoints.as_ref().is_some_and(CheckpointPlace::is_periodic);
    task_settings(config, job.mode, periodic)?;
    BackendSettings::read(config, 1)?;
    CancellationSettings::read(config)?;
    RestartStrategy::from_config(config, periodic, 0)?;
    connectors(graph.nodes.iter(), config, None)?;
    let operators: Vec<Value> = (0..job.vertices.len())
        .flat_map(|vertex| job.vertices[vertex].operators.iter().map(move |one| (vertex, one)))
        .map(|(vertex, one)| operator(&job, vertex, one))
        .collect();
    Ok(json!({
        "operators": operators,
        "checkpoints": periodic,
        "checkpoint_directory": config.read(&options::CHECKPOINT_DIR)?,
        "savepoint_directory": config.read(&options::SAVEPOINT_DIR)?,
        "allows_dropped_state": config.read(&options::RESTORE_IGNORE_UNCLAIMED)?,
    }))
}

fn operator(job: &JobGraph, vertex: usize, operator: &ChainedOperator) -> Value {
    json!({
        "id": operator.id,
        "uid": operator.node.uid,
        "name": operator.node.name,
        "stateful": may_have_state(&operator.node.operator),
        "states": states::known(job, vertex, operator),
    })
}

/// Whether a checkpoint may have something of it that would be missed.
fn may_have_state(operator: &Operator) -> bool {
    match operator {
        Operator::Source { .. } | Operator::AsyncWait { .. } | Operator::IntervalJoin { .. } => true,
        Operator::Function { keyed, broadcast_states, .. } => *keyed || !broadcast_states.is_empty(),
        Operator::Batches { .. } | Operator::Watermarks { .. } => false,
        Operator::Sink { encoder, .. } => encoder.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = r#"{"nodes": [
        {"id": 1, "name": "numbers", "uid": "source", "parallelism": 1,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 2}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "double", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
         "operator": {"kind": "function", "function": "f", "shape": "map"}},
        {"id": 3, "name": "out", "parallelism": 1, "inputs": [{"node": 2, "partitioner": {"kind": "forward"}}],
         "operator": {"kind": "sink", "connector": "print"}}]}"#;

    #[test]
    fn operators_and_directories() {
        let mut config = Configuration::default();
        config.set("execution.checkpointing.interval", "1 s");
        config.set("state.checkpoints.dir", "/checkpoints");
        let described = describe(&serde_json::from_str(GRAPH).unwrap(), &config).unwrap();
        let stateful: Vec<_> =
            described["operators"].as_array().unwrap().iter().map(|o| o["stateful"].as_bool()).collect();
        assert_eq!(stateful, [Some(true), Some(false), Some(false)]);
        assert_eq!(described["operators"][0]["uid"], "source");
        assert_eq!(
            (described["checkpoints"].as_bool(), described["checkpoint_directory"].as_str()),
            (Some(true), Some("/checkpoints"))
        );
    }

    #[test]
    fn what_is_wrong_is_an_error() {
        let mut config = Configuration::default();
        config.set("state.backend.type", "rockdb");
        assert!(describe(&serde_json::from_str(GRAPH).unwrap(), &config).is_err());
    }
}
