//! Which checkpoints a directory holds, and which of them a job goes on from.

use std::cmp::Reverse;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use penstock_core::Result;

use super::CheckpointFolder;
use super::store::{Store, join};
use crate::metadata::{CheckpointMetadata, peek_job_name};

/// Requests at a time.
const CONCURRENCY: usize = 16;

/// A checkpoint that was completed.
#[derive(Debug, Clone)]
pub struct ListedCheckpoint {
    /// Its folder.
    pub folder: CheckpointFolder,
    /// The job that wrote it, from the folder's name; empty if jobs have no folders of their own.
    pub job_id: String,
    /// The job's name, as far as a damaged file tells it.
    pub job_name: Option<String>,
    /// Its number, from the folder's name.
    pub checkpoint_id: u64,
    /// When it was triggered; for a damaged one, when its file was written. Milliseconds since the epoch.
    pub timestamp: i64,
    /// What it consists of, or why that cannot be read.
    pub metadata: Result<CheckpointMetadata>,
}

/// The newest checkpoint that a job of this name wrote, damaged or not: whether a damaged one may be passed over is not
/// for the storage to decide. `listed` is what `list_completed` gave. A damaged file that does not tell its job's name
/// belongs to the job beside whose checkpoints it lies.
#[must_use]
pub fn newest_of<'a>(listed: &'a [ListedCheckpoint], job_name: &str) -> Option<&'a ListedCheckpoint> {
    let named = |checkpoint: &ListedCheckpoint| checkpoint.job_name.as_deref() == Some(job_name);
    let beside = |checkpoint: &ListedCheckpoint| {
        checkpoint.job_name.is_none() && listed.iter().any(|other| other.job_id == checkpoint.job_id && named(other))
    };
    listed.iter().find(|checkpoint| named(checkpoint) || beside(checkpoint))
}

/// All completed checkpoints below a directory, newest first.
pub(super) async fn list(store: &Arc<dyn Store>) -> Result<Vec<ListedCheckpoint>> {
    let mut jobs: Vec<String> = store.entries("").await?.folders.into_iter().filter(|f| is_job_id(f)).collect();
    jobs.push(String::new());
    let found: Vec<_> =
        stream::iter(jobs).map(|job| of_job(store, job)).buffer_unordered(CONCURRENCY).try_collect().await?;
    let mut found: Vec<ListedCheckpoint> = found.into_iter().flatten().collect();
    found.sort_by_key(|checkpoint| Reverse((checkpoint.timestamp, checkpoint.checkpoint_id)));
    Ok(found)
}

async fn of_job(store: &Arc<dyn Store>, job_id: String) -> Result<Vec<ListedCheckpoint>> {
    let folders = store.entries(&job_id).await?.folders;
    let numbered = folders.into_iter().filter_map(|name| Some((name.strip_prefix("chk-")?.parse().ok()?, name)));
    let reading = numbered
        .map(|(id, name)| read(CheckpointFolder::new(Arc::clone(store), join(&job_id, &name)), job_id.clone(), id));
    let read: Vec<_> = stream::iter(reading.collect::<Vec<_>>()).buffer_unordered(CONCURRENCY).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// `None`: the checkpoint was not completed, or was just removed.
async fn read(folder: CheckpointFolder, job_id: String, checkpoint_id: u64) -> Result<Option<ListedCheckpoint>> {
    let Some((bytes, modified)) = folder.metadata_file().await? else { return Ok(None) };
    let metadata = CheckpointMetadata::decode(&bytes, &folder.metadata_url());
    let (job_name, timestamp) = match &metadata {
        Ok(metadata) => (Some(metadata.job_name.clone()), metadata.timestamp),
        Err(_) => (peek_job_name(&bytes), modified),
    };
    Ok(Some(ListedCheckpoint { folder, job_id, job_name, checkpoint_id, timestamp, metadata }))
}

pub(super) fn is_job_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit())
}
