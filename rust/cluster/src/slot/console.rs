//! What slot processes have to show: lines, records of `collect`, log records. One thread hands all of it to the host, so
//! that nothing is mixed, and so that whoever reads from a process never waits for an interpreter.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use penstock_core::{Error, Result};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::SlotHost;
use crate::job::event::Event;

/// Pieces of output that wait to be shown; beyond that the processes wait.
const PIECES: usize = 64;
const CHUNK: usize = 64 << 10;
/// A line is cut where it is longer than this.
const LONGEST_LINE: usize = 1 << 20;

enum Item {
    Lines { to_stderr: bool, lines: Vec<u8>, _room: OwnedSemaphorePermit },
    Collected(Vec<u8>),
    Log(Vec<u8>),
}

/// Where things to show go; clones are the same. The thread ends when all are dropped.
#[derive(Clone)]
pub(super) struct Console {
    items: Sender<Item>,
    room: Arc<Semaphore>,
}

impl Console {
    /// Starts the thread. The receiver hears when it has ended.
    pub(super) fn start(host: Arc<dyn SlotHost>, events: Sender<Event>) -> Result<(Self, Receiver<()>)> {
        let (items, received) = channel();
        let (done, ended) = channel();
        let run = move || {
            while let Ok(item) = received.recv() {
                if let Err(error) = show(&*host, &item) {
                    // Nobody listens once the job has ended.
                    let _ = events.send(Event::SlotFailed { of: None, error });
                }
            }
            let _ = done.send(());
        };
        std::thread::Builder::new()
            .name("penstock-slots-output".to_owned())
            .spawn(run)
            .map_err(|e| Error::external(format!("the thread for the output of slots could not be started: {e}")))?;
        Ok((Self { items, room: Arc::new(Semaphore::new(PIECES)) }, ended))
    }

    pub(super) fn collected(&self, record: Vec<u8>) {
        self.send(Item::Collected(record));
    }

    pub(super) fn log(&self, record: Vec<u8>) {
        self.send(Item::Log(record));
    }

    fn send(&self, item: Item) {
        // The thread lives as long as there is a sender.
        let _ = self.items.send(item);
    }

    async fn lines(&self, to_stderr: bool, lines: Vec<u8>) {
        if let (false, Ok(room)) = (lines.is_empty(), Arc::clone(&self.room).acquire_owned().await) {
            self.send(Item::Lines { to_stderr, lines, _room: room });
        }
    }

    /// Shows all that comes out of a pipe, in whole lines.
    pub(super) async fn forward(self, to_stderr: bool, mut pipe: impl AsyncRead + Unpin) {
        let mut held = Vec::new();
        loop {
            held.reserve(CHUNK);
            match pipe.read_buf(&mut held).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            let end = held.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
            let end = end.or_else(|| (held.len() > LONGEST_LINE).then_some(held.len()));
            if let Some(end) = end {
                let rest = held.split_off(end);
                self.lines(to_stderr, std::mem::replace(&mut held, rest)).await;
            }
        }
        if !held.is_empty() {
            held.push(b'\n');
        }
        self.lines(to_stderr, held).await;
    }
}

fn show(host: &dyn SlotHost, item: &Item) -> Result<()> {
    match item {
        Item::Lines { to_stderr, lines, .. } => host.show(*to_stderr, lines),
        Item::Collected(record) => host.collect(record),
        Item::Log(record) => host.log(record),
    }
}

/// Waits until everything was shown, for at most so long if there is a limit.
pub(super) fn finish(console: Console, ended: &Receiver<()>, timeout: Option<Duration>) {
    drop(console);
    let shown = match timeout {
        Some(timeout) => ended.recv_timeout(timeout).is_ok(),
        None => ended.recv().is_ok(),
    };
    if !shown {
        tracing::warn!("Not all output of the slot processes could be shown in time.");
    }
}
