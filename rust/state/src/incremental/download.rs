//! Brings the files of a database back, each compared with its length and checksum.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use futures::{StreamExt, TryStreamExt, stream};
use penstock_core::{Error, Result};

use crate::metadata::{DatabaseFile, DatabaseFiles, is_database_file};
use crate::storage::CheckpointFolder;
use crate::wire::damaged;

/// Bytes read at a time.
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
    let what = || format!("{} (RocksDB's {})", folder.place_url(&file.place), file.name);
    let path = directory.join(&file.name);
    let failed = |e: std::io::Error| {
        Error::external(format!(
            "cannot write {} while state is restored: {e}; check the space there, or name another directory in io.tmp.dirs",
            path.display()
        ))
    };
    let mut local = File::create_new(&path).map_err(failed)?;
    let (mut position, mut checksum) = (0, 0);
    while position < file.length {
        let end = file.length.min(position + CHUNK);
        let bytes = folder.read_place(&file.place, position..end).await?;
        // On a thread for such work, so that several files make progress at once.
        let writing = tokio::task::spawn_blocking(move || {
            let checksum = crc32c::crc32c_append(checksum, &bytes);
            local.write_all(&bytes).map(|()| (local, checksum))
        });
        let written = writing.await.map_err(|e| Error::internal(format!("a thread that wrote a file ended: {e}")))?;
        (local, checksum) = written.map_err(failed)?;
        position = end;
    }
    if checksum == file.checksum { Ok(()) } else { Err(damaged(&what(), "its checksum does not match")) }
}
