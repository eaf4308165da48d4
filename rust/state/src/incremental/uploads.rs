//! Which files of a database are in a checkpoint already.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::metadata::{DatabaseFile, FilePlace};

/// Checkpoints that are remembered while it is not known whether they will be complete.
const UNDECIDED: usize = 16;

/// What is known of the uploads of one database. Shared by the backend and the uploads that are under way.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The directory of all jobs that `complete` is in.
    root: String,
    /// Shared files of the newest complete checkpoint, by their names in the database.
    complete: BTreeMap<String, DatabaseFile>,
    /// Of checkpoints that may become complete, with their directory.
    undecided: BTreeMap<u64, (String, BTreeMap<String, DatabaseFile>)>,
}

impl Uploads {
    /// The file of a complete checkpoint in that directory.
    pub(crate) fn find(&self, root: &str, name: &str, length: u64) -> Option<DatabaseFile> {
        let known = self.known.lock();
        let found = known.complete.get(name).filter(|file| known.root == root && file.length == length);
        found.cloned()
    }

    /// A checkpoint has these files.
    pub(crate) fn uploaded(&self, root: &str, checkpoint: u64, files: &[DatabaseFile]) {
        let mut known = self.known.lock();
        known.undecided.insert(checkpoint, (root.to_owned(), shared(files)));
        while known.undecided.len() > UNDECIDED {
            known.undecided.pop_first();
        }
    }

    /// A checkpoint is complete.
    pub(crate) fn complete(&self, checkpoint: u64) {
        let mut known = self.known.lock();
        if let Some((root, files)) = known.undecided.remove(&checkpoint) {
            (known.root, known.complete) = (root, files);
        }
        known.undecided = known.undecided.split_off(&checkpoint);
    }

    /// The database was opened from these files of a complete checkpoint.
    pub(crate) fn restored(&self, root: &str, files: &[DatabaseFile]) {
        let mut known = self.known.lock();
        (known.root, known.complete) = (root.to_owned(), shared(files));
    }
}

fn shared(files: &[DatabaseFile]) -> BTreeMap<String, DatabaseFile> {
    let shared = files.iter().filter(|file| matches!(file.place, FilePlace::Shared(_)));
    shared.map(|file| (file.name.clone(), file.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::SharedFile;

    fn file(name: &str, at: &str) -> DatabaseFile {
        let place = FilePlace::Shared(SharedFile { job: String::new(), name: at.into() });
        DatabaseFile { name: name.into(), place, length: 5, checksum: 0 }
    }

    #[test]
    fn only_files_of_the_last_complete_checkpoint_are_found() {
        let uploads = Uploads::default();
        uploads.uploaded("root", 1, &[file("a.sst", "1-x"), file("b.sst", "1-y")]);
        assert_eq!(uploads.find("root", "a.sst", 5), None, "it may come to nothing");
        uploads.uploaded("root", 2, &[file("a.sst", "2-x")]);
        uploads.complete(1);
        assert_eq!(uploads.find("root", "b.sst", 5), Some(file("b.sst", "1-y")));
        uploads.complete(2);
        assert_eq!(uploads.find("root", "b.sst", 5), None);
        assert_eq!(uploads.find("root", "a.sst", 5), Some(file("a.sst", "2-x")));
        uploads.complete(3);
        assert_eq!(
            uploads.find("root", "a.sst", 5),
            Some(file("a.sst", "2-x")),
            "a checkpoint that it took no part in"
        );
    }

    #[test]
    fn another_length_or_directory_is_another_file() {
        let uploads = Uploads::default();
        uploads.restored("root", &[file("a.sst", "1-x")]);
        assert!(uploads.find("root", "a.sst", 5).is_some());
        assert_eq!(uploads.find("root", "a.sst", 6), None);
        assert_eq!(uploads.find("elsewhere", "a.sst", 5), None);
    }
}
