//! The asynchronous part of a task's snapshot: from what the task has frozen to files, or into `_metadata` where it is
//! small.

use penstock_core::Result;
use penstock_runtime::mailbox::TaskSnapshot;
use penstock_runtime::operators::{OperatorState, Redistribution};
use penstock_state::{CheckpointFolder, OperatorStateEntry, OperatorStateMode, SubtaskState, upload_keyed};

/// What a subtask contributes to a checkpoint, by the operators' ids.
pub(crate) type TaskStates = Vec<(String, SubtaskState)>;

/// Stores a task's snapshot.
pub(super) async fn store(
    snapshot: TaskSnapshot,
    index: u32,
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
        states.push((
            uid_hash,
            SubtaskState { index, keyed: keyed.into_iter().collect(), operator_states, finished: false },
        ));
    }
    Ok(states)
}

fn entry(state: OperatorState) -> OperatorStateEntry {
    let mode = match state.mode {
        Redistribution::Split => OperatorStateMode::Split,
        Redistribution::Broadcast => OperatorStateMode::Broadcast,
    };
    OperatorStateEntry { name: state.name, mode, elements: state.elements }
}
