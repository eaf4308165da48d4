//! The note that a job leaves in its folder when it is stopped with a savepoint. Its output is final up to that savepoint,
//! so the next run has to go on from there; the savepoint itself may be anywhere.

use bytes::Bytes;
use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::listing::is_job_id;
use super::store::{Created, join};
use super::{CheckpointStorage, JobStorage};
use crate::metadata::CheckpointMetadata;
use crate::wire::damaged;

const PREFIX: &str = "stopped-";
/// No note is as long as this.
const LONGEST: u64 = 64 << 10;

/// What a stopped job says about its savepoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedNote {
    /// The job that was stopped.
    pub job_id: String,
    /// The job's name.
    pub job_name: String,
    /// The savepoint's number.
    pub checkpoint_id: u64,
    /// When it was triggered, in milliseconds since the epoch.
    pub timestamp: i64,
    /// Where it is.
    pub savepoint: String,
}

impl JobStorage {
    /// Notes that the job stops with a savepoint; durable when this returns.
    pub async fn note_stopped(&self, metadata: &CheckpointMetadata, savepoint: &str) -> Result<()> {
        let note = StoppedNote {
            job_id: metadata.job_id.clone(),
            job_name: metadata.job_name.clone(),
            checkpoint_id: metadata.checkpoint_id,
            timestamp: metadata.timestamp,
            savepoint: savepoint.to_owned(),
        };
        let bytes = serde_json::to_vec(&note).map_err(|e| Error::internal(e.to_string()))?;
        let path = join(&self.path, &format!("{PREFIX}{}", note.checkpoint_id));
        match self.store.create(&path, Bytes::from(bytes)).await? {
            Created::Yes => Ok(()),
            Created::Exists => Err(Error::external(format!(
                "{} exists already: another process writes checkpoints of this job",
                join(self.store.url(), &path)
            ))),
        }
    }
}

impl CheckpointStorage {
    /// The notes of all jobs below this directory.
    pub async fn list_stopped(&self) -> Result<Vec<StoppedNote>> {
        let mut jobs: Vec<String> =
            self.store.entries("").await?.folders.into_iter().filter(|f| is_job_id(f)).collect();
        jobs.push(String::new());
        let mut notes = Vec::new();
        for job in jobs {
            for name in self.store.entries(&job).await?.files.into_iter().filter(|name| is_note(name)) {
                notes.extend(self.read_note(&join(&job, &name)).await?);
            }
        }
        Ok(notes)
    }

    /// `None`: it was just removed.
    async fn read_note(&self, path: &str) -> Result<Option<StoppedNote>> {
        let Some(stat) = self.store.stat(path).await? else { return Ok(None) };
        let what = join(self.store.url(), path);
        if stat.length > LONGEST {
            return Err(damaged(&what, format!("it has {} bytes", stat.length)));
        }
        let bytes = self.store.read(path, 0..stat.length).await?;
        serde_json::from_slice(&bytes).map(Some).map_err(|e| damaged(&what, e.to_string()))
    }
}

fn is_note(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_found_and_belong_to_one_writer() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let storage = CheckpointStorage::in_memory();
            let job = storage.for_job(&"a".repeat(32)).unwrap();
            assert_eq!(storage.list_stopped().await.unwrap(), []);
            let metadata = CheckpointMetadata {
                format_version: 1,
                job_id: "a".repeat(32),
                job_name: "sessions".into(),
                checkpoint_id: 7,
                timestamp: 5,
                is_savepoint: true,
                earlier_jobs: vec![],
                operators: vec![],
            };
            job.note_stopped(&metadata, "s3://bucket/savepoint-aaaaaa-1").await.unwrap();
            let notes = storage.list_stopped().await.unwrap();
            assert_eq!((notes.len(), notes[0].checkpoint_id), (1, 7));
            assert_eq!(
                (notes[0].savepoint.as_str(), notes[0].job_name.as_str()),
                ("s3://bucket/savepoint-aaaaaa-1", "sessions")
            );
            assert!(
                job.note_stopped(&metadata, "elsewhere").await.unwrap_err().to_string().contains("another process")
            );
            job.discard_all().await.unwrap();
            assert_eq!(storage.list_stopped().await.unwrap(), []);
        });
    }
}
