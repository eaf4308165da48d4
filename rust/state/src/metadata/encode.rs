//! Writes `_metadata`.

use super::{
    CheckpointMetadata, DatabaseFile, FORMAT_VERSION, FilePlace, KeyedHandle, MAGIC, OperatorState, OperatorStateEntry,
    OperatorStateMode, StateLocation, SubtaskState,
};
use crate::snapshot::put_state;
use crate::wire::{put_bytes, put_str, put_varint};

impl CheckpointMetadata {
    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_str(&mut body, &self.job_id);
        put_str(&mut body, &self.job_name);
        put_varint(&mut body, self.checkpoint_id);
        body.extend_from_slice(&self.timestamp.to_le_bytes());
        body.push(u8::from(self.is_savepoint));
        list(&mut body, &self.operators, operator);
        list(&mut body, &self.earlier_jobs, |out, job| put_str(out, job));

        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        file.extend_from_slice(&(body.len() as u64).to_le_bytes());
        file.append(&mut body);
        file.extend_from_slice(&crc32c::crc32c(&file).to_le_bytes());
        file
    }
}

fn list<T>(out: &mut Vec<u8>, items: &[T], item: impl Fn(&mut Vec<u8>, &T)) {
    put_varint(out, items.len() as u64);
    for i in items {
        item(out, i);
    }
}

fn optional<T: ?Sized>(out: &mut Vec<u8>, value: Option<&T>, put: impl Fn(&mut Vec<u8>, &T)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

fn operator(out: &mut Vec<u8>, operator: &OperatorState) {
    put_str(out, &operator.uid_hash);
    optional(out, operator.uid.as_deref(), put_str);
    put_str(out, &operator.name);
    put_varint(out, operator.parallelism.into());
    put_varint(out, operator.max_parallelism.into());
    optional(out, operator.coordinator.as_deref(), put_bytes);
    list(out, &operator.subtasks, subtask);
}

fn subtask(out: &mut Vec<u8>, subtask: &SubtaskState) {
    put_varint(out, subtask.index.into());
    list(out, &subtask.keyed, keyed);
    list(out, &subtask.operator_states, operator_state);
    out.push(u8::from(subtask.finished));
}

fn keyed(out: &mut Vec<u8>, handle: &KeyedHandle) {
    match &handle.location {
        StateLocation::File(path) => {
            out.push(0);
            put_str(out, path);
        }
        StateLocation::Inline(bytes) => {
            out.push(1);
            put_bytes(out, bytes);
        }
        StateLocation::Database(files) => {
            out.push(2);
            list(out, &files.states, put_state);
            list(out, &files.files, database_file);
        }
    }
    put_varint(out, handle.length);
    put_varint(out, (*handle.key_groups.start()).into());
    put_varint(out, (*handle.key_groups.end()).into());
}

fn database_file(out: &mut Vec<u8>, file: &DatabaseFile) {
    put_str(out, &file.name);
    match &file.place {
        FilePlace::Own(path) => {
            out.push(0);
            put_str(out, path);
        }
        FilePlace::Inline(bytes) => {
            out.push(1);
            put_bytes(out, bytes);
        }
        FilePlace::Shared(shared) => {
            out.push(2);
            put_str(out, &shared.job);
            put_str(out, &shared.name);
        }
    }
    put_varint(out, file.length);
    out.extend_from_slice(&file.checksum.to_le_bytes());
}

fn operator_state(out: &mut Vec<u8>, state: &OperatorStateEntry) {
    put_str(out, &state.name);
    out.push(match state.mode {
        OperatorStateMode::Split => 0,
        OperatorStateMode::Union => 1,
        OperatorStateMode::Broadcast => 2,
    });
    list(out, &state.elements, |out, element| put_bytes(out, element));
}
