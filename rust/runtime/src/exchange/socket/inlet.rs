//! The consumer's end of a channel from another process.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use penstock_core::columns::ColumnBatch;
use penstock_core::event::{StreamElement, StreamEvent};
use penstock_core::{Error, Result};

use super::connection::Connection;
use super::{Feedback, batch, frame};
use crate::channel::CAPACITY;
use crate::exchange::{EdgeCodecs, Inlet};
use crate::signal::TaskSignal;

/// A producer that keeps to what it is told never has more on its way; events alone may overdraw.
const MOST_WAITING: usize = 1 << 16;

/// What has come and was not taken.
pub(super) enum Arrived {
    Batch(Vec<u8>),
    Columns(Vec<u8>),
    Event(StreamEvent),
}

/// The queue that the thread that reads the connection fills.
pub(super) struct InletState {
    queue: Mutex<VecDeque<Arrived>>,
    len: AtomicUsize,
    /// The producer knows that the consumer is idle.
    told_idle: AtomicBool,
    gone: AtomicBool,
    consumer: TaskSignal,
}

impl InletState {
    pub(super) fn new(consumer: &TaskSignal) -> Self {
        Self {
            queue: Mutex::default(),
            len: AtomicUsize::new(0),
            told_idle: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            consumer: consumer.clone(),
        }
    }

    /// Something has come.
    pub(super) fn arrived(&self, element: Arrived) -> Result<()> {
        if self.gone.load(Ordering::Acquire) {
            return Ok(());
        }
        let len = {
            let mut queue = self.queue.lock();
            queue.push_back(element);
            queue.len()
        };
        if len > MOST_WAITING {
            return Err(Error::internal("a slot process sends more than it was asked for"));
        }
        self.told_idle.store(false, Ordering::Release);
        self.len.store(len, Ordering::Release);
        if self.consumer.is_idle() || len == 1 {
            self.consumer.wake();
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }
}

/// The consumer's end.
pub(super) struct SocketInlet {
    channel: u32,
    state: Arc<InletState>,
    connection: Arc<Connection>,
    codecs: Option<EdgeCodecs>,
    nanos_per_record: AtomicU32,
    consumed: u64,
    /// What the producer knows of `consumed`.
    told: u64,
}

impl SocketInlet {
    pub(super) fn new(channel: u32, state: Arc<InletState>, connection: Arc<Connection>) -> Self {
        Self { channel, state, connection, codecs: None, nanos_per_record: AtomicU32::new(0), consumed: 0, told: 0 }
    }

    /// Capacity comes back when half of the queue is empty, as in a channel within a process.
    fn give_back(&mut self, len: usize) -> Result<()> {
        let taken = self.consumed - self.told;
        if taken >= CAPACITY as u64 || (taken >= CAPACITY as u64 / 2 && len <= CAPACITY / 2) {
            return self.tell(false, false);
        }
        Ok(())
    }

    fn tell(&mut self, idle: bool, closed: bool) -> Result<()> {
        self.told = self.consumed;
        let nanos_per_record = self.nanos_per_record.load(Ordering::Relaxed);
        let words = Feedback { consumed: self.consumed, nanos_per_record, idle, closed };
        let frame = frame::feedback(self.channel, &words)?;
        // A producer that is gone needs to know nothing.
        self.connection.write(&frame);
        Ok(())
    }
}

impl Inlet for SocketInlet {
    fn use_codecs(&mut self, codecs: EdgeCodecs) {
        self.codecs = Some(codecs);
    }

    fn try_recv(&mut self) -> Result<Option<StreamElement>> {
        if self.state.len.load(Ordering::Acquire) == 0 {
            return Ok(None);
        }
        let (element, len) = {
            let mut queue = self.state.queue.lock();
            let element = queue.pop_front();
            self.state.len.store(queue.len(), Ordering::Release);
            (element, queue.len())
        };
        let Some(element) = element else { return Ok(None) };
        self.consumed += 1;
        self.give_back(len)?;
        match element {
            Arrived::Event(event) => Ok(Some(StreamElement::Event(event))),
            Arrived::Columns(payload) => ColumnBatch::decode(&payload).map(|batch| Some(StreamElement::Columns(batch))),
            Arrived::Batch(payload) => {
                let codecs = self.codecs.as_ref().ok_or_else(|| Error::internal("a channel without codecs"))?;
                batch::decode(&payload, codecs).map(|batch| Some(StreamElement::Objects(batch)))
            }
        }
    }

    fn set_nanos_per_record(&self, nanos: u32) {
        self.nanos_per_record.store(nanos, Ordering::Relaxed);
    }

    fn about_to_sleep(&mut self) {
        let empty = self.state.len.load(Ordering::Acquire) == 0;
        if empty && (self.told < self.consumed || !self.state.told_idle.load(Ordering::Acquire)) {
            self.state.told_idle.store(true, Ordering::Release);
            if let Err(error) = self.tell(true, false) {
                tracing::error!("{error}");
            }
        }
    }
}

impl Drop for SocketInlet {
    fn drop(&mut self) {
        self.state.gone.store(true, Ordering::Release);
        self.state.queue.lock().clear();
        if let Err(error) = self.tell(false, true) {
            tracing::error!("{error}");
        }
    }
}
