//! Writers that gather records and send them in batches, at least once: the task never waits for the outside but in a
//! flush, and takes no more records while enough batches are on their way.

mod dispatcher;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Condvar, Mutex};
use penstock_core::sink::WriterContext;
use penstock_core::source::Wake;
use penstock_core::{Error, Result};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use dispatcher::Dispatcher;

/// Where batches go. It tries again by itself; an error is final.
#[async_trait]
pub(crate) trait Destination: Send + Sync + 'static {
    /// What is sent.
    type Record: Send + Sync + 'static;
    /// Returns when all of the batch is stored.
    async fn send(&self, batch: &[Self::Record]) -> Result<()>;
}

/// When a batch is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Records in a batch.
    pub(crate) records: usize,
    /// Bytes after which a batch is sent.
    pub(crate) bytes: usize,
    /// How long a record may wait for others; `None`: until the batch is full, or for a flush.
    pub(crate) interval: Option<Duration>,
    /// How many batches may be under way at once. More than one, and they may overtake each other.
    pub(crate) in_flight: usize,
}

/// Gathers the records of one subtask.
pub(crate) struct Batcher<D: Destination> {
    limits: Limits,
    shared: Arc<Shared<D>>,
    dispatcher: AbortHandle,
}

/// What the writer and the dispatcher share.
struct Shared<D: Destination> {
    state: Mutex<State<D::Record>>,
    /// A batch is done, or all has failed.
    changed: Condvar,
    /// Batches are put in while the lock is held, so that their order stays.
    batches: UnboundedSender<Vec<D::Record>>,
    wake: Wake,
}

struct State<R> {
    buffer: Vec<R>,
    bytes: usize,
    /// Batches that were sent off and are not stored.
    outstanding: usize,
    failure: Option<Error>,
}

impl<D: Destination> Batcher<D> {
    /// Starts the dispatcher on the I/O runtime.
    pub(crate) fn start(destination: D, limits: Limits, context: &WriterContext) -> Self {
        let (batches, received) = unbounded_channel();
        let state = State { buffer: Vec::new(), bytes: 0, outstanding: 0, failure: None };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            batches,
            wake: Arc::clone(&context.wake),
        });
        let dispatcher = Dispatcher::new(destination, limits, Arc::clone(&shared), received);
        let dispatcher = context.io.spawn(dispatcher.run()).abort_handle();
        Self { limits, shared, dispatcher }
    }

    /// Takes a record of so many bytes.
    pub(crate) fn add(&self, record: D::Record, bytes: usize) -> Result<()> {
        let mut state = self.shared.state.lock();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        state.buffer.push(record);
        state.bytes += bytes;
        if state.buffer.len() >= self.limits.records || state.bytes >= self.limits.bytes {
            self.shared.send_off(&mut state);
        }
        Ok(())
    }

    /// Whether more records are wanted now. After a failure, so that the next one reports it.
    pub(crate) fn has_capacity(&self) -> bool {
        let state = self.shared.state.lock();
        state.failure.is_some() || state.outstanding <= self.limits.in_flight
    }

    /// Waits until all records are stored.
    pub(crate) fn flush(&self) -> Result<()> {
        let mut state = self.shared.state.lock();
        self.shared.send_off(&mut state);
        while state.outstanding > 0 && state.failure.is_none() {
            self.shared.changed.wait(&mut state);
        }
        state.failure.clone().map_or(Ok(()), Err)
    }
}

impl<D: Destination> Drop for Batcher<D> {
    fn drop(&mut self) {
        self.dispatcher.abort();
    }
}

impl<D: Destination> Shared<D> {
    /// Sends off what is gathered.
    fn send_off(&self, state: &mut State<D::Record>) {
        if state.buffer.is_empty() || state.failure.is_some() {
            return;
        }
        state.bytes = 0;
        let batch = std::mem::take(&mut state.buffer);
        if self.batches.send(batch).is_ok() {
            state.outstanding += 1;
        } else {
            state.failure = Some(Error::internal("the dispatcher of a sink has ended"));
        }
    }

    /// A batch is stored, or will never be.
    fn done(&self, result: Result<()>) {
        let mut state = self.state.lock();
        state.outstanding -= 1;
        if let Err(error) = result {
            state.failure.get_or_insert(error);
        }
        drop(state);
        self.changed.notify_all();
        (self.wake)();
    }
}
