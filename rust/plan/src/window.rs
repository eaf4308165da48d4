//! What a window operator does: the JSON that `penstock._build` writes for `window(...)` and what follows it.
//!
//! ```
//! use penstock_plan::{WindowAssigner, WindowSpec, WindowTrigger};
//! let spec: WindowSpec = serde_json::from_str(r#"{
//!     "assigner": {"kind": "tumbling", "event_time": true, "size": 1000},
//!     "trigger": {"kind": "event_time"}, "contents": "aggregate"}"#).unwrap();
//! assert_eq!(spec.assigner, WindowAssigner::Tumbling { event_time: true, size: 1000, offset: 0 });
//! assert_eq!((spec.trigger, spec.allowed_lateness), (WindowTrigger::EventTime, 0));
//! ```

use penstock_core::TypeInfo;
use serde::{Deserialize, Serialize};

/// A window operator. All lengths of time are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowSpec {
    /// Which windows a record belongs to.
    pub assigner: WindowAssigner,
    /// When a window's results are emitted.
    pub trigger: WindowTrigger,
    /// Whether there is an evictor, which the functions blob has.
    #[serde(default)]
    pub evicts: bool,
    /// How long after its end a window of event time takes records.
    #[serde(default)]
    pub allowed_lateness: i64,
    /// The side output of records that come later.
    #[serde(default)]
    pub late_output: Option<String>,
    /// What is kept of a window's records.
    pub contents: WindowContents,
    /// Declared type of an accumulator, of a reduced value or of one record, whichever is kept.
    #[serde(default)]
    pub contents_type: Option<TypeInfo>,
    /// Whether accumulators can be merged, so that windows that overlap share those of their slices.
    #[serde(default)]
    pub slices: bool,
}

/// Assigns windows to records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WindowAssigner {
    /// One after the other.
    Tumbling {
        event_time: bool,
        size: i64,
        #[serde(default)]
        offset: i64,
    },
    /// One every `slide`.
    Sliding {
        event_time: bool,
        size: i64,
        slide: i64,
        #[serde(default)]
        offset: i64,
    },
    /// Until nothing comes for a while; without a gap, the functions blob has who finds it for each record.
    Session {
        event_time: bool,
        #[serde(default)]
        gap: Option<i64>,
    },
    /// One for all.
    Global,
    /// So many records each.
    CountTumbling { size: i64 },
    /// So many records each, one every `slide` records.
    CountSliding { size: i64, slide: i64 },
    /// The user's.
    Custom { event_time: bool, merging: bool },
}

/// Says when a window's results are emitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WindowTrigger {
    /// At its end, by the watermark.
    EventTime,
    /// At its end, by the machine's clock.
    ProcessingTime,
    /// Every so often by the watermark, and at its end.
    ContinuousEventTime { interval: i64 },
    /// Every so often by the machine's clock.
    ContinuousProcessingTime { interval: i64 },
    /// At every so many records.
    Count { size: i64 },
    /// As another one does, and then the window is emptied.
    Purging { trigger: Box<WindowTrigger> },
    /// Never.
    Never,
    /// The user's.
    Custom,
}

/// What is kept of a window's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowContents {
    /// Their combination.
    Reduce,
    /// An accumulator.
    Aggregate,
    /// All of them.
    List,
}

impl WindowAssigner {
    /// Whether windows follow event time, and so have late records.
    #[must_use]
    pub fn is_event_time(&self) -> bool {
        match self {
            Self::Tumbling { event_time, .. }
            | Self::Sliding { event_time, .. }
            | Self::Session { event_time, .. }
            | Self::Custom { event_time, .. } => *event_time,
            Self::Global | Self::CountTumbling { .. } | Self::CountSliding { .. } => false,
        }
    }

    /// Whether windows may become one.
    #[must_use]
    pub fn is_merging(&self) -> bool {
        matches!(self, Self::Session { .. } | Self::Custom { merging: true, .. })
    }
}
