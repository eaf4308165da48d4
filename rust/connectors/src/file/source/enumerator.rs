//! Finds files, once or again and again. A file is read once, whatever happens to it later.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use penstock_core::source::{Split, SplitEnumerator};
use penstock_core::{Error, Result};

use super::super::location::{BucketFolder, Location};
use crate::{bridge, encoding};

const VERSION: u8 = 1;

pub(super) struct FileEnumerator {
    locations: Vec<Location>,
    interval: Option<Duration>,
    /// Files found so far with their numbers, by which they are handed out.
    known: BTreeMap<String, u32>,
}

impl FileEnumerator {
    pub(super) fn new(locations: Vec<Location>, interval: Option<Duration>, restored: Option<&[u8]>) -> Result<Self> {
        let known = restored.map(|bytes| encoding::decode("the files of a file source", VERSION, bytes)).transpose()?;
        Ok(Self { locations, interval, known: known.unwrap_or_default() })
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
        let mut files = Vec::new();
        for location in &self.locations {
            match location {
                Location::Local(path) => files.extend(on_disk(path).await?),
                Location::Bucket(folder) => files.extend(in_bucket(folder).await?),
            }
        }
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

/// Whether there is something at each place; in a bucket, it is enough that the bucket answers.
pub(super) fn preflight(locations: &[Location]) -> Result<()> {
    locations.iter().try_for_each(|location| match location {
        Location::Local(path) => check(path),
        Location::Bucket(folder) => {
            let folder = Arc::clone(folder);
            bridge::run_alone(async move { in_bucket(&folder).await.map(drop) })
        }
    })
}

/// The files at and below a path.
async fn on_disk(path: &Path) -> Result<Vec<String>> {
    let path = path.to_owned();
    let search = tokio::task::spawn_blocking(move || {
        let mut files = Vec::new();
        check(&path)?;
        search(&path, &mut files)?;
        Ok(files)
    });
    search.await.map_err(|e| Error::internal(format!("looking for files: {e}")))?
}

/// The URLs of the objects in a folder, or of the one object that the path names.
async fn in_bucket(folder: &BucketFolder) -> Result<Vec<String>> {
    let (bucket, root) = (&folder.bucket, &folder.bucket.root);
    let failed = |e: object_store::Error| bucket.explainer.error("cannot list the files", &e);
    let objects: Vec<_> = bucket.store.list(Some(root)).try_collect().await.map_err(failed)?;
    let hidden = |below: &str| below.split('/').any(|name| name.starts_with(['.', '_']));
    let mut files = Vec::new();
    for object in objects {
        let below = object
            .location
            .prefix_match(root)
            .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"));
        if !hidden(&below.unwrap_or_default()) {
            files.push(folder.url_of(&object.location));
        }
    }
    files.sort();
    if files.is_empty() && !root.as_ref().is_empty() && bucket.store.head(root).await.is_ok() {
        files.push(folder.url_of(root));
    }
    Ok(files)
}

/// Whether there is something at a path.
fn check(path: &Path) -> Result<()> {
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
        let mut enumerator =
            FileEnumerator::new(vec![Location::Local(inside), Location::Local(dir.path().join("b.txt"))], None, None)
                .unwrap();
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
        let mut first = FileEnumerator::new(vec![Location::Local(path.clone())], every, None).unwrap();
        assert_eq!(names(&first.discover().await.unwrap()), ["a"]);
        std::fs::write(path.join("b"), "x").unwrap();
        let mut second = FileEnumerator::new(vec![Location::Local(path)], every, Some(&first.snapshot())).unwrap();
        assert_eq!(names(&second.discover().await.unwrap()), ["b"]);
        assert!(second.discover().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_missing_path_is_named() {
        let mut enumerator = FileEnumerator::new(vec![Location::Local("/no/such/dir".into())], None, None).unwrap();
        assert!(enumerator.discover().await.unwrap_err().to_string().contains("/no/such/dir"));
    }
}
