//! The few things that checkpoints need of a file system or bucket. Paths are relative to the storage's directory.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use penstock_core::Result;

/// The result of writing a file that must not be there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    /// It was written.
    Yes,
    /// It was there; nothing was written.
    Exists,
}

/// What a folder holds, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    pub(super) folders: Vec<String>,
    pub(super) files: Vec<String>,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) length: u64,
    /// When it was last written, in milliseconds since the epoch.
    pub(super) modified: i64,
    /// Differs when the content does.
    pub(super) tag: String,
}

/// Takes the pieces of a file.
pub(crate) type Take = Box<dyn FnMut(&[u8]) -> Result<()> + Send>;

/// A directory, local or remote.
#[async_trait]
pub(super) trait Store: Send + Sync {
    /// The directory as a URL without anything secret.
    fn url(&self) -> &str;
    /// Writes a whole file durably, unless there is one. Nobody ever sees a part of it.
    async fn create(&self, path: &str, bytes: Bytes) -> Result<Created>;
    /// Begins a file that nobody else writes.
    async fn writer(&self, path: &str) -> Result<Box<dyn Sink>>;
    /// Length and age of a file, if there is one.
    async fn stat(&self, path: &str) -> Result<Option<Stat>>;
    /// A part of a file. Beyond its end is an error.
    async fn read(&self, path: &str, range: Range<u64>) -> Result<Bytes>;
    /// Hands all of a file that has to have so many bytes to `take`, piece by piece, on a thread for such work. `false`:
    /// the file is not on this machine, and [`Self::read`] is the way to it.
    async fn read_here(&self, _path: &str, _length: u64, _take: Take) -> Result<bool> {
        Ok(false)
    }
    /// What is in a folder; nothing if there is none.
    async fn entries(&self, path: &str) -> Result<Entries>;
    /// Makes a folder, where folders are made.
    async fn make_folder(&self, path: &str) -> Result<()>;
    /// Removes a file, if it is there.
    async fn remove(&self, path: &str) -> Result<()>;
    /// Removes a folder with everything in it, if it is there.
    async fn remove_folder(&self, path: &str) -> Result<()>;
}

/// A file that is being written.
#[async_trait]
pub(super) trait Sink: Send {
    async fn write(&mut self, bytes: Bytes) -> Result<()>;
    /// Makes it durable.
    async fn finish(self: Box<Self>) -> Result<()>;
    /// Gives up; what was written goes away.
    async fn abort(self: Box<Self>);
}

/// A path below another.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
