//! A part file: open, closed, or described in a checkpoint.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::failed;
use super::rolling::PartFacts;
use crate::formats::RecordWriter;

/// A closed part that waits for its checkpoint; also how an open one is described in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartFile {
    pub(super) hidden: PathBuf,
    pub(super) target: PathBuf,
    pub(super) length: u64,
    /// Hidden parts that were joined in it, which go when it becomes visible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) replaces: Vec<PathBuf>,
}

/// A part that is being written.
pub(super) struct OpenPart {
    file: File,
    writer: Box<dyn RecordWriter>,
    /// Bytes on their way to the file.
    buffer: Vec<u8>,
    hidden: PathBuf,
    target: PathBuf,
    facts: PartFacts,
    /// Whether a checkpoint may have it, so that it must not be deleted.
    in_checkpoint: bool,
}

/// How many bytes are handed to the file at once.
const BUFFER: usize = 64 << 10;

impl OpenPart {
    pub(super) fn create(hidden: PathBuf, target: PathBuf, writer: Box<dyn RecordWriter>, now: i64) -> Result<Self> {
        let directory = hidden.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory).map_err(failed("cannot create the directory", directory))?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&hidden)
            .map_err(failed("cannot create the file", &hidden))?;
        let facts = PartFacts { length: 0, created: now, last_write: now };
        Ok(Self { file, writer, buffer: Vec::new(), hidden, target, facts, in_checkpoint: false })
    }

    pub(super) fn write(&mut self, record: &[u8], now: i64) -> Result<()> {
        let before = self.buffer.len();
        self.writer.add(record, &mut self.buffer)?;
        self.facts.length += (self.buffer.len() - before) as u64;
        self.facts.last_write = now;
        if self.buffer.len() >= BUFFER { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<()> {
        self.file.write_all(&self.buffer).map_err(failed("cannot write to the file", &self.hidden))?;
        self.buffer.clear();
        Ok(())
    }

    pub(super) fn facts(&self) -> PartFacts {
        self.facts
    }

    /// Makes what was written last beyond a crash of the machine.
    pub(super) fn sync(&mut self) -> Result<()> {
        self.hand_over()?;
        self.file.sync_data().map_err(failed("cannot write to the file", &self.hidden))?;
        sync_directory(&self.hidden)
    }

    /// How a checkpoint describes it.
    pub(super) fn describe(&mut self) -> PartFile {
        self.in_checkpoint = true;
        let (hidden, target) = (self.hidden.clone(), self.target.clone());
        PartFile { hidden, target, length: self.facts.length, replaces: Vec::new() }
    }

    pub(super) fn close(mut self) -> Result<ClosedPart> {
        let before = self.buffer.len();
        self.writer.finish(&mut self.buffer)?;
        self.facts.length += (self.buffer.len() - before) as u64;
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

pub(super) fn delete(path: &Path) {
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
