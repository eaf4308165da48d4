//! Reads a cache.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use penstock_core::source::{Boundedness, Poll, RawBatch, ReaderContext, Source, SourceReader, Split, SplitEnumerator};
use penstock_core::{Error, Result};

use super::{CacheOptions, FRAME, MAX_RECORD, Part, list_name};
use crate::encoding;
use crate::fixed_splits::FixedSplits;

const VERSION: u8 = 1;

/// The records of a cache.
pub struct CacheSource {
    options: CacheOptions,
}

impl CacheSource {
    /// A source of what is in this folder.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        Self { options }
    }

    /// The parts of all subtasks, in order.
    fn parts(&self) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        for subtask in 0.. {
            let path = self.options.folder.join(list_name(subtask));
            let list = match std::fs::read(&path) {
                Ok(list) => list,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(failed(&path, &error)),
            };
            let of_subtask: Vec<Part> = serde_json::from_slice(&list).map_err(|e| failed(&path, &e.into()))?;
            parts.extend(of_subtask);
        }
        Ok(parts)
    }
}

impl Source for CacheSource {
    fn boundedness(&self) -> Boundedness {
        Boundedness::Bounded
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        let splits = self.parts()?.into_iter().enumerate();
        let splits =
            splits.map(|(i, part)| Split { id: i.to_string(), position: 0, data: encoding::encode(VERSION, &part) });
        Ok(Box::new(FixedSplits::new(splits.collect(), restored)))
    }

    fn reader(&self, _context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        let folder = self.options.folder.clone();
        Ok(Box::new(CacheReader { folder, splits: VecDeque::new(), open: None, complete: false }))
    }
}

/// A part that is being read. The position is that in its bytes.
struct OpenPart {
    split: Arc<str>,
    path: PathBuf,
    input: BufReader<File>,
    position: u64,
    len: u64,
}

struct CacheReader {
    folder: PathBuf,
    splits: VecDeque<Split>,
    open: Option<OpenPart>,
    complete: bool,
}

impl OpenPart {
    fn open(folder: &Path, split: &Split) -> Result<Self> {
        let part: Part = encoding::decode("a split of a cache", VERSION, &split.data)?;
        let (path, position) = (folder.join(&part.file), split.position as u64);
        let opened = File::open(&path).and_then(|file| {
            let mut input = BufReader::new(file);
            input.seek(SeekFrom::Start(position)).map(|_| input)
        });
        let input = opened.map_err(|e| failed(&path, &e))?;
        Ok(Self { split: split.id.as_str().into(), path, input, position, len: part.len })
    }

    fn next(&mut self, most: usize) -> Result<RawBatch> {
        let start = self.position;
        let (mut values, mut timestamps, mut positions) = (BinaryBuilder::new(), Vec::new(), Vec::new());
        let mut bytes = Vec::new();
        while self.position < self.len && positions.len() < most {
            timestamps.push(self.record(&mut bytes).map_err(|e| failed(&self.path, &e))?);
            values.append_value(&bytes);
            self.position += (FRAME + bytes.len()) as u64;
            positions.push(self.position as i64);
        }
        Ok(RawBatch {
            split: Arc::clone(&self.split),
            values: Arc::new(values.finish()),
            keys: None,
            timestamps: Some(timestamps),
            positions,
            num_bytes: self.position - start,
        })
    }

    /// Reads one record into `bytes`; its time.
    fn record(&mut self, bytes: &mut Vec<u8>) -> std::io::Result<i64> {
        let (mut time, mut len) = ([0; 8], [0; 4]);
        self.input.read_exact(&mut time)?;
        self.input.read_exact(&mut len)?;
        let len = u32::from_le_bytes(len) as usize;
        if len > MAX_RECORD {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("a record of {len} bytes")));
        }
        bytes.resize(len, 0);
        self.input.read_exact(bytes)?;
        Ok(i64::from_le_bytes(time))
    }
}

impl SourceReader for CacheReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        self.splits.extend(splits);
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        if self.open.is_none() {
            let Some(split) = self.splits.pop_front() else {
                return Ok(if self.complete { Poll::Finished } else { Poll::Pending });
            };
            self.open = Some(OpenPart::open(&self.folder, &split)?);
        }
        match &mut self.open {
            Some(part) if part.position < part.len => part.next(max_records.max(1)).map(Poll::Batch),
            _ => Ok(Poll::SplitFinished(self.open.take().map(|part| part.split.to_string()).unwrap_or_default())),
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::external(format!("the cached stream in {} cannot be read: {error}", path.display()))
}
