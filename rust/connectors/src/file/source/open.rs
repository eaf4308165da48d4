//! A file that is being read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use flate2::read::MultiGzDecoder;
use penstock_core::source::RawBatch;
use penstock_core::{Error, Result};

use super::charset::Charset;
use super::lines;

/// How much is read at once, and about how much text is in a batch.
const CHUNK: usize = 256 << 10;

pub(super) struct OpenFile {
    id: Arc<str>,
    bytes: Box<dyn Read + Send>,
    /// Read, but for what was given already.
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins.
    start: usize,
    /// Where in the file the next line begins.
    position: i64,
    at_end: bool,
}

impl OpenFile {
    /// Opens a file and goes to a position. Names that end with `.gz` or `.gzip` are decompressed.
    pub(super) fn open(id: &str, position: i64) -> Result<Self> {
        let failed = |e: std::io::Error| Error::external(format!("the file {id} cannot be read: {e}"));
        let path = Path::new(id);
        let mut file = File::open(path).map_err(failed)?;
        let compressed =
            path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz") || e.eq_ignore_ascii_case("gzip"));
        let bytes: Box<dyn Read + Send> = if compressed {
            let mut text = MultiGzDecoder::new(file);
            std::io::copy(&mut (&mut text).take(position as u64), &mut std::io::sink()).map_err(failed)?;
            Box::new(text)
        } else {
            file.seek(SeekFrom::Start(position as u64)).map_err(failed)?;
            Box::new(file)
        };
        Ok(Self { id: Arc::from(id), bytes, buffer: Vec::new(), start: 0, position, at_end: false })
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The next lines; `None` at the end.
    pub(super) fn next(&mut self, charset: Charset, max_records: usize) -> Result<Option<RawBatch>> {
        while !self.at_end && lines::first(&self.buffer[self.start..], false).is_none() {
            self.fill()?;
        }
        let began = self.start;
        let mut columns = StringBuilder::with_capacity(max_records.min(1024), CHUNK.min(self.buffer.len() - began));
        let mut positions = Vec::with_capacity(max_records.min(1024));
        while positions.len() < max_records
            && let Some(line) = lines::first(&self.buffer[self.start..], self.at_end)
        {
            columns.append_value(charset.decode(line.text));
            self.start += line.length;
            self.position += line.length as i64;
            positions.push(self.position);
        }
        if positions.is_empty() {
            return Ok(None);
        }
        let num_bytes = (self.start - began) as u64;
        Ok(Some(RawBatch {
            split: Arc::clone(&self.id),
            values: Arc::new(columns.finish()),
            keys: None,
            timestamps: None,
            positions,
            num_bytes,
        }))
    }

    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let count = loop {
            match self.bytes.read(&mut self.buffer[before..]) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let count = count.map_err(|e| {
            Error::external(format!("the file {} cannot be read on after byte {}: {e}", self.id, self.position))
        })?;
        self.buffer.truncate(before + count);
        self.at_end = count == 0;
        Ok(())
    }
}
