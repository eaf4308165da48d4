//! A file that is read: from a position on, or piece by piece.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use penstock_core::{Error, Result};

/// A file of this machine. A clone is the same file.
#[derive(Clone)]
pub(crate) struct InputFile {
    name: Arc<str>,
    path: PathBuf,
}

impl InputFile {
    /// The file at a path.
    pub(crate) fn on_disk(path: PathBuf) -> Self {
        Self { name: Arc::from(path.to_string_lossy()), path }
    }

    /// What users call it.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// An error of reading it.
    pub(crate) fn failed(&self, problem: impl std::fmt::Display) -> Error {
        Error::external(format!("the file {} cannot be read: {problem}", self.name))
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.path).map_err(|e| self.failed(e))?.len())
    }

    /// Its bytes from a position on.
    pub(crate) fn read_from(&self, position: u64) -> Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.path).map_err(|e| self.failed(e))?;
        file.seek(SeekFrom::Start(position)).map_err(|e| self.failed(e))?;
        Ok(Box::new(file))
    }

    /// Some of its bytes, all of which have to be there.
    pub(crate) fn range(&self, range: Range<u64>) -> Result<Bytes> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let read = File::open(&self.path).and_then(|file| file.read_exact_at(&mut bytes, range.start));
        read.map_err(|e| self.failed(e))?;
        Ok(Bytes::from(bytes))
    }
}
