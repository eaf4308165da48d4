//! Which shared files the checkpoints of a job refer to, and whether anybody does: reference counts, without any I/O.
//!
//! A file is counted as soon as a task has acknowledged a checkpoint that refers to it, and until that checkpoint is
//! removed or comes to nothing.

use std::collections::{BTreeMap, BTreeSet};

use penstock_state::SharedFile;

/// The shared files of all checkpoints, complete or in progress.
#[derive(Debug, Default)]
pub(super) struct SharedFiles {
    of: BTreeMap<u64, BTreeSet<SharedFile>>,
    counts: BTreeMap<SharedFile, usize>,
}

impl SharedFiles {
    /// A complete checkpoint refers to these.
    pub(super) fn restored<'a>(&mut self, checkpoint: u64, files: impl IntoIterator<Item = &'a SharedFile>) {
        files.into_iter().for_each(|file| self.add(checkpoint, file));
    }

    /// A part of a checkpoint refers to these. Those that it did not bring itself have to be there: if one was removed
    /// meanwhile it is given back, and the checkpoint cannot be completed.
    pub(super) fn acknowledged<'a>(
        &mut self,
        checkpoint: u64,
        job: &str,
        files: impl IntoIterator<Item = &'a SharedFile>,
    ) -> Result<(), SharedFile> {
        for file in files {
            let brought = file.job == job && file.checkpoint() == Some(checkpoint);
            if !brought && !self.counts.contains_key(file) {
                return Err(file.clone());
            }
            self.add(checkpoint, file);
        }
        Ok(())
    }

    fn add(&mut self, checkpoint: u64, file: &SharedFile) {
        if self.of.entry(checkpoint).or_default().insert(file.clone()) {
            *self.counts.entry(file.clone()).or_default() += 1;
        }
    }

    /// A checkpoint refers to nothing any more; gives the files that nobody refers to now.
    pub(super) fn released(&mut self, checkpoint: u64) -> Vec<SharedFile> {
        let mut gone = Vec::new();
        for file in self.of.remove(&checkpoint).unwrap_or_default() {
            let count = self.counts.get_mut(&file).expect("what a checkpoint refers to is counted");
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&file);
                gone.push(file);
            }
        }
        gone
    }

    /// Every file that somebody refers to.
    pub(super) fn all(&self) -> BTreeSet<SharedFile> {
        self.counts.keys().cloned().collect()
    }

    /// Those of one job.
    pub(super) fn of_job(&self, job: &str) -> BTreeSet<SharedFile> {
        self.counts.keys().filter(|file| file.job == job).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> SharedFile {
        SharedFile { job: "job".into(), name: name.into() }
    }

    fn acknowledged(files: &mut SharedFiles, checkpoint: u64, names: &[&str]) -> Result<(), SharedFile> {
        let named: Vec<SharedFile> = names.iter().map(|name| file(name)).collect();
        files.acknowledged(checkpoint, "job", &named)
    }

    fn names(files: Vec<SharedFile>) -> Vec<String> {
        files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn a_file_goes_with_the_last_checkpoint_that_refers_to_it() {
        let mut files = SharedFiles::default();
        acknowledged(&mut files, 1, &["1-a", "1-b"]).expect("its own");
        acknowledged(&mut files, 2, &["1-b", "2-c"]).expect("1-b is there");
        assert_eq!(names(files.released(1)), ["1-a"]);
        acknowledged(&mut files, 3, &["1-b"]).expect("still there");
        assert_eq!(names(files.released(2)), ["2-c"]);
        assert_eq!(names(files.released(3)), ["1-b"]);
        assert!(files.all().is_empty() && files.released(3).is_empty());
    }

    #[test]
    fn two_subtasks_may_refer_to_one_file() {
        let mut files = SharedFiles::default();
        files.restored(5, &[file("4-a")]);
        acknowledged(&mut files, 6, &["4-a"]).expect("there");
        acknowledged(&mut files, 6, &["4-a"]).expect("there");
        assert!(files.released(5).is_empty());
        assert_eq!(names(files.released(6)), ["4-a"]);
    }

    #[test]
    fn a_checkpoint_that_refers_to_a_removed_file_is_found_out() {
        let mut files = SharedFiles::default();
        acknowledged(&mut files, 1, &["1-a"]).expect("its own");
        files.released(1);
        assert_eq!(acknowledged(&mut files, 2, &["1-a"]), Err(file("1-a")));
        let foreign = SharedFile { job: "another".into(), name: "2-a".into() };
        assert_eq!(files.acknowledged(2, "job", [&foreign]), Err(foreign.clone()), "another job's checkpoint 2");
    }
}
