//! A part file: open, closed, or described in a checkpoint. On a disk it is hidden under another name until it is
//! committed; in a bucket it is an upload that nobody has completed.

mod disk;
mod upload;

use std::sync::Arc;

use penstock_core::Result;
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::rolling::PartFacts;
use crate::formats::RecordWriter;
use disk::DiskOutput;
use upload::UploadOutput;

pub(super) use disk::{DiskPart, delete, sync_directory};
pub(super) use upload::{UploadPart, Uploads};

/// A closed part that waits for its checkpoint; also how an open one is described in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum PartFile {
    Disk(DiskPart),
    Upload(UploadPart),
}

impl PartFile {
    /// The part, if it is on a disk.
    pub(super) fn on_disk(self) -> Option<DiskPart> {
        match self {
            Self::Disk(part) => Some(part),
            Self::Upload(_) => None,
        }
    }
}

/// A part that is being written.
pub(super) struct OpenPart {
    output: Output,
    writer: Box<dyn RecordWriter>,
    facts: PartFacts,
    /// Bytes on their way to the output.
    buffer: Vec<u8>,
    /// Whether a checkpoint may have it, so that it must not be deleted.
    in_checkpoint: bool,
}

enum Output {
    Disk(DiskOutput),
    Upload(UploadOutput),
}

/// How many bytes are handed to the output at once.
const BUFFER: usize = 64 << 10;

impl OpenPart {
    pub(super) fn create(
        place: &Place,
        bucket: &str,
        name: &str,
        writer: Box<dyn RecordWriter>,
        now: i64,
    ) -> Result<Self> {
        let output = match place {
            Place::Disk(path) => Output::Disk(DiskOutput::create(&path.join(bucket), name)?),
            Place::Bucket(uploads) => Output::Upload(UploadOutput::new(Arc::clone(uploads), bucket, name)),
        };
        let facts = PartFacts { length: 0, created: now, last_write: now };
        Ok(Self { output, writer, facts, buffer: Vec::new(), in_checkpoint: false })
    }

    pub(super) fn write(&mut self, record: &[u8], now: i64) -> Result<()> {
        let before = self.buffer.len();
        self.writer.add(record, &mut self.buffer)?;
        self.facts.length += (self.buffer.len() - before) as u64;
        self.facts.last_write = now;
        if self.buffer.len() >= BUFFER { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<()> {
        let result = match &mut self.output {
            Output::Disk(file) => file.write(&self.buffer),
            Output::Upload(upload) => upload.write(&self.buffer),
        };
        self.buffer.clear();
        result
    }

    pub(super) fn facts(&self) -> PartFacts {
        self.facts
    }

    /// Whether the output takes more without waiting.
    pub(super) fn has_capacity(&mut self) -> bool {
        match &mut self.output {
            Output::Disk(_) => true,
            Output::Upload(upload) => upload.has_capacity(),
        }
    }

    /// Makes what was written last beyond a crash of the machine.
    pub(super) fn sync(&mut self) -> Result<()> {
        self.hand_over()?;
        match &mut self.output {
            Output::Disk(file) => file.sync(),
            Output::Upload(upload) => upload.wait(),
        }
    }

    /// How a checkpoint describes it, after `sync`.
    pub(super) fn describe(&mut self) -> PartFile {
        self.in_checkpoint = true;
        match &self.output {
            Output::Disk(file) => PartFile::Disk(file.describe(self.facts.length)),
            Output::Upload(upload) => PartFile::Upload(upload.describe()),
        }
    }

    pub(super) fn close(mut self) -> Result<ClosedPart> {
        let before = self.buffer.len();
        self.writer.finish(&mut self.buffer)?;
        self.facts.length += (self.buffer.len() - before) as u64;
        self.hand_over()?;
        let in_checkpoint = self.in_checkpoint;
        let file = match self.output {
            Output::Disk(mut file) => {
                file.sync()?;
                PartFile::Disk(file.describe(self.facts.length))
            }
            Output::Upload(upload) => PartFile::Upload(upload.close()?),
        };
        Ok(ClosedPart { file, in_checkpoint })
    }

    /// Deletes it, unless a checkpoint may have it.
    pub(super) fn discard(self) {
        if !self.in_checkpoint {
            match self.output {
                Output::Disk(file) => file.delete(),
                Output::Upload(upload) => upload.abort(),
            }
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
    pub(super) fn discard(self, place: &Place) {
        if self.in_checkpoint {
            return;
        }
        match (&self.file, place) {
            (PartFile::Upload(part), Place::Bucket(uploads)) => uploads.abort(part),
            (PartFile::Disk(part), _) => part.delete(),
            (PartFile::Upload(_), Place::Disk(_)) => {}
        }
    }

    /// A part that was open at the checkpoint that is restored: what was written later is cut off. Empty ones are gone.
    pub(super) fn recover(file: PartFile, place: &Place) -> Result<Option<Self>> {
        let file = match (file, place) {
            (PartFile::Disk(part), _) => part.recover()?.map(PartFile::Disk),
            (PartFile::Upload(part), Place::Bucket(uploads)) => uploads.recover(part)?.map(PartFile::Upload),
            (PartFile::Upload(part), Place::Disk(_)) => return Err(part.moved()),
        };
        Ok(file.map(|file| Self { file, in_checkpoint: true }))
    }
}
