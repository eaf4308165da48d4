//! Files that several checkpoints refer to: where they are, and how those go that nobody refers to any more.
//!
//! Who refers to what is counted by the job. What a crash or an aborted checkpoint left behind, which nobody counts, is
//! swept away: a file's name begins with the number of the checkpoint that brought it, so that what is being written at
//! the moment can be told from what an earlier checkpoint left.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use penstock_core::Result;

use super::CheckpointFolder;
use super::listing::is_job_id;
use super::store::{Store, join};
use crate::metadata::SharedFile;

/// The folder of shared files within that of their job.
pub(super) const SHARED: &str = "shared";
/// Requests at a time.
const CONCURRENCY: usize = 16;

/// Which checkpoint of which job a folder is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The job; empty where jobs have no folders of their own.
    pub job: String,
    /// The checkpoint's number.
    pub checkpoint: u64,
}

impl Home {
    /// The path of the checkpoint's folder.
    pub(super) fn path(&self) -> String {
        join(&self.job, &format!("chk-{}", self.checkpoint))
    }
}

/// Splits the path or URL of a checkpoint that may share files: the directory of all jobs, and what is below it.
pub(super) fn split_home(folder: &str) -> Option<(String, Home)> {
    let folder = folder.trim_end_matches('/');
    let (above, name) = folder.rsplit_once('/').unwrap_or((".", folder));
    let checkpoint = name.strip_prefix("chk-")?.parse().ok()?;
    let of_job = above.rsplit_once('/').filter(|(root, job)| is_job_id(job) && !root.ends_with(":/"));
    let (root, job) = of_job.map_or((above, ""), |(root, job)| (root, job));
    let root = if root.is_empty() { "/" } else { root };
    Some((root.to_owned(), Home { job: job.to_owned(), checkpoint }))
}

/// Where a shared file is, below the directory of all jobs.
pub(super) fn path_of(file: &SharedFile) -> String {
    join(&join(&file.job, SHARED), &file.name)
}

/// Removes files, whether they are there or not.
pub(super) async fn remove(store: &Arc<dyn Store>, files: &[SharedFile]) -> Result<()> {
    let paths: Vec<String> = files.iter().map(path_of).collect();
    let removing = stream::iter(paths).map(Ok);
    removing.try_for_each_concurrent(CONCURRENCY, |path| async move { store.remove(&path).await }).await
}

/// Removes the shared files of a job that checkpoints up to `newest` brought and that are not in `keep`.
pub(super) async fn sweep(store: &Arc<dyn Store>, job: &str, newest: u64, keep: &BTreeSet<SharedFile>) -> Result<u64> {
    let folder = store.entries(&join(job, SHARED)).await?;
    let old = folder.files.into_iter().filter(|name| SharedFile::checkpoint_of(name).is_some_and(|id| id <= newest));
    let files = old.map(|name| SharedFile { job: job.to_owned(), name });
    let gone: Vec<SharedFile> = files.filter(|file| !keep.contains(file)).collect();
    remove(store, &gone).await?;
    Ok(gone.len() as u64)
}

/// Removes what is left of a job but the files in `keep`.
pub(super) async fn sweep_job(store: &Arc<dyn Store>, job: &str, keep: &BTreeSet<SharedFile>) -> Result<()> {
    if !keep.iter().any(|file| file.job == job) {
        return store.remove_folder(job).await;
    }
    for folder in store.entries(job).await?.folders.iter().filter(|folder| *folder != SHARED) {
        store.remove_folder(&join(job, folder)).await?;
    }
    sweep(store, job, u64::MAX, keep).await.map(|_| ())
}

impl CheckpointFolder {
    /// Removes files that the checkpoint shared with others, when it was the last that referred to them.
    pub async fn remove_shared(&self, files: &[SharedFile]) -> Result<()> {
        remove(&self.store, files).await
    }

    /// Removes of `files` those that no other complete checkpoint of the same job refers to.
    pub async fn remove_shared_unless_referenced(&self, files: Vec<SharedFile>) -> Result<()> {
        let Some(home) = self.home().filter(|_| !files.is_empty()) else { return Ok(()) };
        let mut gone: BTreeSet<SharedFile> = files.into_iter().collect();
        for sibling in super::listing::of_job(&self.store, home.job.clone()).await? {
            if sibling.checkpoint_id == home.checkpoint {
                continue;
            }
            // One that cannot be read may refer to any of them.
            for file in sibling.metadata?.shared_files() {
                gone.remove(file);
            }
        }
        remove(&self.store, &gone.into_iter().collect::<Vec<_>>()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_told_from_its_directory() {
        let job = "0123456789abcdef0123456789abcdef";
        let split = |text: &str| split_home(text).map(|(root, home)| (root, home.job, home.checkpoint));
        let of = |root: &str, job: &str, id| Some((root.to_owned(), job.to_owned(), id));
        assert_eq!(split(&format!("s3://bucket/dir/{job}/chk-7/")), of("s3://bucket/dir", job, 7));
        assert_eq!(split(&format!("file:///dir/{job}/chk-7")), of("file:///dir", job, 7));
        assert_eq!(split(&format!("/{job}/chk-7")), of("/", job, 7));
        assert_eq!(split("/dir/chk-7"), of("/dir", "", 7));
        assert_eq!(split("chk-7"), of(".", "", 7));
        assert_eq!(split(&format!("s3://{job}/chk-7")), of(&format!("s3://{job}"), "", 7), "a bucket's name");
        assert_eq!(split("/dir/savepoint-012345-0123456789ab"), None);
    }
}
