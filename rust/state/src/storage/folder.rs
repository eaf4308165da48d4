//! The folder of one checkpoint or savepoint.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use penstock_core::{Error, Result};
use uuid::Uuid;

use super::METADATA;
use super::shared::{self, Home};
use super::store::{Created, Sink, Store, Take, join};
use crate::metadata::{CheckpointMetadata, FilePlace, SharedFile, StateLocation, is_safe_location};
use crate::wire::damaged;

/// No `_metadata` is as long as this.
const LONGEST_METADATA: u64 = 4 << 30;
/// How long a server that is away is asked whether it has written a file.
const UNCERTAINTY: Duration = Duration::from_secs(15);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);

/// The folder of a checkpoint: state files first, `_metadata` last.
#[derive(Clone)]
pub struct CheckpointFolder {
    pub(super) store: Arc<dyn Store>,
    path: String,
    /// Where it shares files with others, if it may.
    home: Option<Home>,
    /// Whether what was restored from it may be referred to by other checkpoints.
    claimed: bool,
}

impl fmt::Debug for CheckpointFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CheckpointFolder").field(&self.url()).finish()
    }
}

impl CheckpointFolder {
    /// A folder that shares nothing.
    pub(super) fn new(store: Arc<dyn Store>, path: String) -> Self {
        Self { store, path, home: None, claimed: true }
    }

    /// The folder of a job's checkpoint, in a store whose directory is that of all jobs.
    pub(super) fn at_home(store: Arc<dyn Store>, home: Home) -> Self {
        Self { store, path: home.path(), home: Some(home), claimed: true }
    }

    /// Which checkpoint it is for; `None` for savepoints, which are whole in themselves.
    #[must_use]
    pub fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// The same folder as its owner sees it who lends it: nothing of it may be referred to by later checkpoints.
    #[must_use]
    pub fn lent(self) -> Self {
        Self { claimed: false, ..self }
    }

    /// The directory of all jobs, if files that lie there may be referred to by later checkpoints.
    pub(crate) fn sharing_root(&self) -> Option<&str> {
        self.home.as_ref().filter(|_| self.claimed).map(|_| self.store.url())
    }

    /// The folder, as a URL without anything secret.
    #[must_use]
    pub fn url(&self) -> String {
        join(self.store.url(), &self.path).trim_end_matches('/').to_owned()
    }

    /// Writes a state file; it is durable when this returns.
    pub async fn write_state(&self, bytes: Bytes) -> Result<StateLocation> {
        let mut writer = self.state_writer().await?;
        match writer.write(bytes).await {
            Ok(()) => writer.finish().await,
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    /// Begins a state file of unknown length.
    pub async fn state_writer(&self) -> Result<StateWriter> {
        let name = Uuid::new_v4().to_string();
        let sink = self.store.writer(&join(&self.path, &name)).await?;
        Ok(StateWriter { sink, name })
    }

    /// Begins a file that later checkpoints may refer to as well.
    pub(crate) async fn shared_writer(&self) -> Result<(StateWriter, SharedFile)> {
        let home = self.home.as_ref().ok_or_else(|| Error::internal("a folder that shares nothing is to share"))?;
        let name = format!("{}-{}", home.checkpoint, Uuid::new_v4());
        let file = SharedFile { job: home.job.clone(), name: name.clone() };
        let sink = self.store.writer(&shared::path_of(&file)).await?;
        Ok((StateWriter { sink, name }, file))
    }

    /// Where a file of a database is, for messages.
    pub(crate) fn place_url(&self, place: &FilePlace) -> String {
        match place {
            FilePlace::Own(name) => join(&self.url(), name),
            FilePlace::Inline(_) => self.metadata_url(),
            FilePlace::Shared(file) => join(self.store.url(), &shared::path_of(file)),
        }
    }

    /// Reads a part of a file of a database.
    pub(crate) async fn read_place(&self, place: &FilePlace, range: Range<u64>) -> Result<Bytes> {
        match place {
            FilePlace::Own(name) => self.read(name, range).await,
            FilePlace::Inline(bytes) => {
                let within = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
                let within = within.filter(|&(start, end)| start <= end && end <= bytes.len());
                within
                    .map(|(start, end)| bytes.slice(start..end))
                    .ok_or_else(|| damaged(&self.metadata_url(), "a file in it is shorter than it should be"))
            }
            FilePlace::Shared(_) if self.home.is_none() => Err(Error::invalid(format!(
                "{} refers to files beside it; name it as <directory>/<job id>/chk-<n>, with the directory as it was",
                self.url()
            ))),
            FilePlace::Shared(file) => self.store.read(&shared::path_of(file), range).await,
        }
    }

    /// Hands all of a file of a database that has to have so many bytes to `take`; `false`: it is to be read in parts.
    pub(crate) async fn read_place_here(&self, place: &FilePlace, length: u64, take: Take) -> Result<bool> {
        match place {
            FilePlace::Own(name) => self.store.read_here(&join(&self.path, name), length, take).await,
            FilePlace::Shared(file) if self.home.is_some() => {
                self.store.read_here(&shared::path_of(file), length, take).await
            }
            FilePlace::Shared(_) | FilePlace::Inline(_) => Ok(false),
        }
    }

    /// Writes `_metadata`, which completes the checkpoint; gives the checkpoint's path as users know it. If somebody
    /// else has completed a checkpoint here, this is an error.
    pub async fn write_metadata(&self, metadata: &CheckpointMetadata) -> Result<String> {
        let bytes = Bytes::from(metadata.encode());
        let path = join(&self.path, METADATA);
        let created = match self.store.create(&path, bytes.clone()).await {
            Err(error) => {
                if self.is_there_after_all(&path).await {
                    Ok(Created::Exists)
                } else {
                    Err(error)
                }
            }
            created => created,
        };
        if created? == Created::Exists {
            // A request whose answer was lost is repeated by the client, and then finds its own file.
            let ours = self.metadata_file().await?.is_some_and(|(existing, _)| existing == bytes);
            if !ours {
                return Err(Error::external(format!(
                    "{} exists already: another process writes checkpoints of this job",
                    self.metadata_url()
                )));
            }
        }
        Ok(self.url())
    }

    /// Whether a file was written although no answer said so. A checkpoint that the job gives up and a later run takes for
    /// complete would do harm, so that a server which is away is waited for; not for ever.
    async fn is_there_after_all(&self, path: &str) -> bool {
        let asking = async {
            loop {
                match self.store.stat(path).await {
                    Ok(found) => return found.is_some(),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        };
        tokio::time::timeout(UNCERTAINTY, asking).await.unwrap_or(false)
    }

    /// Reads `_metadata`. Where there is none, the error says what there is instead.
    pub async fn read_metadata(&self) -> Result<CheckpointMetadata> {
        match self.metadata_file().await? {
            Some((bytes, _)) => CheckpointMetadata::decode(&bytes, &self.metadata_url()),
            None => Err(self.no_metadata().await),
        }
    }

    /// The bytes of `_metadata`, if there is one, and when it was written.
    pub(super) async fn metadata_file(&self) -> Result<Option<(Bytes, i64)>> {
        let path = join(&self.path, METADATA);
        let Some(stat) = self.store.stat(&path).await? else { return Ok(None) };
        if stat.length > LONGEST_METADATA {
            return Err(damaged(&self.metadata_url(), format!("it has {} bytes", stat.length)));
        }
        Ok(Some((self.store.read(&path, 0..stat.length).await?, stat.modified)))
    }

    /// Where `_metadata` is.
    pub(super) fn metadata_url(&self) -> String {
        join(&self.url(), METADATA)
    }

    async fn no_metadata(&self) -> Error {
        let url = self.url();
        let entries = match self.store.entries(&self.path).await {
            Ok(entries) => entries,
            Err(error) => return error,
        };
        let mut checkpoints: Vec<String> =
            entries.folders.into_iter().filter(|f| f.starts_with("chk-") || f.starts_with("savepoint-")).collect();
        checkpoints.sort();
        Error::invalid(if !checkpoints.is_empty() {
            format!("{url} is not a checkpoint but holds {}: name one of these", checkpoints.join(", "))
        } else if entries.files.is_empty() {
            format!("there is no checkpoint at {url}: no {METADATA} was found")
        } else {
            format!("the checkpoint at {url} was never completed: it has no {METADATA}")
        })
    }

    /// Reads a part of a state file.
    pub async fn read(&self, location: &str, range: Range<u64>) -> Result<Bytes> {
        if !is_safe_location(location) {
            return Err(Error::external(format!("the location '{location}' leads out of {}", self.url())));
        }
        self.store.read(&join(&self.path, location), range).await
    }

    /// Reads all of a state, wherever it is.
    pub async fn read_state(&self, location: &StateLocation) -> Result<Bytes> {
        match location {
            StateLocation::Inline(bytes) => Ok(bytes.clone()),
            StateLocation::File(name) if is_safe_location(name) => {
                let path = join(&self.path, name);
                let stat = self.store.stat(&path).await?;
                let length = stat
                    .map(|s| s.length)
                    .ok_or_else(|| Error::damaged(format!("the state file {}/{name} is missing", self.url())))?;
                self.store.read(&path, 0..length).await
            }
            StateLocation::File(name) => {
                Err(Error::external(format!("the location '{name}' leads out of {}", self.url())))
            }
            StateLocation::Database(_) => {
                Err(Error::internal("the files of a database are restored, not read as one state"))
            }
        }
    }

    /// Removes a savepoint: what belongs to it, and the folder if nothing else is in it. A user chose where it lies.
    pub async fn discard_savepoint(&self, metadata: &CheckpointMetadata) -> Result<()> {
        self.store.remove(&join(&self.path, METADATA)).await?;
        for location in metadata.locations() {
            for name in location.own_files() {
                self.store.remove(&join(&self.path, name)).await?;
            }
        }
        let left = self.store.entries(&self.path).await?;
        if left.files.is_empty() && left.folders.is_empty() {
            self.store.remove_folder(&self.path).await?;
        }
        Ok(())
    }

    /// Removes the folder with everything in it, `_metadata` first, so that nobody takes what is left for a checkpoint.
    pub async fn discard(&self) -> Result<()> {
        self.store.remove(&join(&self.path, METADATA)).await?;
        self.store.remove_folder(&self.path).await
    }
}

/// A state file that is being written. Without [`finish`](Self::finish) it does not count.
pub struct StateWriter {
    sink: Box<dyn Sink>,
    name: String,
}

impl StateWriter {
    /// The file's name in its folder.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Appends bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.sink.write(bytes).await
    }

    /// Makes the file durable.
    pub async fn finish(self) -> Result<StateLocation> {
        self.sink.finish().await?;
        Ok(StateLocation::File(self.name))
    }

    /// Removes what was written.
    pub async fn abort(self) {
        self.sink.abort().await;
    }
}
