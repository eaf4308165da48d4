//! The producer's end of a channel to another process.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use penstock_core::event::StreamElement;
use penstock_core::{Error, ObjectBatch, Result};

use super::batch::{self, Rows};
use super::connection::Connection;
use super::{Feedback, frame};
use crate::channel::{CAPACITY, OVERDRAFT};
use crate::exchange::{EdgeCodecs, Outlet};
use crate::lane::ObjectLane;
use crate::signal::TaskSignal;

/// What the consumer has said; the thread that reads the connection keeps it up to date.
pub(super) struct OutletState {
    /// Elements that were sent. Changed, like what follows from it, while `flow` is locked.
    sent: AtomicU64,
    consumed: AtomicU64,
    full: AtomicBool,
    idle: AtomicBool,
    flow: Mutex<()>,
    closed: AtomicBool,
    nanos_per_record: AtomicU32,
    producer: TaskSignal,
}

impl OutletState {
    pub(super) fn new(producer: &TaskSignal) -> Self {
        Self {
            sent: AtomicU64::new(0),
            consumed: AtomicU64::new(0),
            full: AtomicBool::new(false),
            idle: AtomicBool::new(false),
            flow: Mutex::default(),
            closed: AtomicBool::new(false),
            nanos_per_record: AtomicU32::new(0),
            producer: producer.clone(),
        }
    }

    fn len(&self) -> usize {
        self.sent.load(Ordering::Acquire).saturating_sub(self.consumed.load(Ordering::Acquire)) as usize
    }

    /// Counts an element that is about to be sent.
    fn sending(&self) {
        let _flow = self.flow.lock();
        self.sent.fetch_add(1, Ordering::AcqRel);
        self.idle.store(false, Ordering::Release);
        if self.len() >= CAPACITY {
            self.full.store(true, Ordering::Release);
        }
    }

    /// The consumer says how it is doing.
    pub(super) fn heard(&self, words: &Feedback) {
        self.nanos_per_record.store(words.nanos_per_record, Ordering::Relaxed);
        let matters = {
            let _flow = self.flow.lock();
            let overdrawn = self.len() >= CAPACITY + OVERDRAFT;
            self.consumed.fetch_max(words.consumed, Ordering::AcqRel);
            // What is on its way to a consumer wakes it.
            let idle = words.idle && self.len() == 0;
            self.idle.store(idle, Ordering::Release);
            let freed = self.len() <= CAPACITY / 2 && self.full.swap(false, Ordering::AcqRel);
            freed || idle || overdrawn
        };
        if words.closed {
            self.close();
        } else if matters {
            self.producer.wake();
        }
    }

    /// Nobody reads any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.producer.wake();
    }
}

/// The producer's end.
pub(super) struct SocketOutlet {
    pub(super) channel: u32,
    pub(super) state: Arc<OutletState>,
    pub(super) connection: Arc<Connection>,
    pub(super) lane: Arc<dyn ObjectLane>,
    pub(super) codecs: Option<EdgeCodecs>,
}

impl SocketOutlet {
    /// Sends records in as many frames as they need. The batch is given up while the interpreter is held.
    fn send_batch(&self, records: ObjectBatch, may_wait: bool) -> Result<()> {
        let codecs = self.codecs.as_ref().ok_or_else(|| Error::internal("a channel without codecs"))?;
        let (mut records, mut frames, mut result) = (Some(records), Vec::new(), Ok(()));
        self.lane.hold(&mut || {
            if let Some(records) = records.take() {
                result = self.frames(&records, codecs, &mut frames);
            }
        });
        result?;
        for frame in &frames {
            if may_wait {
                self.wait_while_overdrawn();
            }
            self.write(frame);
        }
        Ok(())
    }

    fn frames(&self, records: &ObjectBatch, codecs: &EdgeCodecs, frames: &mut Vec<Vec<u8>>) -> Result<()> {
        let mut at = 0;
        while at < records.len() {
            let mut bytes = Vec::new();
            frame::begin(&mut bytes);
            at = batch::encode(Rows::of(records), at, codecs, &mut bytes)?;
            frame::finish_batch(&mut bytes, self.channel)?;
            frames.push(bytes);
        }
        Ok(())
    }

    fn wait_while_overdrawn(&self) {
        if self.is_overdrawn() {
            self.lane.release(&mut || {
                while self.is_overdrawn() {
                    self.state.producer.sleep(Some(Instant::now() + Duration::from_millis(50)));
                }
            });
        }
    }

    /// Writes a frame without the interpreter. Whoever reads has its own thread for that, so this does not wait long.
    fn write(&self, frame: &[u8]) {
        self.state.sending();
        self.lane.release(&mut || {
            if !self.connection.write(frame) {
                self.state.close();
            }
        });
    }
}

impl Outlet for SocketOutlet {
    fn use_codecs(&mut self, codecs: EdgeCodecs) {
        self.codecs = Some(codecs);
    }

    fn send(&self, element: StreamElement) -> Result<()> {
        match element {
            // Objects of a batch that nobody reads are freed by whoever holds the interpreter.
            StreamElement::Objects(records) => self.send_batch(records, true),
            StreamElement::Event(event) => {
                self.write(&frame::event(self.channel, &event)?);
                Ok(())
            }
            StreamElement::Columns(batch) => {
                self.write(&frame::columns(self.channel, &batch)?);
                Ok(())
            }
            StreamElement::Raw(_) => Err(Error::internal("raw records do not leave their process")),
        }
    }

    fn send_at_once(&self, element: StreamElement) -> Result<()> {
        match element {
            StreamElement::Objects(records) => self.send_batch(records, false),
            other => self.send(other),
        }
    }

    fn has_capacity(&self) -> bool {
        !self.state.full.load(Ordering::Acquire) || self.is_closed()
    }

    fn is_overdrawn(&self) -> bool {
        self.len() >= CAPACITY + OVERDRAFT && !self.is_closed()
    }

    fn consumer_is_idle(&self) -> bool {
        self.state.idle.load(Ordering::Acquire)
    }

    fn nanos_per_record(&self) -> u32 {
        self.state.nanos_per_record.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.state.closed.load(Ordering::Acquire)
    }

    fn len(&self) -> usize {
        self.state.len()
    }
}
