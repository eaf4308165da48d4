//! Reads the entries of an incremental checkpoint's database one after another, for looking into it.
//!
//! The files come into a temporary directory when the first entry is asked for, and go with the reader. Key groups
//! ascend, within one the states come in their order; only a piece of a column family is in memory at a time.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::rocksdb::ReadOptions;
use penstock_core::Result;

use super::directory::OwnedDirectory;
use super::frozen::restore_directory;
use super::instance::{Family, Instance};
use super::keys;
use super::restore::{TRANSFERS, open_to_read};
use crate::backend::StateDescriptor;
use crate::incremental::download;
use crate::metadata::DatabaseFiles;
use crate::snapshot::Entry;
use crate::storage::CheckpointFolder;

/// Bytes of entries that are read at once.
const PIECE: usize = 1 << 20;

/// The entries of one database.
pub(crate) struct DatabaseEntries {
    folder: CheckpointFolder,
    database: DatabaseFiles,
    groups: RangeInclusive<u16>,
    /// Where the directory for the files is made.
    temporary: PathBuf,
    open: Option<Open>,
}

impl DatabaseEntries {
    /// The entries of some key groups of a database. Nothing is read yet.
    pub(crate) fn new(
        folder: &CheckpointFolder,
        database: &DatabaseFiles,
        groups: RangeInclusive<u16>,
        temporary: &Path,
    ) -> Self {
        let (folder, database, temporary) = (folder.clone(), database.clone(), temporary.to_path_buf());
        Self { folder, database, groups, temporary, open: None }
    }

    pub(crate) fn states(&self) -> &[StateDescriptor] {
        &self.database.states
    }

    /// The next entry.
    pub(crate) async fn next(&mut self) -> Result<Option<Entry>> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let directory = Arc::new(OwnedDirectory::create(&self.temporary, "state-reader")?);
                let path = restore_directory(&directory.unused("db"))?;
                download(&self.database, &self.folder, &path, TRANSFERS).await?;
                let (instance, families) = open_to_read(&directory, &path, self.database.states.len())?;
                closed.insert(Open::new(instance, families, &self.groups))
            }
        };
        while open.ready.is_empty() && open.read_on()? {}
        Ok(open.ready.pop_front())
    }
}

/// An open database and how far it was read.
struct Open {
    // Families before the instance: they borrow from it.
    families: Vec<Family>,
    instance: Arc<Instance>,
    /// The key group that is being read, and those behind it.
    groups: Vec<u16>,
    /// Index of the column family that is being read.
    family: usize,
    /// Where in it to read on; absent at its beginning.
    from: Option<Vec<u8>>,
    /// What was read and not yet given.
    ready: VecDeque<Entry>,
}

impl Open {
    fn new(instance: Arc<Instance>, families: Vec<Family>, groups: &RangeInclusive<u16>) -> Self {
        let groups = groups.clone().rev().collect();
        Self { families, instance, groups, family: 0, from: None, ready: VecDeque::new() }
    }

    /// Reads a piece, which may be empty; false at the end.
    fn read_on(&mut self) -> Result<bool> {
        let Some(&group) = self.groups.last() else { return Ok(false) };
        let Some(family) = self.families.get(self.family) else {
            self.groups.pop();
            self.family = 0;
            return Ok(true);
        };
        let prefix = group.to_be_bytes();
        let mut bounds = ReadOptions::default();
        if let Some(end) = keys::after(&prefix) {
            bounds.set_iterate_upper_bound(end);
        }
        let mut iterator = self.instance.raw_iterator_cf_opt(family.handle(), bounds);
        iterator.seek(self.from.as_deref().unwrap_or(&prefix));
        let mut bytes = 0;
        while let Some((stored, value)) = iterator.item().filter(|_| bytes < PIECE) {
            let (key, map_key) = keys::split(stored)?;
            bytes += size_of::<Entry>() + stored.len() + value.len();
            let (key, map_key, value) = (key.bytes.to_vec(), map_key.to_vec(), value.to_vec());
            self.ready.push_back(Entry { state: self.family, group, key, map_key, value });
            iterator.next();
        }
        iterator.status().map_err(|e| self.instance.failed("be read", &e))?;
        self.from = iterator.key().map(<[u8]>::to_vec);
        if self.from.is_none() {
            self.family += 1;
        }
        Ok(true)
    }
}
