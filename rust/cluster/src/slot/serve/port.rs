//! What a slot says goes through here. One thread writes, so that nobody waits who has something to say.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use penstock_core::{Error, Result};

use super::super::control;
use super::super::message::FromSlot;

/// The way to the job's master; clones are the same.
#[derive(Clone)]
pub struct SlotPort {
    frames: Arc<Mutex<Option<Sender<Vec<u8>>>>>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl SlotPort {
    pub(super) fn start(mut control: UnixStream) -> Result<Self> {
        let (frames, waiting) = channel::<Vec<u8>>();
        let run = move || {
            for frame in waiting {
                // The thread that reads finds out that nobody is there.
                if control.write_all(&frame).is_err() {
                    return;
                }
            }
        };
        let writer = std::thread::Builder::new().name("slot-reports".to_owned()).spawn(run);
        let writer = writer.map_err(|e| Error::external(format!("the thread of reports could not be started: {e}")))?;
        Ok(Self { frames: Arc::new(Mutex::new(Some(frames))), writer: Arc::new(Mutex::new(Some(writer))) })
    }

    pub(super) fn send(&self, message: &FromSlot, attached: &[u8]) {
        match control::frame(message, attached) {
            Ok(frame) => self.write(frame),
            Err(error) => tracing::error!("A report is lost: {error}"),
        }
    }

    fn write(&self, frame: Vec<u8>) {
        if let Some(frames) = &*self.frames.lock() {
            // The thread ends when nobody reads any more.
            let _ = frames.send(frame);
        }
    }

    /// Hands a record of the `collect` sink over, in the lane's own encoding.
    pub fn collected(&self, record: &[u8]) -> Result<()> {
        self.write(control::frame(&FromSlot::Collected, record)?);
        Ok(())
    }

    /// Hands a log record of user code over, in the lane's own encoding.
    pub fn log(&self, record: &[u8]) {
        self.send(&FromSlot::Log, record);
    }

    /// Returns when everything that was said is on its way.
    pub(super) fn close(&self) {
        drop(self.frames.lock().take());
        if let Some(writer) = self.writer.lock().take() {
            // It does not panic, and if it did, nothing is left to say.
            let _ = writer.join();
        }
    }
}
