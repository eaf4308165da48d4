//! Channels between processes of one machine, over Unix sockets.
//!
//! Two processes have one connection for each region of the job, which all channels of the region between them share:
//! descriptors and threads grow with the number of processes, not with that of channels. They cannot hold each other up, because each channel is bounded by
//! what its consumer has said it took ([`frame::Feedback`]), and because the thread that reads a connection never waits
//! for anything but the connection: it puts what comes into the queues of the channels, as bytes. The tasks make bytes of
//! records and records of bytes themselves, while they hold their interpreter.

pub(crate) mod batch;
pub(crate) mod connection;
mod frame;
mod inlet;
mod listener;
mod outlet;

pub use connection::{Channels, Connection, Watcher};
use frame::Feedback;
pub use listener::{Greeting, Listener, Purpose, connect};
