//! Who gets what of a checkpoint, at any parallelism. Functions of the checkpoint's metadata and the job graph.

use std::collections::{BTreeMap, HashMap};

use penstock_core::source::Split;
use penstock_core::{Error, Result, key_group};
use penstock_plan::{ChainedOperator, JobGraph, Operator as Plan};
use penstock_runtime::operators::{OperatorState, Redistribution, RestoredOperator};
use penstock_runtime::task::SPLITS_STATE;
use penstock_state::{CheckpointMetadata, KeyedHandle, OperatorState as StoredOperator, OperatorStateMode};

use super::in_flight::{Share, shares};

/// What one subtask gets, by the operators' ids.
#[derive(Debug, Default)]
pub(crate) struct SubtaskRestore {
    /// Operator states.
    pub(crate) operators: HashMap<String, RestoredOperator>,
    /// Files with keyed state of the subtask's key groups, and of others.
    pub(crate) keyed: HashMap<String, Vec<KeyedHandle>>,
    /// What was on its way to the subtask, or to those whose work it takes over.
    pub(crate) in_flight: Vec<Share>,
}

/// What a subtask of a vertex gets.
pub(crate) fn for_subtask(
    metadata: &CheckpointMetadata,
    graph: &JobGraph,
    vertex: usize,
    subtask: u32,
) -> SubtaskRestore {
    let in_flight = shares(metadata, graph, vertex, subtask);
    let vertex = &graph.vertices[vertex];
    let mut restore = SubtaskRestore { in_flight, ..SubtaskRestore::default() };
    for operator in &vertex.operators {
        let id = operator.id.to_string();
        let stored = metadata.operators.iter().find(|s| s.uid_hash == id);
        if let Some(stored) = stored {
            let range = key_group::key_group_range(subtask, vertex.parallelism, vertex.max_parallelism);
            let handles = stored.subtasks.iter().flat_map(|s| &s.keyed);
            let wanted = handles.filter(|h| h.key_groups.start() <= range.end() && range.start() <= h.key_groups.end());
            restore.keyed.insert(id.clone(), wanted.cloned().collect());
        }
        let states = stored.map(|stored| operator_states(stored, operator, subtask, vertex.parallelism));
        let restored =
            RestoredOperator { checkpoint_id: Some(metadata.checkpoint_id), operator: states.unwrap_or_default() };
        restore.operators.insert(id, restored);
    }
    restore
}

/// What a source's enumerator knew, and the splits that its readers had.
pub(crate) fn for_source(
    metadata: &CheckpointMetadata,
    source: &ChainedOperator,
) -> Result<(Option<Vec<u8>>, Vec<Split>)> {
    let id = source.id.to_string();
    match metadata.operators.iter().find(|s| s.uid_hash == id) {
        None => Ok((None, Vec::new())),
        Some(stored) => Ok((stored.coordinator.clone(), splits_of(stored)?)),
    }
}

/// The splits in the snapshots of a source's readers.
pub(crate) fn splits_of(stored: &StoredOperator) -> Result<Vec<Split>> {
    let entries = stored.subtasks.iter().flat_map(|s| &s.operator_states).filter(|e| e.name == SPLITS_STATE);
    let parse = |element: &Vec<u8>| {
        let damaged =
            |e| Error::external(format!("a split of '{}' in the checkpoint cannot be read: {e}", stored.name));
        serde_json::from_slice(element).map_err(damaged)
    };
    entries.flat_map(|entry| &entry.elements).map(parse).collect()
}

/// An operator state of several old subtasks: index and elements of each.
struct Parts<'a> {
    mode: OperatorStateMode,
    of_subtasks: Vec<(u32, &'a Vec<Vec<u8>>)>,
}

fn operator_states(
    stored: &StoredOperator,
    operator: &ChainedOperator,
    subtask: u32,
    parallelism: u32,
) -> Vec<OperatorState> {
    let mut by_name: BTreeMap<&str, Parts<'_>> = BTreeMap::new();
    for old in &stored.subtasks {
        // The splits are the enumerator's to hand out.
        for entry in old.operator_states.iter().filter(|e| e.name != SPLITS_STATE) {
            let parts =
                by_name.entry(&entry.name).or_insert_with(|| Parts { mode: entry.mode, of_subtasks: Vec::new() });
            parts.of_subtasks.push((old.index, &entry.elements));
        }
    }
    // At the same parallelism everybody keeps what it had, so that some may start again while others run.
    let owned_whole = matches!(operator.node.operator, Plan::Sink { .. }) || stored.parallelism == parallelism;
    let share = |(name, parts): (&str, Parts<'_>)| OperatorState {
        name: name.to_owned(),
        mode: if parts.mode == OperatorStateMode::Broadcast {
            Redistribution::Broadcast
        } else {
            Redistribution::Split
        },
        elements: match parts.mode {
            OperatorStateMode::Broadcast => parts.of_subtasks[subtask as usize % parts.of_subtasks.len()].1.clone(),
            OperatorStateMode::Union => parts.elements().cloned().collect(),
            // A sink's subtask knows its own by the index it had, at any parallelism.
            OperatorStateMode::Split if owned_whole => parts.of_index(subtask, parallelism),
            OperatorStateMode::Split => parts.round_robin(subtask, parallelism),
        },
    };
    by_name.into_iter().map(share).collect()
}

impl<'a> Parts<'a> {
    fn elements(&self) -> impl Iterator<Item = &'a Vec<u8>> {
        self.of_subtasks.iter().flat_map(|(_, elements)| elements.iter())
    }

    fn of_index(&self, subtask: u32, parallelism: u32) -> Vec<Vec<u8>> {
        let mine = self.of_subtasks.iter().filter(|(index, _)| index % parallelism == subtask);
        mine.flat_map(|(_, elements)| elements.iter().cloned()).collect()
    }

    fn round_robin(&self, subtask: u32, parallelism: u32) -> Vec<Vec<u8>> {
        let mine = self.elements().enumerate().filter(|(i, _)| *i as u32 % parallelism == subtask);
        mine.map(|(_, element)| element.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use penstock_core::Configuration;
    use penstock_state::{OperatorStateEntry, StateLocation, SubtaskState};

    fn graph(kind: &str, parallelism: u32) -> JobGraph {
        let json = format!(
            r#"{{"nodes": [
            {{"id": 1, "name": "Source: n", "uid": "source", "parallelism": {parallelism},
              "operator": {{"kind": "source", "connector": "sequence", "options": {{"from": 1, "to": 2}}, "decoder": {{"kind": "long"}}}}}},
            {{"id": 2, "name": "it", "uid": "it", "parallelism": {parallelism}, "inputs": [{{"node": 1, "partitioner": {{"kind": "forward"}}}}],
              "operator": {kind}}}]}}"#
        );
        JobGraph::build(&serde_json::from_str(&json).unwrap(), &Configuration::default()).unwrap()
    }

    const FUNCTION: &str = r#"{"kind": "function", "function": "f", "shape": "map"}"#;
    const SINK: &str = r#"{"kind": "sink", "connector": "file"}"#;

    fn metadata(uid: &str, mode: OperatorStateMode, parts: &[&[&str]]) -> CheckpointMetadata {
        let subtasks = parts.iter().enumerate().map(|(index, elements)| {
            let elements = elements.iter().map(|e| e.as_bytes().to_vec()).collect();
            let groups = key_group::key_group_range(index as u32, parts.len() as u32, 128);
            SubtaskState {
                index: index as u32,
                keyed: vec![KeyedHandle {
                    location: StateLocation::Inline(Bytes::new()),
                    length: 0,
                    key_groups: groups,
                }],
                operator_states: vec![OperatorStateEntry { name: "s".into(), mode, elements }],
                finished: false,
                channels: vec![],
            }
        });
        let operator = StoredOperator {
            uid_hash: penstock_plan::OperatorId::of_uid(uid).to_string(),
            uid: Some(uid.into()),
            name: uid.into(),
            parallelism: parts.len() as u32,
            max_parallelism: 128,
            coordinator: Some(vec![1]),
            subtasks: subtasks.collect(),
        };
        CheckpointMetadata {
            format_version: 1,
            job_id: "0".repeat(32),
            job_name: "d".into(),
            checkpoint_id: 7,
            timestamp: 0,
            is_savepoint: false,
            operators: vec![operator],
            earlier_jobs: vec![],
        }
    }

    fn shares(kind: &str, metadata: &CheckpointMetadata, parallelism: u32) -> Vec<String> {
        let graph = graph(kind, parallelism);
        let id = penstock_plan::OperatorId::of_uid("it").to_string();
        (0..parallelism)
            .map(|subtask| {
                let restore = for_subtask(metadata, &graph, 0, subtask);
                assert_eq!(restore.operators[&id].checkpoint_id, Some(7));
                restore.operators[&id]
                    .elements("s")
                    .iter()
                    .map(|e| String::from_utf8_lossy(e).into_owned())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    #[test]
    fn split_elements_go_round_and_none_is_lost() {
        let metadata = metadata("it", OperatorStateMode::Split, &[&["a", "b"], &["c"], &["d", "e"]]);
        assert_eq!(shares(FUNCTION, &metadata, 2), ["a c e", "b d"]);
        assert_eq!(shares(FUNCTION, &metadata, 1), ["a b c d e"]);
    }

    #[test]
    fn a_sinks_elements_stay_together_by_their_old_index() {
        let metadata = metadata("it", OperatorStateMode::Split, &[&["a", "b"], &["c"], &["d"]]);
        assert_eq!(shares(SINK, &metadata, 2), ["a b d", "c"]);
        assert_eq!(shares(SINK, &metadata, 4), ["a b", "c", "d", ""]);
    }

    #[test]
    fn broadcast_elements_come_from_one_and_union_elements_from_all() {
        let broadcast = metadata("it", OperatorStateMode::Broadcast, &[&["a", "b"], &["a", "b"]]);
        assert_eq!(shares(FUNCTION, &broadcast, 3), ["a b", "a b", "a b"]);
        let union = metadata("it", OperatorStateMode::Union, &[&["a"], &["b"]]);
        assert_eq!(shares(FUNCTION, &union, 2), ["a b", "a b"]);
    }

    #[test]
    fn keyed_state_comes_from_whoever_had_the_key_groups() {
        let metadata = metadata("it", OperatorStateMode::Split, &[&[], &[], &[], &[]]);
        let graph = graph(FUNCTION, 2);
        let id = penstock_plan::OperatorId::of_uid("it").to_string();
        let starts = |subtask| {
            for_subtask(&metadata, &graph, 0, subtask).keyed[&id]
                .iter()
                .map(|h| *h.key_groups.start())
                .collect::<Vec<_>>()
        };
        assert_eq!((starts(0), starts(1)), (vec![0, 32], vec![64, 96]));
    }

    #[test]
    fn a_sources_splits_go_to_the_enumerator() {
        let split = Split { id: "0".into(), position: 5, data: vec![9] };
        let mut metadata = metadata("source", OperatorStateMode::Split, &[&[]]);
        metadata.operators[0].subtasks[0].operator_states[0] = OperatorStateEntry {
            name: SPLITS_STATE.into(),
            mode: OperatorStateMode::Split,
            elements: vec![serde_json::to_vec(&split).unwrap()],
        };
        let graph = graph(FUNCTION, 1);
        assert_eq!(for_source(&metadata, graph.vertices[0].head()).unwrap(), (Some(vec![1]), vec![split]));
        assert!(for_subtask(&metadata, &graph, 0, 0).operators.values().all(|o| o.operator.is_empty()));
    }
}
