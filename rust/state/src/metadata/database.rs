//! Keyed state as the files of a RocksDB database, as incremental checkpoints have it.

use bytes::Bytes;

use super::{CheckpointMetadata, StateLocation};
use crate::backend::StateDescriptor;

/// A database of one operator subtask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFiles {
    /// Its states, in the order of their column families.
    pub states: Vec<StateDescriptor>,
    /// All that is needed to open it.
    pub files: Vec<DatabaseFile>,
}

/// One file of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFile {
    /// What RocksDB calls it: `000012.sst`, `MANIFEST-000004`, `CURRENT`.
    pub name: String,
    /// Where its bytes are.
    pub place: FilePlace,
    /// How many they are.
    pub length: u64,
    /// Their CRC-32C.
    pub checksum: u32,
}

/// Where the bytes of a database's file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// A file of this checkpoint alone, in its folder.
    Own(String),
    /// In `_metadata` itself.
    Inline(Bytes),
    /// A file that other checkpoints may refer to as well.
    Shared(SharedFile),
}

/// A file in the `shared` folder of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedFile {
    /// The job that wrote it, 32 hex digits; empty where jobs have no folders of their own.
    pub job: String,
    /// Its name there: the number of the checkpoint that brought it, `-`, and something random.
    pub name: String,
}

impl SharedFile {
    /// The checkpoint that brought a file of this name.
    #[must_use]
    pub fn checkpoint_of(name: &str) -> Option<u64> {
        name.split_once('-')?.0.parse().ok()
    }

    /// The checkpoint that brought it.
    #[must_use]
    pub fn checkpoint(&self) -> Option<u64> {
        Self::checkpoint_of(&self.name)
    }
}

impl DatabaseFiles {
    /// The files that other checkpoints may refer to as well.
    pub fn shared(&self) -> impl Iterator<Item = &SharedFile> {
        self.files.iter().filter_map(|file| match &file.place {
            FilePlace::Shared(shared) => Some(shared),
            FilePlace::Own(_) | FilePlace::Inline(_) => None,
        })
    }

    /// Length of all files.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }
}

impl StateLocation {
    /// The files that other checkpoints may refer to as well.
    pub fn shared(&self) -> impl Iterator<Item = &SharedFile> {
        let database = match self {
            Self::Database(files) => Some(files),
            Self::File(_) | Self::Inline(_) => None,
        };
        database.into_iter().flat_map(|files| files.shared())
    }
}

impl StateLocation {
    /// The names of the files that belong to the checkpoint alone, in its folder.
    pub(crate) fn own_files(&self) -> Vec<&str> {
        match self {
            Self::File(name) => vec![name],
            Self::Inline(_) => Vec::new(),
            Self::Database(database) => {
                let own = database.files.iter().filter_map(|file| match &file.place {
                    FilePlace::Own(name) => Some(name.as_str()),
                    FilePlace::Inline(_) | FilePlace::Shared(_) => None,
                });
                own.collect()
            }
        }
    }
}

impl CheckpointMetadata {
    /// Where its states are.
    pub(crate) fn locations(&self) -> impl Iterator<Item = &StateLocation> {
        let subtasks = self.operators.iter().flat_map(|operator| &operator.subtasks);
        subtasks.flat_map(|subtask| {
            let keyed = subtask.keyed.iter().map(|handle| &handle.location);
            keyed.chain(subtask.channels.iter().map(|handle| &handle.location))
        })
    }

    /// The files that other checkpoints may refer to as well.
    pub fn shared_files(&self) -> impl Iterator<Item = &SharedFile> {
        let subtasks = self.operators.iter().flat_map(|operator| &operator.subtasks);
        subtasks.flat_map(|subtask| &subtask.keyed).flat_map(|handle| handle.location.shared())
    }
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a name is one that RocksDB gives to a file of sorted entries.
pub(crate) fn is_table(name: &str) -> bool {
    name.strip_suffix(".sst").is_some_and(is_number)
}

/// Whether a name is one that RocksDB gives to a file that a database needs.
#[must_use]
pub fn is_database_file(name: &str) -> bool {
    name == "CURRENT" || is_table(name) || name.strip_prefix("MANIFEST-").is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_rocksdb_are_taken() {
        for good in ["CURRENT", "000012.sst", "MANIFEST-000004"] {
            assert!(is_database_file(good), "{good}");
        }
        for bad in ["", "OPTIONS-000003", ".sst", "../000012.sst", "a.sst", "MANIFEST-", "MANIFEST-../1", "LOCK"] {
            assert!(!is_database_file(bad), "{bad}");
        }
    }

    #[test]
    fn a_shared_file_says_which_checkpoint_brought_it() {
        assert_eq!(SharedFile::checkpoint_of("42-0f"), Some(42));
        assert_eq!(SharedFile::checkpoint_of("0f-42"), None);
        assert_eq!(SharedFile::checkpoint_of("42"), None);
    }
}
