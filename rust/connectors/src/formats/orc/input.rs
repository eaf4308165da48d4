//! Pieces of a file as the ORC library asks for them.

use std::io::{BufReader, Error, ErrorKind, Read, Result};

use bytes::Bytes;
use orc_rust::reader::ChunkReader;

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

impl ChunkReader for Pieces {
    type T = BufReader<Box<dyn Read + Send>>;

    fn len(&self) -> u64 {
        self.length
    }

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(self.file.read_from(start).map_err(Error::other)?))
    }

    fn get_bytes(&self, start: u64, length: u64) -> Result<Bytes> {
        let end = start.checked_add(length).filter(|end| *end <= self.length);
        let end =
            end.ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, format!("it ends before byte {start} + {length}")))?;
        self.file.range(start..end).map_err(Error::other)
    }
}
