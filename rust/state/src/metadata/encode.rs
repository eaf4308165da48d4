//! Writes `_metadata`.

use super::{
    ChannelHandle, CheckpointMetadata, DatabaseFile, FORMAT_VERSION, FilePlace, KeyedHandle, MAGIC, OperatorState,
    OperatorStateEntry, OperatorStateMode, StateLocation, SubtaskState,
};
use crate::snapshot::put_state;
use crate::wire::{put_bytes, put_str, put_varint};

impl CheckpointMetadata {
    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_version(FORMAT_VERSION)
    }

    /// As a version wrote it that knew no more than what is there.
    pub(super) fn encode_version(&self, version: u32) -> Vec<u8> {
        let mut body = Vec::new();
        put_str(&mut body, &self.job_id);
        put_str(&mut body, &self.job_name);
        put_varint(&mut body, self.checkpoint_id);
        body.extend_from_slice(&self.timestamp.to_le_bytes());
        body.push(u8::from(self.is_savepoint));
        list(&mut body, &self.operators, |out, one| operator(out, one, version));
        if version >= 2 {
            list(&mut body, &self.earlier_jobs, |out, job| put_str(out, job));
        }

        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&version.to_le_bytes());
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

fn operator(out: &mut Vec<u8>, operator: &OperatorState, version: u32) {
    put_str(out, &operator.uid_hash);
    optional(out, operator.uid.as_deref(), put_str);
    put_str(out, &operator.name);
    put_varint(out, operator.parallelism.into());
    put_varint(out, operator.max_parallelism.into());
    optional(out, operator.coordinator.as_deref(), put_bytes);
    list(out, &operator.subtasks, |out, one| subtask(out, one, version));
}

fn subtask(out: &mut Vec<u8>, subtask: &SubtaskState, version: u32) {
    put_varint(out, subtask.index.into());
    list(out, &subtask.keyed, keyed);
    list(out, &subtask.operator_states, operator_state);
    out.push(u8::from(subtask.finished));
    if version >= 3 {
        list(out, &subtask.channels, channels);
    }
}

fn channels(out: &mut Vec<u8>, handle: &ChannelHandle) {
    put_str(out, &handle.edge.from);
    optional(out, handle.edge.side.as_deref(), put_str);
    put_varint(out, handle.edge.input.into());
    put_varint(out, handle.edge.number.into());
    put_str(out, &handle.edge.exchange);
    put_str(out, &handle.edge.declared);
    put_varint(out, handle.persisted);
    location(out, &handle.location);
    put_varint(out, handle.length);
}

fn keyed(out: &mut Vec<u8>, handle: &KeyedHandle) {
    location(out, &handle.location);
    put_varint(out, handle.length);
    put_varint(out, (*handle.key_groups.start()).into());
    put_varint(out, (*handle.key_groups.end()).into());
}

fn location(out: &mut Vec<u8>, location: &StateLocation) {
    match location {
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
