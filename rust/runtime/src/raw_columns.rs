//! Raw records of a source as a batch of the column lane: what the decoders of objects do row by row, for all at once.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BinaryArray, RecordBatch, StringArray};
use arrow_schema::DataType;
use penstock_core::columns::{ColumnBatch, Layout};
use penstock_core::source::RawBatch;
use penstock_core::{Error, Result, TypeInfo};
use penstock_plan::Codec;
use std::sync::Arc;

/// What the records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnDecoder {
    /// Text; what is no UTF-8 becomes U+FFFD, as in Java.
    Utf8,
    /// Bytes.
    Bytes,
    /// Numbers.
    Long,
    /// Rows: structs of columns.
    Rows,
}

impl ColumnDecoder {
    /// The decoder of a codec that needs no interpreter; `None` for all others.
    #[must_use]
    pub fn of(codec: &Codec) -> Option<Self> {
        match codec {
            Codec::Utf8 => Some(Self::Utf8),
            Codec::Bytes => Some(Self::Bytes),
            Codec::Long => Some(Self::Long),
            Codec::Rows => Some(Self::Rows),
            Codec::Pickle
            | Codec::Object
            | Codec::Hybrid { .. }
            | Codec::Dicts
            | Codec::Avro { .. }
            | Codec::Function { .. }
            | Codec::Record { .. } => None,
        }
    }

    /// The type of such records, where `declared` is what a source says of them; `None`: they have no columns.
    #[must_use]
    pub fn emitted(self, declared: Option<&TypeInfo>) -> Option<TypeInfo> {
        match self {
            Self::Utf8 => Some(TypeInfo::String),
            Self::Bytes => Some(TypeInfo::PrimitiveArray { element: Box::new(TypeInfo::Byte) }),
            Self::Long => Some(TypeInfo::Long),
            Self::Rows => declared.filter(|declared| Layout::of(declared).is_some()).cloned(),
        }
    }

    /// The records of a raw batch, without those that have no value.
    pub fn decode(self, raw: &RawBatch) -> Result<ColumnBatch> {
        let values = match self {
            Self::Utf8 => utf8(&raw.values)?,
            Self::Bytes => binary(&raw.values)?,
            Self::Long if *raw.values.data_type() == DataType::Int64 => Arc::clone(&raw.values),
            Self::Rows => {
                let rows = raw.values.as_struct_opt().ok_or_else(|| unexpected(&raw.values))?;
                return ColumnBatch::of_columns(RecordBatch::from(rows), raw.timestamps.clone());
            }
            Self::Long => return Err(unexpected(&raw.values)),
        };
        let with_value: Option<Vec<usize>> = (self != Self::Long && values.null_count() > 0)
            .then(|| (0..values.len()).filter(|&row| values.is_valid(row)).collect());
        let batch = ColumnBatch::of_records(values, raw.timestamps.clone())?;
        match with_value {
            Some(rows) => batch.select(&rows),
            None => Ok(batch),
        }
    }
}

fn utf8(values: &ArrayRef) -> Result<ArrayRef> {
    if *values.data_type() == DataType::Utf8 {
        return Ok(Arc::clone(values));
    }
    let binary = values.as_binary_opt::<i32>().ok_or_else(|| unexpected(values))?;
    // All bytes are looked at together; only where that fails, record by record.
    if let Ok(text) = StringArray::try_from_binary(binary.clone()) {
        return Ok(Arc::new(text));
    }
    Ok(Arc::new(binary.iter().map(|value| value.map(String::from_utf8_lossy)).collect::<StringArray>()))
}

fn binary(values: &ArrayRef) -> Result<ArrayRef> {
    if *values.data_type() == DataType::Binary {
        return Ok(Arc::clone(values));
    }
    let text = values.as_string_opt::<i32>().ok_or_else(|| unexpected(values))?;
    Ok(Arc::new(BinaryArray::from(text.clone())))
}

fn unexpected(values: &ArrayRef) -> Error {
    Error::internal(format!("a source gave a column of {}", values.data_type()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(values: Vec<Option<&[u8]>>) -> RawBatch {
        let count = values.len() as i64;
        RawBatch {
            split: "s".into(),
            values: Arc::new(BinaryArray::from(values)),
            keys: None,
            timestamps: Some((0..count).collect()),
            positions: (1..=count).collect(),
            num_bytes: 0,
        }
    }

    #[test]
    fn text_that_is_none_is_replaced_and_nulls_are_left_out() {
        let batch = ColumnDecoder::Utf8.decode(&raw(vec![Some(b"a"), None, Some(b"b\xff"), Some(b"\xc3")])).unwrap();
        let texts: Vec<_> = batch.values().as_string::<i32>().iter().map(Option::unwrap).collect();
        assert_eq!(texts, ["a", "b\u{FFFD}", "\u{FFFD}"]);
        assert_eq!(batch.timestamps(), Some(&[0, 2, 3][..]), "times stay with their records");
    }

    #[test]
    fn a_character_cut_between_two_records_is_no_character() {
        let batch = ColumnDecoder::Utf8.decode(&raw(vec![Some(b"\xc3"), Some(b"\xb6")])).unwrap();
        assert!(batch.values().as_string::<i32>().iter().all(|text| text == Some("\u{FFFD}")));
    }

    #[test]
    fn bytes_stay_as_they_are() {
        let batch = ColumnDecoder::Bytes.decode(&raw(vec![Some(b"\xff"), Some(b"")])).unwrap();
        assert_eq!(batch.values().as_binary::<i32>().iter().collect::<Vec<_>>(), [Some(&b"\xff"[..]), Some(b"")]);
        assert!(ColumnDecoder::Long.decode(&raw(vec![])).is_err());
    }
}
