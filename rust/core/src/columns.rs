//! The column lane: Arrow record batches with the kind of change of each row.

use arrow_array::{Array, Int8Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use std::sync::Arc;

use crate::error::{Error, Result};

/// Name of the column that tells insert from delete.
pub const ROW_KIND_COLUMN: &str = "$row_kind";

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

    /// The row kinds as numbers.
    #[must_use]
    pub fn row_kinds(&self) -> &Int8Array {
        let last = self.batch.column(self.batch.num_columns() - 1);
        last.as_any().downcast_ref().expect("checked when the batch was made")
    }

    /// Number of rows.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }
}
