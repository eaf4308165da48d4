//! A bounded channel between two tasks of one process.
//!
//! The bound is soft: what one record yields may overdraw it, up to [`OVERDRAFT`] elements more; a producer looks at
//! [`Outlet::has_capacity`] between records. Capacity is given back when half of the queue is empty, so that two
//! tasks that share an interpreter do not hand it to each other after every batch.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use penstock_core::Result;
use penstock_core::event::StreamElement;

use crate::exchange::{Inlet, Outlet, Receiver, Sender};
use crate::signal::TaskSignal;

/// Elements that fit before a producer should stop.
pub const CAPACITY: usize = 4;
/// Elements beyond the capacity that one record may add.
pub const OVERDRAFT: usize = 8;

struct Shared {
    queue: Mutex<VecDeque<StreamElement>>,
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
struct LocalReceiver(Arc<Shared>);

/// Makes a channel between the tasks with these signals.
#[must_use]
pub fn channel(producer: &TaskSignal, consumer: &TaskSignal) -> (Sender, Receiver) {
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        len: AtomicUsize::new(0),
        full: AtomicBool::new(false),
        closed: AtomicBool::new(false),
        nanos_per_record: AtomicU32::new(0),
        producer: producer.clone(),
        consumer: consumer.clone(),
    });
    (Box::new(LocalSender(Arc::clone(&shared))), Box::new(LocalReceiver(shared)))
}

impl Outlet for LocalSender {
    fn send(&self, element: StreamElement) -> Result<()> {
        let len = {
            let mut queue = self.0.queue.lock();
            queue.push_back(element);
            if queue.len() >= CAPACITY {
                self.0.full.store(true, Ordering::Release);
            }
            queue.len()
        };
        self.0.len.store(len, Ordering::Release);
        if self.0.consumer.is_idle() || len == 1 {
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

impl Inlet for LocalReceiver {
    fn try_recv(&mut self) -> Result<Option<StreamElement>> {
        if self.0.len.load(Ordering::Acquire) == 0 {
            return Ok(None);
        }
        let (element, len, freed) = {
            let mut queue = self.0.queue.lock();
            let element = queue.pop_front();
            let freed = queue.len() <= CAPACITY / 2 && self.0.full.swap(false, Ordering::AcqRel);
            (element, queue.len(), freed)
        };
        self.0.len.store(len, Ordering::Release);
        if freed {
            self.0.producer.wake();
        }
        Ok(element)
    }

    fn set_nanos_per_record(&self, nanos: u32) {
        self.0.nanos_per_record.store(nanos, Ordering::Relaxed);
    }
}

impl Drop for LocalReceiver {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.queue.lock().clear();
        self.0.producer.wake();
    }
}
