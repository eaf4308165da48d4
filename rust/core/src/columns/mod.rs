//! The column lane: Arrow record batches with the kind of change of each row.
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

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int8Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use std::sync::Arc;

use crate::clock::NO_TIMESTAMP;
use crate::error::{Error, Result};

/// Name of the column that tells insert from delete.
pub const ROW_KIND_COLUMN: &str = "$row_kind";
/// Name of the column of event times, in milliseconds; absent where records have none.
pub const TIMESTAMP_COLUMN: &str = "$timestamp";
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

/// A batch of the column lane; the last column is the row kind.
#[derive(Debug, Clone)]
pub struct ColumnBatch {
    batch: RecordBatch,
}

impl ColumnBatch {
    /// Records that are one value each, with their event times.
    pub fn of_records(values: ArrayRef, timestamps: Option<Vec<i64>>) -> Result<Self> {
        let fields = vec![Field::new(VALUE_COLUMN, values.data_type().clone(), true)];
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![values]);
        Self::of_columns(&batch.map_err(|e| Error::internal(e.to_string()))?, timestamps)
    }

    /// Records with these columns, with their event times.
    pub fn of_columns(data: &RecordBatch, timestamps: Option<Vec<i64>>) -> Result<Self> {
        let Some(timestamps) = timestamps else { return Self::inserts(data) };
        let mut fields: Vec<_> = data.schema().fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(TIMESTAMP_COLUMN, DataType::Int64, false)));
        let mut columns = data.columns().to_vec();
        columns.push(Arc::new(Int64Array::from(timestamps)));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
        Self::inserts(&batch.map_err(|e| Error::internal(e.to_string()))?)
    }

    /// Marks every row of `batch` as an insert.
    pub fn inserts(batch: &RecordBatch) -> Result<Self> {
        let kinds = Arc::new(Int8Array::from_value(RowKind::Insert as i8, batch.num_rows()));
        let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(ROW_KIND_COLUMN, DataType::Int8, false)));
        let mut columns = batch.columns().to_vec();
        columns.push(kinds);
        Self::try_new(
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| Error::internal(e.to_string()))?,
        )
    }

    /// Takes a record batch whose last column is the row kind.
    pub fn try_new(batch: RecordBatch) -> Result<Self> {
        match batch.schema().fields().last() {
            Some(field) if field.name() == ROW_KIND_COLUMN && field.data_type() == &DataType::Int8 => {
                Ok(Self { batch })
            }
            _ => Err(Error::internal("a column batch ends with its row-kind column")),
        }
    }

    /// The columns, the row kind last.
    #[must_use]
    pub fn record_batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// The records' own columns, without event times and row kinds.
    pub fn data(&self) -> Result<RecordBatch> {
        let fields = self.batch.schema();
        let own: Vec<usize> =
            (0..self.batch.num_columns()).filter(|&at| !fields.field(at).name().starts_with('$')).collect();
        self.batch.project(&own).map_err(|e| Error::internal(e.to_string()))
    }

    /// The row kinds as numbers.
    #[must_use]
    pub fn row_kinds(&self) -> &Int8Array {
        let last = self.batch.column(self.batch.num_columns() - 1);
        last.as_any().downcast_ref().expect("checked when the batch was made")
    }

    /// The first column; for records that are one value each, their values.
    #[must_use]
    pub fn values(&self) -> &ArrayRef {
        self.batch.column(0)
    }

    /// The event times, where records have them; [`NO_TIMESTAMP`] for a record without.
    #[must_use]
    pub fn timestamps(&self) -> Option<&[i64]> {
        let column = self.batch.column_by_name(TIMESTAMP_COLUMN)?;
        column.as_primitive_opt::<Int64Type>().map(|times| &times.values()[..])
    }

    /// The largest event time.
    #[must_use]
    pub fn latest_timestamp(&self) -> Option<i64> {
        self.timestamps()?.iter().copied().filter(|time| *time != NO_TIMESTAMP).max()
    }

    /// Number of rows.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }
}
