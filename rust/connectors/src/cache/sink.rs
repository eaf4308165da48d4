//! Fills a cache.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use penstock_core::sink::{Committable, Committer, Sink, SinkRecord, SinkWriter, WriterContext};
use penstock_core::{Error, NO_TIMESTAMP, Result};

use super::{CacheOptions, FRAME, MAX_RECORD, Part, list_name};
use crate::encoding;

const VERSION: u8 = 1;

/// Keeps records for later jobs.
pub struct CacheSink {
    options: CacheOptions,
}

impl CacheSink {
    /// A sink into this folder.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        Self { options }
    }
}

impl Sink for CacheSink {
    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        let mut parts = Vec::new();
        for state in &context.restored_state {
            parts.extend(encoding::decode::<Vec<Part>>("the state of a cache", VERSION, state)?);
        }
        let (folder, subtask) = (self.options.folder.clone(), context.subtask);
        let file = format!("part-{subtask}-{}", context.attempt);
        let output = File::create(folder.join(&file)).map_err(|e| failed(&folder, &e))?;
        Ok(Box::new(CacheWriter { folder, subtask, parts, file, len: 0, output: BufWriter::new(output) }))
    }

    fn committer(&self, _context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        Ok(None)
    }
}

struct CacheWriter {
    folder: PathBuf,
    subtask: u32,
    /// Files of earlier lives.
    parts: Vec<Part>,
    file: String,
    len: u64,
    output: BufWriter<File>,
}

impl CacheWriter {
    fn all_parts(&self) -> Vec<Part> {
        let mut parts = self.parts.clone();
        parts.push(Part { file: self.file.clone(), len: self.len });
        parts
    }
}

impl SinkWriter for CacheWriter {
    fn write(&mut self, record: &SinkRecord<'_>) -> Result<()> {
        let value = record.value.unwrap_or_default();
        if value.len() > MAX_RECORD {
            return Err(Error::invalid(format!("a record of {} bytes is too long for a cache", value.len())));
        }
        let len = value.len() as u32;
        let time = record.timestamp.unwrap_or(NO_TIMESTAMP);
        let written = self.output.write_all(&time.to_le_bytes()).and_then(|()| {
            self.output.write_all(&len.to_le_bytes())?;
            self.output.write_all(value)
        });
        self.len += (FRAME + value.len()) as u64;
        written.map_err(|e| failed(&self.folder, &e))
    }

    fn flush(&mut self, end_of_input: bool) -> Result<()> {
        let flushed = self.output.flush().and_then(|()| {
            if !end_of_input {
                return Ok(());
            }
            let list = serde_json::to_vec(&self.all_parts())?;
            std::fs::write(self.folder.join(list_name(self.subtask)), list)
        });
        flushed.map_err(|e| failed(&self.folder, &e))
    }

    fn prepare_commit(&mut self, _checkpoint_id: u64) -> Result<Vec<Committable>> {
        Ok(Vec::new())
    }

    fn snapshot(&mut self, _checkpoint_id: u64) -> Result<Vec<Vec<u8>>> {
        Ok(vec![encoding::encode(VERSION, &self.all_parts())])
    }

    fn close(&mut self) {}
}

fn failed(folder: &std::path::Path, error: &std::io::Error) -> Error {
    Error::external(format!("a stream cannot be cached in {}: {error}", folder.display()))
}
