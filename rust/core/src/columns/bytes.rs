//! A batch of columns as bytes, for exchanges that leave the process (or pretend to).
//!
//! All numbers are little endian. In front the number of columns and of rows (`u32` each); of every column its name
//! (length and text), the kind of its values (one byte), a byte per row that tells whether there is a value, and the
//! values: eight bytes or one for a number, length and bytes for anything else.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int64Type};
use arrow_array::{Array, ArrayRef, BinaryArray, Int8Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use std::sync::Arc;

use super::ColumnBatch;
use crate::error::{Error, Result};

const INT8: u8 = 1;
const INT64: u8 = 2;
const UTF8: u8 = 3;
const BINARY: u8 = 4;

impl ColumnBatch {
    /// Appends the batch as bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_length(out, self.batch.num_columns())?;
        put_length(out, self.batch.num_rows())?;
        for (field, column) in self.batch.schema().fields().iter().zip(self.batch.columns()) {
            put_bytes(out, field.name().as_bytes())?;
            put_column(out, column)?;
        }
        Ok(())
    }

    /// The batch that [`ColumnBatch::encode`] made these bytes of.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let (columns, rows) = (length(&mut rest)?, length(&mut rest)?);
        // Every column has a byte for each of its rows, so that no count can ask for more than was sent.
        if columns.saturating_mul(rows) > rest.len() || columns > rest.len() {
            return Err(damaged());
        }
        let (mut fields, mut arrays) = (Vec::with_capacity(columns), Vec::with_capacity(columns));
        for _ in 0..columns {
            let name = text(sequence(&mut rest)?)?.to_owned();
            let array = column(&mut rest, rows)?;
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        if !rest.is_empty() {
            return Err(damaged());
        }
        Self::try_new(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|_| damaged())?)
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) -> Result<()> {
    let length = u32::try_from(length).map_err(|_| Error::internal("a batch of columns is too large to be sent"))?;
    out.extend_from_slice(&length.to_le_bytes());
    Ok(())
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    put_length(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

fn put_column(out: &mut Vec<u8>, column: &ArrayRef) -> Result<()> {
    let valid: Vec<usize> = (0..column.len()).filter(|&row| column.is_valid(row)).collect();
    let mut begin = |kind: u8| {
        out.push(kind);
        out.extend((0..column.len()).map(|row| u8::from(column.is_valid(row))));
    };
    match column.data_type() {
        DataType::Int8 => {
            begin(INT8);
            let numbers = column.as_primitive::<Int8Type>();
            out.extend(valid.iter().flat_map(|&row| numbers.value(row).to_le_bytes()));
        }
        DataType::Int64 => {
            begin(INT64);
            let numbers = column.as_primitive::<Int64Type>();
            out.extend(valid.iter().flat_map(|&row| numbers.value(row).to_le_bytes()));
        }
        DataType::Utf8 => {
            begin(UTF8);
            let texts = column.as_string::<i32>();
            valid.iter().try_for_each(|&row| put_bytes(out, texts.value(row).as_bytes()))?;
        }
        DataType::Binary => {
            begin(BINARY);
            let values = column.as_binary::<i32>();
            valid.iter().try_for_each(|&row| put_bytes(out, values.value(row)))?;
        }
        other => return Err(Error::internal(format!("a column of {other} cannot be sent"))),
    }
    Ok(())
}

fn column(rest: &mut &[u8], rows: usize) -> Result<ArrayRef> {
    let kind = take(rest, 1)?[0];
    let present = take(rest, rows)?;
    Ok(match kind {
        INT8 => Arc::new(Int8Array::from_iter(values(present, || Ok(i8::from_le_bytes(fixed(rest)?)))?)),
        INT64 => Arc::new(Int64Array::from_iter(values(present, || Ok(i64::from_le_bytes(fixed(rest)?)))?)),
        UTF8 => Arc::new(StringArray::from_iter(values(present, || text(sequence(rest)?))?)),
        BINARY => Arc::new(BinaryArray::from_iter(values(present, || sequence(rest))?)),
        _ => return Err(damaged()),
    })
}

/// A value for every row that has one.
fn values<T>(present: &[u8], mut next: impl FnMut() -> Result<T>) -> Result<Vec<Option<T>>> {
    present.iter().map(|there| if *there == 0 { Ok(None) } else { next().map(Some) }).collect()
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count).ok_or_else(damaged)?;
    *rest = left;
    Ok(taken)
}

fn fixed<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    take(rest, N)?.try_into().map_err(|_| damaged())
}

fn length(rest: &mut &[u8]) -> Result<usize> {
    Ok(u32::from_le_bytes(fixed(rest)?) as usize)
}

fn sequence<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = length(rest)?;
    take(rest, length)
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::external("a batch of columns arrived damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> ColumnBatch {
        let texts = StringArray::from(vec![Some("a"), None, Some("zwölf")]);
        ColumnBatch::of_records(Arc::new(texts), Some(vec![1, i64::MIN, 3])).unwrap()
    }

    #[test]
    fn a_batch_comes_back_as_it_was() {
        let mut bytes = Vec::new();
        batch().encode(&mut bytes).unwrap();
        let back = ColumnBatch::decode(&bytes).unwrap();
        assert_eq!(back.record_batch().columns(), batch().record_batch().columns());
        assert_eq!(back.timestamps(), batch().timestamps());
    }

    #[test]
    fn no_piece_of_it_is_taken_for_a_batch_nor_asks_for_memory() {
        let mut bytes = Vec::new();
        batch().encode(&mut bytes).unwrap();
        for cut in 0..bytes.len() {
            assert!(ColumnBatch::decode(&bytes[..cut]).is_err(), "{cut}");
        }
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(ColumnBatch::decode(&bytes).unwrap_err().to_string().contains("damaged"));
    }
}
