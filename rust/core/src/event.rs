//! What travels between operators: batches of records, and events that cut them.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::batch::ObjectBatch;
use crate::columns::ColumnBatch;
use crate::metrics::Counter;
use crate::source::RawBatch;

/// One element of a stream.
#[derive(Debug)]
pub enum StreamElement {
    /// Records of the object lane.
    Objects(ObjectBatch),
    /// Records of the column lane.
    Columns(ColumnBatch),
    /// Records as their source read them, of which the consumer makes objects.
    Raw(RawRecords),
    /// A control event.
    Event(StreamEvent),
}

/// Raw records on their way to who makes objects of them.
#[derive(Debug, Clone)]
pub struct RawRecords {
    /// The records.
    pub batch: RawBatch,
    /// Where the source counts what it emits.
    pub emitted: Counter,
    /// Where it counts what its schema drops.
    pub dropped: Counter,
}

/// A control event; it keeps its place among the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamEvent {
    /// No record with this or a smaller timestamp comes any more, but for late ones.
    Watermark(i64),
    /// The channel takes part in the watermark again.
    Active,
    /// The channel is idle and does not hold the watermark back.
    Idle,
    /// Everything before belongs to the checkpoint.
    Barrier(Barrier),
    /// Carries the time it was emitted, in milliseconds, to measure how long records travel.
    LatencyMarker {
        /// When the source emitted it.
        emitted_at: i64,
        /// Operator id of the source, 32 hexadecimal digits.
        #[serde(with = "shared_text")]
        source: Arc<str>,
        /// Subtask of the source.
        source_subtask: u32,
    },
    /// The sender has no more records. With `drain`, timers and windows have fired.
    EndOfData {
        /// Whether the job ends for good (drain), or only stops for a savepoint, whose barrier follows.
        drain: bool,
    },
    /// The last element of a channel.
    EndOfPartition,
}

/// A checkpoint barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barrier {
    /// Number of the checkpoint, from 1.
    pub checkpoint_id: u64,
    /// When it was triggered, in milliseconds since the epoch.
    pub timestamp: i64,
    /// Whether it is for a savepoint in the state backend's own files.
    pub native: bool,
    /// What becomes of records that are on their way when it comes.
    pub alignment: Alignment,
}

/// What a task does while it waits for a barrier from all of its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Alignment {
    /// A channel whose barrier has come is not read: every record counts once.
    #[default]
    Aligned,
    /// All channels are read on: a record may count again after a restart.
    AtLeastOnce,
    /// The barrier overtakes records that are on their way, and these are stored with the snapshot.
    Unaligned {
        /// Up to this time, in milliseconds since the epoch, it is as if it were aligned.
        from: i64,
    },
}

impl Alignment {
    /// Whether records may be overtaken, now or later.
    #[must_use]
    pub fn may_overtake(self) -> bool {
        matches!(self, Self::Unaligned { .. })
    }
}

/// A shared text as its characters.
mod shared_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::sync::Arc;

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}
