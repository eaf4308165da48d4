//! The asynchronous part of an incremental snapshot.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use penstock_core::{Error, Result, kill_point};

use super::{FrozenFiles, LocalFile};
use crate::metadata::{DatabaseFile, FilePlace};
use crate::storage::{CheckpointFolder, StateWriter};

/// Bytes read at a time.
const CHUNK: u64 = 1 << 20;

/// Stores what no complete checkpoint has yet, and refers to the rest; stores everything where it is to be whole.
pub(crate) async fn upload(
    frozen: &FrozenFiles,
    folder: &CheckpointFolder,
    inline_limit: usize,
) -> Result<Vec<DatabaseFile>> {
    let all: u64 = frozen.files.iter().map(|file| file.length).sum();
    let all_inline = all <= inline_limit as u64;
    let uploading = frozen.files.clone().into_iter().map(|file| async move {
        let small = file.length <= inline_limit as u64 / 4;
        if all_inline || (small && !file.is_shared()) {
            inline(&frozen.directory, &file).await
        } else {
            stored(frozen, &file, folder).await
        }
    });
    let files: Vec<DatabaseFile> = stream::iter(uploading).buffered(frozen.transfers.max(1)).try_collect().await?;
    if let (Some(root), Some(home)) = (folder.sharing_root(), folder.home()) {
        frozen.uploads.uploaded(root, home.checkpoint, &files);
    }
    Ok(files)
}

async fn inline(directory: &Path, file: &LocalFile) -> Result<DatabaseFile> {
    let bytes = read(directory, file, 0..file.length).await?;
    let (length, checksum) = (bytes.len() as u64, crc32c::crc32c(&bytes));
    Ok(DatabaseFile { name: file.name.clone(), place: FilePlace::Inline(bytes), length, checksum })
}

async fn stored(frozen: &FrozenFiles, file: &LocalFile, folder: &CheckpointFolder) -> Result<DatabaseFile> {
    if frozen.whole || !file.is_shared() {
        let mut writer = folder.state_writer().await?;
        let place = FilePlace::Own(writer.name().to_owned());
        return match copy(&frozen.directory, file, &mut writer).await {
            Ok(checksum) => {
                writer.finish().await?;
                Ok(DatabaseFile { name: file.name.clone(), place, length: file.length, checksum })
            }
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        };
    }
    if let Some(known) = folder.sharing_root().and_then(|root| frozen.uploads.find(root, &file.name, file.length)) {
        return Ok(known);
    }
    let (mut writer, shared) = folder.shared_writer().await?;
    match copy(&frozen.directory, file, &mut writer).await {
        Ok(checksum) => {
            kill_point::hit("incremental-before-file");
            writer.finish().await?;
            kill_point::hit("incremental-after-file");
            let place = FilePlace::Shared(shared);
            Ok(DatabaseFile { name: file.name.clone(), place, length: file.length, checksum })
        }
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// Copies a file; gives its checksum.
async fn copy(directory: &Path, file: &LocalFile, writer: &mut StateWriter) -> Result<u32> {
    let (mut position, mut checksum) = (0, 0);
    while position < file.length {
        let end = file.length.min(position + CHUNK);
        let bytes = read(directory, file, position..end).await?;
        checksum = crc32c::crc32c_append(checksum, &bytes);
        writer.write(bytes).await?;
        position = end;
    }
    Ok(checksum)
}

async fn read(directory: &Path, file: &LocalFile, range: Range<u64>) -> Result<Bytes> {
    let path = directory.join(&file.name);
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let mut file = File::open(&path)
            .map_err(|e| Error::external(format!("the RocksDB file {} cannot be read: {e}", path.display())))?;
        file.seek(SeekFrom::Start(range.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| Error::external(format!("the RocksDB file {} cannot be read: {e}", path.display())))?;
        Ok(Bytes::from(bytes))
    });
    reading.await.map_err(|e| Error::internal(format!("a thread that read a file ended: {e}")))?
}
