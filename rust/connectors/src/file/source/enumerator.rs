//! Finds files, once or again and again. A file is read once, whatever happens to it later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use penstock_core::source::{Split, SplitEnumerator};
use penstock_core::{Error, Result};

use crate::encoding;

const VERSION: u8 = 1;

pub(super) struct FileEnumerator {
    paths: Vec<PathBuf>,
    interval: Option<Duration>,
    /// Files found so far with their numbers, by which they are handed out.
    known: BTreeMap<String, u32>,
}

impl FileEnumerator {
    pub(super) fn new(paths: Vec<PathBuf>, interval: Option<Duration>, restored: Option<&[u8]>) -> Result<Self> {
        let known = restored.map(|bytes| encoding::decode("the files of a file source", VERSION, bytes)).transpose()?;
        Ok(Self { paths, interval, known: known.unwrap_or_default() })
    }

    fn found(&mut self, files: Vec<String>) -> Vec<Split> {
        let mut splits = Vec::new();
        for file in files {
            let number = self.known.len() as u32;
            if !self.known.contains_key(&file) {
                self.known.insert(file.clone(), number);
                splits.push(Split { id: file, position: 0, data: Vec::new() });
            }
        }
        splits
    }
}

#[async_trait]
impl SplitEnumerator for FileEnumerator {
    async fn discover(&mut self) -> Result<Vec<Split>> {
        let paths = self.paths.clone();
        let search = tokio::task::spawn_blocking(move || {
            let mut files = Vec::new();
            for path in &paths {
                check(path)?;
                search(path, &mut files)?;
            }
            Ok(files)
        });
        let files = search.await.map_err(|e| Error::internal(format!("looking for files: {e}")))??;
        Ok(self.found(files))
    }

    fn discovery_interval(&self) -> Option<Duration> {
        self.interval
    }

    fn owner(&self, split: &Split, parallelism: u32) -> u32 {
        self.known.get(&split.id).copied().unwrap_or(0) % parallelism
    }

    fn snapshot(&self) -> Vec<u8> {
        encoding::encode(VERSION, &self.known)
    }
}

/// Whether there is something at a path.
pub(super) fn check(path: &Path) -> Result<()> {
    match path.metadata() {
        Ok(_) => Ok(()),
        Err(e) => Err(Error::invalid(format!("the input path {} cannot be read: {e}", path.display()))),
    }
}

/// All files at and below a path, in order of their names. Names that begin with a dot or an underscore are skipped.
fn search(path: &Path, files: &mut Vec<String>) -> Result<()> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if name.starts_with(['.', '_']) {
        return Ok(());
    }
    if !path.is_dir() {
        let text =
            path.to_str().ok_or_else(|| Error::invalid(format!("the path {} is not valid UTF-8", path.display())))?;
        files.push(text.to_owned());
        return Ok(());
    }
    let unreadable =
        |e: std::io::Error| Error::external(format!("the directory {} cannot be read: {e}", path.display()));
    let entries = std::fs::read_dir(path).map_err(unreadable)?;
    let mut inside =
        entries.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>().map_err(unreadable)?;
    inside.sort();
    inside.iter().try_for_each(|path| search(path, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(splits: &[Split]) -> Vec<&str> {
        splits.iter().map(|s| s.id.rsplit('/').next().unwrap()).collect()
    }

    #[tokio::test]
    async fn directories_are_searched_and_hidden_files_skipped() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        for file in ["b.txt", "sub/a.txt", ".hidden", "_temporary", "sub/.part.inprogress"] {
            std::fs::write(dir.path().join(file), "x").unwrap();
        }
        let inside = dir.path().join("in");
        std::fs::rename(dir.path().join("sub"), &inside).unwrap();
        let mut enumerator = FileEnumerator::new(vec![inside, dir.path().join("b.txt")], None, None).unwrap();
        let splits = enumerator.discover().await.unwrap();
        assert_eq!(names(&splits), ["a.txt", "b.txt"]);
        assert_eq!(splits.iter().map(|s| enumerator.owner(s, 2)).collect::<Vec<_>>(), [0, 1]);
    }

    #[tokio::test]
    async fn new_files_are_found_once_over_all_lives() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("a"), "x").unwrap();
        let every = Some(Duration::from_secs(1));
        let mut first = FileEnumerator::new(vec![path.clone()], every, None).unwrap();
        assert_eq!(names(&first.discover().await.unwrap()), ["a"]);
        std::fs::write(path.join("b"), "x").unwrap();
        let mut second = FileEnumerator::new(vec![path], every, Some(&first.snapshot())).unwrap();
        assert_eq!(names(&second.discover().await.unwrap()), ["b"]);
        assert!(second.discover().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_missing_path_is_named() {
        let mut enumerator = FileEnumerator::new(vec![PathBuf::from("/no/such/dir")], None, None).unwrap();
        assert!(enumerator.discover().await.unwrap_err().to_string().contains("/no/such/dir"));
    }
}
