//! Whether a checkpoint fits a job, and what the job takes over from it. A decision on facts.

use std::collections::HashSet;

use penstock_core::{Error, Result};
use penstock_plan::{JobGraph, JobVertex};
use penstock_state::{CheckpointMetadata, OperatorState};

/// Fits a job to the checkpoint it is restored from: number of key groups as in the checkpoint, and no state left over.
/// Gives the names of operators whose state is dropped because the user allows it.
pub(crate) fn fit(graph: &mut JobGraph, metadata: &CheckpointMetadata, ignore_unclaimed: bool) -> Result<Vec<String>> {
    for vertex in &mut graph.vertices {
        take_over_key_groups(vertex, metadata)?;
    }
    let dropped = unclaimed(graph, metadata);
    if dropped.is_empty() || ignore_unclaimed { Ok(dropped) } else { Err(left_over(metadata, &dropped)) }
}

fn take_over_key_groups(vertex: &mut JobVertex, metadata: &CheckpointMetadata) -> Result<()> {
    for operator in &vertex.operators {
        let id = operator.id.to_string();
        let Some(state) = metadata.operators.iter().find(|s| s.uid_hash == id && has_keyed_state(s)) else { continue };
        let groups = state.max_parallelism;
        if vertex.max_parallelism_is_set && vertex.max_parallelism != groups {
            return Err(Error::invalid(format!(
                "the maximum parallelism of '{}' is {groups} in checkpoint {} and set to {} in the job; it cannot change. \
                 Set it to {groups} or leave it open",
                operator.node.name, metadata.checkpoint_id, vertex.max_parallelism
            )));
        }
        if vertex.parallelism > groups {
            return Err(Error::invalid(format!(
                "the parallelism of '{}' is {}, but the maximum is {groups} since checkpoint {} and cannot change",
                operator.node.name, vertex.parallelism, metadata.checkpoint_id
            )));
        }
        vertex.max_parallelism = groups;
    }
    Ok(())
}

fn has_keyed_state(state: &OperatorState) -> bool {
    state.subtasks.iter().any(|s| !s.keyed.is_empty())
}

fn has_state(state: &OperatorState) -> bool {
    let of_subtask = |s: &penstock_state::SubtaskState| {
        !s.keyed.is_empty() || s.operator_states.iter().any(|o| !o.elements.is_empty())
    };
    state.coordinator.is_some() || state.subtasks.iter().any(of_subtask)
}

fn unclaimed(graph: &JobGraph, metadata: &CheckpointMetadata) -> Vec<String> {
    let known: HashSet<String> = graph.vertices.iter().flat_map(|v| &v.operators).map(|o| o.id.to_string()).collect();
    let left = metadata.operators.iter().filter(|s| has_state(s) && !known.contains(&s.uid_hash));
    left.map(|s| format!("'{}' (uid {})", s.name, s.uid.as_deref().unwrap_or(&s.uid_hash))).collect()
}

fn left_over(metadata: &CheckpointMetadata, dropped: &[String]) -> Error {
    Error::invalid(format!(
        "checkpoint {} of job '{}' has state of operators that this job does not have: {}. Give the operators the uids they \
         had, or set execution.savepoint.ignore-unclaimed-state=true (--allowNonRestoredState) to drop that state",
        metadata.checkpoint_id,
        metadata.job_name,
        dropped.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;
    use penstock_state::{KeyedHandle, StateLocation, SubtaskState};

    fn graph(max_parallelism: Option<u32>, parallelism: u32) -> JobGraph {
        let max = max_parallelism.map_or("null".to_owned(), |m| m.to_string());
        let json = format!(
            r#"{{"nodes": [
            {{"id": 1, "name": "Source: n", "uid": "source", "parallelism": {parallelism}, "max_parallelism": {max},
              "operator": {{"kind": "source", "connector": "sequence", "options": {{"from": 1, "to": 2}}, "decoder": {{"kind": "long"}}}}}}]}}"#
        );
        JobGraph::build(&serde_json::from_str(&json).unwrap(), &Configuration::default()).unwrap()
    }

    fn checkpoint(uid: &str, max_parallelism: u32) -> CheckpointMetadata {
        let location = StateLocation::Inline(bytes::Bytes::new());
        let keyed = vec![KeyedHandle { location, length: 0, key_groups: 0..=127 }];
        let operator = OperatorState {
            uid_hash: penstock_plan::OperatorId::of_uid(uid).to_string(),
            uid: Some(uid.to_owned()),
            name: format!("operator {uid}"),
            parallelism: 1,
            max_parallelism,
            coordinator: None,
            subtasks: vec![SubtaskState { keyed, ..SubtaskState::default() }],
        };
        CheckpointMetadata {
            format_version: 1,
            job_id: "0".repeat(32),
            job_name: "demo".into(),
            checkpoint_id: 7,
            timestamp: 0,
            is_savepoint: false,
            operators: vec![operator],
            earlier_jobs: vec![],
        }
    }

    #[test]
    fn the_checkpoints_number_of_key_groups_is_taken_over() {
        let mut job = graph(None, 2);
        fit(&mut job, &checkpoint("source", 4096), false).unwrap();
        assert_eq!(job.vertices[0].max_parallelism, 4096);
    }

    #[test]
    fn another_number_that_was_set_is_refused() {
        let error = fit(&mut graph(Some(64), 2), &checkpoint("source", 128), false).unwrap_err().to_string();
        assert!(error.contains("is 128 in checkpoint 7 and set to 64"), "{error}");
        assert!(fit(&mut graph(Some(128), 2), &checkpoint("source", 128), false).is_ok());
        assert!(fit(&mut graph(None, 200), &checkpoint("source", 128), false).is_err());
    }

    #[test]
    fn state_without_an_operator_is_refused_unless_allowed() {
        let error = fit(&mut graph(None, 1), &checkpoint("gone", 128), false).unwrap_err().to_string();
        assert!(error.contains("'operator gone' (uid gone)") && error.contains("allowNonRestoredState"), "{error}");
        assert_eq!(fit(&mut graph(None, 1), &checkpoint("gone", 128), true).unwrap().len(), 1);
    }

    #[test]
    fn an_operator_without_state_may_go() {
        let mut metadata = checkpoint("gone", 128);
        metadata.operators[0].subtasks[0].keyed.clear();
        assert!(fit(&mut graph(None, 1), &metadata, false).is_ok());
    }
}
