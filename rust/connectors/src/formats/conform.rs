//! Columns of a file as columns of declared types.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, Local, Offset};

use super::columns::ColumnType;

/// The column as one of a declared type; `None` if what it holds does not fit. Timestamps that are wall clock times are
/// those of this machine, or of UTC.
pub(super) fn conform(column: &ArrayRef, to: &ColumnType, utc: bool) -> Option<ArrayRef> {
    let (from, wanted) = (column.data_type(), to.arrow());
    if !fits(to, from) {
        return None;
    }
    let column = match from {
        DataType::Timestamp(..) if *to == ColumnType::Timestamp && !utc => wall_clock_times(column)?,
        _ => Arc::clone(column),
    };
    if *column.data_type() == wanted {
        return Some(column);
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(&column, &wanted, &options).ok()
}

/// Whether values of a file are of a declared type, perhaps in another width or unit.
fn fits(declared: &ColumnType, found: &DataType) -> bool {
    use DataType as D;
    match (declared, found) {
        (ColumnType::Boolean, D::Boolean)
        // Narrow whole numbers are often kept in wider ones.
        | (ColumnType::Tinyint, D::Int8 | D::Int32)
        | (ColumnType::Smallint, D::Int8 | D::Int16 | D::Int32 | D::UInt8)
        | (ColumnType::Int, D::Int8 | D::Int16 | D::Int32 | D::UInt8 | D::UInt16)
        | (ColumnType::Bigint, D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32)
        | (ColumnType::Float, D::Float16 | D::Float32)
        | (ColumnType::Double, D::Float16 | D::Float32 | D::Float64)
        // Old writers do not say that bytes are text.
        | (ColumnType::String, D::Utf8 | D::Binary)
        | (ColumnType::Bytes, D::Binary | D::FixedSizeBinary(_))
        | (ColumnType::Decimal { .. }, D::Decimal128(..))
        | (ColumnType::Date, D::Date32)
        | (ColumnType::Time, D::Time32(_) | D::Time64(_))
        | (ColumnType::Timestamp | ColumnType::TimestampLtz, D::Timestamp(..)) => true,
        (ColumnType::Array { element }, D::List(field)) => fits(element, field.data_type()),
        (ColumnType::Map { key, value }, D::Map(entries, _)) => match entries.data_type() {
            D::Struct(parts) => fits(key, parts[0].data_type()) && fits(value, parts[1].data_type()),
            _ => false,
        },
        (ColumnType::Row { fields }, D::Struct(found)) => {
            let same = |(field, found): (&super::columns::Column, &arrow_schema::FieldRef)| {
                field.name == *found.name() && fits(&field.of, found.data_type())
            };
            fields.len() == found.len() && fields.iter().zip(found).all(same)
        }
        _ => false,
    }
}

/// Moments as the wall clock of this machine shows them.
fn wall_clock_times(column: &ArrayRef) -> Option<ArrayRef> {
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let moments = cast_with_options(column, &utc, &CastOptions { safe: false, ..CastOptions::default() }).ok()?;
    let times = moments.as_primitive::<TimestampMicrosecondType>().unary::<_, TimestampMicrosecondType>(wall_clock);
    Some(Arc::new(times))
}

/// What the wall clock of this machine shows at a moment.
fn wall_clock(micros: i64) -> i64 {
    let Some(moment) = DateTime::from_timestamp_micros(micros) else { return micros };
    let offset = moment.with_timezone(&Local).offset().fix().local_minus_utc();
    micros + i64::from(offset) * 1_000_000
}
