//! Some rows of a batch, in an order of their own: what goes to one of several channels.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, BinaryType, ByteArrayType, Int8Type, Int64Type, Utf8Type};
use arrow_array::{Array, ArrayRef, GenericByteArray, PrimitiveArray, RecordBatch};
use arrow_schema::DataType;
use std::sync::Arc;

use super::ColumnBatch;
use crate::error::{Error, Result};

impl ColumnBatch {
    /// A batch of these rows.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let columns = self.batch.columns().iter().map(|column| select(column, rows)).collect::<Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(self.batch.schema(), columns);
        Ok(Self { batch: batch.map_err(|e| Error::internal(e.to_string()))? })
    }
}

/// The values of a column at these rows.
fn select(column: &ArrayRef, rows: &[usize]) -> Result<ArrayRef> {
    Ok(match column.data_type() {
        DataType::Int8 => numbers::<Int8Type>(column, rows),
        DataType::Int64 => numbers::<Int64Type>(column, rows),
        DataType::Utf8 => sequences::<Utf8Type>(column, rows),
        DataType::Binary => sequences::<BinaryType>(column, rows),
        other => return Err(Error::internal(format!("rows cannot be picked from a column of {other}"))),
    })
}

fn numbers<T: ArrowPrimitiveType>(column: &ArrayRef, rows: &[usize]) -> ArrayRef {
    let column = column.as_primitive::<T>();
    Arc::new(rows.iter().map(|&row| column.is_valid(row).then(|| column.value(row))).collect::<PrimitiveArray<T>>())
}

fn sequences<T: ByteArrayType>(column: &ArrayRef, rows: &[usize]) -> ArrayRef {
    let column = column.as_bytes::<T>();
    let values = rows.iter().map(|&row| column.is_valid(row).then(|| column.value(row)));
    Arc::new(values.collect::<GenericByteArray<T>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{BinaryArray, Int64Array};

    #[test]
    fn rows_come_with_all_their_columns_and_nulls_stay_null() {
        let values = BinaryArray::from(vec![Some(&b"a"[..]), None, Some(b"c")]);
        let batch = ColumnBatch::of_records(Arc::new(values), Some(vec![1, 2, 3])).unwrap();
        let picked = batch.select(&[2, 1]).unwrap();
        let bytes: Vec<_> = picked.values().as_binary::<i32>().iter().collect();
        assert_eq!(bytes, [Some(&b"c"[..]), None]);
        assert_eq!(picked.timestamps(), Some(&[3, 2][..]));
        assert_eq!((picked.num_rows(), picked.row_kinds().len()), (2, 2));
    }

    #[test]
    fn none_are_a_batch_too() {
        let batch = ColumnBatch::of_records(Arc::new(Int64Array::from(vec![7])), None).unwrap();
        assert_eq!(batch.select(&[]).unwrap().num_rows(), 0);
    }
}
