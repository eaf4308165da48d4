//! Rows of batches: some of them in an order of their own, a piece of a batch, several batches as one.

use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_select::concat::concat_batches;
use arrow_select::take::take;

use super::ColumnBatch;
use crate::error::{Error, Result};

impl ColumnBatch {
    /// A batch of these rows.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let rows = UInt64Array::from_iter_values(rows.iter().map(|&row| row as u64));
        let columns: Result<Vec<ArrayRef>> =
            self.batch.columns().iter().map(|column| take(column, &rows, None).map_err(|e| failed(&e))).collect();
        let batch = RecordBatch::try_new(self.batch.schema(), columns?).map_err(|e| failed(&e))?;
        Ok(Self { batch })
    }

    /// `length` rows from `offset` on, which nothing is copied for. They have to be there.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Self {
        Self { batch: self.batch.slice(offset, length) }
    }

    /// Whether the other batch has the same columns.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.batch.schema_ref() == other.batch.schema_ref()
    }

    /// Batches that are alike as one. There has to be one.
    pub fn concat(batches: &[Self]) -> Result<Self> {
        let [first, more @ ..] = batches else { return Err(Error::internal("no batches make no batch")) };
        if more.is_empty() {
            return Ok(first.clone());
        }
        let batch = concat_batches(&first.batch.schema(), batches.iter().map(|one| &one.batch));
        Ok(Self { batch: batch.map_err(|e| failed(&e))? })
    }
}

fn failed(error: &arrow_schema::ArrowError) -> Error {
    Error::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    use arrow_array::{BinaryArray, Int64Array};
    use std::sync::Arc;

    fn numbers(of: std::ops::Range<i64>) -> ColumnBatch {
        ColumnBatch::of_records(Arc::new(Int64Array::from_iter_values(of.clone())), Some(of.collect())).unwrap()
    }

    #[test]
    fn rows_come_with_all_their_columns_and_nulls_stay_null() {
        let values = BinaryArray::from(vec![Some(&b"a"[..]), None, Some(b"c")]);
        let batch = ColumnBatch::of_records(Arc::new(values), Some(vec![1, 2, 3])).unwrap();
        let picked = batch.select(&[2, 1, 2]).unwrap();
        let values: Vec<_> = picked.values().as_binary::<i32>().iter().collect();
        assert_eq!(values, [Some(&b"c"[..]), None, Some(b"c")]);
        assert_eq!(picked.timestamps(), Some(&[3, 2, 3][..]));
        assert_eq!(picked.row_kinds().values(), &[0, 0, 0]);
    }

    #[test]
    fn none_are_a_batch_too() {
        assert_eq!(numbers(7..8).select(&[]).unwrap().num_rows(), 0);
    }

    #[test]
    fn pieces_make_the_whole() {
        let whole = numbers(0..5);
        let back = ColumnBatch::concat(&[whole.slice(0, 2), whole.slice(2, 3)]).unwrap();
        assert_eq!(back.values().as_primitive::<Int64Type>().values(), &[0, 1, 2, 3, 4]);
        assert_eq!(back.timestamps(), whole.timestamps());
        let bare = ColumnBatch::of_records(Arc::new(Int64Array::from(vec![1])), None).unwrap();
        assert!(!bare.is_like(&whole));
        assert!(ColumnBatch::concat(&[]).is_err());
    }
}
