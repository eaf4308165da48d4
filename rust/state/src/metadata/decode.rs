//! Reads `_metadata`, whatever state the file is in.

use bytes::Bytes;
use penstock_core::{Error, Result};

use super::{
    CHECKSUM, ChannelHandle, CheckpointMetadata, DatabaseFile, DatabaseFiles, EdgeName, FORMAT_VERSION, FilePlace,
    HEADER, KeyedHandle, MAGIC, OperatorState, OperatorStateEntry, OperatorStateMode, SharedFile, StateLocation,
    SubtaskState, is_database_file, is_safe_location,
};
use crate::snapshot::read_state;
use crate::wire::{Reader, damaged};

const FLINKS_MAGIC: [u8; 4] = [0x49, 0x60, 0x67, 0x2d];

impl CheckpointMetadata {
    /// Reads the bytes of a file; `what` names it in errors.
    pub fn decode(file: &[u8], what: &str) -> Result<Self> {
        let (format_version, body) = body(file, what)?;
        let mut reader = Reader::new(body, what);
        let metadata = Self {
            format_version,
            job_id: hex_id(&mut reader)?,
            job_name: reader.str()?.to_owned(),
            checkpoint_id: reader.varint()?,
            timestamp: reader.i64()?,
            is_savepoint: flag(&mut reader)?,
            operators: reader.list(|r| operator(r, format_version))?,
            earlier_jobs: if format_version >= 2 { reader.list(hex_id)? } else { Vec::new() },
        };
        reader.finish()?;
        Ok(metadata)
    }
}

/// The job's name as far as a damaged file still tells it.
pub(crate) fn peek_job_name(file: &[u8]) -> Option<String> {
    let mut reader = Reader::new(file.strip_prefix(MAGIC)?.get(HEADER - MAGIC.len()..)?, "metadata");
    hex_id(&mut reader).ok()?;
    reader.str().ok().map(str::to_owned)
}

/// Checks what surrounds the body.
fn body<'a>(file: &'a [u8], what: &str) -> Result<(u32, &'a [u8])> {
    if file.starts_with(&FLINKS_MAGIC) {
        return Err(Error::invalid(format!(
            "{what} was written by Apache Flink; Penstock restores its own checkpoints and savepoints only"
        )));
    }
    let mut reader = Reader::new(file, what);
    if file.len() < HEADER + CHECKSUM {
        return Err(reader.damaged(format!("it has only {} bytes", file.len())));
    }
    if &reader.array::<8>()? != MAGIC {
        return Err(reader.damaged("it does not begin as the metadata of a checkpoint does"));
    }
    let version = reader.u32()?;
    if version > FORMAT_VERSION {
        return Err(Error::invalid(format!(
            "{what} has format version {version}, this Penstock reads up to {FORMAT_VERSION}; it was written by a newer Penstock"
        )));
    }
    let length = reader.u64()?;
    let (content, checksum) = file.split_at(file.len() - CHECKSUM);
    if length != (content.len() - HEADER) as u64 {
        return Err(damaged(what, format!("its body should have {length} bytes and has {}", content.len() - HEADER)));
    }
    if crc32c::crc32c(content).to_le_bytes() != checksum {
        return Err(damaged(what, "its checksum does not match its content"));
    }
    Ok((version, &content[HEADER..]))
}

fn flag(reader: &mut Reader<'_>) -> Result<bool> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(reader.damaged(format!("{other} is no truth value"))),
    }
}

fn optional<'a, T>(reader: &mut Reader<'a>, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<Option<T>> {
    if flag(reader)? { read(reader).map(Some) } else { Ok(None) }
}

fn hex_id(reader: &mut Reader<'_>) -> Result<String> {
    let text = reader.str()?;
    if text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        Err(reader.damaged("an id does not have 32 hex digits"))
    }
}

fn operator(reader: &mut Reader<'_>, format_version: u32) -> Result<OperatorState> {
    Ok(OperatorState {
        uid_hash: hex_id(reader)?,
        uid: optional(reader, |r| Ok(r.str()?.to_owned()))?,
        name: reader.str()?.to_owned(),
        parallelism: reader.varint_u32()?,
        max_parallelism: reader.varint_u32()?,
        coordinator: optional(reader, |r| Ok(r.bytes()?.to_vec()))?,
        subtasks: reader.list(|r| subtask(r, format_version))?,
    })
}

fn subtask(reader: &mut Reader<'_>, format_version: u32) -> Result<SubtaskState> {
    Ok(SubtaskState {
        index: reader.varint_u32()?,
        keyed: reader.list(keyed)?,
        operator_states: reader.list(operator_state)?,
        finished: flag(reader)?,
        channels: if format_version >= 3 { reader.list(channels)? } else { Vec::new() },
    })
}

fn channels(reader: &mut Reader<'_>) -> Result<ChannelHandle> {
    let edge = EdgeName {
        from: hex_id(reader)?,
        side: optional(reader, |r| Ok(r.str()?.to_owned()))?,
        input: reader.varint_u32()?,
        number: reader.varint_u32()?,
        exchange: reader.str()?.to_owned(),
        declared: reader.str()?.to_owned(),
    };
    let persisted = reader.varint()?;
    let location = match reader.u8()? {
        0 => StateLocation::File(location(reader)?),
        1 => StateLocation::Inline(Bytes::copy_from_slice(reader.bytes()?)),
        other => return Err(reader.damaged(format!("{other} is no kind of location"))),
    };
    Ok(ChannelHandle { edge, persisted, location, length: reader.varint()? })
}

fn keyed(reader: &mut Reader<'_>) -> Result<KeyedHandle> {
    let location = match reader.u8()? {
        0 => StateLocation::File(location(reader)?),
        1 => StateLocation::Inline(Bytes::copy_from_slice(reader.bytes()?)),
        2 => {
            let (states, files) = (reader.list(read_state)?, reader.list(database_file)?);
            StateLocation::Database(Box::new(DatabaseFiles { states, files }))
        }
        other => return Err(reader.damaged(format!("{other} is no kind of location"))),
    };
    let length = reader.varint()?;
    let (first, last) = (key_group(reader)?, key_group(reader)?);
    if first > last {
        return Err(reader.damaged(format!("the key groups {first} to {last} are no range")));
    }
    Ok(KeyedHandle { location, length, key_groups: first..=last })
}

fn database_file(reader: &mut Reader<'_>) -> Result<DatabaseFile> {
    let name = reader.str()?;
    if !is_database_file(name) {
        return Err(reader.damaged(format!("'{name}' is no file of a database")));
    }
    let name = name.to_owned();
    let place = match reader.u8()? {
        0 => FilePlace::Own(location(reader)?),
        1 => FilePlace::Inline(Bytes::copy_from_slice(reader.bytes()?)),
        2 => FilePlace::Shared(shared_file(reader)?),
        other => return Err(reader.damaged(format!("{other} is no place of a file"))),
    };
    Ok(DatabaseFile { name, place, length: reader.varint()?, checksum: reader.u32()? })
}

fn shared_file(reader: &mut Reader<'_>) -> Result<SharedFile> {
    let job = reader.str()?;
    if !job.is_empty() && (job.len() != 32 || job.bytes().any(|b| !b.is_ascii_hexdigit())) {
        return Err(reader.damaged("a shared file belongs to a job whose id does not have 32 hex digits"));
    }
    Ok(SharedFile { job: job.to_owned(), name: location(reader)? })
}

fn location(reader: &mut Reader<'_>) -> Result<String> {
    let path = reader.str()?;
    if is_safe_location(path) {
        Ok(path.to_owned())
    } else {
        Err(reader.damaged(format!("the location '{path}' leads out of its folder")))
    }
}

fn key_group(reader: &mut Reader<'_>) -> Result<u16> {
    let group = reader.varint()?;
    u16::try_from(group).map_err(|_| reader.damaged(format!("there is no key group {group}")))
}

fn operator_state(reader: &mut Reader<'_>) -> Result<OperatorStateEntry> {
    Ok(OperatorStateEntry {
        name: reader.str()?.to_owned(),
        mode: match reader.u8()? {
            0 => OperatorStateMode::Split,
            1 => OperatorStateMode::Union,
            2 => OperatorStateMode::Broadcast,
            other => return Err(reader.damaged(format!("{other} is no way to distribute state"))),
        },
        elements: reader.list(|r| Ok(r.bytes()?.to_vec()))?,
    })
}
