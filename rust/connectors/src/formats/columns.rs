//! The declared types of columns, as `pyflink.table.DataTypes` has them.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde::Deserialize;

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ColumnType {
    Boolean,
    Tinyint,
    Smallint,
    Int,
    Bigint,
    Float,
    Double,
    String,
    Bytes,
    Decimal { precision: u8, scale: i8 },
    Date,
    Time,
    Timestamp,
    TimestampLtz,
    Array { element: Box<ColumnType> },
    Map { key: Box<ColumnType>, value: Box<ColumnType> },
    Row { fields: Vec<Column> },
}

/// A column with its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) of: ColumnType,
}

impl ColumnType {
    /// How its values lie in memory.
    pub(crate) fn arrow(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Tinyint => DataType::Int8,
            Self::Smallint => DataType::Int16,
            Self::Int => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::String => DataType::Utf8,
            Self::Bytes => DataType::Binary,
            Self::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time32(TimeUnit::Millisecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampLtz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Array { element } => DataType::List(Arc::new(Field::new("item", element.arrow(), true))),
            Self::Map { key, value } => {
                let entries =
                    Fields::from(vec![Field::new("key", key.arrow(), false), Field::new("value", value.arrow(), true)]);
                DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries), false)), false)
            }
            Self::Row { fields } => DataType::Struct(arrow_fields(fields)),
        }
    }
}

/// The fields of a row.
pub(crate) fn arrow_fields(columns: &[Column]) -> Fields {
    columns.iter().map(|column| Field::new(&column.name, column.of.arrow(), true)).collect()
}

impl std::fmt::Display for ColumnType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::Boolean => "BOOLEAN",
            Self::Tinyint => "TINYINT",
            Self::Smallint => "SMALLINT",
            Self::Int => "INT",
            Self::Bigint => "BIGINT",
            Self::Float => "FLOAT",
            Self::Double => "DOUBLE",
            Self::String => "STRING",
            Self::Bytes => "BYTES",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Timestamp => "TIMESTAMP",
            Self::TimestampLtz => "TIMESTAMP_LTZ",
            Self::Decimal { precision, scale } => return write!(f, "DECIMAL({precision}, {scale})"),
            Self::Array { element } => return write!(f, "ARRAY<{element}>"),
            Self::Map { key, value } => return write!(f, "MAP<{key}, {value}>"),
            Self::Row { fields } => {
                let fields: Vec<_> = fields.iter().map(|field| format!("{} {}", field.name, field.of)).collect();
                return write!(f, "ROW<{}>", fields.join(", "));
            }
        };
        f.write_str(name)
    }
}
