//! The consumer's end of a channel from another process.

use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use penstock_core::columns::ColumnBatch;
use penstock_core::event::{Barrier, StreamElement, StreamEvent};
use penstock_core::{Error, Result};
use penstock_state::in_flight::ChannelElement;

use super::connection::Connection;
use super::{Feedback, batch, frame};
use crate::channel::CAPACITY;
use crate::exchange::in_flight::keep_event;
use crate::exchange::{EdgeCodecs, Inlet};
use crate::signal::TaskSignal;

/// A producer that keeps to what it is told never has more on its way; events alone may overdraw.
const MOST_WAITING: usize = 1 << 16;

/// What has come and was not taken.
pub(super) enum Arrived {
    Batch(Bytes),
    Columns(Bytes),
    Event(StreamEvent),
}

#[derive(Default)]
struct Queue {
    elements: VecDeque<Arrived>,
    /// Elements that have come since the channel began.
    arrived: u64,
    /// The newest barrier that may overtake, and how many elements have come before it.
    barrier: Option<(Barrier, u64)>,
}

impl Queue {
    /// How many of the elements that wait are before that barrier; `None`: it was taken in its turn.
    fn overtaken(&self) -> Option<u64> {
        let taken = self.arrived - self.elements.len() as u64;
        self.barrier.and_then(|(_, before)| before.checked_sub(taken))
    }
}

/// The queue that the thread that reads the connection fills.
pub(super) struct InletState {
    queue: Mutex<Queue>,
    /// Whether a barrier may be there that overtakes. Changed only while the queue is locked.
    has_barrier: AtomicBool,
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
            has_barrier: AtomicBool::new(false),
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
        let overtaking = match &element {
            Arrived::Event(StreamEvent::Barrier(barrier)) if barrier.alignment.may_overtake() => Some(*barrier),
            _ => None,
        };
        let len = {
            let mut queue = self.queue.lock();
            if let Some(barrier) = overtaking {
                queue.barrier = Some((barrier, queue.arrived));
                self.has_barrier.store(true, Ordering::Release);
            }
            queue.elements.push_back(element);
            queue.arrived += 1;
            queue.elements.len()
        };
        if len > MOST_WAITING {
            return Err(Error::internal("a slot process sends more than it was asked for"));
        }
        self.told_idle.store(false, Ordering::Release);
        self.len.store(len, Ordering::Release);
        if overtaking.is_some() {
            self.consumer.raise();
        } else if self.consumer.is_idle() || len == 1 {
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
            let element = queue.elements.pop_front();
            let len = queue.elements.len();
            self.state.len.store(len, Ordering::Release);
            (element, len)
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

    fn barrier_ahead(&self) -> Option<Barrier> {
        if !self.state.has_barrier.load(Ordering::Acquire) {
            return None;
        }
        let mut queue = self.state.queue.lock();
        if queue.overtaken().is_none() {
            queue.barrier = None;
            self.state.has_barrier.store(false, Ordering::Release);
        }
        queue.barrier.map(|(barrier, _)| barrier)
    }

    fn keep_overtaken(&mut self, out: &mut Vec<ChannelElement>) -> Result<()> {
        let queue = self.state.queue.lock();
        let overtaken = queue.overtaken().unwrap_or(0) as usize;
        out.extend(queue.elements.iter().take(overtaken).filter_map(|element| match element {
            Arrived::Batch(bytes) => Some(ChannelElement::Records(bytes.clone())),
            Arrived::Columns(bytes) => Some(ChannelElement::Columns(bytes.clone())),
            Arrived::Event(event) => keep_event(event),
        }));
        Ok(())
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
        self.state.queue.lock().elements.clear();
        if let Err(error) = self.tell(false, true) {
            tracing::error!("{error}");
        }
    }
}
