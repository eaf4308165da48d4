//! What a snapshot file holds, and where in it.

use std::ops::Range;

use penstock_core::{Error, Result};

use super::{FOOTER, MAGIC, VERSION};
use crate::backend::{StateDescriptor, StateKind};
use crate::wire::{Reader, put_str, put_varint};

/// The states and blocks of a snapshot file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// The states, in the order of the indexes that entries use.
    pub states: Vec<StateDescriptor>,
    /// The blocks, key groups ascending.
    pub blocks: Vec<Block>,
}

/// The entries of one key group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The key group.
    pub group: u16,
    /// Where it begins in the file.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// How many entries it has.
    pub entries: u64,
    /// Its CRC-32C.
    pub checksum: u32,
}

impl Block {
    /// Its bytes in the file.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.length
    }
}

impl Directory {
    /// The directory followed by the footer.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.states.len() as u64);
        self.states.iter().for_each(|state| put_state(&mut out, state));
        put_varint(&mut out, self.blocks.len() as u64);
        for block in &self.blocks {
            put_varint(&mut out, block.group.into());
            put_varint(&mut out, block.length);
            put_varint(&mut out, block.entries);
            out.extend_from_slice(&block.checksum.to_le_bytes());
        }
        let (length, checksum) = (out.len() as u64, crc32c::crc32c(&out));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&checksum.to_le_bytes());
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(MAGIC);
        out
    }

    /// Reads a directory that ends at `end` in the file, after its checksum was compared.
    pub fn decode(bytes: &[u8], checksum: u32, end: u64, what: &str) -> Result<Self> {
        let mut reader = Reader::new(bytes, what);
        if crc32c::crc32c(bytes) != checksum {
            return Err(reader.damaged("the checksum of its directory does not match"));
        }
        let states = reader.list(read_state)?;
        let mut offset = MAGIC.len() as u64;
        let blocks = reader.list(|r| block(r, &mut offset, end - bytes.len() as u64))?;
        reader.finish()?;
        if offset != end - bytes.len() as u64 {
            return Err(reader.damaged(format!(
                "its blocks end at {offset}, where its directory begins is {}",
                end - bytes.len() as u64
            )));
        }
        if !blocks.is_sorted_by(|a, b| a.group < b.group) {
            return Err(reader.damaged("its key groups are not in order"));
        }
        Ok(Self { states, blocks })
    }
}

/// Reads the last [`FOOTER`] bytes of a file of this length: where the directory is, and its checksum.
pub fn read_footer(footer: &[u8], file_length: u64, what: &str) -> Result<(Range<u64>, u32)> {
    let mut reader = Reader::new(footer, what);
    let (length, checksum, version) = (reader.u64()?, reader.u32()?, reader.u32()?);
    if &reader.array::<8>()? != MAGIC {
        return Err(reader.damaged("it does not end as a snapshot of keyed state does; it may be truncated"));
    }
    if version > VERSION {
        return Err(Error::invalid(format!(
            "{what} has format version {version}, this Penstock reads up to {VERSION}; it was written by a newer Penstock"
        )));
    }
    let end = file_length.saturating_sub(FOOTER as u64);
    match end.checked_sub(length) {
        Some(start) if start >= MAGIC.len() as u64 => Ok((start..end, checksum)),
        _ => Err(reader.damaged(format!("a directory of {length} bytes is announced in a file of {file_length}"))),
    }
}

/// Writes what is registered under a name.
pub(crate) fn put_state(out: &mut Vec<u8>, state: &StateDescriptor) {
    out.push(kind_number(state.kind));
    put_str(out, &state.name);
    put_str(out, &state.declared);
}

/// Reads what [`put_state`] has written.
pub(crate) fn read_state(reader: &mut Reader<'_>) -> Result<StateDescriptor> {
    let kind = match reader.u8()? {
        0 => StateKind::Value,
        1 => StateKind::List,
        2 => StateKind::Map,
        3 => StateKind::Timers,
        other => return Err(reader.damaged(format!("there is no kind of state {other}"))),
    };
    Ok(StateDescriptor { name: reader.str()?.to_owned(), kind, declared: reader.str()?.to_owned() })
}

fn kind_number(kind: StateKind) -> u8 {
    match kind {
        StateKind::Value => 0,
        StateKind::List => 1,
        StateKind::Map => 2,
        StateKind::Timers => 3,
    }
}

fn block(reader: &mut Reader<'_>, offset: &mut u64, limit: u64) -> Result<Block> {
    let group = reader.varint()?;
    let group = u16::try_from(group).map_err(|_| reader.damaged(format!("there is no key group {group}")))?;
    let (length, entries, checksum) = (reader.varint()?, reader.varint()?, reader.u32()?);
    let block = Block { group, offset: *offset, length, entries, checksum };
    match offset.checked_add(length) {
        Some(end) if end <= limit => *offset = end,
        _ => return Err(reader.damaged(format!("the block of key group {group} reaches beyond the file"))),
    }
    Ok(block)
}
