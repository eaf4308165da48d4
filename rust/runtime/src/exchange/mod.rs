//! The two ends of a channel, whatever carries the elements between them.
//!
//! [`local`](crate::channel) hands them over within a process; [`socket`] sends them to another process of this
//! machine. Both are bounded in the same way, and both tell the producer how its consumer is doing: a producer looks at
//! [`Outlet::has_capacity`] between records, sizes its batches by [`Outlet::nanos_per_record`], and sends early what it
//! has when [`Outlet::consumer_is_idle`].

mod codecs;
pub mod in_flight;
pub mod socket;
#[cfg(test)]
pub(crate) mod tests;

pub use codecs::EdgeCodecs;

use penstock_core::Result;
use penstock_core::event::{Barrier, StreamElement};
use penstock_state::in_flight::ChannelElement;

use crate::raw_records::RecordMaker;

/// The producer's end of a channel.
pub trait Outlet: Send {
    /// How the records of the edge become bytes, where they have to. Called once, before the first element.
    fn use_codecs(&mut self, _codecs: EdgeCodecs) {}
    /// Whether raw records can be sent.
    fn carries_raw(&self) -> bool {
        false
    }
    /// Sends an element. Beyond the overdraft it may wait, without the interpreter.
    fn send(&self, element: StreamElement) -> Result<()>;
    /// Sends an element without waiting, whatever the overdraft: what a barrier has to follow at once.
    fn send_at_once(&self, element: StreamElement) -> Result<()> {
        self.send(element)
    }
    /// Whether the producer may go on to its next record.
    fn has_capacity(&self) -> bool;
    /// Whether even a record in the middle has to wait.
    fn is_overdrawn(&self) -> bool;
    /// Whether the consumer sleeps with nothing to do.
    fn consumer_is_idle(&self) -> bool;
    /// What the consumer takes for a record; 0 before it is known.
    fn nanos_per_record(&self) -> u32;
    /// Whether the consumer is gone: what is sent is dropped, and nothing waits.
    fn is_closed(&self) -> bool;
    /// Elements that the consumer has not taken yet.
    fn len(&self) -> usize;
    /// Whether the consumer has taken everything.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The consumer's end of a channel. Dropping it tells the producer that nobody reads any more.
pub trait Inlet: Send {
    /// How bytes become the records of the edge. Called once, before the first element is taken.
    fn use_codecs(&mut self, _codecs: EdgeCodecs) {}
    /// Whether raw records can come; they become objects by [`Inlet::use_maker`].
    fn carries_raw(&self) -> bool {
        false
    }
    /// How raw records become objects. Called once, before the first element is taken.
    fn use_maker(&mut self, _maker: RecordMaker) {}
    /// Its user functions, if there are any; opened before the first element is taken and closed at the end.
    fn maker(&mut self) -> Option<&mut RecordMaker> {
        None
    }
    /// The next element. The interpreter is held.
    fn try_recv(&mut self) -> Result<Option<StreamElement>>;
    /// The newest barrier that may overtake what is before it, from when it is here until it is taken in its turn.
    fn barrier_ahead(&self) -> Option<Barrier>;
    /// Appends what waits here before that barrier, as bytes, without taking it. The interpreter is held.
    fn keep_overtaken(&mut self, out: &mut Vec<ChannelElement>) -> Result<()>;
    /// Tells the producer how long a record takes.
    fn set_nanos_per_record(&self, nanos: u32);
    /// The consumer is about to sleep, for it found nothing to do.
    fn about_to_sleep(&mut self) {}
}

/// A producer's end.
pub type Sender = Box<dyn Outlet>;
/// A consumer's end.
pub type Receiver = Box<dyn Inlet>;
