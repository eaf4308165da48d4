//! Rows of batches: some of them in an order of their own, a piece of a batch, several batches as one.

use arrow_array::UInt64Array;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use std::sync::Arc;

use super::ColumnBatch;
use crate::error::{Error, Result};

impl ColumnBatch {
    /// A batch of these rows.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let places = UInt64Array::from_iter_values(rows.iter().map(|&row| row as u64));
        let data = take_record_batch(&self.data, &places).map_err(|e| failed(&e))?;
        let times = self.timestamps.as_ref().map(|times| rows.iter().map(|row| times[*row]).collect());
        let kinds = self.row_kinds.as_ref().map(|kinds| rows.iter().map(|row| kinds[*row]).collect());
        Self::try_new(data, times, kinds)
    }

    /// `length` rows from `offset` on, which nothing is copied for. They have to be there.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Self {
        Self {
            data: self.data.slice(offset, length),
            timestamps: self.timestamps.as_ref().map(|times| times.slice(offset, length)),
            row_kinds: self.row_kinds.as_ref().map(|kinds| kinds.slice(offset, length)),
        }
    }

    /// Whether the other batch has the same columns.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(self.data.schema_ref(), other.data.schema_ref())
            || self.data.schema_ref() == other.data.schema_ref();
        same && self.timestamps.is_some() == other.timestamps.is_some()
            && self.row_kinds.is_some() == other.row_kinds.is_some()
    }

    /// Batches that are alike as one. There has to be one.
    pub fn concat(batches: &[Self]) -> Result<Self> {
        let [first, more @ ..] = batches else { return Err(Error::internal("no batches make no batch")) };
        if more.is_empty() {
            return Ok(first.clone());
        }
        let data = concat_batches(first.data.schema_ref(), batches.iter().map(|one| &one.data));
        let times = batches.iter().map(Self::timestamps).collect::<Option<Vec<_>>>();
        let kinds = batches.iter().map(Self::row_kinds).collect::<Option<Vec<_>>>();
        let (times, kinds) = (times.map(|all| all.concat().into()), kinds.map(|all| all.concat().into()));
        Self::try_new(data.map_err(|e| failed(&e))?, times, kinds)
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
        assert_eq!(picked.row_kinds(), None);
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
        let kinds = Some(vec![0, 3, 1, 2, 0].into());
        let changes = ColumnBatch::try_new(whole.data().clone(), None, kinds).unwrap();
        assert!(!changes.is_like(&bare));
        let back = ColumnBatch::concat(&[changes.slice(0, 2), changes.slice(2, 3)]).unwrap();
        assert_eq!(back.row_kinds(), changes.row_kinds());
        assert_eq!(changes.select(&[3, 1]).unwrap().row_kinds(), Some(&[2, 3][..]));
        assert!(ColumnBatch::of_columns(whole.data().clone(), Some(vec![1])).is_err());
        assert!(ColumnBatch::concat(&[]).is_err());
    }
}
