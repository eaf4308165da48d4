//! A backend at the moment of a snapshot: its entries, and its files where checkpoints are incremental.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::rocksdb::checkpoint::Checkpoint;
use penstock_core::{Error, Result, kill_point};
use tracing::warn;

use super::instance::{Family, Instance, Snapshot};
use super::visit_prefix;
use crate::backend::{FrozenState, GroupVisitor, StateDescriptor, StateId};
use crate::incremental::{FrozenFiles, LocalFile, Uploads};
use crate::metadata::is_database_file;

/// A RocksDB snapshot with the states of its moment.
pub(super) struct Frozen {
    pub(super) families: Vec<Family>,
    pub(super) snapshot: Snapshot,
    pub(super) descriptors: Vec<StateDescriptor>,
    pub(super) groups: RangeInclusive<u16>,
    /// Dropped before the database's directory is.
    pub(super) links: Option<Links>,
}

impl FrozenState for Frozen {
    fn descriptors(&self) -> &[StateDescriptor] {
        &self.descriptors
    }

    fn scan_group(&self, group: u16, visit: &mut GroupVisitor<'_>) -> Result<()> {
        for (id, family) in self.families.iter().enumerate() {
            let state = StateId(id as u16);
            let iterator = |bounds| self.snapshot.get().raw_iterator_cf_opt(family.handle(), bounds);
            visit_prefix(self.snapshot.instance(), &group.to_be_bytes(), iterator, &mut |key, map_key, value| {
                visit(state, key.bytes, map_key, value)
            })?;
        }
        Ok(())
    }

    fn key_groups(&self) -> RangeInclusive<u16> {
        self.groups.clone()
    }

    fn files(&self) -> Option<&FrozenFiles> {
        self.links.as_ref().map(|links| &links.files)
    }
}

/// A directory with links to the files of a database. It goes when nobody needs it any more.
pub(super) struct Links {
    files: FrozenFiles,
}

impl Links {
    /// Writes memtables out and links all files. The database may be written to once this returns.
    pub(super) fn make(instance: &Arc<Instance>, uploads: &Arc<Uploads>, transfers: usize) -> Result<Self> {
        let directory = instance.directory().unused("snapshot");
        let made = Checkpoint::new(instance).and_then(|checkpoint| checkpoint.create_checkpoint(&directory));
        made.map_err(|e| instance.failed("link its files for a checkpoint", &e))?;
        kill_point::hit("incremental-after-links");
        let files = FrozenFiles { directory, files: Vec::new(), uploads: Arc::clone(uploads), transfers };
        // From here on the directory goes with what is returned, also if it cannot be listed.
        let mut links = Self { files };
        links.files.files = list(&links.files.directory)?;
        Ok(links)
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.files.directory) {
            warn!("{} could not be removed after a checkpoint: {error}", self.files.directory.display());
        }
    }
}

/// The files that a database needs, those of the checkpoint alone first.
fn list(directory: &Path) -> Result<Vec<LocalFile>> {
    let failed = |e: std::io::Error| Error::external(format!("cannot list {}: {e}", directory.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Settings are those of the next start, and there is no log.
        if is_database_file(&name) {
            files.push(LocalFile { name, length: entry.metadata().map_err(failed)?.len() });
        }
    }
    files.sort_by(|a, b| (a.name.ends_with(".sst"), &a.name).cmp(&(b.name.ends_with(".sst"), &b.name)));
    Ok(files)
}

/// Where the files of a database that is restored are collected.
pub(super) fn restore_directory(directory: &Path) -> Result<PathBuf> {
    fs::create_dir(directory).map_err(|e| {
        Error::external(format!(
            "cannot make {} to restore state: {e}; check the space there, or name another directory in io.tmp.dirs",
            directory.display()
        ))
    })?;
    Ok(directory.to_path_buf())
}
