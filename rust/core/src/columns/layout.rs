//! How the records of a declared type lie in columns.
//!
//! ```
//! use penstock_core::TypeInfo;
//! use penstock_core::columns::{Layout, RecordKind};
//! let row: TypeInfo = serde_json::from_str(r#"{"type":"ROW","names":["city","temperature"],"fields":[{"type":"STRING"},{"type":"DOUBLE"}]}"#).unwrap();
//! let layout = Layout::of(&row).unwrap();
//! assert_eq!(layout.kind, RecordKind::Row);
//! assert_eq!(layout.schema.field(1).name(), "temperature");
//! ```

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::collections::HashSet;
use std::sync::Arc;

use super::VALUE_COLUMN;
use crate::types::TypeInfo;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// One value, in the only column.
    Value,
    /// A row, with a column for each field.
    Row,
    /// A tuple, with the columns `f0`, `f1` …
    Tuple,
}

/// The columns of a declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// What a record is.
    pub kind: RecordKind,
}

impl Layout {
    /// The columns of a declared type; `None`: its values are Python objects only.
    #[must_use]
    pub fn of(declared: &TypeInfo) -> Option<Self> {
        let (kind, names, types) = match declared {
            TypeInfo::Row { names, fields } => (RecordKind::Row, names.clone(), fields.as_slice()),
            TypeInfo::Tuple { fields } => (RecordKind::Tuple, None, fields.as_slice()),
            value => (RecordKind::Value, Some(vec![VALUE_COLUMN.to_owned()]), std::slice::from_ref(value)),
        };
        let names = names.unwrap_or_else(|| (0..types.len()).map(|field| format!("f{field}")).collect());
        let distinct: HashSet<&String> = names.iter().collect();
        // A name in front of which there is `$` is the engine's own.
        if types.is_empty() || distinct.len() < names.len() || names.iter().any(|name| name.starts_with('$')) {
            return None;
        }
        let fields: Option<Vec<Field>> =
            names.into_iter().zip(types).map(|(name, of)| Some(Field::new(name, data_type(of)?, true))).collect();
        Some(Self { schema: Arc::new(Schema::new(fields?)), kind })
    }
}

/// The column of a scalar or of a list of scalars.
fn data_type(declared: &TypeInfo) -> Option<DataType> {
    match declared {
        TypeInfo::PrimitiveArray { element } if **element == TypeInfo::Byte => Some(DataType::Binary),
        TypeInfo::PrimitiveArray { element }
        | TypeInfo::BasicArray { element }
        | TypeInfo::ObjectArray { element }
        | TypeInfo::List { element } => Some(DataType::List(Arc::new(Field::new("item", scalar(element)?, true)))),
        _ => scalar(declared),
    }
}

fn scalar(declared: &TypeInfo) -> Option<DataType> {
    Some(match declared {
        TypeInfo::String => DataType::Utf8,
        TypeInfo::Boolean => DataType::Boolean,
        TypeInfo::Byte => DataType::Int8,
        TypeInfo::Short => DataType::Int16,
        TypeInfo::Int => DataType::Int32,
        TypeInfo::Long => DataType::Int64,
        TypeInfo::Float => DataType::Float32,
        TypeInfo::Double => DataType::Float64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<Layout> {
        Layout::of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn scalars_lists_tuples_and_rows_have_columns() {
        let types = |json| of(json).unwrap().schema.fields().iter().map(|f| f.data_type().clone()).collect::<Vec<_>>();
        assert_eq!(types(r#"{"type":"LONG"}"#), [DataType::Int64]);
        assert_eq!(types(r#"{"type":"PRIMITIVE_ARRAY","element":{"type":"BYTE"}}"#), [DataType::Binary]);
        let vector = DataType::List(Arc::new(Field::new("item", DataType::Float32, true)));
        assert_eq!(types(r#"{"type":"PRIMITIVE_ARRAY","element":{"type":"FLOAT"}}"#), [vector]);
        assert_eq!(
            types(r#"{"type":"TUPLE","fields":[{"type":"BOOLEAN"},{"type":"STRING"}]}"#),
            [DataType::Boolean, DataType::Utf8]
        );
    }

    #[test]
    fn everything_else_stays_objects() {
        for json in [
            r#"{"type":"BIG_DEC"}"#,
            r#"{"type":"MAP","key":{"type":"STRING"},"value":{"type":"LONG"}}"#,
            r#"{"type":"ROW","fields":[{"type":"LONG"},{"type":"ROW","fields":[{"type":"LONG"}]}]}"#,
            r#"{"type":"ROW","names":["a","a"],"fields":[{"type":"LONG"},{"type":"LONG"}]}"#,
            r#"{"type":"ROW","names":["$timestamp"],"fields":[{"type":"LONG"}]}"#,
            r#"{"type":"TUPLE","fields":[]}"#,
        ] {
            assert_eq!(of(json), None, "{json}");
        }
    }
}
