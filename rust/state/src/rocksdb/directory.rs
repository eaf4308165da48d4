//! The directory of one RocksDB instance. It is removed when its owner is dropped; what a killed process left behind is
//! removed by the next one that starts beside it, which is told apart by a file lock that dies with its process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};
use tracing::warn;

const PREFIX: &str = "penstock-rocksdb-";
const LOCK: &str = "in-use";

/// A directory that belongs to this process.
pub(super) struct OwnedDirectory {
    path: PathBuf,
    // Held while the directory is in use.
    _lock: File,
}

impl OwnedDirectory {
    /// Makes a directory below `parent` and clears away those whose process is gone.
    pub(super) fn create(parent: &Path, name: &str) -> Result<Self> {
        let failed = |e: std::io::Error| {
            Error::external(format!(
                "cannot make a directory for the RocksDB state backend below {}: {e}; name a writable directory in io.tmp.dirs",
                parent.display()
            ))
        };
        fs::create_dir_all(parent).map_err(failed)?;
        remove_abandoned(parent);
        let path = parent.join(format!("{PREFIX}{}-{}", plain(name), uuid::Uuid::new_v4()));
        // The lock is taken in a directory that is no candidate for removal yet.
        let hidden = parent.join(format!(".{}", path.file_name().expect("joined above").to_string_lossy()));
        fs::create_dir(&hidden).map_err(failed)?;
        let lock = File::create(hidden.join(LOCK)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        fs::rename(&hidden, &path).map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A name in it that was not given yet.
    pub(super) fn unused(&self, kind: &str) -> PathBuf {
        self.path.join(format!("{kind}-{}", uuid::Uuid::new_v4().simple()))
    }
}

impl Drop for OwnedDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            warn!("the directory {} of the RocksDB state backend could not be removed: {error}", self.path.display());
        }
    }
}

fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let ours = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(PREFIX));
        if ours && abandoned(&path) && fs::remove_dir_all(&path).is_ok() {
            tracing::info!("removed {}, left behind by a process that is gone", path.display());
        }
    }
}

fn abandoned(path: &Path) -> bool {
    File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

/// The operator's name as part of a file name.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c == ' ' { '-' } else { c })
        .filter(|&c| c.is_ascii_alphanumeric() || c == '-')
        .take(40)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_lives_as_long_as_its_owner() {
        let parent = tempfile::tempdir().expect("temporary directory");
        let owned = OwnedDirectory::create(parent.path(), "count: words/s").expect("created");
        let path = owned.path().to_path_buf();
        let other = OwnedDirectory::create(parent.path(), "count").expect("created");
        assert!(path.is_dir(), "the second owner leaves the first alone");
        drop(owned);
        assert!(!path.exists() && other.path().is_dir());
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let parent = tempfile::tempdir().expect("temporary directory");
        let left = parent.path().join("penstock-rocksdb-count-1");
        fs::create_dir(&left).expect("created");
        File::create(left.join(LOCK)).expect("created");
        let not_ours = parent.path().join("somebody-elses");
        fs::create_dir(&not_ours).expect("created");
        let _owned = OwnedDirectory::create(parent.path(), "count").expect("created");
        assert!(!left.exists() && not_ours.exists());
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let parent = tempfile::NamedTempFile::new().expect("temporary file");
        let error = OwnedDirectory::create(parent.path(), "count").err().expect("not a directory").to_string();
        assert!(error.contains(&parent.path().display().to_string()) && error.contains("io.tmp.dirs"), "{error}");
    }
}
