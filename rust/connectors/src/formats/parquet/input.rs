//! Pieces of a file as the Parquet library asks for them.

use std::io::{BufReader, Read};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::formats::InputFile;

/// A file whose length is known.
pub(super) struct Pieces {
    file: InputFile,
    length: u64,
}

impl Pieces {
    pub(super) fn of(file: &InputFile) -> penstock_core::Result<Self> {
        Ok(Self { file: file.clone(), length: file.length()? })
    }
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Pieces {
    type T = BufReader<Box<dyn Read + Send>>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let read = self.file.read_from(start).map_err(|e| ParquetError::External(Box::new(e)))?;
        Ok(BufReader::new(read))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.length);
        let end = end.ok_or_else(|| ParquetError::EOF(format!("it ends before byte {start} + {length}")))?;
        self.file.range(start..end).map_err(|e| ParquetError::External(Box::new(e)))
    }
}
