//! One RocksDB database, its directory, and what borrows from it.
//!
//! Column families and snapshots borrow from the database in RocksDB's bindings. Here each is kept beside an `Arc` of
//! its database instead, so that a frozen copy can go to another thread and outlive the backend.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::rocksdb::{
    BoundColumnFamily, ColumnFamilyDescriptor, DBWithThreadMode, MultiThreaded, Options, SnapshotWithThreadMode,
};
use penstock_core::{Error, Result};

use super::directory::OwnedDirectory;

/// The kind of database that is used: column families can be added while snapshots exist.
pub(super) type Database = DBWithThreadMode<MultiThreaded>;

/// A database in a directory that is removed with it.
pub(super) struct Instance {
    // Closed before its directory is removed: fields are dropped in order.
    database: Database,
    path: PathBuf,
    directory: Arc<OwnedDirectory>,
}

impl Instance {
    /// Opens the database at a path within the directory, or makes one, with its column families.
    pub(super) fn open(
        options: &Options,
        directory: &Arc<OwnedDirectory>,
        path: PathBuf,
        families: Vec<ColumnFamilyDescriptor>,
    ) -> Result<Arc<Self>> {
        let database = Database::open_cf_descriptors(options, &path, families);
        let database = database.map_err(|e| failed("be opened", &path, &e))?;
        Ok(Arc::new(Self { database, path, directory: Arc::clone(directory) }))
    }

    /// Opens a database to copy from it.
    pub(super) fn open_to_read(
        directory: &Arc<OwnedDirectory>,
        path: PathBuf,
        families: Vec<ColumnFamilyDescriptor>,
    ) -> Result<Arc<Self>> {
        let database = Database::open_cf_descriptors_read_only(&Options::default(), &path, families, false);
        let database = database.map_err(|e| failed("be opened", &path, &e))?;
        Ok(Arc::new(Self { database, path, directory: Arc::clone(directory) }))
    }

    /// The directory that it shares with what belongs to it.
    pub(super) fn directory(&self) -> &Arc<OwnedDirectory> {
        &self.directory
    }

    /// The error of an operation on this database.
    pub(super) fn failed(&self, what: &str, error: &::rocksdb::Error) -> Error {
        failed(what, &self.path, error)
    }
}

impl Deref for Instance {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

fn failed(what: &str, path: &Path, error: &::rocksdb::Error) -> Error {
    Error::external(format!(
        "the RocksDB state backend in {} could not {what}: {error}; check the space and the permissions there, or name another directory in io.tmp.dirs",
        path.display()
    ))
}

/// A column family that keeps its database open.
#[derive(Clone)]
pub(super) struct Family {
    // Dropped before the database.
    handle: Arc<BoundColumnFamily<'static>>,
    _instance: Arc<Instance>,
}

impl Family {
    pub(super) fn create(instance: &Arc<Instance>, name: &str, options: &Options) -> Result<Self> {
        instance.create_cf(name, options).map_err(|e| instance.failed("create a state", &e))?;
        Self::find(instance, name)
    }

    /// The family of an open database.
    pub(super) fn find(instance: &Arc<Instance>, name: &str) -> Result<Self> {
        let handle = instance
            .cf_handle(name)
            .ok_or_else(|| Error::internal(format!("the open database has no column family {name}")))?;
        // SAFETY: the lifetime says that the database outlives the handle. The database is kept by the `Arc` beside it,
        // which is dropped after the handle; the handle itself is given out only as a borrow of this struct.
        let handle =
            unsafe { std::mem::transmute::<Arc<BoundColumnFamily<'_>>, Arc<BoundColumnFamily<'static>>>(handle) };
        Ok(Self { handle, _instance: Arc::clone(instance) })
    }

    pub(super) fn handle(&self) -> &Arc<BoundColumnFamily<'static>> {
        &self.handle
    }
}

/// A snapshot that keeps its database open.
pub(super) struct Snapshot {
    // Released before the database is closed.
    snapshot: SnapshotWithThreadMode<'static, Database>,
    instance: Arc<Instance>,
}

impl Snapshot {
    pub(super) fn take(instance: &Arc<Instance>) -> Self {
        // SAFETY: the lifetime says that the database outlives the snapshot and does not move. It is kept, at its place
        // on the heap, by the `Arc` beside it, which is dropped after the snapshot.
        let snapshot = unsafe {
            std::mem::transmute::<SnapshotWithThreadMode<'_, Database>, SnapshotWithThreadMode<'static, Database>>(
                instance.database.snapshot(),
            )
        };
        Self { snapshot, instance: Arc::clone(instance) }
    }

    pub(super) fn get(&self) -> &SnapshotWithThreadMode<'static, Database> {
        &self.snapshot
    }

    pub(super) fn instance(&self) -> &Instance {
        &self.instance
    }
}
