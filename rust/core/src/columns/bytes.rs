//! A batch of columns as bytes, for exchanges that leave the process (or pretend to).
//!
//! All numbers are little endian. In front the number of columns and of rows (`u32` each), and a byte for each of event
//! times and kinds of change that tells whether they come as columns behind the others; of every column its name (length and text), the kind of its values (one byte), a byte per row that tells whether there is a value, and the
//! values: their own width for numbers, length and bytes for texts, and for lists all lengths and a column of the elements.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, ListArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema};
use std::sync::Arc;

use super::ColumnBatch;
use crate::error::{Error, Result};

const INT8: u8 = 1;
const INT64: u8 = 2;
const UTF8: u8 = 3;
const BINARY: u8 = 4;
const BOOLEAN: u8 = 5;
const INT16: u8 = 6;
const INT32: u8 = 7;
const FLOAT32: u8 = 8;
const FLOAT64: u8 = 9;
const LIST: u8 = 10;

impl ColumnBatch {
    /// Appends the batch as bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_length(out, self.data.num_columns())?;
        put_length(out, self.num_rows())?;
        out.extend([u8::from(self.timestamps.is_some()), u8::from(self.row_kinds.is_some())]);
        for (field, column) in self.data.schema_ref().fields().iter().zip(self.data.columns()) {
            put_bytes(out, field.name().as_bytes())?;
            put_column(out, column)?;
        }
        let times =
            self.timestamps.clone().map(|times| Arc::new(PrimitiveArray::<Int64Type>::new(times, None)) as ArrayRef);
        let kinds =
            self.row_kinds.clone().map(|kinds| Arc::new(PrimitiveArray::<Int8Type>::new(kinds, None)) as ArrayRef);
        times.iter().chain(&kinds).try_for_each(|column| put_column(out, column))
    }

    /// The batch that [`ColumnBatch::encode`] made these bytes of.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let (columns, rows) = (length(&mut rest)?, length(&mut rest)?);
        // Every column has a byte for each of its rows, so that no count can ask for more than was sent.
        if columns.saturating_mul(rows) > rest.len() || columns > rest.len() {
            return Err(damaged());
        }
        let [has_times, has_kinds] = fixed(&mut rest)?.map(|there: u8| there != 0);
        let (mut fields, mut arrays) = (Vec::with_capacity(columns), Vec::with_capacity(columns));
        for _ in 0..columns {
            let name = text(sequence(&mut rest)?)?.to_owned();
            let array = column(&mut rest, rows)?;
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let times = has_times.then(|| beside::<Int64Type>(&mut rest, rows)).transpose()?;
        let kinds = has_kinds.then(|| beside::<Int8Type>(&mut rest, rows)).transpose()?;
        if !rest.is_empty() {
            return Err(damaged());
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let data = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
        Self::try_new(data.map_err(|_| damaged())?, times, kinds).map_err(|_| damaged())
    }
}

/// A column of numbers beside those of the records.
fn beside<T: ArrowPrimitiveType>(rest: &mut &[u8], rows: usize) -> Result<ScalarBuffer<T::Native>> {
    let column = column(rest, rows)?;
    let numbers = column.as_primitive_opt::<T>().filter(|numbers| numbers.null_count() == 0);
    Ok(numbers.ok_or_else(damaged)?.values().clone())
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
            put_numbers::<Int8Type, 1>(out, column, &valid, i8::to_le_bytes);
        }
        DataType::Int16 => {
            begin(INT16);
            put_numbers::<Int16Type, 2>(out, column, &valid, i16::to_le_bytes);
        }
        DataType::Int32 => {
            begin(INT32);
            put_numbers::<Int32Type, 4>(out, column, &valid, i32::to_le_bytes);
        }
        DataType::Int64 => {
            begin(INT64);
            put_numbers::<Int64Type, 8>(out, column, &valid, i64::to_le_bytes);
        }
        DataType::Float32 => {
            begin(FLOAT32);
            put_numbers::<Float32Type, 4>(out, column, &valid, f32::to_le_bytes);
        }
        DataType::Float64 => {
            begin(FLOAT64);
            put_numbers::<Float64Type, 8>(out, column, &valid, f64::to_le_bytes);
        }
        DataType::Boolean => {
            begin(BOOLEAN);
            let flags = column.as_boolean();
            out.extend(valid.iter().map(|&row| u8::from(flags.value(row))));
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
        DataType::List(_) => {
            begin(LIST);
            let lists = column.as_list::<i32>();
            (0..lists.len()).try_for_each(|row| put_length(out, lists.value_length(row) as usize))?;
            let (first, last) = (lists.value_offsets()[0], lists.value_offsets()[lists.len()]);
            put_column(out, &lists.values().slice(first as usize, (last - first) as usize))?;
        }
        other => return Err(Error::internal(format!("a column of {other} cannot be sent"))),
    }
    Ok(())
}

fn put_numbers<T: ArrowPrimitiveType, const N: usize>(
    out: &mut Vec<u8>,
    column: &ArrayRef,
    rows: &[usize],
    bytes: fn(T::Native) -> [u8; N],
) {
    let numbers = column.as_primitive::<T>();
    out.extend(rows.iter().flat_map(|&row| bytes(numbers.value(row))));
}

fn column(rest: &mut &[u8], rows: usize) -> Result<ArrayRef> {
    let kind = take(rest, 1)?[0];
    let present = take(rest, rows)?;
    Ok(match kind {
        INT8 => numbers::<Int8Type, 1>(present, rest, i8::from_le_bytes)?,
        INT16 => numbers::<Int16Type, 2>(present, rest, i16::from_le_bytes)?,
        INT32 => numbers::<Int32Type, 4>(present, rest, i32::from_le_bytes)?,
        INT64 => numbers::<Int64Type, 8>(present, rest, i64::from_le_bytes)?,
        FLOAT32 => numbers::<Float32Type, 4>(present, rest, f32::from_le_bytes)?,
        FLOAT64 => numbers::<Float64Type, 8>(present, rest, f64::from_le_bytes)?,
        BOOLEAN => Arc::new(BooleanArray::from(values(present, || Ok(take(rest, 1)?[0] != 0))?)),
        UTF8 => Arc::new(StringArray::from_iter(values(present, || text(sequence(rest)?))?)),
        BINARY => Arc::new(BinaryArray::from_iter(values(present, || sequence(rest))?)),
        LIST => list(present, rest)?,
        _ => return Err(damaged()),
    })
}

fn numbers<T: ArrowPrimitiveType, const N: usize>(
    present: &[u8],
    rest: &mut &[u8],
    number: fn([u8; N]) -> T::Native,
) -> Result<ArrayRef> {
    Ok(Arc::new(PrimitiveArray::<T>::from_iter(values(present, || Ok(number(fixed(rest)?)))?)))
}

/// Of lists come the lengths of all, and then one column of their elements, which holds no lists itself.
fn list(present: &[u8], rest: &mut &[u8]) -> Result<ArrayRef> {
    let lengths = present.iter().map(|_| length(rest)).collect::<Result<Vec<_>>>()?;
    let elements = lengths.iter().try_fold(0_usize, |sum, length| sum.checked_add(*length)).ok_or_else(damaged)?;
    if elements > rest.len().min(i32::MAX as usize) || rest.first() == Some(&LIST) {
        return Err(damaged());
    }
    let elements = column(rest, elements)?;
    let field = Arc::new(Field::new("item", elements.data_type().clone(), true));
    let valid = present.iter().map(|there| *there != 0).collect();
    let lists = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), elements, Some(valid));
    Ok(Arc::new(lists.map_err(|_| damaged())?))
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
    fn every_type_of_a_layout_comes_back() {
        let vectors = vec![Some(vec![Some(0.5_f32), None]), None, Some(vec![])];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            ("short", Arc::new(PrimitiveArray::<Int16Type>::from(vec![Some(-1), None, Some(i16::MAX)]))),
            ("int", Arc::new(PrimitiveArray::<Int32Type>::from(vec![Some(-1), None, Some(i32::MAX)]))),
            ("float", Arc::new(PrimitiveArray::<Float32Type>::from(vec![Some(-1.5), None, Some(0.25)]))),
            ("double", Arc::new(PrimitiveArray::<Float64Type>::from(vec![Some(-1.5), None, Some(1e300)]))),
            ("vector", Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(vectors))),
        ];
        let data = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, c)| (name, c, true)));
        let kinds = Some(vec![0, 1, 2].into());
        let batch = ColumnBatch::try_new(data.unwrap(), None, kinds).unwrap();
        let mut bytes = Vec::new();
        // A piece of it, whose lists do not begin at the first element.
        batch.slice(1, 2).encode(&mut bytes).unwrap();
        let back = ColumnBatch::decode(&bytes).unwrap();
        assert_eq!(back.data().columns(), batch.slice(1, 2).data().columns());
        assert_eq!(back.row_kinds(), Some(&[1, 2][..]));
        for cut in 0..bytes.len() {
            assert!(ColumnBatch::decode(&bytes[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_batch_comes_back_as_it_was() {
        let mut bytes = Vec::new();
        batch().encode(&mut bytes).unwrap();
        let back = ColumnBatch::decode(&bytes).unwrap();
        assert_eq!(back.data().columns(), batch().data().columns());
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
