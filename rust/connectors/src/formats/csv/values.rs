//! Fields of text as columns of values.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Decimal128Builder, Float32Builder, Float64Builder, Int8Builder, Int16Builder, Int32Builder,
    Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::Field;
use penstock_core::{Error, Result};

use super::numbers;
use super::options::CsvColumn;
use crate::formats::columns::ColumnType;

/// Collects the values of a column.
pub(super) enum ColumnBuilder {
    Text(StringBuilder),
    Boolean(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Decimal { values: Decimal128Builder, precision: u8, scale: i8 },
    Array(Box<Elements>),
}

/// The arrays of a column, one behind the other.
pub(super) struct Elements {
    of: ColumnType,
    separator: Option<String>,
    values: ColumnBuilder,
    count: i32,
    ends: Vec<i32>,
    valid: Vec<bool>,
}

impl ColumnBuilder {
    pub(super) fn new(column: &CsvColumn) -> Result<Self> {
        let builder = match &column.of {
            ColumnType::Array { element } => Self::scalar(element).map(|values| {
                let (of, separator) = ((**element).clone(), column.element_separator.clone());
                Self::Array(Box::new(Elements { of, separator, values, count: 0, ends: vec![0], valid: Vec::new() }))
            }),
            scalar => Self::scalar(scalar),
        };
        builder.ok_or_else(|| {
            Error::invalid(format!("the column '{}' of a CSV format cannot be of the type {}", column.name, column.of))
        })
    }

    fn scalar(of: &ColumnType) -> Option<Self> {
        Some(match of {
            ColumnType::String => Self::Text(StringBuilder::new()),
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Tinyint => Self::Int8(Int8Builder::new()),
            ColumnType::Smallint => Self::Int16(Int16Builder::new()),
            ColumnType::Int => Self::Int32(Int32Builder::new()),
            ColumnType::Bigint => Self::Int64(Int64Builder::new()),
            ColumnType::Float => Self::Float32(Float32Builder::new()),
            ColumnType::Double => Self::Float64(Float64Builder::new()),
            ColumnType::Decimal { precision, scale } => Self::Decimal {
                values: Decimal128Builder::new().with_data_type(of.arrow()),
                precision: *precision,
                scale: *scale,
            },
            _ => return None,
        })
    }

    /// Appends the value of a text; `false` if it is none of this type, and then nothing is appended.
    #[inline]
    pub(super) fn append(&mut self, text: &str) -> bool {
        /// A whole number of this width.
        macro_rules! integer {
            ($values:expr) => {
                match numbers::integer(text).and_then(|n| n.try_into().ok()) {
                    Some(value) => $values.append_value(value),
                    None => return false,
                }
            };
        }
        match self {
            Self::Text(values) => values.append_value(text),
            Self::Boolean(values) => values.append_value(text.trim_ascii().eq_ignore_ascii_case("true")),
            Self::Int8(values) => integer!(values),
            Self::Int16(values) => integer!(values),
            Self::Int32(values) => integer!(values),
            Self::Int64(values) => integer!(values),
            Self::Float32(values) => match numbers::float(text) {
                Some(value) => values.append_value(value as f32),
                None => return false,
            },
            Self::Float64(values) => match numbers::float(text) {
                Some(value) => values.append_value(value),
                None => return false,
            },
            Self::Decimal { values, precision, scale } => match numbers::decimal(text, *precision, *scale) {
                Ok(value) => values.append_option(value),
                Err(()) => return false,
            },
            Self::Array(elements) => return elements.append(text),
        }
        true
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::Text(values) => values.append_null(),
            Self::Boolean(values) => values.append_null(),
            Self::Int8(values) => values.append_null(),
            Self::Int16(values) => values.append_null(),
            Self::Int32(values) => values.append_null(),
            Self::Int64(values) => values.append_null(),
            Self::Float32(values) => values.append_null(),
            Self::Float64(values) => values.append_null(),
            Self::Decimal { values, .. } => values.append_null(),
            Self::Array(elements) => elements.end(false),
        }
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
        Ok(match self {
            Self::Text(values) => Arc::new(values.finish()),
            Self::Boolean(values) => Arc::new(values.finish()),
            Self::Int8(values) => Arc::new(values.finish()),
            Self::Int16(values) => Arc::new(values.finish()),
            Self::Int32(values) => Arc::new(values.finish()),
            Self::Int64(values) => Arc::new(values.finish()),
            Self::Float32(values) => Arc::new(values.finish()),
            Self::Float64(values) => Arc::new(values.finish()),
            Self::Decimal { values, .. } => Arc::new(values.finish()),
            Self::Array(elements) => return elements.finish(),
        })
    }
}

impl Elements {
    fn append(&mut self, text: &str) -> bool {
        let mut sound = true;
        let mut element = |text: &str| {
            // An element that is none keeps its place until the record is left out.
            if !self.values.append(text) {
                self.values.append_null();
                sound = false;
            }
            self.count += 1;
        };
        match self.separator.as_deref() {
            _ if text.is_empty() => {}
            Some(separator) if !separator.is_empty() => text.split(separator).for_each(&mut element),
            _ => element(text),
        }
        if sound {
            self.end(true);
        }
        sound
    }

    fn end(&mut self, valid: bool) {
        self.ends.push(self.count);
        self.valid.push(valid);
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let ends = std::mem::replace(&mut self.ends, vec![0]);
        let valid = std::mem::take(&mut self.valid);
        self.count = 0;
        let field = Arc::new(Field::new("item", self.of.arrow(), true));
        let (ends, valid) = (OffsetBuffer::new(ends.into()), NullBuffer::from(valid));
        let list = ListArray::try_new(field, ends, self.values.finish()?, Some(valid));
        Ok(Arc::new(list.map_err(|e| Error::internal(format!("a column of arrays: {e}")))?))
    }
}
