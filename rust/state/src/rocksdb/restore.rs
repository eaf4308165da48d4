//! From the files of an incremental checkpoint back to a backend, at any parallelism, and to any backend.
//!
//! A fresh RocksDB backend takes over the database that has most of its key groups, and drops what is not its own. The
//! entries of the other databases, and all for other backends, are copied, a range of key groups each.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use ::rocksdb::{ColumnFamilyDescriptor, Options};
use penstock_core::{Clock, Result};

use super::append::put_lists_together;
use super::directory::OwnedDirectory;
use super::family_name;
use super::frozen::restore_directory;
use super::instance::{Family, Instance};
use super::visiting::visit_prefix;
use crate::backend::KeyedStateBackend;
use crate::incremental::download;
use crate::metadata::{DatabaseFiles, KeyedHandle};
use crate::snapshot::{Restored, target};
use crate::storage::CheckpointFolder;

/// Files that are transferred at a time for a backend that has no setting for it.
pub(super) const TRANSFERS: usize = 4;

/// Puts into a backend what databases hold of the key groups in `range`. All of them overlap it.
pub(crate) async fn restore_databases(
    backend: &mut dyn KeyedStateBackend,
    folder: &CheckpointFolder,
    mut databases: Vec<(&KeyedHandle, &DatabaseFiles)>,
    range: &RangeInclusive<u16>,
    restored: &mut Restored,
) -> Result<()> {
    databases.sort_by_key(|(handle, _)| std::cmp::Reverse(common(&handle.key_groups, range).count()));
    let mut databases = databases.into_iter();
    if let Some(rocksdb) = backend.as_rocksdb().filter(|rocksdb| rocksdb.is_fresh())
        && let Some((handle, database)) = databases.next()
    {
        let path = restore_directory(&rocksdb.directory().unused("db"))?;
        restored.bytes += download(database, folder, &path, rocksdb.transfers()).await?;
        restored.entries += rocksdb.adopt(path, database, &handle.key_groups, folder.sharing_root())?;
    }
    if databases.len() == 0 {
        return Ok(());
    }
    let (directory, transfers) = match backend.as_rocksdb() {
        Some(rocksdb) => (Arc::clone(rocksdb.directory()), rocksdb.transfers()),
        None => (Arc::new(OwnedDirectory::create(&backend.temporary_directory(), "restore")?), TRANSFERS),
    };
    for (handle, database) in databases {
        let path = restore_directory(&directory.unused("restore"))?;
        restored.bytes += download(database, folder, &path, transfers).await?;
        let groups = common(&handle.key_groups, range);
        restored.entries += copy(backend, &directory, &path, database, groups)?;
        remove(&path);
    }
    Ok(())
}

/// The key groups that two ranges have in common.
pub(super) fn common(a: &RangeInclusive<u16>, b: &RangeInclusive<u16>) -> RangeInclusive<u16> {
    *a.start().max(b.start())..=*a.end().min(b.end())
}

/// Copies the entries of some key groups; gives how many.
fn copy(
    backend: &mut dyn KeyedStateBackend,
    directory: &Arc<OwnedDirectory>,
    path: &Path,
    database: &DatabaseFiles,
    groups: RangeInclusive<u16>,
) -> Result<u64> {
    let (instance, families) = open_to_read(directory, path, database.states.len())?;
    let (mut entries, now) = (0, Clock::System.now_millis());
    for (family, state) in families.iter().zip(&database.states) {
        let (id, conversion) = target(backend, state)?;
        for group in groups.clone() {
            let iterator = |bounds| instance.raw_iterator_cf_opt(family.handle(), bounds);
            visit_prefix(&instance, &group.to_be_bytes(), iterator, &mut |key, map_key, value| {
                entries += 1;
                match &conversion {
                    None => backend.put(id, key, map_key, value),
                    Some(c) => backend.put(id, key, &c.map_key(map_key)?, &c.value(value, now)?),
                }
            })?;
        }
    }
    Ok(entries)
}

/// Opens the files of a database with so many states, to read them alone.
pub(super) fn open_to_read(
    directory: &Arc<OwnedDirectory>,
    path: &Path,
    states: usize,
) -> Result<(Arc<Instance>, Vec<Family>)> {
    let mut options = Options::default();
    put_lists_together(&mut options);
    let families = (0..states).map(|n| ColumnFamilyDescriptor::new(family_name(n), options.clone())).collect();
    let instance = Instance::open_to_read(directory, path.to_path_buf(), families)?;
    let families = (0..states).map(|number| Family::find(&instance, &family_name(number)));
    let families = families.collect::<Result<_>>()?;
    Ok((instance, families))
}

/// Makes room. What is left goes with the directory around it.
fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path) {
        tracing::warn!("{} could not be removed after a restore: {error}", path.display());
    }
}
