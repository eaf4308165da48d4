//! Reads the entries of a snapshot one after another, for looking into it: only a part is in memory at a time.
//!
//! Of a file only what is wanted is fetched; a block's checksum is known to match when its last entry has been read; damage is an error then at the latest.

use std::path::Path;

use bytes::Bytes;
use penstock_core::Result;

use super::restore::File;
use super::{Block, Directory};
use crate::backend::{StateDescriptor, StateKind};
use crate::metadata::{KeyedHandle, StateLocation};
use crate::rocksdb::DatabaseEntries;
use crate::storage::CheckpointFolder;
use crate::wire::{Reader, damaged};

/// How much is read at once.
const PIECE: u64 = 1 << 20;

/// An entry of keyed state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Index of its state among [`EntryReader::states`].
    pub state: usize,
    /// The key's group.
    pub group: u16,
    /// The key.
    pub key: Vec<u8>,
    /// The map key; empty but for maps and timers.
    pub map_key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

/// The entries of one handle.
pub struct EntryReader(Source);

/// What they are read from.
enum Source {
    File(FileEntries),
    Database(DatabaseEntries),
}

impl EntryReader {
    /// Opens a file, of which only the directory is read, or a database, of which nothing is. Its files are collected
    /// in a directory below `temporary` for as long as the reader lives, once an entry is asked for.
    pub async fn open(folder: &CheckpointFolder, handle: &KeyedHandle, temporary: &Path) -> Result<Self> {
        let source = match &handle.location {
            StateLocation::Database(database) => {
                Source::Database(DatabaseEntries::new(folder, database, handle.key_groups.clone(), temporary))
            }
            StateLocation::File(_) | StateLocation::Inline(_) => Source::File(FileEntries::open(folder, handle).await?),
        };
        Ok(Self(source))
    }

    /// The states of the handle.
    #[must_use]
    pub fn states(&self) -> &[StateDescriptor] {
        match &self.0 {
            Source::File(file) => &file.directory.states,
            Source::Database(database) => database.states(),
        }
    }

    /// The next entry.
    pub async fn next(&mut self) -> Result<Option<Entry>> {
        match &mut self.0 {
            Source::File(file) => file.next().await,
            Source::Database(database) => database.next().await,
        }
    }
}

/// The entries of one snapshot file.
struct FileEntries {
    folder: CheckpointFolder,
    handle: KeyedHandle,
    directory: Directory,
    /// Index of the block that comes after the open one.
    next_block: usize,
    open: Option<OpenBlock>,
}

/// A block that is being read.
struct OpenBlock {
    block: Block,
    /// Where in the file to read on.
    offset: u64,
    /// What was read and not yet used.
    piece: Bytes,
    checksum: u32,
    entries: u64,
    last_key: Option<Vec<u8>>,
}

impl FileEntries {
    async fn open(folder: &CheckpointFolder, handle: &KeyedHandle) -> Result<Self> {
        let directory = File::of(folder, handle).directory().await?;
        Ok(Self { folder: folder.clone(), handle: handle.clone(), directory, next_block: 0, open: None })
    }

    async fn next(&mut self) -> Result<Option<Entry>> {
        let file = File::of(&self.folder, &self.handle);
        loop {
            let Some(open) = &mut self.open else {
                let Some(block) = self.directory.blocks.get(self.next_block) else { return Ok(None) };
                self.next_block += 1;
                self.open = Some(OpenBlock::new(*block));
                continue;
            };
            if open.piece.is_empty() && open.is_read() {
                open.finish(&file.what)?;
                self.open = None;
                continue;
            }
            match open.entry(&self.directory.states, &file.what) {
                Ok(entry) => return Ok(Some(entry)),
                Err(error) if open.is_read() => return Err(error),
                // It may only be cut off by the end of the piece.
                Err(_) => open.read_on(&file).await?,
            }
        }
    }
}

impl OpenBlock {
    fn new(block: Block) -> Self {
        Self { block, offset: block.offset, piece: Bytes::new(), checksum: 0, entries: 0, last_key: None }
    }

    fn is_read(&self) -> bool {
        self.offset == self.block.range().end
    }

    async fn read_on(&mut self, file: &File<'_>) -> Result<()> {
        // An entry longer than a piece is read in pieces that double.
        let length = PIECE.max(self.piece.len() as u64).min(self.block.range().end - self.offset);
        let more = file.read(self.offset..self.offset + length).await?;
        if more.len() as u64 != length {
            return Err(damaged(&file.what, "it is shorter than it should be"));
        }
        self.checksum = crc32c::crc32c_append(self.checksum, &more);
        self.offset += length;
        self.piece = if self.piece.is_empty() { more } else { [&self.piece[..], &more[..]].concat().into() };
        Ok(())
    }

    fn entry(&mut self, states: &[StateDescriptor], what: &str) -> Result<Entry> {
        let mut reader = Reader::new(&self.piece, what);
        let tag = reader.varint()?;
        let index = usize::try_from(tag / 2).unwrap_or(usize::MAX);
        let kind =
            states.get(index).map(|s| s.kind).ok_or_else(|| reader.damaged(format!("it has no state {index}")))?;
        let key = match (tag % 2, &self.last_key) {
            (0, _) => reader.bytes()?.to_vec(),
            (_, Some(key)) => key.clone(),
            (_, None) => return Err(reader.damaged("its first entry has no key")),
        };
        let map_key = if StateKind::has_map_keys(kind) { reader.bytes()?.to_vec() } else { Vec::new() };
        let value = reader.bytes()?.to_vec();
        let used = self.piece.len() - reader.rest().len();
        self.piece = self.piece.slice(used..);
        self.last_key = Some(key.clone());
        self.entries += 1;
        Ok(Entry { state: index, group: self.block.group, key, map_key, value })
    }

    fn finish(&self, what: &str) -> Result<()> {
        let group = self.block.group;
        if self.checksum != self.block.checksum {
            return Err(damaged(what, format!("the checksum of key group {group} does not match")));
        }
        if self.entries == self.block.entries {
            return Ok(());
        }
        Err(damaged(
            what,
            format!("key group {group} has {} entries and should have {}", self.entries, self.block.entries),
        ))
    }
}
