//! Gives the rows of the splits of one subtask, one split after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::StringArray;
use penstock_core::Result;
use penstock_core::source::{Poll, RawBatch, ReaderContext, SourceReader, Split};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::reading::{Parcel, start};
use super::{Query, VERSION};
use crate::encoding;

/// The reader of one subtask.
pub(super) struct PostgresReader {
    query: Arc<Query>,
    context: ReaderContext,
    waiting: VecDeque<Split>,
    open: Option<Open>,
    /// Whether the split that is open is to give nothing now.
    paused: bool,
    complete: bool,
}

/// The split that is being read.
struct Open {
    id: Arc<str>,
    position: i64,
    parcels: Receiver<Result<Parcel>>,
    /// Rows that did not fit into the last batch.
    left: VecDeque<String>,
}

impl PostgresReader {
    pub(super) fn new(query: Arc<Query>, context: ReaderContext) -> Self {
        Self { query, context, waiting: VecDeque::new(), open: None, paused: false, complete: false }
    }

    /// The split to read from, if there is one left.
    fn open(&mut self) -> Result<Option<&mut Open>> {
        if self.open.is_none()
            && let Some(split) = self.waiting.pop_front()
        {
            let parameters = encoding::decode("the parameters of a JDBC source", VERSION, &split.data)?;
            let (query, wake) = (Arc::clone(&self.query), self.context.wake.clone());
            let parcels = start(&self.context.io, query, parameters, split.position, wake);
            self.paused = false;
            self.open = Some(Open { id: split.id.into(), position: split.position, parcels, left: VecDeque::new() });
        }
        Ok(self.open.as_mut())
    }
}

impl Open {
    fn batch(&mut self, max_records: usize) -> RawBatch {
        let rows: Vec<String> = self.left.drain(..self.left.len().min(max_records)).collect();
        let first = self.position;
        self.position += rows.len() as i64;
        RawBatch {
            split: Arc::clone(&self.id),
            num_bytes: rows.iter().map(|row| row.len() as u64).sum(),
            values: Arc::new(StringArray::from(rows)),
            keys: None,
            timestamps: None,
            positions: (first + 1..=self.position).collect(),
        }
    }
}

impl SourceReader for PostgresReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        self.waiting.extend(splits);
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        let (paused, complete) = (self.paused, self.complete);
        let Some(open) = self.open()? else {
            return Ok(if complete { Poll::Finished } else { Poll::Pending });
        };
        if paused {
            return Ok(Poll::Pending);
        }
        while open.left.is_empty() {
            match open.parcels.try_recv() {
                Ok(parcel) => open.left.extend(parcel?),
                Err(TryRecvError::Empty) => return Ok(Poll::Pending),
                Err(TryRecvError::Disconnected) => {
                    let id = open.id.to_string();
                    self.open = None;
                    return Ok(Poll::SplitFinished(id));
                }
            }
        }
        Ok(Poll::Batch(open.batch(max_records.max(1))))
    }

    fn pause_splits(&mut self, paused: &[String]) {
        self.paused = self.open.as_ref().is_some_and(|open| paused.iter().any(|id| **id == *open.id));
    }

    fn close(&mut self) {
        self.open = None;
    }
}
