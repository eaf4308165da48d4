//! Where an unaligned checkpoint has what was on its way to a subtask.

use super::StateLocation;

/// An edge between two operators, so that it is found again in the job that goes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeName {
    /// Id of the sending operator, 32 hex digits. The receiving one is that which the state belongs to.
    pub from: String,
    /// The side output; absent: the main output.
    pub side: Option<String>,
    /// Which input it feeds.
    pub input: u32,
    /// Which one it is of several that are equal in everything else.
    pub number: u32,
    /// How records find their subtask: `hash`, `rebalance` …
    pub exchange: String,
    /// The declared type of the records, in words; empty without one.
    pub declared: String,
}

/// What was on its way to one subtask over one edge, as [`crate::in_flight`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelHandle {
    /// Which edge.
    pub edge: EdgeName,
    /// Bytes of records; 0: there are none, only how far watermarks were.
    pub persisted: u64,
    /// Where it is.
    pub location: StateLocation,
    /// Its length in bytes.
    pub length: u64,
}
