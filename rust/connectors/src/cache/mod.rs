//! What a stream has given, kept for later jobs of the same script (`DataStream.cache`): files in a folder that the
//! script makes and removes.
//!
//! Each subtask appends its records to one file. When its input has ended it writes a list of the files that are whole,
//! with their lengths: those of earlier lives of the subtask up to the checkpoint that it was restored from.

mod sink;
mod source;

pub use sink::CacheSink;
pub use source::CacheSource;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a stream graph says about a cache.
#[derive(Debug, Clone, Deserialize)]
pub struct CacheOptions {
    /// The folder.
    pub folder: PathBuf,
}

/// A file with how much of it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    file: String,
    len: u64,
}

/// In front of a record: its time, and how many bytes follow.
const FRAME: usize = 12;
/// A longer record is none: the file is damaged.
const MAX_RECORD: usize = 1 << 30;

/// The list of a subtask.
fn list_name(subtask: u32) -> String {
    format!("list-{subtask}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use penstock_core::metrics::{MetricGroup, Registry};
    use penstock_core::sink::{Sink, SinkRecord, WriterContext};
    use penstock_core::source::{Poll, ReaderContext, Source};
    use std::sync::Arc;

    fn metrics() -> MetricGroup {
        MetricGroup::new(&Registry::default(), [("subtask_index", "0")])
    }

    fn writer(subtask: u32, attempt: u32, restored_state: Vec<Vec<u8>>) -> WriterContext {
        WriterContext {
            subtask,
            parallelism: 2,
            attempt,
            job_id: "0".repeat(32),
            restored_checkpoint: None,
            restored_state,
            checkpointing: true,
            wake: Arc::new(|| ()),
            io: tokio::runtime::Handle::current(),
            metrics: metrics(),
        }
    }

    fn record(value: &[u8], timestamp: Option<i64>) -> SinkRecord<'_> {
        SinkRecord { value: Some(value), timestamp, ..SinkRecord::default() }
    }

    /// Values and times that a reader of all splits gives.
    async fn read(source: &CacheSource) -> Vec<(Vec<u8>, i64)> {
        let mut enumerator = source.enumerator(1, None).unwrap();
        let context = ReaderContext {
            subtask: 0,
            parallelism: 1,
            wake: Arc::new(|| ()),
            io: tokio::runtime::Handle::current(),
            metrics: metrics(),
        };
        let mut reader = source.reader(context).unwrap();
        reader.add_splits(enumerator.discover().await.unwrap()).unwrap();
        reader.no_more_splits();
        let mut found = Vec::new();
        loop {
            match reader.poll(2).unwrap() {
                Poll::Batch(batch) => {
                    let values = batch.values.as_any().downcast_ref::<arrow_array::BinaryArray>().unwrap();
                    let times = batch.timestamps.unwrap();
                    found.extend((0..values.len()).map(|row| (values.value(row).to_vec(), times[row])));
                }
                Poll::SplitFinished(_) => {}
                Poll::Objects(_) => panic!("a cache has no objects"),
                Poll::Pending | Poll::Finished => return found,
            }
        }
    }

    #[tokio::test]
    async fn what_was_written_is_read_with_its_times() {
        let folder = tempfile::tempdir().unwrap();
        let options = CacheOptions { folder: folder.path().to_owned() };
        let sink = CacheSink::new(options.clone());
        for subtask in 0..2 {
            let mut writer = sink.writer(writer(subtask, 0, Vec::new())).unwrap();
            for value in [b"a", b"b", b"c"] {
                writer.write(&record(value, (subtask == 1).then_some(7))).unwrap();
            }
            writer.flush(true).unwrap();
        }
        let found = read(&CacheSource::new(options)).await;
        assert_eq!(found.len(), 6);
        assert_eq!(found[0], (b"a".to_vec(), penstock_core::NO_TIMESTAMP));
        assert_eq!(found[5], (b"c".to_vec(), 7));
    }

    #[tokio::test]
    async fn a_later_life_goes_on_from_its_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let options = CacheOptions { folder: folder.path().to_owned() };
        let sink = CacheSink::new(options.clone());
        let mut first = sink.writer(writer(0, 0, Vec::new())).unwrap();
        first.write(&record(b"kept", None)).unwrap();
        first.flush(false).unwrap();
        let state = first.snapshot(1).unwrap();
        first.write(&record(b"again", None)).unwrap();
        let mut second = sink.writer(writer(0, 1, state)).unwrap();
        second.write(&record(b"again", None)).unwrap();
        second.flush(true).unwrap();
        let values: Vec<_> = read(&CacheSource::new(options)).await.into_iter().map(|(value, _)| value).collect();
        assert_eq!(values, [b"kept".to_vec(), b"again".to_vec()]);
    }
}
