//! The piece of a text that is being looked at: grows until it holds a record, and moves on behind it.

use std::io::{ErrorKind, Read};

use penstock_core::{Error, Result};

use super::{InputFile, compression};

/// How much is read at once, and about how much text is in a batch.
pub(super) const CHUNK: usize = 256 << 10;
/// A record that is longer is none: something closes a quote far too late, or the file has no lines.
const MAX_RECORD: usize = 256 << 20;

/// A window on a text.
pub(super) struct Window {
    file: InputFile,
    text: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Where in the buffer the next record begins.
    start: usize,
    /// Where in the text the next record begins.
    position: i64,
    at_end: bool,
}

impl Window {
    /// Opens a file and goes to a position in its text.
    pub(super) fn open(file: &InputFile, position: i64) -> Result<Self> {
        let text = compression::text_from(file, position as u64)?;
        Ok(Self { file: file.clone(), text, buffer: Vec::new(), start: 0, position, at_end: false })
    }

    /// What was read and not consumed.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether nothing comes after that.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Where in the text the rest begins.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    /// Moves behind a record.
    pub(super) fn consume(&mut self, length: usize) {
        self.start += length;
        self.position += length as i64;
    }

    /// Reads more.
    pub(super) fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        if before > MAX_RECORD {
            return Err(Error::external(format!(
                "a record of {} that begins at byte {} is longer than {} MiB: is the file of this format, and are its quotes closed?",
                self.file.name(),
                self.position,
                MAX_RECORD >> 20
            )));
        }
        // As much again, so that a long record is not looked at too often.
        self.buffer.resize(before + before.max(CHUNK), 0);
        let count = loop {
            match self.text.read(&mut self.buffer[before..]) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let count = count.map_err(|e| {
            Error::external(format!(
                "the file {} cannot be read on after byte {}: {e}",
                self.file.name(),
                self.position + before as i64
            ))
        })?;
        self.buffer.truncate(before + count);
        self.at_end = count == 0;
        Ok(())
    }
}
