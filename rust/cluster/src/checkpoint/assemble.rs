//! From what the tasks have contributed to the metadata of a checkpoint. A function of facts.

use std::collections::BTreeMap;

use penstock_plan::{ChainedOperator, JobGraph, JobVertex};
use penstock_state::metadata::FORMAT_VERSION;
use penstock_state::{CheckpointMetadata, DatabaseFile, FilePlace, OperatorState, StateLocation, SubtaskState};

use super::TaskStates;

/// What has been contributed to a checkpoint so far.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// By vertex and subtask. A subtask that is not there has finished.
    pub(super) tasks: BTreeMap<(usize, u32), TaskStates>,
    /// Snapshots of the enumerators, by their sources' vertices.
    pub(super) enumerators: BTreeMap<usize, Vec<u8>>,
}

/// The names of a checkpoint.
#[derive(Debug, Clone)]
pub(super) struct Title {
    pub(super) job_id: String,
    pub(super) job_name: String,
    pub(super) checkpoint_id: u64,
    pub(super) timestamp: i64,
    pub(super) is_savepoint: bool,
    pub(super) earlier_jobs: Vec<String>,
}

/// The metadata of a checkpoint that is whole.
pub(super) fn assemble(title: Title, graph: &JobGraph, mut parts: Parts) -> CheckpointMetadata {
    let mut operators = Vec::new();
    for (index, vertex) in graph.vertices.iter().enumerate() {
        for (position, operator) in vertex.operators.iter().enumerate() {
            let coordinator = if position == 0 { parts.enumerators.remove(&index) } else { None };
            let subtasks =
                (0..vertex.parallelism).map(|subtask| subtask_state(&mut parts, index, subtask, operator)).collect();
            operators.push(operator_state(vertex, operator, coordinator, subtasks));
        }
    }
    let Title { job_id, job_name, checkpoint_id, timestamp, is_savepoint, earlier_jobs } = title;
    CheckpointMetadata {
        format_version: FORMAT_VERSION,
        job_id,
        job_name,
        checkpoint_id,
        timestamp,
        is_savepoint,
        operators,
        earlier_jobs,
    }
}

fn operator_state(
    vertex: &JobVertex,
    operator: &ChainedOperator,
    coordinator: Option<Vec<u8>>,
    subtasks: Vec<SubtaskState>,
) -> OperatorState {
    OperatorState {
        uid_hash: operator.id.to_string(),
        uid: operator.node.uid.clone(),
        name: operator.node.name.clone(),
        parallelism: vertex.parallelism,
        max_parallelism: vertex.max_parallelism,
        coordinator,
        subtasks,
    }
}

fn subtask_state(parts: &mut Parts, vertex: usize, index: u32, operator: &ChainedOperator) -> SubtaskState {
    let Some(states) = parts.tasks.get_mut(&(vertex, index)) else {
        return SubtaskState { index, finished: true, ..SubtaskState::default() };
    };
    let id = operator.id.to_string();
    match states.iter().position(|(uid_hash, _)| *uid_hash == id) {
        Some(found) => states.swap_remove(found).1,
        None => SubtaskState { index, ..SubtaskState::default() },
    }
}

/// Bytes of files in a checkpoint that earlier ones have brought.
pub(super) fn size_of_others(metadata: &CheckpointMetadata) -> u64 {
    let subtasks = metadata.operators.iter().flat_map(|operator| &operator.subtasks);
    let databases = subtasks.flat_map(|subtask| &subtask.keyed).filter_map(|handle| match &handle.location {
        StateLocation::Database(database) => Some(database),
        StateLocation::File(_) | StateLocation::Inline(_) => None,
    });
    let brought_earlier = |file: &&DatabaseFile| matches!(&file.place, FilePlace::Shared(shared) if shared.checkpoint() != Some(metadata.checkpoint_id));
    databases.flat_map(|database| &database.files).filter(brought_earlier).map(|file| file.length).sum()
}

/// Bytes of state of a subtask.
fn size_of_subtask(subtask: &SubtaskState) -> u64 {
    let keyed: u64 = subtask.keyed.iter().map(|handle| handle.length).sum();
    let operator: usize = subtask.operator_states.iter().flat_map(|s| &s.elements).map(Vec::len).sum();
    let channels: u64 = subtask.channels.iter().map(|handle| handle.length).sum();
    keyed + operator as u64 + channels
}

/// Bytes of records on their way that a task contributes.
pub(super) fn persisted_by(states: &TaskStates) -> u64 {
    states.iter().flat_map(|(_, subtask)| &subtask.channels).map(|handle| handle.persisted).sum()
}

/// Bytes of state that a task contributes.
pub(super) fn size_of_states(states: &TaskStates) -> u64 {
    states.iter().map(|(_, subtask)| size_of_subtask(subtask)).sum()
}

/// Bytes of state in a checkpoint.
pub(super) fn size_of(metadata: &CheckpointMetadata) -> u64 {
    let of_operator = |operator: &OperatorState| {
        operator.coordinator.as_ref().map_or(0, |c| c.len() as u64)
            + operator.subtasks.iter().map(size_of_subtask).sum::<u64>()
    };
    metadata.operators.iter().map(of_operator).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;
    use penstock_state::{OperatorStateEntry, OperatorStateMode};

    #[test]
    fn every_operator_and_subtask_has_its_place() {
        let json = r#"{"nodes": [
            {"id": 1, "name": "numbers", "uid": "source", "parallelism": 2,
             "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 2}, "decoder": {"kind": "long"}}},
            {"id": 2, "name": "double", "parallelism": 2, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
             "operator": {"kind": "function", "function": "f", "shape": "map"}}]}"#;
        let graph = JobGraph::build(&serde_json::from_str(json).unwrap(), &Configuration::default()).unwrap();
        let source = graph.vertices[0].operators[0].id.to_string();
        let entry =
            OperatorStateEntry { name: "splits".into(), mode: OperatorStateMode::Split, elements: vec![vec![1, 2, 3]] };
        let state = SubtaskState { index: 0, operator_states: vec![entry], ..SubtaskState::default() };
        let parts = Parts {
            tasks: BTreeMap::from([((0, 0), vec![(source, state.clone())])]),
            enumerators: BTreeMap::from([(0, vec![7])]),
        };
        let title = Title {
            job_id: "0".repeat(32),
            job_name: "demo".into(),
            checkpoint_id: 3,
            timestamp: 5,
            is_savepoint: false,
            earlier_jobs: vec![],
        };
        let metadata = assemble(title, &graph, parts);

        let [first, second] = &metadata.operators[..] else { panic!("two operators") };
        assert_eq!((first.uid.as_deref(), first.coordinator.as_deref()), (Some("source"), Some(&[7][..])));
        assert_eq!(first.subtasks[0], state);
        assert!(first.subtasks[1].finished && second.subtasks[1].finished);
        assert!(!second.subtasks[0].finished && second.coordinator.is_none());
        assert_eq!(size_of(&metadata), 4);
    }
}
