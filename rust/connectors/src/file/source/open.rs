//! A file that is being read.

use std::path::PathBuf;
use std::sync::Arc;

use penstock_core::Result;
use penstock_core::source::{RawBatch, Split};

use crate::formats::{BadRecords, Format, InputFile, RecordReader};

/// Opens the files of a source.
pub(super) struct Opener {
    pub(super) format: Format,
    pub(super) bad: BadRecords,
}

impl Opener {
    pub(super) fn open(&self, split: &Split) -> Result<OpenFile> {
        let file = InputFile::on_disk(PathBuf::from(&split.id));
        let records = self.format.open(&file, split.position, &self.bad)?;
        Ok(OpenFile { id: Arc::from(split.id.as_str()), records })
    }
}

pub(super) struct OpenFile {
    id: Arc<str>,
    records: Box<dyn RecordReader>,
}

impl OpenFile {
    /// The next records; `None` at the end.
    pub(super) fn next(&mut self, max_records: usize) -> Result<Option<RawBatch>> {
        let records = self.records.next(max_records)?;
        Ok(records.map(|records| RawBatch {
            split: Arc::clone(&self.id),
            values: records.values,
            keys: None,
            timestamps: None,
            positions: records.positions,
            num_bytes: records.num_bytes,
        }))
    }
}
