//! Incremental checkpoints: a database's files instead of its entries.
//!
//! RocksDB never changes a file of sorted entries. The synchronous part of a snapshot links those of its moment into a
//! directory beside the database; the asynchronous part uploads the ones that no complete checkpoint has yet into the
//! `shared` folder of the job, and refers to the others. What only this checkpoint needs goes into its own folder, or
//! into `_metadata` itself where it is small.
//!
//! A savepoint in the format NATIVE has all files in its own folder.
//!
//! Only files of *complete* checkpoints are referred to: those of any other may be removed. Which were complete is told
//! to the backend, as to every operator, by `checkpoint_complete`.

mod download;
mod upload;
mod uploads;

use std::path::PathBuf;
use std::sync::Arc;

use crate::metadata::is_table;

pub(crate) use download::download;
pub(crate) use upload::upload;
pub(crate) use uploads::Uploads;

/// The files of a database at the moment of a snapshot.
pub struct FrozenFiles {
    /// Where they are.
    pub(crate) directory: PathBuf,
    /// Their names and lengths.
    pub(crate) files: Vec<LocalFile>,
    /// Which of them are in a checkpoint already.
    pub(crate) uploads: Arc<Uploads>,
    /// How many are transferred at a time.
    pub(crate) transfers: usize,
    /// Whether all of them are stored, sharing nothing: they are a savepoint's.
    pub(crate) whole: bool,
}

/// A file of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalFile {
    pub(crate) name: String,
    pub(crate) length: u64,
}

impl LocalFile {
    /// Whether it never changes and is the same for every checkpoint that has it.
    pub(crate) fn is_shared(&self) -> bool {
        is_table(&self.name)
    }
}
