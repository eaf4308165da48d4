//! A file that is being read.

use std::path::PathBuf;
use std::sync::Arc;

use penstock_core::source::{RawBatch, Split};
use penstock_core::{Error, Result};
use tokio::runtime::Handle;

use super::super::location::Location;
use crate::formats::{BadRecords, Format, InputFile, Object, RecordReader};

/// Opens the files of a source.
pub(super) struct Opener {
    pub(super) locations: Vec<Location>,
    pub(super) format: Format,
    pub(super) bad: BadRecords,
    pub(super) io: Handle,
}

impl Opener {
    pub(super) fn open(&self, split: &Split) -> Result<OpenFile> {
        let records = self.format.open(&self.file(&split.id)?, split.position, &self.bad)?;
        Ok(OpenFile { id: Arc::from(split.id.as_str()), records })
    }

    fn file(&self, id: &str) -> Result<InputFile> {
        if !id.contains("://") {
            return Ok(InputFile::on_disk(PathBuf::from(id)));
        }
        let found = self.locations.iter().find_map(|location| match location {
            Location::Bucket(folder) => folder.path_of(id).map(|path| (folder, path)),
            Location::Local(_) => None,
        });
        let (folder, path) = found.ok_or_else(|| {
            Error::invalid(format!("the checkpoint has read in {id}, but this source has no path in that bucket"))
        })?;
        let (store, of_errors, name) = (Arc::clone(&folder.bucket.store), Arc::clone(folder), path.to_string());
        let explain =
            move |e: &object_store::Error| of_errors.bucket.explainer.error(&format!("cannot read {name}"), e);
        let object = Object { store, path, io: self.io.clone(), explain: Arc::new(explain) };
        Ok(InputFile::in_bucket(id, object))
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
