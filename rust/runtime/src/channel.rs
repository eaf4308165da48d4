//! A bounded channel between two tasks of one process.
//!
//! The bound is soft: what one record yields may overdraw it, up to [`OVERDRAFT`] elements more; a producer looks at
//! [`Outlet::has_capacity`] between records. Capacity is given back when half of the queue is empty, so that two
//! tasks that share an interpreter do not hand it to each other after every batch.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use penstock_core::event::{Barrier, StreamElement, StreamEvent};
use penstock_core::{Error, ObjectBatch, Result};
use penstock_state::in_flight::ChannelElement;

use crate::exchange::in_flight::keep;
use crate::exchange::{EdgeCodecs, Inlet, Outlet, Receiver, Sender};
use crate::raw_records::RecordMaker;
use crate::signal::TaskSignal;

/// Elements that fit before a producer should stop.
pub const CAPACITY: usize = 4;
/// Elements beyond the capacity that one record may add.
pub const OVERDRAFT: usize = 8;

/// What was sent and not taken.
#[derive(Default)]
struct Queue {
    elements: VecDeque<StreamElement>,
    /// Elements that the receiver has set aside without working on them. They count as if they were here.
    set_aside: usize,
    /// Elements that were sent since the channel began.
    sent: u64,
    /// The newest barrier that may overtake, and how many elements were sent before it.
    barrier: Option<(Barrier, u64)>,
}

impl Queue {
    fn len(&self) -> usize {
        self.elements.len() + self.set_aside
    }
}

struct Shared {
    queue: Mutex<Queue>,
    /// Whether a barrier may be there that overtakes. Changed only while the queue is locked.
    has_barrier: AtomicBool,
    len: AtomicUsize,
    /// Changed only while the queue is locked.
    full: AtomicBool,
    closed: AtomicBool,
    /// What the consumer takes for a record, in nanoseconds; the producer sizes its batches by it.
    nanos_per_record: AtomicU32,
    producer: TaskSignal,
    consumer: TaskSignal,
}

struct LocalSender(Arc<Shared>);

struct LocalReceiver {
    shared: Arc<Shared>,
    /// The oldest elements, where they had to be looked at before their turn: not while the queue is locked, for to make
    /// bytes of objects may let another thread have the interpreter, and that thread may want to send.
    set_aside: VecDeque<StreamElement>,
    /// Elements that were taken since the channel began.
    taken: u64,
    codecs: Option<EdgeCodecs>,
    maker: Option<RecordMaker>,
}

/// Makes a channel between the tasks with these signals.
#[must_use]
pub fn channel(producer: &TaskSignal, consumer: &TaskSignal) -> (Sender, Receiver) {
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        has_barrier: AtomicBool::new(false),
        len: AtomicUsize::new(0),
        full: AtomicBool::new(false),
        closed: AtomicBool::new(false),
        nanos_per_record: AtomicU32::new(0),
        producer: producer.clone(),
        consumer: consumer.clone(),
    });
    (
        Box::new(LocalSender(Arc::clone(&shared))),
        Box::new(LocalReceiver { shared, set_aside: VecDeque::new(), taken: 0, codecs: None, maker: None }),
    )
}

impl Outlet for LocalSender {
    fn carries_raw(&self) -> bool {
        true
    }

    fn send(&self, element: StreamElement) -> Result<()> {
        let overtaking = match &element {
            StreamElement::Event(StreamEvent::Barrier(barrier)) => Some(*barrier),
            _ => None,
        };
        let overtaking = overtaking.filter(|barrier| barrier.alignment.may_overtake());
        let len = {
            let mut queue = self.0.queue.lock();
            if let Some(barrier) = overtaking {
                queue.barrier = Some((barrier, queue.sent));
                self.0.has_barrier.store(true, Ordering::Release);
            }
            queue.elements.push_back(element);
            queue.sent += 1;
            if queue.len() >= CAPACITY {
                self.0.full.store(true, Ordering::Release);
            }
            queue.len()
        };
        self.0.len.store(len, Ordering::Release);
        if overtaking.is_some() {
            self.0.consumer.raise();
        } else if self.0.consumer.is_idle() || len == 1 {
            self.0.consumer.wake();
        }
        Ok(())
    }

    #[inline]
    fn has_capacity(&self) -> bool {
        !self.0.full.load(Ordering::Acquire) || self.is_closed()
    }

    fn is_overdrawn(&self) -> bool {
        self.0.len.load(Ordering::Acquire) >= CAPACITY + OVERDRAFT && !self.is_closed()
    }

    #[inline]
    fn consumer_is_idle(&self) -> bool {
        self.0.len.load(Ordering::Relaxed) == 0 && self.0.consumer.is_idle()
    }

    fn nanos_per_record(&self) -> u32 {
        self.0.nanos_per_record.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    fn len(&self) -> usize {
        self.0.len.load(Ordering::Relaxed)
    }
}

impl LocalReceiver {
    /// The next element as it was sent.
    fn take(&mut self) -> Option<StreamElement> {
        let shared = &self.shared;
        if shared.len.load(Ordering::Acquire) == 0 {
            return None;
        }
        let (element, len, freed) = {
            let mut queue = shared.queue.lock();
            let element = match self.set_aside.pop_front() {
                Some(element) => {
                    queue.set_aside -= 1;
                    Some(element)
                }
                None => queue.elements.pop_front(),
            };
            let freed = queue.len() <= CAPACITY / 2 && shared.full.swap(false, Ordering::AcqRel);
            (element, queue.len(), freed)
        };
        shared.len.store(len, Ordering::Release);
        if freed {
            shared.producer.wake();
        }
        self.taken += u64::from(element.is_some());
        element
    }
}

/// The objects of raw records; `None`: the element is something else.
fn made(element: &StreamElement, maker: Option<&mut RecordMaker>) -> Result<Option<ObjectBatch>> {
    let StreamElement::Raw(raw) = element else { return Ok(None) };
    let maker = maker.ok_or_else(|| Error::internal("raw records came through a channel without a maker"))?;
    maker.make(raw).map(Some)
}

impl Inlet for LocalReceiver {
    fn use_codecs(&mut self, codecs: EdgeCodecs) {
        self.codecs = Some(codecs);
    }

    fn carries_raw(&self) -> bool {
        true
    }

    fn use_maker(&mut self, maker: RecordMaker) {
        self.maker = Some(maker);
    }

    fn maker(&mut self) -> Option<&mut RecordMaker> {
        self.maker.as_mut()
    }

    fn try_recv(&mut self) -> Result<Option<StreamElement>> {
        while let Some(element) = self.take() {
            match made(&element, self.maker.as_mut())? {
                None => return Ok(Some(element)),
                Some(batch) if !batch.is_empty() => return Ok(Some(StreamElement::Objects(batch))),
                // The schema has dropped all of them.
                Some(_) => {}
            }
        }
        Ok(None)
    }

    fn barrier_ahead(&self) -> Option<Barrier> {
        if !self.shared.has_barrier.load(Ordering::Acquire) {
            return None;
        }
        let mut queue = self.shared.queue.lock();
        let ahead = queue.barrier.filter(|(_, before)| *before >= self.taken);
        if ahead.is_none() {
            queue.barrier = None;
            self.shared.has_barrier.store(false, Ordering::Release);
        }
        ahead.map(|(barrier, _)| barrier)
    }

    fn keep_overtaken(&mut self, out: &mut Vec<ChannelElement>) -> Result<()> {
        let overtaken = {
            let mut queue = self.shared.queue.lock();
            let overtaken = queue.barrier.map_or(0, |(_, before)| before.saturating_sub(self.taken)) as usize;
            while self.set_aside.len() < overtaken
                && let Some(element) = queue.elements.pop_front()
            {
                self.set_aside.push_back(element);
                queue.set_aside += 1;
            }
            overtaken
        };
        for element in self.set_aside.iter_mut().take(overtaken) {
            if let Some(batch) = made(element, self.maker.as_mut())? {
                *element = StreamElement::Objects(batch);
            }
            keep(element, self.codecs.as_ref(), out)?;
        }
        Ok(())
    }

    fn set_nanos_per_record(&self, nanos: u32) {
        self.shared.nanos_per_record.store(nanos, Ordering::Relaxed);
    }
}

impl Drop for LocalReceiver {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.queue.lock().elements.clear();
        self.shared.producer.wake();
    }
}
