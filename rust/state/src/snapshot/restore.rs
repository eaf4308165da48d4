//! Reads snapshots back into a backend, at any parallelism: of each file only the key groups that are wanted.

use std::ops::{Range, RangeInclusive};

use bytes::Bytes;
use penstock_core::{Clock, Error, Result};

use super::{Block, Directory, FOOTER, read_footer};
use crate::backend::{KeyRef, KeyedStateBackend, StateDescriptor, StateId};
use crate::declared::DeclaredTypes;
use crate::evolution::{Conversion, convert_backend};
use crate::metadata::{KeyedHandle, StateLocation};
use crate::rocksdb::restore_databases;
use crate::storage::CheckpointFolder;
use crate::wire::{Reader, damaged};

/// Blocks are read together up to this size.
const READ_AHEAD: u64 = 8 << 20;

/// What a restore has brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    /// Entries of all states.
    pub entries: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// Puts into a backend what the handles hold of the key groups in `range`. States are registered by their names; one
/// that is registered already has to be of the same kind.
pub async fn restore_keyed(
    backend: &mut dyn KeyedStateBackend,
    folder: &CheckpointFolder,
    handles: &[KeyedHandle],
    range: RangeInclusive<u16>,
) -> Result<Restored> {
    let mut restored = Restored::default();
    let overlaps =
        |handle: &&KeyedHandle| handle.key_groups.start() <= range.end() && range.start() <= handle.key_groups.end();
    let (mut databases, mut files) = (Vec::new(), Vec::new());
    for handle in handles.iter().filter(overlaps) {
        match &handle.location {
            StateLocation::Database(database) => databases.push((handle, &**database)),
            StateLocation::File(_) | StateLocation::Inline(_) => files.push(handle),
        }
    }
    restore_databases(backend, folder, databases, &range, &mut restored).await?;
    for handle in files {
        restore_file(backend, &File::of(folder, handle), &range, &mut restored).await?;
    }
    Ok(restored)
}

async fn restore_file(
    backend: &mut dyn KeyedStateBackend,
    file: &File<'_>,
    range: &RangeInclusive<u16>,
    restored: &mut Restored,
) -> Result<()> {
    let directory = file.directory().await?;
    let targets = directory.states.iter().map(|state| target(backend, state)).collect::<Result<Vec<_>>>()?;
    let wanted: Vec<Block> = directory.blocks.iter().filter(|b| range.contains(&b.group)).copied().collect();
    for blocks in wanted.chunk_by(|a, b| a.range().end == b.offset && a.offset / READ_AHEAD == b.offset / READ_AHEAD) {
        let (start, end) = (blocks[0].offset, blocks[blocks.len() - 1].range().end);
        let bytes = file.read(start..end).await?;
        for block in blocks {
            let of_block = bytes.slice((block.offset - start) as usize..(block.range().end - start) as usize);
            apply_block(backend, &directory, &targets, block, &of_block, &file.what)?;
            restored.entries += block.entries;
        }
        restored.bytes += bytes.len() as u64;
    }
    Ok(())
}

/// A state of a backend, and what has to be done with entries before they go there.
pub type Target = (StateId, Option<Conversion>);

/// Registers a state of a file or database. Another may have brought it with another type, where a subtask had not yet
/// used it since the type was changed: whichever entries have the older type are converted.
pub(crate) fn target(backend: &mut dyn KeyedStateBackend, state: &StateDescriptor) -> Result<Target> {
    let brought = backend.descriptors().iter().find(|d| d.name == state.name && d.kind == state.kind).cloned();
    let Some(brought) = brought.filter(|b| b.declared != state.declared) else {
        return Ok((backend.register(state)?, None));
    };
    if let Ok(conversion) = Conversion::between(&brought, state, "") {
        let id = backend.register(state)?;
        conversion.map_or(Ok(()), |c| convert_backend(backend, id, &c, Clock::System.now_millis()))?;
        return Ok((id, None));
    }
    let conversion = Conversion::between(state, &brought, "").map_err(|_| disagreement(&brought, state))?;
    Ok((backend.register(&brought)?, conversion))
}

/// The error where subtasks have left a state with types of which neither can become the other.
fn disagreement(one: &StateDescriptor, other: &StateDescriptor) -> Error {
    let words = |descriptor: &StateDescriptor| DeclaredTypes::words(descriptor.kind, &descriptor.declared);
    Error::invalid(format!(
        "the subtasks of the checkpoint disagree about state '{}': one has the type {}, another {}, and neither can \
         become the other. Restore a checkpoint from before the type was changed, or give the operator another uid to \
         start it empty",
        one.name,
        words(one),
        words(other)
    ))
}

/// Puts the entries of one block into a backend, after its checksum was compared. `targets` are the backend's places of
/// the directory's states.
pub fn apply_block(
    backend: &mut dyn KeyedStateBackend,
    directory: &Directory,
    targets: &[Target],
    block: &Block,
    bytes: &[u8],
    what: &str,
) -> Result<()> {
    let mut reader = Reader::new(bytes, what);
    if bytes.len() as u64 != block.length || crc32c::crc32c(bytes) != block.checksum {
        return Err(reader.damaged(format!("the checksum of key group {} does not match", block.group)));
    }
    let now = Clock::System.now_millis();
    let (mut entries, mut last) = (0, None);
    while !reader.is_empty() {
        let tag = reader.varint()?;
        let index = usize::try_from(tag / 2).unwrap_or(usize::MAX);
        let Some((state, (id, conversion))) = directory.states.get(index).zip(targets.get(index)) else {
            return Err(reader.damaged(format!("it has no state {index}")));
        };
        let key = match (tag % 2, last) {
            (0, _) => reader.bytes()?,
            (_, Some(key)) => key,
            (_, None) => return Err(reader.damaged("its first entry has no key")),
        };
        last = Some(key);
        let map_key = if state.kind.has_map_keys() { reader.bytes()? } else { &[] };
        let (key, value) = (KeyRef { group: block.group, bytes: key }, reader.bytes()?);
        match conversion {
            None => backend.put(*id, key, map_key, value)?,
            Some(c) => backend.put(*id, key, &c.map_key(map_key)?, &c.value(value, now)?)?,
        }
        entries += 1;
    }
    if entries == block.entries {
        Ok(())
    } else {
        Err(reader
            .damaged(format!("key group {} has {entries} entries and should have {}", block.group, block.entries)))
    }
}

/// The bytes of one handle.
pub(super) struct File<'a> {
    folder: &'a CheckpointFolder,
    handle: &'a KeyedHandle,
    /// Names it in errors.
    pub(super) what: String,
}

impl<'a> File<'a> {
    pub(super) fn of(folder: &'a CheckpointFolder, handle: &'a KeyedHandle) -> Self {
        let what = match &handle.location {
            StateLocation::File(location) => format!("the state file {}/{location}", folder.url()),
            StateLocation::Inline(_) | StateLocation::Database(_) => format!("a state in {}/_metadata", folder.url()),
        };
        Self { folder, handle, what }
    }

    pub(super) async fn directory(&self) -> Result<Directory> {
        let length = self.handle.length;
        let Some(footer) = length.checked_sub(FOOTER as u64) else {
            return Err(damaged(&self.what, format!("it has only {length} bytes")));
        };
        let (range, checksum) = read_footer(&self.read(footer..length).await?, length, &self.what)?;
        let end = range.end;
        Directory::decode(&self.read(range).await?, checksum, end, &self.what)
    }

    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        match &self.handle.location {
            StateLocation::File(location) => self.folder.read(location, range).await,
            StateLocation::Database(_) => Err(Error::internal("a database is not read as one file")),
            StateLocation::Inline(bytes) => {
                let within = usize::try_from(range.start)
                    .ok()
                    .zip(usize::try_from(range.end).ok())
                    .filter(|&(start, end)| start <= end && end <= bytes.len());
                within
                    .map(|(start, end)| bytes.slice(start..end))
                    .ok_or_else(|| damaged(&self.what, "it is shorter than it should be"))
            }
        }
    }
}
