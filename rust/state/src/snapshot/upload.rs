//! The asynchronous part of a snapshot: a frozen backend goes to the checkpoint's folder while the task goes on.

use std::io;

use bytes::{Bytes, BytesMut};
use penstock_core::{Error, Result, kill_point};
use tokio::sync::mpsc;

use super::write_keyed_snapshot;
use crate::backend::FrozenState;
use crate::incremental;
use crate::metadata::{DatabaseFiles, KeyedHandle, StateLocation};
use crate::storage::{CheckpointFolder, StateWriter};

/// Chunks that wait for the upload; together with the writer's own they bound the memory a snapshot takes.
const CHUNKS_AHEAD: usize = 16;

/// Writes a frozen backend into a checkpoint's folder, or into the handle itself if it has at most `inline_limit` bytes.
/// `None` if no state was registered. Reading the backend happens on a thread for blocking work. What was frozen as
/// files is stored as files in the folder of a checkpoint, which may share them, and in that of a savepoint that is to
/// have the backend's own files.
pub async fn upload_keyed(
    frozen: Box<dyn FrozenState>,
    folder: &CheckpointFolder,
    inline_limit: usize,
) -> Result<Option<KeyedHandle>> {
    if frozen.descriptors().is_empty() {
        return Ok(None);
    }
    let key_groups = frozen.key_groups();
    let frozen = complete(frozen).await?;
    if let Some(files) = frozen.files()?.filter(|files| files.whole || folder.home().is_some()) {
        let uploaded = incremental::upload(files, folder, inline_limit).await?;
        let database = DatabaseFiles { states: frozen.descriptors().to_vec(), files: uploaded };
        let length = database.length();
        return Ok(Some(KeyedHandle { location: StateLocation::Database(Box::new(database)), length, key_groups }));
    }
    let (chunks, received) = mpsc::channel(CHUNKS_AHEAD);
    let reading = tokio::task::spawn_blocking(move || write_keyed_snapshot(&*frozen, &mut ChunkSender { chunks }));
    let uploaded = receive(received, folder, inline_limit).await;
    kill_point::hit("snapshot-before-finish");
    let read = reading.await.map_err(|e| Error::internal(format!("the thread that wrote a snapshot ended: {e}")))?;
    let upload = match (uploaded, read) {
        // The reading fails too when the upload does; the upload's error is the reason.
        (Err(error), _) => return Err(error),
        (Ok(upload), Err(error)) => {
            upload.abort().await;
            return Err(error);
        }
        (Ok(upload), Ok(length)) => (upload.finish().await?, length),
    };
    kill_point::hit("snapshot-after-finish");
    Ok(Some(KeyedHandle { location: upload.0, length: upload.1, key_groups }))
}

/// Waits until all files are there.
async fn complete(frozen: Box<dyn FrozenState>) -> Result<Box<dyn FrozenState>> {
    let waiting = tokio::task::spawn_blocking(move || frozen.files().map(|_| ()).map(|()| frozen));
    waiting.await.map_err(|e| Error::internal(format!("the thread that waited for a snapshot ended: {e}")))?
}

/// What has arrived so far.
enum Upload {
    Small(BytesMut),
    Large(StateWriter),
}

impl Upload {
    async fn finish(self) -> Result<StateLocation> {
        match self {
            Self::Small(bytes) => Ok(StateLocation::Inline(bytes.freeze())),
            Self::Large(writer) => writer.finish().await,
        }
    }

    async fn abort(self) {
        if let Self::Large(writer) = self {
            writer.abort().await;
        }
    }
}

async fn receive(mut chunks: mpsc::Receiver<Bytes>, folder: &CheckpointFolder, inline_limit: usize) -> Result<Upload> {
    let mut upload = Upload::Small(BytesMut::new());
    while let Some(chunk) = chunks.recv().await {
        upload = match upload {
            Upload::Small(mut bytes) if bytes.len() + chunk.len() <= inline_limit => {
                bytes.extend_from_slice(&chunk);
                Upload::Small(bytes)
            }
            Upload::Small(bytes) => {
                let writer = folder.state_writer().await?;
                Upload::Large(written(written(writer, bytes.freeze()).await?, chunk).await?)
            }
            Upload::Large(writer) => Upload::Large(written(writer, chunk).await?),
        };
    }
    Ok(upload)
}

/// Writes a chunk; on failure what was written goes away.
async fn written(mut writer: StateWriter, chunk: Bytes) -> Result<StateWriter> {
    match writer.write(chunk).await {
        Ok(()) => Ok(writer),
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

struct ChunkSender {
    chunks: mpsc::Sender<Bytes>,
}

impl io::Write for ChunkSender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let stopped = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the upload has stopped");
        self.chunks.blocking_send(Bytes::copy_from_slice(bytes)).map_err(stopped)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
