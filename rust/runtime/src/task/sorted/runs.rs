//! Sorted records in files, and their merging.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};

use super::Sorted;
use super::record::order;

/// Sorted records in a file, each with its length in front. The file has no name, so that it goes with its process.
pub(super) struct Run {
    file: File,
    directory: PathBuf,
}

impl Run {
    /// Writes a run.
    pub fn write(directory: &Path, mut records: impl Sorted) -> Result<Self> {
        let failed = |e: std::io::Error| {
            Error::external(format!(
                "records that are sorted cannot be written below {}: {e}; check the space there, or name another directory in io.tmp.dirs",
                directory.display()
            ))
        };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let mut output = BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(directory).map_err(failed)?);
        let mut record = Vec::new();
        while records.next(&mut record)? {
            let len = (record.len() as u64).to_le_bytes();
            output.write_all(&len).and_then(|()| output.write_all(&record)).map_err(failed)?;
        }
        let mut file = output.into_inner().map_err(|e| failed(e.into_error()))?;
        file.rewind().map_err(failed)?;
        Ok(Self { file, directory: directory.to_owned() })
    }
}

/// A run that is read: its next record, and its place among the runs.
struct Reading {
    input: BufReader<File>,
    directory: PathBuf,
    record: Vec<u8>,
    number: usize,
}

impl Reading {
    /// Reads the next record; false: there is none.
    fn advance(&mut self) -> Result<bool> {
        let mut len = [0; 8];
        match self.input.read_exact(&mut len) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            other => other.map_err(|e| self.failed(&e))?,
        }
        self.record.resize(u64::from_le_bytes(len) as usize, 0);
        self.input.read_exact(&mut self.record).map_err(|e| self.failed(&e))?;
        Ok(true)
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::external(format!("sorted records below {} cannot be read back: {error}", self.directory.display()))
    }
}

impl Ord for Reading {
    /// The largest comes out of a heap first, so this is backwards. Of equal records that of the earlier run is first.
    fn cmp(&self, other: &Self) -> Ordering {
        order(&other.record, &self.record).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Reading {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Reading {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Reading {}

/// The records of several runs in their order.
pub(super) struct Merge {
    runs: BinaryHeap<Reading>,
}

impl Merge {
    pub fn new(runs: Vec<Run>) -> Result<Self> {
        let mut reading = BinaryHeap::new();
        for (number, run) in runs.into_iter().enumerate() {
            let mut run =
                Reading { input: BufReader::new(run.file), directory: run.directory, record: Vec::new(), number };
            if run.advance()? {
                reading.push(run);
            }
        }
        Ok(Self { runs: reading })
    }
}

impl Sorted for Merge {
    fn next(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        let Some(mut first) = self.runs.pop() else { return Ok(false) };
        std::mem::swap(record, &mut first.record);
        if first.advance()? {
            self.runs.push(first);
        }
        Ok(true)
    }
}
