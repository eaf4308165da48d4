//! Where checkpoints and savepoints are kept: a local directory, a bucket, or memory.
//!
//! ```text
//! <execution.checkpointing.dir>/
//!     <job id>/
//!         chk-<n>/_metadata       written last: a checkpoint without it does not count
//!         chk-<n>/<uuid>          state files
//!         shared/<n>-<uuid>       state files that several checkpoints refer to; the first of them was chk-<n>
//!         taskowned/              empty
//!         stopped-<n>             where the savepoint is that the job was stopped with
//!     savepoint-<job id>-<random>/_metadata
//! ```
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use penstock_state::{CheckpointMetadata, CheckpointStorage};
//! let storage = CheckpointStorage::in_memory();
//! let folder = storage.for_job("0123456789abcdef0123456789abcdef").unwrap().checkpoint(1);
//! let location = folder.write_state(b"state".as_slice().into()).await.unwrap();
//! # let metadata = CheckpointMetadata { format_version: 3, job_id: "0123456789abcdef0123456789abcdef".into(), job_name: "demo".into(),
//! #     checkpoint_id: 1, timestamp: 0, is_savepoint: false, operators: vec![], earlier_jobs: vec![] };
//! folder.write_metadata(&metadata).await.unwrap();
//! let newest = &storage.list_completed().await.unwrap()[0];
//! assert_eq!(newest.metadata.as_ref().unwrap().job_name, "demo");
//! # });
//! ```

mod file;
mod folder;
mod journal;
mod listing;
mod local;
mod object;
mod shared;
mod stopped;
mod store;
mod target;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use penstock_core::config::options;
use penstock_core::{Configuration, Error, Result};
use uuid::Uuid;

use crate::metadata::SharedFile;
pub use file::{FileVersion, StoredFile};
pub use folder::{CheckpointFolder, StateWriter};
pub use journal::Journal;
pub use listing::{ListedCheckpoint, newest_of};
pub use shared::Home;
pub use stopped::StoppedNote;
use store::Store;

/// The name of the file that makes a folder a checkpoint.
pub const METADATA: &str = "_metadata";
/// How long the preflight may take in all.
const PREFLIGHT: Duration = Duration::from_secs(20);

/// The directory that `execution.checkpointing.dir` names. A clone is the same storage.
#[derive(Clone)]
pub struct CheckpointStorage {
    store: Arc<dyn Store>,
    durable: bool,
    /// Whether every job has a folder of its own.
    folder_per_job: bool,
}

impl CheckpointStorage {
    /// The storage a job's configuration names; memory if it names none.
    pub fn from_config(config: &Configuration) -> Result<Self> {
        let kind = config.read(&options::CHECKPOINT_STORAGE)?.unwrap_or_default().to_ascii_lowercase();
        let dir = config.read(&options::CHECKPOINT_DIR)?.filter(|_| !kind.contains("jobmanager"));
        let mut storage = match dir {
            Some(dir) => Self::open(&dir, config)?,
            None => Self::in_memory(),
        };
        storage.folder_per_job = config.read(&options::CHECKPOINT_CREATE_SUBDIR)?;
        Ok(storage)
    }

    /// The storage at a URL or a local path. Nothing is read or written yet.
    pub fn open(url: &str, config: &Configuration) -> Result<Self> {
        Ok(Self { store: target::store(url, config)?, durable: true, folder_per_job: true })
    }

    /// Checkpoints that end with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { store: Arc::new(object::ObjectBackedStore::in_memory()), durable: false, folder_per_job: true }
    }

    /// Whether checkpoints outlive the process.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// The directory, as a URL without anything secret.
    #[must_use]
    pub fn url(&self) -> &str {
        self.store.url()
    }

    /// Writes and removes a small file, so that a job does not start with checkpoints that cannot be written.
    pub async fn check_writable(&self) -> Result<()> {
        self.probe().await.map_err(|problem| Error::invalid(format!("execution.checkpointing.dir: {problem}")))
    }

    /// The same for a directory that savepoints are to go to.
    pub async fn check_writable_for_savepoints(&self) -> Result<()> {
        self.probe().await.map_err(|problem| Error::invalid(format!("no savepoint can be written: {problem}")))
    }

    async fn probe(&self) -> std::result::Result<(), String> {
        let probe = format!(".probe-{}", &Uuid::new_v4().simple().to_string()[..8]);
        let attempt = async {
            self.store.create(&probe, Bytes::from_static(b"can be written")).await?;
            self.store.remove(&probe).await
        };
        match tokio::time::timeout(PREFLIGHT, attempt).await {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(_) => Err(format!("cannot write in {}: no answer within {} s", self.url(), PREFLIGHT.as_secs())),
        }
    }

    /// The part of the storage that belongs to a job.
    pub fn for_job(&self, job_id: &str) -> Result<JobStorage> {
        if job_id.len() != 32 || !job_id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::internal(format!("'{job_id}' is not a job id")));
        }
        let path = if self.folder_per_job { job_id.to_owned() } else { String::new() };
        Ok(JobStorage { store: Arc::clone(&self.store), path })
    }

    /// A new folder for a savepoint of a job.
    #[must_use]
    pub fn savepoint(&self, job_id: &str) -> CheckpointFolder {
        let job: String = job_id.chars().filter(char::is_ascii_hexdigit).take(6).collect();
        let random = Uuid::new_v4().simple().to_string();
        CheckpointFolder::new(Arc::clone(&self.store), format!("savepoint-{job}-{}", &random[..12]))
    }

    /// The checkpoint or savepoint at a path that a user gave: its folder or its `_metadata`, local or a URL.
    pub fn checkpoint_at(path: &str, config: &Configuration) -> Result<CheckpointFolder> {
        let path = path.trim();
        if path.is_empty() {
            return Err(Error::invalid("the path of the checkpoint to restore is empty"));
        }
        let folder = match path.strip_suffix(METADATA) {
            Some("") => ".",
            Some(folder) if folder.ends_with('/') => folder,
            _ => path,
        };
        match shared::split_home(&target::absolute_text(folder)?) {
            Some((root, home)) => Ok(CheckpointFolder::at_home(target::store(&root, config)?, home)),
            None => Ok(CheckpointFolder::new(target::store(folder, config)?, String::new())),
        }
    }

    /// Removes what is left of an earlier job but the shared files in `keep`.
    pub async fn sweep_job(&self, job: &str, keep: &BTreeSet<SharedFile>) -> Result<()> {
        if job.is_empty() { Ok(()) } else { shared::sweep_job(&self.store, job, keep).await }
    }

    /// Every checkpoint that was completed below this directory, by any job, newest first. One whose `_metadata` cannot
    /// be read is listed with the reason.
    pub async fn list_completed(&self) -> Result<Vec<ListedCheckpoint>> {
        listing::list(&self.store).await
    }
}

/// The folder of one job.
#[derive(Clone)]
pub struct JobStorage {
    store: Arc<dyn Store>,
    path: String,
}

impl JobStorage {
    /// Makes the job's folders, where folders are made.
    pub async fn prepare(&self) -> Result<()> {
        for name in ["shared", "taskowned"] {
            self.store.make_folder(&store::join(&self.path, name)).await?;
        }
        Ok(())
    }

    /// The folder of a checkpoint.
    #[must_use]
    pub fn checkpoint(&self, id: u64) -> CheckpointFolder {
        CheckpointFolder::at_home(Arc::clone(&self.store), Home { job: self.path.clone(), checkpoint: id })
    }

    /// Removes the shared files that checkpoints up to `newest` have brought, of which none may be in progress, and that
    /// are not in `keep`. Gives their number. Where jobs have no folders of their own nothing is removed: the files
    /// might be another job's.
    pub async fn sweep(&self, newest: u64, keep: &BTreeSet<SharedFile>) -> Result<u64> {
        if self.path.is_empty() {
            return Ok(0);
        }
        shared::sweep(&self.store, &self.path, newest, keep).await
    }

    /// Removes the job's folders that [`prepare`](Self::prepare) has made.
    pub async fn discard_shared(&self) -> Result<()> {
        for name in ["shared", "taskowned"] {
            self.store.remove_folder(&store::join(&self.path, name)).await?;
        }
        Ok(())
    }

    /// Removes everything of the job, when none of its checkpoints is wanted any more.
    pub async fn discard_all(&self) -> Result<()> {
        if self.path.is_empty() {
            return Ok(());
        }
        self.store.remove_folder(&self.path).await
    }
}
