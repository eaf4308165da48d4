//! Writes a frozen backend in one go.

use std::io::Write;

use penstock_core::{Error, Result};

use super::{Block, Directory, MAGIC};
use crate::backend::{FrozenState, StateId};
use crate::wire::{put_bytes, put_varint};

const CHUNK: usize = 256 << 10;

/// Writes every entry of a frozen backend; gives the number of bytes written.
pub fn write_keyed_snapshot(frozen: &dyn FrozenState, out: &mut dyn Write) -> Result<u64> {
    let mut directory = Directory { states: frozen.descriptors().to_vec(), blocks: Vec::new() };
    let with_map_keys: Vec<bool> = directory.states.iter().map(|s| s.kind.has_map_keys()).collect();
    let mut writer = Writer { out, flushed: 0, pending: Vec::with_capacity(CHUNK), checked: 0, checksum: 0 };
    writer.pending.extend_from_slice(MAGIC);
    for group in frozen.key_groups() {
        writer.begin_block();
        let offset = writer.position();
        let entries = writer.entries(frozen, group, &with_map_keys)?;
        writer.check();
        let length = writer.position() - offset;
        if length > 0 {
            directory.blocks.push(Block { group, offset, length, entries, checksum: writer.checksum });
        }
    }
    writer.pending.append(&mut directory.encode());
    writer.flush()?;
    writer.out.flush().map_err(|e| not_written(&e))?;
    Ok(writer.position())
}

fn not_written(error: &std::io::Error) -> Error {
    Error::external(format!("a snapshot could not be written: {error}"))
}

/// Collects entries into chunks; blocks are checked as they pass.
struct Writer<'a> {
    out: &'a mut dyn Write,
    /// Bytes that went to `out`.
    flushed: u64,
    pending: Vec<u8>,
    /// How much of `pending` the checksum covers.
    checked: usize,
    /// Of the block so far.
    checksum: u32,
}

impl Writer<'_> {
    fn position(&self) -> u64 {
        self.flushed + self.pending.len() as u64
    }

    fn begin_block(&mut self) {
        (self.checksum, self.checked) = (0, self.pending.len());
    }

    fn check(&mut self) {
        self.checksum = crc32c::crc32c_append(self.checksum, &self.pending[self.checked..]);
        self.checked = self.pending.len();
    }

    fn entries(&mut self, frozen: &dyn FrozenState, group: u16, with_map_keys: &[bool]) -> Result<u64> {
        let mut entries = 0;
        let mut last: Option<(StateId, Vec<u8>)> = None;
        frozen.scan_group(group, &mut |state, key, map_key, value| {
            entries += 1;
            let has_map_keys = with_map_keys[usize::from(state.0)];
            let same = has_map_keys && last.as_ref().is_some_and(|(s, k)| *s == state && k == key);
            put_varint(&mut self.pending, u64::from(state.0) * 2 + u64::from(same));
            if !same {
                put_bytes(&mut self.pending, key);
                last = has_map_keys.then(|| (state, key.to_vec()));
            }
            if has_map_keys {
                put_bytes(&mut self.pending, map_key);
            }
            put_bytes(&mut self.pending, value);
            if self.pending.len() < CHUNK {
                return Ok(());
            }
            self.check();
            self.flush()
        })?;
        Ok(entries)
    }

    fn flush(&mut self) -> Result<()> {
        self.out.write_all(&self.pending).map_err(|e| not_written(&e))?;
        self.flushed += self.pending.len() as u64;
        self.pending.clear();
        self.checked = 0;
        Ok(())
    }
}
