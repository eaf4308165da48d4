//! A server that writes `_metadata` and whose answer is lost.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::super::object::ObjectBackedStore;
use super::super::store::{Entries, Stat};
use super::*;

/// Says that it has failed to write, and cannot be reached for some questions.
struct Lossy {
    inner: Arc<dyn Store>,
    writes: bool,
    away: AtomicU32,
}

#[async_trait]
impl Store for Lossy {
    fn url(&self) -> &str {
        self.inner.url()
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Created> {
        if self.writes {
            self.inner.create(path, bytes).await?;
        }
        Err(Error::external("the connection was lost"))
    }

    async fn writer(&self, path: &str) -> Result<Box<dyn Sink>> {
        self.inner.writer(path).await
    }

    async fn stat(&self, path: &str) -> Result<Option<Stat>> {
        let away = self.away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if away.is_ok() { Err(Error::external("nobody answers")) } else { self.inner.stat(path).await }
    }

    async fn read(&self, path: &str, range: Range<u64>) -> Result<Bytes> {
        self.inner.read(path, range).await
    }

    async fn entries(&self, path: &str) -> Result<Entries> {
        self.inner.entries(path).await
    }

    async fn make_folder(&self, path: &str) -> Result<()> {
        self.inner.make_folder(path).await
    }

    async fn remove(&self, path: &str) -> Result<()> {
        self.inner.remove(path).await
    }

    async fn remove_folder(&self, path: &str) -> Result<()> {
        self.inner.remove_folder(path).await
    }
}

fn write(writes: bool) -> Result<String> {
    let metadata = CheckpointMetadata {
        format_version: 2,
        job_id: "a".repeat(32),
        job_name: "job".into(),
        checkpoint_id: 1,
        timestamp: 0,
        is_savepoint: false,
        operators: vec![],
        earlier_jobs: vec![],
    };
    let inner: Arc<dyn Store> = Arc::new(ObjectBackedStore::in_memory());
    let folder = CheckpointFolder::new(Arc::new(Lossy { inner, writes, away: AtomicU32::new(2) }), "chk-1".into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(folder.write_metadata(&metadata))
}

#[test]
fn a_checkpoint_whose_answer_was_lost_is_complete() {
    assert_eq!(write(true).expect("complete"), "memory:///chk-1");
}

#[test]
fn one_that_was_not_written_is_not() {
    assert_eq!(write(false).expect_err("nothing was written").to_string(), "the connection was lost");
}
