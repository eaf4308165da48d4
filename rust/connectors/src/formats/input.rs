//! A file that is read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

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

    /// Its bytes from a position on.
    pub(crate) fn read_from(&self, position: u64) -> Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.path).map_err(|e| self.failed(e))?;
        file.seek(SeekFrom::Start(position)).map_err(|e| self.failed(e))?;
        Ok(Box::new(file))
    }
}
