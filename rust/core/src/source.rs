//! Sources: an enumerator in the JobManager finds splits and hands them out, a reader per subtask reads them.
//!
//! A position is one `i64` per split (an offset, a line's byte, an index): the runtime keeps it for every record that
//! was emitted, so that a snapshot may fall between two records of a batch, and a connector has no state of its own.

use arrow_array::ArrayRef;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::metrics::MetricGroup;
use crate::object::Object;

/// Whether a source ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundedness {
    /// It ends.
    Bounded,
    /// It never ends.
    Unbounded,
}

/// A part of a source with the position to go on from. Equal ids are the same split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Unique within the source, e.g. `topic-3`.
    pub id: String,
    /// Next record to read.
    pub position: i64,
    /// What else the reader needs, in the connector's own encoding.
    pub data: Vec<u8>,
}

/// A connector's source, configured.
pub trait Source: Send + Sync {
    /// Whether it ends.
    fn boundedness(&self) -> Boundedness;
    /// Checks against the outside what can be checked before the job runs (broker reachable, topic exists). May wait
    /// for the network for some seconds; not to be called from a thread of the I/O runtime.
    fn preflight(&self) -> Result<()> {
        Ok(())
    }
    /// Makes the enumerator; `restored` is what [`SplitEnumerator::snapshot`] gave in an earlier life.
    fn enumerator(&self, parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>>;
    /// Makes the reader of one subtask.
    fn reader(&self, context: ReaderContext) -> Result<Box<dyn SourceReader>>;
}

/// Finds splits. Runs in the JobManager, on tokio.
#[async_trait]
pub trait SplitEnumerator: Send {
    /// Splits that were not known before. Called at the start and then every `discovery_interval`. Splits that were
    /// restored from a checkpoint are in the enumerator's own snapshot and are not returned again.
    async fn discover(&mut self) -> Result<Vec<Split>>;
    /// How often to look for new splits; `None`: only once.
    fn discovery_interval(&self) -> Option<Duration> {
        None
    }
    /// Whether all splits were found, so that nothing is looked for any more.
    fn is_complete(&self) -> bool {
        self.discovery_interval().is_none()
    }
    /// Told before the first look: the splits that readers had in the checkpoint and go on with.
    fn restored(&mut self, _splits: &[Split]) {}
    /// A split was read to its end; whether more are to be looked for now.
    fn split_finished(&mut self, _id: &str) -> bool {
        false
    }
    /// The subtask that reads a split.
    fn owner(&self, split: &Split, parallelism: u32) -> u32;
    /// Which splits were found so far, in the connector's own encoding.
    fn snapshot(&self) -> Vec<u8>;
    /// A checkpoint with these positions is complete (Kafka commits offsets to the group here).
    async fn checkpoint_complete(&mut self, _positions: &[Split]) -> Result<()> {
        Ok(())
    }
}

/// Wakes the task when its reader has something to give.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a reader may use.
#[derive(Clone)]
pub struct ReaderContext {
    /// Index of the subtask, from 0.
    pub subtask: u32,
    /// Number of subtasks.
    pub parallelism: u32,
    /// To be called after a poll that gave [`Poll::Pending`], as soon as another poll may give more.
    pub wake: Wake,
    /// Handle of the I/O runtime.
    pub io: tokio::runtime::Handle,
    /// Where the reader's metrics go.
    pub metrics: MetricGroup,
}

/// What a poll of a reader gave.
#[derive(Debug)]
pub enum Poll {
    /// Records of one split.
    Batch(RawBatch),
    /// Records of one split that are objects already: of a source that is written in the lane's language.
    Objects(ObjectBatch),
    /// All records of a split were given; the split can be forgotten.
    SplitFinished(String),
    /// Nothing now; `wake` will be called.
    Pending,
    /// Nothing ever again: no more splits come and all were read.
    Finished,
}

/// Reads the splits of one subtask. Called by the task thread, never blocks.
pub trait SourceReader: Send {
    /// Gives the reader more splits.
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()>;
    /// No more splits will be added.
    fn no_more_splits(&mut self);
    /// The next records, at most `max_records` of them.
    fn poll(&mut self, max_records: usize) -> Result<Poll>;
    /// Stops giving records of these splits (watermark alignment), and goes on with all others.
    fn pause_splits(&mut self, _paused: &[String]) {}
    /// Gives back what it holds. Must not wait for the network longer than 500 ms.
    fn close(&mut self) {}
}

/// Raw columns of one split.
#[derive(Debug, Clone)]
pub struct RawBatch {
    /// Id of the split.
    pub split: Arc<str>,
    /// The records' values: `Binary` or `Int64`, or `Utf8` where the connector has checked the encoding.
    pub values: ArrayRef,
    /// The records' keys (`Binary`), where the connector has keys and the job asks for them.
    pub keys: Option<ArrayRef>,
    /// Event time that the connector knows (Kafka's record timestamp), by record.
    pub timestamps: Option<Vec<i64>>,
    /// The split's position after each record.
    pub positions: Vec<i64>,
    /// What the records took on the wire, in bytes.
    pub num_bytes: u64,
}

/// Objects of one split, with a place from which it can be read again.
#[derive(Debug, Clone)]
pub struct ObjectBatch {
    /// Id of the split.
    pub split: Arc<str>,
    /// The records.
    pub objects: Vec<Object>,
    /// Event time that the connector knows, by record.
    pub timestamps: Option<Vec<i64>>,
    /// The split's new [`data`](Split::data): positions count records from the place that it describes.
    pub data: Vec<u8>,
    /// Position before the first record.
    pub position: i64,
}

impl RawBatch {
    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Some of the records, which are not copied. What they took on the wire is not known of a part.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let (start, count) = (rows.start, rows.len());
        Self {
            split: Arc::clone(&self.split),
            values: self.values.slice(start, count),
            keys: self.keys.as_ref().map(|keys| keys.slice(start, count)),
            timestamps: self.timestamps.as_ref().map(|timestamps| timestamps[rows.clone()].to_vec()),
            positions: self.positions[rows].to_vec(),
            num_bytes: 0,
        }
    }
}
