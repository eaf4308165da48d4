//! A part file in a bucket: an upload in pieces, which becomes an object when it is completed. Any process can complete
//! it, so that a checkpoint needs no more than its id and those of its pieces. What is too short for a piece goes into
//! the checkpoint itself while the part is open.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use object_store::multipart::PartId;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt, PutPayload};
use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::super::super::location::BucketFolder;
use crate::bridge;

/// The length of a piece; buckets want at least 5 MiB of all but the last.
const PIECE: usize = 8 << 20;
/// How many pieces are on their way before the task waits.
const AT_ONCE: usize = 4;
/// How long a request may take with all its retries.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(120);

/// As a checkpoint describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct UploadPart {
    /// The object's URL.
    pub(in super::super) target: String,
    /// `None`: no piece was sent yet.
    upload: Option<String>,
    /// The server's names of the pieces.
    pieces: Vec<String>,
    /// Their length in all.
    length: u64,
    /// What comes behind them, in base64; nothing if the part is closed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    rest: String,
}

impl UploadPart {
    /// The error of a checkpoint that is restored into a sink with another kind of path.
    pub(super) fn moved(&self) -> Error {
        Error::invalid(format!(
            "the checkpoint has an unfinished part file in a bucket, {}, but the sink writes to a disk now; keep its path, or start without that checkpoint",
            self.target
        ))
    }
}

/// What makes uploads.
pub(in super::super) struct Uploads {
    pub(in super::super) folder: Arc<BucketFolder>,
    pub(in super::super) io: Handle,
    pub(in super::super) wake: Arc<dyn Fn() + Send + Sync>,
}

impl Uploads {
    /// Runs a request and waits for its answer.
    fn request<T: Send + 'static>(
        &self,
        what: &str,
        request: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (folder, what) = (Arc::clone(&self.folder), what.to_owned());
        let waited_for = what.clone();
        bridge::wait_for(&self.io, &waited_for, TIMEOUT, async move {
            request.await.map_err(|e| folder.bucket.explainer.error(&what, &e))
        })
    }

    fn path(&self, part: &UploadPart) -> Result<ObjectPath> {
        let path = self.folder.path_of(&part.target);
        path.ok_or_else(|| {
            Error::invalid(format!(
                "the checkpoint has an unfinished part file {}, but the sink writes to another bucket now",
                part.target
            ))
        })
    }

    fn begin(&self, path: &ObjectPath) -> Result<String> {
        let (multipart, path) = (Arc::clone(&self.folder.bucket.multipart), path.clone());
        self.request(&format!("cannot begin {path}"), async move { multipart.create_multipart(&path).await })
    }

    fn send(&self, path: &ObjectPath, upload: &str, number: usize, piece: Vec<u8>) -> Receiver<Result<String>> {
        let (sender, receiver) = channel();
        let (folder, wake) = (Arc::clone(&self.folder), Arc::clone(&self.wake));
        let (path, upload) = (path.clone(), upload.to_owned());
        self.io.spawn(async move {
            let sent = folder.bucket.multipart.put_part(&path, &upload, number, PutPayload::from(piece)).await;
            let sent = sent.map(|piece| piece.content_id);
            // The part may have been given up meanwhile.
            let _ = sender.send(sent.map_err(|e| folder.bucket.explainer.error(&format!("cannot write {path}"), &e)));
            wake();
        });
        receiver
    }

    /// A part that was open at the checkpoint that is restored: ends with what the checkpoint has.
    pub(super) fn recover(self: &Arc<Self>, part: UploadPart) -> Result<Option<UploadPart>> {
        if part.length == 0 && part.rest.is_empty() {
            self.abort(&part);
            return Ok(None);
        }
        let rest = STANDARD
            .decode(&part.rest)
            .map_err(|e| Error::invalid(format!("the part file {} in the checkpoint is damaged: {e}", part.target)))?;
        let path = self.path(&part)?;
        let output = UploadOutput {
            uploads: Arc::clone(self),
            path,
            upload: part.upload,
            pieces: part.pieces,
            length: part.length,
            sending: Vec::new(),
            rest,
        };
        output.close().map(Some)
    }

    /// Makes an object of a part, if that is not done already.
    pub(in super::super) fn complete(&self, part: &UploadPart) -> Result<()> {
        let path = self.path(part)?;
        let upload = part.upload.clone().ok_or_else(|| Error::internal("a part file without an upload"))?;
        let pieces = part.pieces.iter().map(|id| PartId { content_id: id.clone() }).collect();
        let (folder, length) = (Arc::clone(&self.folder), part.length);
        let what = format!("cannot complete {path}");
        self.request(&what, async move {
            let completed = folder.bucket.multipart.complete_multipart(&path, &upload, pieces).await;
            match completed {
                Ok(_) => Ok(()),
                // An earlier try, perhaps of an earlier life, got as far as that.
                Err(e) => match folder.bucket.store.head(&path).await {
                    Ok(object) if object.size == length => Ok(()),
                    _ => Err(e),
                },
            }
        })
    }

    /// Gives an upload up. What cannot be reached stays for the bucket's own rules about unfinished uploads.
    pub(super) fn abort(&self, part: &UploadPart) {
        if let (Some(upload), Ok(path)) = (&part.upload, self.path(part)) {
            self.abort_upload(&path, upload);
        }
    }

    fn abort_upload(&self, path: &ObjectPath, upload: &str) {
        let (folder, path, upload) = (Arc::clone(&self.folder), path.clone(), upload.to_owned());
        self.io.spawn(async move {
            if let Err(e) = folder.bucket.multipart.abort_multipart(&path, &upload).await {
                let error = folder.bucket.explainer.error(&format!("cannot remove {path}"), &e);
                tracing::warn!("an unfinished upload was not taken back: {error}");
            }
        });
    }
}

/// Where the bytes of an open part go.
pub(super) struct UploadOutput {
    uploads: Arc<Uploads>,
    path: ObjectPath,
    upload: Option<String>,
    pieces: Vec<String>,
    /// Of the pieces, also of those on their way.
    length: u64,
    sending: Vec<Receiver<Result<String>>>,
    rest: Vec<u8>,
}

impl UploadOutput {
    pub(super) fn new(uploads: Arc<Uploads>, bucket: &str, name: &str) -> Self {
        let path = uploads.folder.bucket.path(&format!("{bucket}/{name}"));
        Self { uploads, path, upload: None, pieces: Vec::new(), length: 0, sending: Vec::new(), rest: Vec::new() }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.rest.extend_from_slice(bytes);
        if self.rest.len() >= PIECE { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<()> {
        let upload = match &self.upload {
            Some(upload) => upload.clone(),
            None => self.upload.insert(self.uploads.begin(&self.path)?).clone(),
        };
        let piece = std::mem::take(&mut self.rest);
        self.length += piece.len() as u64;
        let number = self.pieces.len() + self.sending.len();
        self.sending.push(self.uploads.send(&self.path, &upload, number, piece));
        Ok(())
    }

    /// Pieces that have arrived, in their order. An error of one stays for whoever waits for it.
    pub(super) fn has_capacity(&mut self) -> bool {
        while let Some(first) = self.sending.first() {
            match first.try_recv() {
                Ok(Ok(piece)) => self.pieces.push(piece),
                Ok(Err(error)) => {
                    let (sender, receiver) = channel();
                    let _ = sender.send(Err(error));
                    self.sending[0] = receiver;
                    return true;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return true,
            }
            self.sending.remove(0);
        }
        self.sending.len() < AT_ONCE
    }

    /// Waits for all pieces that are on their way.
    pub(super) fn wait(&mut self) -> Result<()> {
        for sending in self.sending.drain(..) {
            let piece = sending.recv().map_err(|_| Error::external("the upload of a part file was broken off"))?;
            self.pieces.push(piece?);
        }
        Ok(())
    }

    pub(super) fn describe(&self) -> UploadPart {
        UploadPart {
            target: self.uploads.folder.url_of(&self.path),
            upload: self.upload.clone(),
            pieces: self.pieces.clone(),
            length: self.length,
            rest: STANDARD.encode(&self.rest),
        }
    }

    pub(super) fn close(mut self) -> Result<UploadPart> {
        if !self.rest.is_empty() || self.pieces.len() + self.sending.len() == 0 {
            self.send()?;
        }
        self.wait()?;
        Ok(self.describe())
    }

    pub(super) fn abort(self) {
        if let Some(upload) = &self.upload {
            self.uploads.abort_upload(&self.path, upload);
        }
    }
}
