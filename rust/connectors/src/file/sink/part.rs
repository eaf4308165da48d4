//! A part file: open, closed, or described in a checkpoint.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::failed;
use super::rolling::PartFacts;

/// A closed part that waits for its checkpoint; also how an open one is described in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartFile {
    pub(super) hidden: PathBuf,
    pub(super) target: PathBuf,
    pub(super) length: u64,
}

/// A part that is being written.
pub(super) struct OpenPart {
    file: BufWriter<File>,
    hidden: PathBuf,
    target: PathBuf,
    facts: PartFacts,
    /// Whether a checkpoint may have it, so that it must not be deleted.
    in_checkpoint: bool,
}

impl OpenPart {
    pub(super) fn create(hidden: PathBuf, target: PathBuf, now: i64) -> Result<Self> {
        let directory = hidden.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory).map_err(failed("cannot create the directory", directory))?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&hidden)
            .map_err(failed("cannot create the file", &hidden))?;
        let facts = PartFacts { length: 0, created: now, last_write: now };
        Ok(Self { file: BufWriter::with_capacity(64 << 10, file), hidden, target, facts, in_checkpoint: false })
    }

    pub(super) fn write_line(&mut self, line: &[u8], now: i64) -> Result<()> {
        let written = self.file.write_all(line).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(failed("cannot write to the file", &self.hidden))?;
        self.facts.length += line.len() as u64 + 1;
        self.facts.last_write = now;
        Ok(())
    }

    pub(super) fn facts(&self) -> PartFacts {
        self.facts
    }

    /// Makes what was written last beyond a crash of the machine.
    pub(super) fn sync(&mut self) -> Result<()> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_data());
        synced.map_err(failed("cannot write to the file", &self.hidden))?;
        sync_directory(&self.hidden)
    }

    /// How a checkpoint describes it.
    pub(super) fn describe(&mut self) -> PartFile {
        self.in_checkpoint = true;
        PartFile { hidden: self.hidden.clone(), target: self.target.clone(), length: self.facts.length }
    }

    pub(super) fn close(mut self) -> Result<ClosedPart> {
        self.sync()?;
        let in_checkpoint = self.in_checkpoint;
        Ok(ClosedPart { file: self.describe(), in_checkpoint })
    }

    /// Deletes it, unless a checkpoint may have it.
    pub(super) fn discard(self) {
        if !self.in_checkpoint {
            delete(&self.hidden);
        }
    }
}

/// A part that is written to its end and was not handed to a checkpoint yet.
pub(super) struct ClosedPart {
    pub(super) file: PartFile,
    in_checkpoint: bool,
}

impl ClosedPart {
    /// Deletes it, unless a checkpoint has it as an open part.
    pub(super) fn discard(self) {
        if !self.in_checkpoint {
            delete(&self.file.hidden);
        }
    }

    /// A part that was open at the checkpoint that is restored: what was written later is cut off. Empty ones are gone.
    pub(super) fn recover(file: PartFile) -> Result<Option<Self>> {
        if file.length == 0 {
            delete(&file.hidden);
            return Ok(None);
        }
        let open = OpenOptions::new().write(true).open(&file.hidden).map_err(|e| {
            Error::external(format!(
                "the part file {} of the restored checkpoint cannot be opened: {e}. Was its output committed by a later checkpoint, or removed?",
                file.hidden.display()
            ))
        })?;
        let length = open.metadata().map_err(failed("cannot look at the file", &file.hidden))?.len();
        if length < file.length {
            return Err(Error::external(format!(
                "the part file {} has {length} bytes, but the restored checkpoint says {}: it was damaged",
                file.hidden.display(),
                file.length
            )));
        }
        open.set_len(file.length)
            .and_then(|()| open.sync_all())
            .map_err(failed("cannot cut the file", &file.hidden))?;
        Ok(Some(Self { file, in_checkpoint: true }))
    }
}

fn delete(path: &Path) {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("the unfinished file {} cannot be removed: {e}", path.display());
        }
        _ => {}
    }
}

/// Makes new names in a file's directory last.
pub(super) fn sync_directory(file: &Path) -> Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    File::open(directory).and_then(|d| d.sync_all()).map_err(failed("cannot write to the directory", directory))
}
