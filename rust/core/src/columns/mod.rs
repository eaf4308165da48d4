//! The column lane: Arrow record batches with the event time and the kind of change of each row.
//!
//! ```
//! use arrow_array::{Array, StringArray};
//! use penstock_core::columns::ColumnBatch;
//! let batch = ColumnBatch::of_records(std::sync::Arc::new(StringArray::from(vec!["a", "b"])), Some(vec![10, 30])).unwrap();
//! assert_eq!((batch.num_rows(), batch.latest_timestamp()), (2, Some(30)));
//! assert_eq!(batch.select(&[1]).unwrap().values().len(), 1);
//! ```

mod bytes;
mod layout;
mod select;

pub use layout::{Layout, RecordKind};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{Field, Schema};
use std::sync::Arc;

use crate::clock::NO_TIMESTAMP;
use crate::error::{Error, Result};

/// Name of the only column of records that are one value each.
pub const VALUE_COLUMN: &str = "value";

/// The kinds of change, numbered as Flink numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum RowKind {
    /// `+I`
    Insert = 0,
    /// `-U`
    UpdateBefore = 1,
    /// `+U`
    UpdateAfter = 2,
    /// `-D`
    Delete = 3,
}

/// A batch of the column lane.
#[derive(Debug, Clone)]
pub struct ColumnBatch {
    /// The records' own columns.
    data: RecordBatch,
    /// Event times in milliseconds, where records have them.
    timestamps: Option<ScalarBuffer<i64>>,
    /// Kinds of change by their numbers, where not every row is an insert.
    row_kinds: Option<ScalarBuffer<i8>>,
}

impl ColumnBatch {
    /// Records that are one value each, with their event times.
    pub fn of_records(values: ArrayRef, timestamps: Option<Vec<i64>>) -> Result<Self> {
        let fields = vec![Field::new(VALUE_COLUMN, values.data_type().clone(), true)];
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![values]);
        Self::of_columns(batch.map_err(|e| Error::internal(e.to_string()))?, timestamps)
    }

    /// Records with these columns, with their event times. Every row is an insert.
    pub fn of_columns(data: RecordBatch, timestamps: Option<Vec<i64>>) -> Result<Self> {
        Self::try_new(data, timestamps.map(ScalarBuffer::from), None)
    }

    /// Records with these columns, event times and kinds of change.
    pub fn try_new(
        data: RecordBatch,
        timestamps: Option<ScalarBuffer<i64>>,
        row_kinds: Option<ScalarBuffer<i8>>,
    ) -> Result<Self> {
        let rows = data.num_rows();
        if timestamps.as_ref().is_some_and(|times| times.len() != rows)
            || row_kinds.as_ref().is_some_and(|kinds| kinds.len() != rows)
        {
            return Err(Error::internal("every row of a batch has an event time and a kind, or none has"));
        }
        Ok(Self { data, timestamps, row_kinds })
    }

    /// The records' own columns.
    #[must_use]
    pub fn data(&self) -> &RecordBatch {
        &self.data
    }

    /// The first column; for records that are one value each, their values.
    #[must_use]
    pub fn values(&self) -> &ArrayRef {
        self.data.column(0)
    }

    /// The event times, where records have them; [`NO_TIMESTAMP`] for a record without.
    #[must_use]
    pub fn timestamps(&self) -> Option<&[i64]> {
        self.timestamps.as_deref()
    }

    /// The kinds of change as [`RowKind`] numbers them; `None`: every row is an insert.
    #[must_use]
    pub fn row_kinds(&self) -> Option<&[i8]> {
        self.row_kinds.as_deref()
    }

    /// The largest event time.
    #[must_use]
    pub fn latest_timestamp(&self) -> Option<i64> {
        self.timestamps()?.iter().copied().filter(|time| *time != NO_TIMESTAMP).max()
    }

    /// Number of rows.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.data.num_rows()
    }
}
