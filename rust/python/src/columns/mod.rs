//! Between Python objects, the arrays that functions of batches take and give, and the columns of the engine.
//!
//! [`objects`] makes columns of records and records of columns, [`arrays`] columns of what a function gave, and
//! [`capsule`] is the Arrow PyCapsule interface. [`given`] has the classes that functions see. [`rows`] makes `Row`s
//! and `dict`s of what a source read, one by one.

mod arrays;
mod capsule;
mod cells;
mod given;
mod objects;
mod rows;
mod temporal;
mod units;

pub use arrays::{boolean_mask, column_of, columns_by_name, indices};
pub use capsule::imported;
pub use cells::Shape;
pub use given::{Array, Memory, RecordBatch, numpy_of};
pub use objects::{columns_of, records_of};
pub use rows::RowDecoder;

use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, Field};

/// How a column type is called in errors and by the Python side: NumPy's word for numbers and booleans.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "bool".to_owned(),
        DataType::Int8 => "int8".to_owned(),
        DataType::Int16 => "int16".to_owned(),
        DataType::Int32 => "int32".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Float32 => "float32".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Utf8 => "str".to_owned(),
        DataType::Binary => "bytes".to_owned(),
        DataType::List(item) => format!("list[{}]", type_name(item.data_type())),
        other => other.to_string(),
    }
}

/// The column in the type of its field, where every value fits it.
fn cast(column: &ArrayRef, field: &Field) -> Result<ArrayRef, String> {
    let wanted = field.data_type();
    if column.data_type() == wanted {
        return Ok(column.clone());
    }
    let misfit = |why: &str| {
        format!("column '{}': expected {}, got {}{why}", field.name(), type_name(wanted), type_name(column.data_type()))
    };
    if !keeps_values(column.data_type(), wanted) {
        return Err(misfit(""));
    }
    let options = arrow_cast::CastOptions { safe: false, ..arrow_cast::CastOptions::default() };
    arrow_cast::cast_with_options(column, wanted, &options).map_err(|e| misfit(&format!(" ({e})")))
}

/// Whether a column may be taken for another type: the same kind of value in another width or layout, and whole numbers
/// as floats.
fn keeps_values(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Dictionary(_, values), _) => keeps_values(values, to) || **values == *to,
        (DataType::Null, _)
        | (DataType::LargeUtf8 | DataType::Utf8View, DataType::Utf8)
        | (DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_), DataType::Binary) => true,
        (
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _),
            DataType::List(wanted),
        ) => item.data_type() == wanted.data_type() || keeps_values(item.data_type(), wanted.data_type()),
        _ => (from.is_integer() && to.is_numeric()) || (from.is_floating() && to.is_floating()),
    }
}
