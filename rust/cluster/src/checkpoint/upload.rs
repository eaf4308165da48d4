//! The asynchronous part of a task's snapshot: from what the task has frozen to files, or into `_metadata` where it is
//! small.

use penstock_core::{Error, Result};
use penstock_plan::JobGraph;
use penstock_runtime::build::edge_name;
use penstock_runtime::mailbox::TaskSnapshot;
use penstock_runtime::operators::{InFlight, OperatorState, Redistribution};
use penstock_state::in_flight::{ChannelElement, encode};
use penstock_state::metadata::FORMAT_VERSION;
use penstock_state::{
    ChannelHandle, CheckpointFolder, CheckpointMetadata, OperatorState as StoredOperator, OperatorStateEntry,
    OperatorStateMode, StateLocation, SubtaskState, upload_keyed,
};

/// What a subtask contributes to a checkpoint, by the operators' ids.
pub(crate) type TaskStates = Vec<(String, SubtaskState)>;

/// Stores a task's snapshot.
pub(crate) async fn store(
    snapshot: TaskSnapshot,
    index: u32,
    graph: &JobGraph,
    folder: &CheckpointFolder,
    inline_limit: usize,
) -> Result<TaskStates> {
    let mut states = TaskStates::new();
    for (uid_hash, operator) in snapshot {
        let keyed = match operator.keyed {
            Some(frozen) => upload_keyed(frozen, folder, inline_limit).await?,
            None => None,
        };
        let operator_states = operator.operator.into_iter().map(entry).collect();
        let mut channels = Vec::new();
        for in_flight in operator.in_flight {
            channels.push(store_channels(&in_flight, graph, folder, inline_limit).await?);
        }
        let keyed = keyed.into_iter().collect();
        states.push((uid_hash, SubtaskState { index, keyed, operator_states, finished: false, channels }));
    }
    Ok(states)
}

/// Stores what was on its way over one edge.
async fn store_channels(
    in_flight: &InFlight,
    graph: &JobGraph,
    folder: &CheckpointFolder,
    inline_limit: usize,
) -> Result<ChannelHandle> {
    let edge =
        edge_name(graph, in_flight.edge).ok_or_else(|| Error::internal("records of an edge that is not there"))?;
    let persisted =
        in_flight.channels.iter().flat_map(|channel| &channel.elements).map(ChannelElement::len).sum::<usize>();
    let bytes = encode(&in_flight.channels);
    let length = bytes.len();
    let location = if length <= inline_limit {
        StateLocation::Inline(bytes.into())
    } else {
        folder.write_state(bytes.into()).await?
    };
    Ok(ChannelHandle { edge, persisted: persisted as u64, location, length: length as u64 })
}

/// A task's part of a checkpoint on its way from a slot process: the metadata of a checkpoint that has nothing else.
pub(crate) fn to_bytes(states: TaskStates) -> Vec<u8> {
    let operator = |(uid_hash, state): (String, SubtaskState)| StoredOperator {
        uid_hash,
        uid: None,
        name: String::new(),
        parallelism: 1,
        max_parallelism: 1,
        coordinator: None,
        subtasks: vec![state],
    };
    let metadata = CheckpointMetadata {
        format_version: FORMAT_VERSION,
        job_id: "0".repeat(32),
        job_name: String::new(),
        checkpoint_id: 0,
        timestamp: 0,
        is_savepoint: false,
        earlier_jobs: Vec::new(),
        operators: states.into_iter().map(operator).collect(),
    };
    metadata.encode()
}

/// The other way.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<TaskStates> {
    let metadata = CheckpointMetadata::decode(bytes, "a part of a checkpoint")?;
    let state = |operator: StoredOperator| Some((operator.uid_hash, operator.subtasks.into_iter().next()?));
    Ok(metadata.operators.into_iter().filter_map(state).collect())
}

fn entry(state: OperatorState) -> OperatorStateEntry {
    let mode = match state.mode {
        Redistribution::Split => OperatorStateMode::Split,
        Redistribution::Broadcast => OperatorStateMode::Broadcast,
    };
    OperatorStateEntry { name: state.name, mode, elements: state.elements }
}
