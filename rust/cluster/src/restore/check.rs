//! Whether a checkpoint fits a job, and what the job takes over from it. A decision on facts.

use std::collections::HashSet;

use penstock_core::{Error, Result};
use penstock_plan::{JobGraph, JobVertex};
use penstock_runtime::build::edge_name;
use penstock_state::{ChannelHandle, CheckpointMetadata, EdgeName, OperatorState};

use super::in_flight::is_as_it_was;

/// Fits a job to the checkpoint it is restored from: number of key groups as in the checkpoint, and no state left over.
/// Gives what is dropped because the user allows it, in sentences.
pub(crate) fn fit(graph: &mut JobGraph, metadata: &CheckpointMetadata, ignore_unclaimed: bool) -> Result<Vec<String>> {
    for vertex in &mut graph.vertices {
        take_over_key_groups(vertex, metadata)?;
    }
    movable(graph, metadata)?;
    let (dropped, lost) = (unclaimed(graph, metadata), without_way(graph, metadata));
    if !ignore_unclaimed && !dropped.is_empty() {
        return Err(left_over(metadata, &dropped));
    }
    if !ignore_unclaimed && !lost.is_empty() {
        return Err(no_way(metadata, &lost));
    }
    let states = dropped.iter().map(|state| format!("The state of {state} is dropped: the job has no such operator."));
    let records =
        lost.iter().map(|records| format!("There are {records}; they are dropped: the job has no such connection."));
    Ok(states.chain(records).collect())
}

/// What was on its way between two operators of a checkpoint, both by name: records, and not only watermarks.
fn on_their_way(metadata: &CheckpointMetadata) -> impl Iterator<Item = (&OperatorState, &ChannelHandle)> {
    metadata.operators.iter().flat_map(|stored| {
        let handles = stored.subtasks.iter().flat_map(|subtask| &subtask.channels);
        handles.filter(|handle| handle.persisted > 0).map(move |handle| (stored, handle))
    })
}

/// The edge of the job over which something was on its way.
fn edge_of(graph: &JobGraph, stored: &OperatorState, handle: &ChannelHandle) -> Option<usize> {
    let vertex = graph.vertices.iter().position(|vertex| vertex.head().id.to_string() == stored.uid_hash)?;
    let mut edges = graph.inputs_of(vertex).map(|(edge, _)| edge);
    edges.find(|edge| edge_name(graph, *edge).as_ref() == Some(&handle.edge))
}

fn name_of<'a>(metadata: &'a CheckpointMetadata, uid_hash: &'a str) -> &'a str {
    metadata.operators.iter().find(|stored| stored.uid_hash == uid_hash).map_or(uid_hash, |stored| &stored.name)
}

/// Whether a record means something to its subtask that no other would know: it cannot go to another then.
fn is_tied(exchange: &str, parallelism: u32, before: u32) -> bool {
    match exchange {
        "forward" | "rescale" => true,
        "custom" => parallelism != before,
        _ => false,
    }
}

fn movable(graph: &JobGraph, metadata: &CheckpointMetadata) -> Result<()> {
    for (stored, handle) in on_their_way(metadata) {
        let Some(edge) = edge_of(graph, stored, handle).and_then(|index| graph.edges.get(index)) else { continue };
        let parallelism = graph.vertices[edge.target_vertex].parallelism;
        let senders = graph.vertices[edge.source_vertex].parallelism;
        let EdgeName { from, exchange, .. } = &handle.edge;
        let same = is_as_it_was(metadata, stored, from, parallelism, senders);
        if !same && is_tied(exchange, parallelism, stored.parallelism) {
            return Err(Error::invalid(format!(
                "checkpoint {} is unaligned and has records on their way from '{}' to '{}', and {exchange} leaves open which \
                 subtask they go to at another parallelism. Start the job with the parallelism of that checkpoint ({}), and \
                 change it with a savepoint, which is always aligned",
                metadata.checkpoint_id,
                name_of(metadata, from),
                stored.name,
                stored.parallelism
            )));
        }
    }
    Ok(())
}

/// Records on their way between operators that are not connected in this way any more.
fn without_way(graph: &JobGraph, metadata: &CheckpointMetadata) -> Vec<String> {
    let known = known(graph);
    let mut lost: Vec<String> = on_their_way(metadata)
        .filter(|(stored, handle)| known.contains(&stored.uid_hash) && edge_of(graph, stored, handle).is_none())
        .map(|(stored, handle)| {
            let EdgeName { from, exchange, declared, .. } = &handle.edge;
            let declared = if declared.is_empty() { String::new() } else { format!(" of type {declared}") };
            format!(
                "records{declared} on their way from '{}' to '{}' by {exchange}",
                name_of(metadata, from),
                stored.name
            )
        })
        .collect();
    lost.dedup();
    lost
}

fn no_way(metadata: &CheckpointMetadata, lost: &[String]) -> Error {
    Error::invalid(format!(
        "checkpoint {} of job '{}' is unaligned and has {}; this job has no such connection. Change the job with a savepoint, \
         which is always aligned, or set execution.savepoint.ignore-unclaimed-state=true (--allowNonRestoredState) to lose \
         these records",
        metadata.checkpoint_id,
        metadata.job_name,
        lost.join(", ")
    ))
}

fn take_over_key_groups(vertex: &mut JobVertex, metadata: &CheckpointMetadata) -> Result<()> {
    for operator in &vertex.operators {
        let id = operator.id.to_string();
        let Some(state) = metadata.operators.iter().find(|s| s.uid_hash == id && has_key_groups(s)) else { continue };
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

fn has_key_groups(state: &OperatorState) -> bool {
    let keyed_records = |handle: &ChannelHandle| handle.persisted > 0 && handle.edge.exchange == "hash";
    state.subtasks.iter().any(|s| !s.keyed.is_empty() || s.channels.iter().any(keyed_records))
}

fn has_state(state: &OperatorState) -> bool {
    let of_subtask = |s: &penstock_state::SubtaskState| {
        let elements = s.operator_states.iter().any(|o| !o.elements.is_empty());
        !s.keyed.is_empty() || elements || s.channels.iter().any(|handle| handle.persisted > 0)
    };
    state.coordinator.is_some() || state.subtasks.iter().any(of_subtask)
}

fn unclaimed(graph: &JobGraph, metadata: &CheckpointMetadata) -> Vec<String> {
    let known = known(graph);
    let left = metadata.operators.iter().filter(|s| has_state(s) && !known.contains(&s.uid_hash));
    left.map(|s| format!("'{}' (uid {})", s.name, s.uid.as_deref().unwrap_or(&s.uid_hash))).collect()
}

fn known(graph: &JobGraph) -> HashSet<String> {
    graph.vertices.iter().flat_map(|v| &v.operators).map(|o| o.id.to_string()).collect()
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
