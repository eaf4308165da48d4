//! Brings the files of a database back, each compared with its length and checksum.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use penstock_core::{Error, Result};

use crate::metadata::{DatabaseFile, DatabaseFiles, is_database_file};
use crate::storage::CheckpointFolder;
use crate::wire::damaged;

/// Bytes read at a time from elsewhere.
const CHUNK: u64 = 4 << 20;

/// Writes the files of a database into an empty directory; gives how many bytes they have.
pub(crate) async fn download(
    database: &DatabaseFiles,
    folder: &CheckpointFolder,
    directory: &Path,
    transfers: usize,
) -> Result<u64> {
    let downloading = database.files.clone().into_iter().map(|file| async move { one(&file, folder, directory).await });
    stream::iter(downloading).buffer_unordered(transfers.max(1)).try_collect::<()>().await?;
    Ok(database.length())
}

async fn one(file: &DatabaseFile, folder: &CheckpointFolder, directory: &Path) -> Result<()> {
    // The metadata's reader has checked it too; a name may never lead out of the directory.
    if !is_database_file(&file.name) {
        return Err(Error::internal(format!("'{}' is no file of a database", file.name)));
    }
    let copy = Arc::new(Mutex::new(Copy::begin(directory.join(&file.name))?));
    let of_take = Arc::clone(&copy);
    let take = Box::new(move |bytes: &[u8]| of_take.lock().take(bytes));
    if !folder.read_place_here(&file.place, file.length, take).await? {
        in_parts(file, folder, &copy).await?;
    }
    let checksum = copy.lock().checksum;
    if checksum == file.checksum {
        return Ok(());
    }
    let what = format!("{} (RocksDB's {})", folder.place_url(&file.place), file.name);
    Err(damaged(&what, "its checksum does not match"))
}

/// Reads a file that is elsewhere.
async fn in_parts(file: &DatabaseFile, folder: &CheckpointFolder, copy: &Arc<Mutex<Copy>>) -> Result<()> {
    let mut position = 0;
    while position < file.length {
        let end = file.length.min(position + CHUNK);
        let bytes = folder.read_place(&file.place, position..end).await?;
        let copy = Arc::clone(copy);
        // On a thread for such work, so that several files make progress at once.
        let writing = tokio::task::spawn_blocking(move || copy.lock().take(&bytes));
        writing.await.map_err(|e| Error::internal(format!("a thread that wrote a file ended: {e}")))??;
        position = end;
    }
    Ok(())
}

/// The local file that is being written.
struct Copy {
    path: PathBuf,
    file: File,
    checksum: u32,
}

impl Copy {
    fn begin(path: PathBuf) -> Result<Self> {
        let file = File::create_new(&path).map_err(|e| failed(&path, &e))?;
        Ok(Self { path, file, checksum: 0 })
    }

    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.checksum = crc32c::crc32c_append(self.checksum, bytes);
        self.file.write_all(bytes).map_err(|e| failed(&self.path, &e))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::external(format!(
        "cannot write {} while state is restored: {error}; check the space there, or name another directory in io.tmp.dirs",
        path.display()
    ))
}
