//! A part file on a disk.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::super::{failed, names};

/// As a checkpoint describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct DiskPart {
    pub(in super::super) hidden: PathBuf,
    pub(in super::super) target: PathBuf,
    pub(in super::super) length: u64,
    /// Hidden parts that were joined in it, which go when it becomes visible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) replaces: Vec<PathBuf>,
}

/// Where the bytes of an open part go.
pub(super) struct DiskOutput {
    file: File,
    hidden: PathBuf,
    target: PathBuf,
}

impl DiskOutput {
    pub(super) fn create(directory: &Path, name: &str) -> Result<Self> {
        let (hidden, target) = (names::hidden(directory, name), directory.join(name));
        std::fs::create_dir_all(directory).map_err(failed("cannot create the directory", directory))?;
        let file = OpenOptions::new().write(true).create_new(true).open(&hidden);
        let file = file.map_err(failed("cannot create the file", &hidden))?;
        Ok(Self { file, hidden, target })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(failed("cannot write to the file", &self.hidden))
    }

    pub(super) fn sync(&mut self) -> Result<()> {
        self.file.sync_data().map_err(failed("cannot write to the file", &self.hidden))?;
        sync_directory(&self.hidden)
    }

    pub(super) fn describe(&self, length: u64) -> DiskPart {
        DiskPart { hidden: self.hidden.clone(), target: self.target.clone(), length, replaces: Vec::new() }
    }

    pub(super) fn delete(self) {
        delete(&self.hidden);
    }
}

impl DiskPart {
    pub(super) fn delete(&self) {
        delete(&self.hidden);
    }

    /// Cuts off what was written after the checkpoint.
    pub(super) fn recover(self) -> Result<Option<Self>> {
        if self.length == 0 {
            delete(&self.hidden);
            return Ok(None);
        }
        let open = OpenOptions::new().write(true).open(&self.hidden).map_err(|e| {
            Error::external(format!(
                "the part file {} of the restored checkpoint cannot be opened: {e}. Was its output committed by a later checkpoint, or removed?",
                self.hidden.display()
            ))
        })?;
        let length = open.metadata().map_err(failed("cannot look at the file", &self.hidden))?.len();
        if length < self.length {
            return Err(Error::external(format!(
                "the part file {} has {length} bytes, but the restored checkpoint says {}: it was damaged",
                self.hidden.display(),
                self.length
            )));
        }
        open.set_len(self.length)
            .and_then(|()| open.sync_all())
            .map_err(failed("cannot cut the file", &self.hidden))?;
        Ok(Some(self))
    }
}

pub(in super::super) fn delete(path: &Path) {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("the unfinished file {} cannot be removed: {e}", path.display());
        }
        _ => {}
    }
}

/// Makes new names in a file's directory last.
pub(in super::super) fn sync_directory(file: &Path) -> Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    File::open(directory).and_then(|d| d.sync_all()).map_err(failed("cannot write to the directory", directory))
}
