//! A backend at the moment of a snapshot: seen through a RocksDB snapshot, or as files where checkpoints are incremental.

use std::cell::OnceCell;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use ::rocksdb::checkpoint::Checkpoint;
use ::rocksdb::{DBRawIteratorWithThreadMode, ReadOptions};
use penstock_core::{Error, Result, kill_point};
use tracing::warn;

use super::directory::OwnedDirectory;
use super::instance::{Database, Family, Instance, Snapshot};
use super::restore::open_to_read;
use super::visiting::visit_prefix;
use crate::backend::{FrozenState, GroupVisitor, StateDescriptor, StateId};
use crate::incremental::{FrozenFiles, LocalFile, Uploads};
use crate::metadata::is_database_file;

/// The states of a database at one moment.
pub(super) struct Frozen {
    pub(super) descriptors: Vec<StateDescriptor>,
    pub(super) groups: RangeInclusive<u16>,
    pub(super) content: Content,
}

/// Where the entries of that moment are.
pub(super) enum Content {
    /// Seen through a RocksDB snapshot.
    Snapshot { families: Vec<Family>, snapshot: Snapshot },
    /// In files that are linked elsewhere. No snapshot is held beside them: while there is one, merges keep what they
    /// would otherwise drop, and have to be done again.
    Linked(LaterLinks),
}

impl FrozenState for Frozen {
    fn descriptors(&self) -> &[StateDescriptor] {
        &self.descriptors
    }

    fn scan_group(&self, group: u16, visit: &mut GroupVisitor<'_>) -> Result<()> {
        match &self.content {
            Content::Snapshot { snapshot, families } => {
                let view = |family: &Family, bounds| snapshot.get().raw_iterator_cf_opt(family.handle(), bounds);
                scan(snapshot.instance(), families, group, visit, view)
            }
            Content::Linked(links) => {
                let (instance, families) = links.get()?.open(self.descriptors.len())?;
                // The handles know their database; a closure may not lend what it borrows.
                let view = |family: &Family, bounds| instance.raw_iterator_cf_opt(family.handle(), bounds);
                scan(instance, families, group, visit, view)
            }
        }
    }

    fn key_groups(&self) -> RangeInclusive<u16> {
        self.groups.clone()
    }

    fn files(&self) -> Result<Option<&FrozenFiles>> {
        match &self.content {
            Content::Snapshot { .. } => Ok(None),
            Content::Linked(links) => Ok(Some(&links.get()?.files)),
        }
    }
}

/// Links that are made on another thread.
pub(super) struct LaterLinks {
    /// Where they come from.
    made: Receiver<Result<Links>>,
    /// Set once they have come.
    links: OnceCell<Links>,
}

impl LaterLinks {
    pub(super) fn new(made: Receiver<Result<Links>>) -> Self {
        Self { made, links: OnceCell::new() }
    }

    /// Waits for them.
    fn get(&self) -> Result<&Links> {
        if let Some(links) = self.links.get() {
            return Ok(links);
        }
        let made = self.made.recv();
        let links =
            made.map_err(|_| Error::internal("the files of a checkpoint were asked for after they failed"))??;
        Ok(self.links.get_or_init(|| links))
    }
}

/// Visits every entry of a key group, states in order.
fn scan<'a>(
    instance: &Instance,
    families: &'a [Family],
    group: u16,
    visit: &mut GroupVisitor<'_>,
    view: impl Fn(&'a Family, ReadOptions) -> DBRawIteratorWithThreadMode<'a, Database>,
) -> Result<()> {
    for (id, family) in families.iter().enumerate() {
        let state = StateId(id as u16);
        visit_prefix(instance, &group.to_be_bytes(), |bounds| view(family, bounds), &mut |key, map_key, value| {
            visit(state, key.bytes, map_key, value)
        })?;
    }
    Ok(())
}

/// A directory with links to the files of a database. It goes when nobody needs it any more.
pub(super) struct Links {
    /// Set once somebody wants to see entries: the database, opened for reading, and its families.
    opened: OnceCell<(Vec<Family>, Arc<Instance>)>,
    files: FrozenFiles,
    /// Kept, because the files are in it.
    directory: Arc<OwnedDirectory>,
}

impl Links {
    /// Writes memtables out and links all files. Nobody may write to the database until this returns.
    /// `whole`: nothing of them is shared with what checkpoints have.
    pub(super) fn make(
        instance: &Arc<Instance>,
        uploads: &Arc<Uploads>,
        transfers: usize,
        whole: bool,
    ) -> Result<Self> {
        let directory = instance.directory().unused("snapshot");
        let made = Checkpoint::new(instance).and_then(|checkpoint| checkpoint.create_checkpoint(&directory));
        made.map_err(|e| instance.failed("link its files for a checkpoint", &e))?;
        kill_point::hit("incremental-after-links");
        let files = FrozenFiles { directory, files: Vec::new(), uploads: Arc::clone(uploads), transfers, whole };
        // From here on the directory goes with what is returned, also if it cannot be listed.
        let mut links = Self { opened: OnceCell::new(), files, directory: Arc::clone(instance.directory()) };
        links.files.files = list(&links.files.directory)?;
        Ok(links)
    }

    fn open(&self, states: usize) -> Result<(&Arc<Instance>, &[Family])> {
        if self.opened.get().is_none() {
            let (instance, families) = open_to_read(&self.directory, &self.files.directory, states)?;
            // Nobody else can have set it: it is not shared between threads.
            let _ = self.opened.set((families, instance));
        }
        let (families, instance) = self.opened.get().expect("just set");
        Ok((instance, families))
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.opened.take();
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
    files.sort_by(|a, b| (a.is_shared(), &a.name).cmp(&(b.is_shared(), &b.name)));
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
