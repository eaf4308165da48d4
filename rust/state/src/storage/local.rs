//! A local directory. What is reported as written is on the disk: files and the folders that name them are synced.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use bytes::Bytes;
use penstock_core::{Error, Result};
use tokio::io::AsyncWriteExt;
use tracing::{info, warn};
use uuid::Uuid;

use super::store::{Created, Entries, Sink, Stat, Store, Take};
use crate::wire::damaged;

/// Bytes read at a time of a file that is read whole.
const PIECE: usize = 256 << 10;

/// A directory of this machine, or of a network file system that is mounted here.
pub(super) struct LocalStore {
    root: PathBuf,
    url: String,
}

impl LocalStore {
    pub(super) fn new(root: PathBuf) -> Self {
        let url = format!("file://{}", root.display()).trim_end_matches('/').to_owned();
        Self { root, url }
    }

    fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::external(format!("cannot {what} {}: {error}", path.display()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::internal(format!("a thread for file access ended: {e}")))?
}

#[async_trait]
impl Store for LocalStore {
    fn url(&self) -> &str {
        &self.url
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Created> {
        let path = self.path(path);
        blocking(move || create(&path, &bytes)).await
    }

    async fn writer(&self, path: &str) -> Result<Box<dyn Sink>> {
        let path = self.path(path);
        let opened = path.clone();
        let file = blocking(move || {
            make_folder(parent(&opened))?;
            File::create_new(&opened).map_err(|e| failed("write", &opened, &e))
        })
        .await?;
        Ok(Box::new(LocalSink { file: Some(tokio::fs::File::from_std(file)), path }))
    }

    async fn stat(&self, path: &str) -> Result<Option<Stat>> {
        let path = self.path(path);
        blocking(move || match fs::metadata(&path) {
            Ok(metadata) => {
                let (length, modified) = (metadata.len(), modified(&metadata));
                let tag = format!("{}.{:09}-{length}-{}", metadata.mtime(), metadata.mtime_nsec(), metadata.ino());
                Ok(metadata.is_file().then_some(Stat { length, modified, tag }))
            }
            Err(e) if absent(&e) => Ok(None),
            Err(e) => Err(failed("read", &path, &e)),
        })
        .await
    }

    async fn read(&self, path: &str, range: Range<u64>) -> Result<Bytes> {
        let path = self.path(path);
        blocking(move || read(&path, range)).await
    }

    async fn read_here(&self, path: &str, length: u64, take: Take) -> Result<bool> {
        let path = self.path(path);
        blocking(move || read_through(&path, length, take)).await.map(|()| true)
    }

    async fn entries(&self, path: &str) -> Result<Entries> {
        let path = self.path(path);
        blocking(move || entries(&path)).await
    }

    async fn make_folder(&self, path: &str) -> Result<()> {
        let path = self.path(path);
        blocking(move || make_folder(&path)).await
    }

    async fn remove(&self, path: &str) -> Result<()> {
        let path = self.path(path);
        blocking(move || removed(fs::remove_file(&path), &path)).await
    }

    async fn remove_folder(&self, path: &str) -> Result<()> {
        let path = self.path(path);
        blocking(move || removed(fs::remove_dir_all(&path), &path)).await
    }
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn modified(metadata: &fs::Metadata) -> i64 {
    let since_epoch = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    since_epoch.map_or(0, |d| d.as_millis() as i64)
}

fn removed(result: io::Result<()>, path: &Path) -> Result<()> {
    match result {
        Err(e) if !absent(&e) => Err(failed("remove", path, &e)),
        _ => Ok(()),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Makes a folder and those above it, each synced into its parent.
fn make_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = parent(folder);
    if above != folder {
        make_folder(above)?;
    }
    match fs::create_dir(folder) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(failed("make the folder", folder, &e)),
        _ => sync_folder(above),
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| failed("sync the folder", folder, &e))
}

/// Writes beside the path, syncs, then gives it its name, unless the name is taken.
fn create(path: &Path, bytes: &[u8]) -> Result<Created> {
    let folder = parent(path);
    make_folder(folder)?;
    let draft = folder.join(format!(".draft-{}", Uuid::new_v4().simple()));
    let written = File::create_new(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let named = written.and_then(|()| name(&draft, path));
    removed(fs::remove_file(&draft), &draft)?;
    let created = named.map_err(|e| failed("write", path, &e))?;
    sync_folder(folder)?;
    Ok(created)
}

fn name(draft: &Path, path: &Path) -> io::Result<Created> {
    match fs::hard_link(draft, path) {
        Ok(()) => Ok(Created::Yes),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(Created::Exists),
        Err(e) if matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            info!(
                "{} has no hard links ({e}); that nobody else writes there at the same moment cannot be checked",
                path.display()
            );
            if path.exists() {
                return Ok(Created::Exists);
            }
            fs::rename(draft, path).map(|()| Created::Yes)
        }
        Err(e) => Err(e),
    }
}

fn read(path: &Path, range: Range<u64>) -> Result<Bytes> {
    let fail = |e: io::Error| failed("read", path, &e);
    let mut file = open(path, range.end)?;
    let wanted = range.end.checked_sub(range.start).and_then(|n| usize::try_from(n).ok());
    let Some(wanted) = wanted else { return Err(Error::internal("a part of a file that ends before it begins")) };
    let mut bytes = vec![0; wanted];
    file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes)).map_err(fail)?;
    Ok(bytes.into())
}

/// Opens a file that has to have so many bytes.
fn open(path: &Path, least: u64) -> Result<File> {
    let fail = |e: io::Error| failed("read", path, &e);
    let file = File::open(path).map_err(|e| if absent(&e) { missing(path) } else { fail(e) })?;
    let length = file.metadata().map_err(fail)?.len();
    if length < least {
        let problem = format!("it has {length} bytes, at least {least} are expected");
        return Err(damaged(&path.display().to_string(), problem));
    }
    Ok(file)
}

/// Reads a file with a buffer that stays in the processor's cache.
fn read_through(path: &Path, length: u64, mut take: Take) -> Result<()> {
    let mut file = open(path, length)?;
    let mut buffer = vec![0; PIECE];
    let mut left = length;
    while left > 0 {
        let piece = &mut buffer[..usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
        file.read_exact(piece).map_err(|e| failed("read", path, &e))?;
        take(piece)?;
        left -= piece.len() as u64;
    }
    Ok(())
}

fn missing(path: &Path) -> Error {
    Error::damaged(format!("{} is missing", path.display()))
}

fn entries(path: &Path) -> Result<Entries> {
    let mut found = Entries::default();
    let listing = match fs::read_dir(path) {
        Err(e) if absent(&e) => return Ok(found),
        listing => listing.map_err(|e| failed("list", path, &e))?,
    };
    for entry in listing {
        let entry = entry.map_err(|e| failed("list", path, &e))?;
        // A name that is no text was not given by us.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().is_dir() { found.folders.push(name) } else { found.files.push(name) }
    }
    Ok(found)
}

/// A file that is removed again unless it is finished.
struct LocalSink {
    /// Taken by `finish`.
    file: Option<tokio::fs::File>,
    path: PathBuf,
}

#[async_trait]
impl Sink for LocalSink {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        let file = self.file.as_mut().ok_or_else(|| Error::internal("a finished state file is written to"))?;
        file.write_all(&bytes).await.map_err(|e| failed("write", &self.path, &e))
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        if let Some(file) = self.file.as_mut() {
            file.flush().await.map_err(|e| failed("write", &self.path, &e))?;
            file.sync_all().await.map_err(|e| failed("sync", &self.path, &e))?;
        }
        let folder = parent(&self.path).to_path_buf();
        blocking(move || sync_folder(&folder)).await?;
        self.file = None;
        Ok(())
    }

    async fn abort(self: Box<Self>) {}
}

impl Drop for LocalSink {
    fn drop(&mut self) {
        if self.file.is_some()
            && let Err(error) = fs::remove_file(&self.path)
            && !absent(&error)
        {
            warn!("the unfinished state file {} could not be removed: {error}", self.path.display());
        }
    }
}
