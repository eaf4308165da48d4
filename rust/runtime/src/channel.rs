//! A bounded channel between two tasks of one process.
//!
//! The bound is soft: what one record yields may overdraw it, up to [`OVERDRAFT`] elements more; a producer looks at
//! [`Sender::has_capacity`] between records. Capacity is given back when half of the queue is empty, so that two
//! tasks that share an interpreter do not hand it to each other after every batch.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use penstock_core::event::StreamElement;

use crate::signal::TaskSignal;

/// Elements that fit before a producer should stop.
pub const CAPACITY: usize = 4;
/// Elements beyond the capacity that one record may add.
pub const OVERDRAFT: usize = 8;

struct Shared {
    queue: Mutex<VecDeque<StreamElement>>,
    len: AtomicUsize,
    full: AtomicBool,
    closed: AtomicBool,
    /// What the consumer takes for a record, in nanoseconds; the producer sizes its batches by it.
    nanos_per_record: AtomicU32,
    producer: TaskSignal,
    consumer: TaskSignal,
}

/// The producer's end.
pub struct Sender(Arc<Shared>);
/// The consumer's end.
pub struct Receiver(Arc<Shared>);

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
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

impl Sender {
    /// Adds an element and wakes the consumer.
    pub fn send(&self, element: StreamElement) {
        let len = {
            let mut queue = self.0.queue.lock();
            queue.push_back(element);
            queue.len()
        };
        self.0.len.store(len, Ordering::Release);
        if len >= CAPACITY {
            self.0.full.store(true, Ordering::Release);
        }
        if self.0.consumer.is_idle() || len == 1 {
            self.0.consumer.wake();
        }
    }

    /// Whether the producer may go on to its next record.
    #[inline]
    #[must_use]
    pub fn has_capacity(&self) -> bool {
        !self.0.full.load(Ordering::Acquire) || self.is_closed()
    }

    /// Whether even a record in the middle has to wait.
    #[must_use]
    pub fn is_overdrawn(&self) -> bool {
        self.0.len.load(Ordering::Acquire) >= CAPACITY + OVERDRAFT && !self.is_closed()
    }

    /// Whether the consumer sleeps with nothing to do.
    #[inline]
    #[must_use]
    pub fn consumer_is_idle(&self) -> bool {
        self.0.len.load(Ordering::Relaxed) == 0 && self.0.consumer.is_idle()
    }

    /// What the consumer takes for a record.
    #[must_use]
    pub fn nanos_per_record(&self) -> u32 {
        self.0.nanos_per_record.load(Ordering::Relaxed)
    }

    /// Whether the consumer is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    /// Elements in the queue.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len.load(Ordering::Relaxed)
    }

    /// Whether nothing is queued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Receiver {
    /// The next element.
    #[must_use]
    pub fn try_recv(&self) -> Option<StreamElement> {
        if self.0.len.load(Ordering::Acquire) == 0 {
            return None;
        }
        let (element, len) = {
            let mut queue = self.0.queue.lock();
            (queue.pop_front(), queue.len())
        };
        self.0.len.store(len, Ordering::Release);
        if len <= CAPACITY / 2 && self.0.full.swap(false, Ordering::AcqRel) {
            self.0.producer.wake();
        }
        element
    }

    /// Tells the producer how long a record takes.
    pub fn set_nanos_per_record(&self, nanos: u32) {
        self.0.nanos_per_record.store(nanos, Ordering::Relaxed);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.queue.lock().clear();
        self.0.producer.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::event::StreamEvent;

    #[test]
    fn capacity_comes_back_at_half() {
        let (sender, receiver) = channel(&TaskSignal::default(), &TaskSignal::default());
        for n in 0..CAPACITY {
            assert!(sender.has_capacity(), "{n}");
            sender.send(StreamElement::Event(StreamEvent::Watermark(n as i64)));
        }
        assert!(!sender.has_capacity());
        assert!(receiver.try_recv().is_some());
        assert!(!sender.has_capacity());
        assert!(receiver.try_recv().is_some());
        assert!(sender.has_capacity());
    }

    #[test]
    fn a_closed_channel_never_blocks() {
        let (sender, receiver) = channel(&TaskSignal::default(), &TaskSignal::default());
        for _ in 0..CAPACITY + OVERDRAFT {
            sender.send(StreamElement::Event(StreamEvent::Idle));
        }
        assert!(sender.is_overdrawn());
        drop(receiver);
        assert!(sender.has_capacity() && !sender.is_overdrawn());
    }
}
