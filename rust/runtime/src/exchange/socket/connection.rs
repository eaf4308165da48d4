//! The connection of two processes: who writes takes a lock, one thread reads.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::BufReader;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use penstock_core::{Error, Result};

use super::frame::{self, Frame};
use super::inlet::{Arrived, InletState, SocketInlet};
use super::outlet::{OutletState, SocketOutlet};
use crate::exchange::{Receiver, Sender};
use crate::lane::ObjectLane;
use crate::signal::TaskSignal;

/// Hears how a connection ends when that was not agreed on. Called from its reading thread.
pub trait Watcher: Send + Sync {
    /// The other process has gone away.
    fn lost(&self, peer: usize);
    /// What came makes no sense.
    fn failed(&self, error: Error);
}

/// The writing side; lives as long as a channel uses it, and says goodbye then.
pub struct Connection {
    stream: Mutex<UnixStream>,
    broken: AtomicBool,
}

/// A connection whose channels are being laid out.
pub struct Channels {
    connection: Arc<Connection>,
    lane: Arc<dyn ObjectLane>,
    stream: UnixStream,
    routes: Routes,
}

#[derive(Default)]
struct Routes {
    outlets: HashMap<u32, Arc<OutletState>>,
    inlets: HashMap<u32, Arc<InletState>>,
}

impl Connection {
    /// Channels over a connected socket. Nothing is read before [`Channels::start`].
    pub fn open(stream: UnixStream, lane: Arc<dyn ObjectLane>) -> Result<Channels> {
        let reading = stream.try_clone().map_err(|e| Error::external(format!("a socket cannot be shared: {e}")))?;
        let connection = Arc::new(Self { stream: Mutex::new(stream), broken: AtomicBool::new(false) });
        Ok(Channels { connection, lane, stream: reading, routes: Routes::default() })
    }

    /// Writes a frame; whether somebody may still read it.
    pub(super) fn write(&self, frame: &[u8]) -> bool {
        if self.broken.load(Ordering::Acquire) {
            return false;
        }
        let written = frame::write(&*self.stream.lock(), frame);
        if written.is_err() {
            self.broken.store(true, Ordering::Release);
        }
        written.is_ok()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Ok(frame) = frame::goodbye() {
            self.write(&frame);
        }
        // The other side may be gone already.
        let _ = self.stream.get_mut().shutdown(Shutdown::Write);
    }
}

impl Channels {
    /// The producer's end of a channel to the other process.
    pub fn outlet(&mut self, channel: u32, producer: &TaskSignal) -> Sender {
        let state = Arc::new(OutletState::new(producer));
        self.routes.outlets.insert(channel, Arc::clone(&state));
        let (connection, lane) = (Arc::clone(&self.connection), Arc::clone(&self.lane));
        Box::new(SocketOutlet { channel, state, connection, lane, codecs: None })
    }

    /// The consumer's end of a channel from the other process.
    pub fn inlet(&mut self, channel: u32, consumer: &TaskSignal) -> Receiver {
        let state = Arc::new(InletState::new(consumer));
        self.routes.inlets.insert(channel, Arc::clone(&state));
        Box::new(SocketInlet::new(channel, state, Arc::clone(&self.connection)))
    }

    /// Begins to read. `peer` is how the watcher calls the other process.
    pub fn start(self, peer: usize, watcher: Arc<dyn Watcher>) -> Result<()> {
        let Self { connection, stream, routes, .. } = self;
        // From here on the channels keep the connection open.
        drop(connection);
        let run = move || {
            let end = routes.read(stream);
            routes.outlets.values().for_each(|outlet| outlet.close());
            match end {
                Ok(End::Agreed) => {}
                Ok(End::Lost) => watcher.lost(peer),
                Err(error) => watcher.failed(error),
            }
        };
        let thread = std::thread::Builder::new().name(format!("exchange-{peer}")).spawn(run);
        thread.map(drop).map_err(|e| Error::external(format!("the thread of a connection could not be started: {e}")))
    }
}

enum End {
    Agreed,
    Lost,
}

impl Routes {
    fn read(&self, stream: UnixStream) -> Result<End> {
        let mut reader = BufReader::with_capacity(1 << 16, stream);
        while let Some((channel, frame)) = frame::read(&mut reader)? {
            let known = match frame {
                Frame::Goodbye => return Ok(End::Agreed),
                Frame::Batch(payload) => self.arrived(channel, Arrived::Batch(payload.into()))?,
                Frame::Columns(payload) => self.arrived(channel, Arrived::Columns(payload.into()))?,
                Frame::Event(event) => self.arrived(channel, Arrived::Event(event))?,
                Frame::Feedback(words) => {
                    let outlet = self.outlets.get(&channel);
                    outlet.inspect(|outlet| outlet.heard(&words)).is_some()
                }
            };
            if !known {
                return Err(Error::internal(format!("a frame of the unknown channel {channel} came")));
            }
        }
        Ok(End::Lost)
    }

    fn arrived(&self, channel: u32, element: Arrived) -> Result<bool> {
        let inlet = self.inlets.get(&channel);
        inlet.map(|inlet| inlet.arrived(element)).transpose().map(|known| known.is_some())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// How many elements wait in an inlet.
    pub(crate) struct Waiting(Arc<InletState>);

    impl Waiting {
        pub(crate) fn of(channels: &Channels, channel: u32) -> Self {
            Self(Arc::clone(&channels.routes.inlets[&channel]))
        }

        pub(crate) fn count(&self) -> usize {
            self.0.len()
        }
    }
}
