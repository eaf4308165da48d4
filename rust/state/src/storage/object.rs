//! A bucket, or an object store in memory.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::buffered::BufWriter;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use penstock_buckets::{Explainer, OpenBucket, is_missing, not_supported};
use penstock_core::{Error, Result};
use tokio::io::AsyncWriteExt;
use tracing::warn;

use super::store::{Created, Entries, Sink, Stat, Store};
use crate::wire::damaged;

/// A part of a multipart upload; S3 wants at least 5 MiB.
const PART: usize = 8 << 20;

/// A folder of a bucket.
pub(super) struct ObjectBackedStore {
    store: Arc<dyn ObjectStore>,
    root: Path,
    explainer: Arc<Explainer>,
    /// Set once the server has turned down a conditional write.
    unconditional: AtomicBool,
}

impl ObjectBackedStore {
    pub(super) fn new(bucket: OpenBucket) -> Self {
        Self::of(bucket.store, bucket.root, bucket.explainer)
    }

    fn of(store: Arc<dyn ObjectStore>, root: Path, explainer: Explainer) -> Self {
        Self { store, root, explainer: Arc::new(explainer), unconditional: AtomicBool::new(false) }
    }

    pub(super) fn in_memory() -> Self {
        Self::of(Arc::new(InMemory::new()), Path::default(), Explainer::new("memory://".to_owned(), None, Vec::new()))
    }

    fn path(&self, path: &str) -> Path {
        self.root.parts().chain(Path::from(path).parts()).collect()
    }

    fn failed(&self, what: &str, path: &Path, error: &object_store::Error) -> Error {
        let name =
            path.prefix_match(&self.root).map_or_else(|| path.to_string(), |parts| parts.collect::<Path>().to_string());
        self.explainer.error(&format!("cannot {what} {name}"), error)
    }

    fn name(&self, path: &Path) -> String {
        format!("{path} in {}", self.url())
    }

    /// Why a part up to `end` could not be read: the server, or a file that is not what was written.
    async fn unreadable(&self, path: &Path, end: u64, error: &object_store::Error) -> Error {
        if is_missing(error) {
            return Error::damaged(format!("{} is missing", self.name(path)));
        }
        match self.store.head(path).await {
            Ok(meta) if meta.size < end => {
                damaged(&self.name(path), format!("it has {} bytes, at least {end} are expected", meta.size))
            }
            _ => self.failed("read", path, error),
        }
    }

    /// For servers without conditional writes: looks first, then writes.
    async fn create_unconditionally(&self, path: &Path, bytes: Bytes) -> Result<Created> {
        if self.head(path).await?.is_some() {
            return Ok(Created::Exists);
        }
        self.store.put(path, PutPayload::from(bytes)).await.map_err(|e| self.failed("write", path, &e))?;
        Ok(Created::Yes)
    }

    async fn head(&self, path: &Path) -> Result<Option<Stat>> {
        match self.store.head(path).await {
            Ok(meta) => {
                let modified = meta.last_modified.timestamp_millis();
                let tag = meta.e_tag.map(|tag| tag.trim_matches('"').to_owned());
                let tag = tag.unwrap_or_else(|| format!("{modified}-{}", meta.size));
                Ok(Some(Stat { length: meta.size, modified, tag }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(self.failed("read", path, &e)),
        }
    }
}

#[async_trait]
impl Store for ObjectBackedStore {
    fn url(&self) -> &str {
        self.explainer.url()
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Created> {
        let path = self.path(path);
        if self.unconditional.load(Ordering::Relaxed) {
            return self.create_unconditionally(&path, bytes).await;
        }
        match self.store.put_opts(&path, PutPayload::from(bytes.clone()), PutMode::Create.into()).await {
            Ok(_) => Ok(Created::Yes),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(Created::Exists)
            }
            Err(e) if not_supported(&e) => {
                if !self.unconditional.swap(true, Ordering::Relaxed) {
                    warn!(
                        "{} has no conditional writes; that nobody else writes there at the same moment cannot be checked",
                        self.url()
                    );
                }
                self.create_unconditionally(&path, bytes).await
            }
            Err(e) => Err(self.failed("write", &path, &e)),
        }
    }

    async fn writer(&self, path: &str) -> Result<Box<dyn Sink>> {
        let path = self.path(path);
        let writer = BufWriter::with_capacity(Arc::clone(&self.store), path.clone(), PART).with_max_concurrency(4);
        Ok(Box::new(ObjectSink { writer, path, explainer: Arc::clone(&self.explainer) }))
    }

    async fn stat(&self, path: &str) -> Result<Option<Stat>> {
        self.head(&self.path(path)).await
    }

    async fn read(&self, path: &str, range: Range<u64>) -> Result<Bytes> {
        let path = self.path(path);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let length = range.end - range.start;
        match self.store.get_range(&path, range.clone()).await {
            Ok(bytes) if bytes.len() as u64 == length => Ok(bytes),
            Ok(_) => Err(damaged(&self.name(&path), format!("it ends before its byte {}", range.end))),
            Err(error) => Err(self.unreadable(&path, range.end, &error).await),
        }
    }

    async fn entries(&self, path: &str) -> Result<Entries> {
        let path = self.path(path);
        let listing = self.store.list_with_delimiter(Some(&path)).await.map_err(|e| self.failed("list", &path, &e))?;
        let name = |path: &Path| path.filename().map(str::to_owned);
        Ok(Entries {
            folders: listing.common_prefixes.iter().filter_map(name).collect(),
            files: listing.objects.iter().filter_map(|object| name(&object.location)).collect(),
        })
    }

    async fn make_folder(&self, _path: &str) -> Result<()> {
        Ok(())
    }

    async fn remove(&self, path: &str) -> Result<()> {
        let path = self.path(path);
        match self.store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(self.failed("remove", &path, &e)),
        }
    }

    async fn remove_folder(&self, path: &str) -> Result<()> {
        let path = self.path(path);
        let locations = self.store.list(Some(&path)).map_ok(|object| object.location).boxed();
        let mut removing = self.store.delete_stream(locations);
        while let Some(removed) = removing.next().await {
            match removed {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(self.failed("remove", &path, &e)),
            }
        }
        Ok(())
    }
}

/// One request if it stays small, else parts while it grows.
struct ObjectSink {
    writer: BufWriter,
    path: Path,
    explainer: Arc<Explainer>,
}

impl ObjectSink {
    fn failed(&self, error: &object_store::Error) -> Error {
        self.explainer.error(&format!("cannot write {}", self.path), error)
    }
}

#[async_trait]
impl Sink for ObjectSink {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.writer.put(bytes).await.map_err(|e| self.failed(&e))
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer.shutdown().await.map_err(|e| {
            let inner = e.get_ref().and_then(|inner| inner.downcast_ref::<object_store::Error>());
            inner.map_or_else(
                || self.explainer.text(&format!("cannot write {}: {e}", self.path)),
                |inner| self.failed(inner),
            )
        })
    }

    async fn abort(mut self: Box<Self>) {
        if let Err(error) = self.writer.abort().await {
            warn!("an unfinished upload was not taken back: {}", self.failed(&error));
        }
    }
}
