//! A file that is read: from a position on, or piece by piece. On a disk or in a bucket; whoever reads waits for it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use penstock_core::{Error, Result};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How much of an object is asked for at once.
const PIECE: u64 = 4 << 20;

/// A file. A clone is the same file.
#[derive(Clone)]
pub(crate) struct InputFile {
    name: Arc<str>,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Disk(PathBuf),
    Bucket(Object),
}

/// An object in a bucket.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) path: ObjectPath,
    /// What runs requests.
    pub(crate) io: Handle,
    /// Makes errors of what the server answers.
    pub(crate) explain: Arc<dyn Fn(&object_store::Error) -> Error + Send + Sync>,
}

impl InputFile {
    /// The file at a path of this machine.
    pub(crate) fn on_disk(path: PathBuf) -> Self {
        Self { name: Arc::from(path.to_string_lossy()), place: Place::Disk(path) }
    }

    /// An object, with its URL.
    pub(crate) fn in_bucket(url: &str, object: Object) -> Self {
        Self { name: Arc::from(url), place: Place::Bucket(object) }
    }

    /// What users call it.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// An error of reading it.
    pub(crate) fn failed(&self, problem: impl std::fmt::Display) -> Error {
        Error::external(format!("the file {} cannot be read: {problem}", self.name))
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> Result<u64> {
        match &self.place {
            Place::Disk(path) => Ok(std::fs::metadata(path).map_err(|e| self.failed(e))?.len()),
            Place::Bucket(object) => object.length(),
        }
    }

    /// Its bytes from a position on.
    pub(crate) fn read_from(&self, position: u64) -> Result<Box<dyn Read + Send>> {
        match &self.place {
            Place::Disk(path) => {
                let mut file = File::open(path).map_err(|e| self.failed(e))?;
                file.seek(SeekFrom::Start(position)).map_err(|e| self.failed(e))?;
                Ok(Box::new(file))
            }
            Place::Bucket(object) => Ok(Box::new(ObjectBytes::from(object.clone(), position)?)),
        }
    }

    /// Some of its bytes, all of which have to be there.
    pub(crate) fn range(&self, range: Range<u64>) -> Result<Bytes> {
        match &self.place {
            Place::Disk(path) => {
                let mut bytes = vec![0; (range.end - range.start) as usize];
                let read = File::open(path).and_then(|file| file.read_exact_at(&mut bytes, range.start));
                read.map_err(|e| self.failed(e))?;
                Ok(Bytes::from(bytes))
            }
            Place::Bucket(object) => object.range(range),
        }
    }
}

impl Object {
    fn length(&self) -> Result<u64> {
        let head = self.io.block_on(self.store.head(&self.path));
        Ok(head.map_err(|e| (self.explain)(&e))?.size)
    }

    fn range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.io.block_on(self.store.get_range(&self.path, range)).map_err(|e| (self.explain)(&e))
    }

    /// Begins to fetch a piece.
    fn fetch(&self, range: Range<u64>) -> JoinHandle<object_store::Result<Bytes>> {
        let (store, path) = (Arc::clone(&self.store), self.path.clone());
        self.io.spawn(async move { store.get_range(&path, range).await })
    }
}

/// The bytes of an object, a piece after the other; while one is read, the next is fetched.
struct ObjectBytes {
    object: Object,
    length: u64,
    /// Where the piece behind the one that is fetched begins.
    next: u64,
    piece: Bytes,
    coming: Option<JoinHandle<object_store::Result<Bytes>>>,
}

impl ObjectBytes {
    fn from(object: Object, position: u64) -> Result<Self> {
        let length = object.length()?;
        let mut bytes = Self { object, length, next: position, piece: Bytes::new(), coming: None };
        bytes.ask();
        Ok(bytes)
    }

    fn ask(&mut self) {
        if self.next < self.length {
            let end = self.length.min(self.next + PIECE);
            self.coming = Some(self.object.fetch(self.next..end));
            self.next = end;
        }
    }
}

impl Read for ObjectBytes {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.piece.is_empty() {
            let Some(coming) = self.coming.take() else { return Ok(0) };
            let fetched = self.object.io.block_on(coming).map_err(std::io::Error::other)?;
            self.piece = fetched.map_err(|e| std::io::Error::other((self.object.explain)(&e)))?;
            self.ask();
        }
        let count = out.len().min(self.piece.len());
        out[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

impl Drop for ObjectBytes {
    fn drop(&mut self) {
        if let Some(coming) = &self.coming {
            coming.abort();
        }
    }
}
