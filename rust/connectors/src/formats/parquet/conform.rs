//! Columns of a file as columns of declared types.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, Local, Offset};

use crate::formats::columns::ColumnType;

/// The column as one of a declared type. Numbers stay as narrow as they are. `Err`: the type of what it holds, where
/// that does not fit.
pub(super) fn conform(column: &ArrayRef, to: &ColumnType, utc: bool) -> Result<ArrayRef, DataType> {
    use DataType as D;
    let fits = match (to, column.data_type()) {
        (ColumnType::Timestamp | ColumnType::TimestampLtz, D::Timestamp(unit, _)) => {
            let moment = *to == ColumnType::TimestampLtz;
            return timestamps(column, *unit, !moment && !utc, moment).ok_or_else(|| column.data_type().clone());
        }
        // Old writers do not say that bytes are text.
        (ColumnType::String, D::Binary) => {
            let text = StringArray::try_from_binary(column.as_binary::<i32>().clone());
            return text.map(|text| Arc::new(text) as ArrayRef).map_err(|_| D::Binary);
        }
        (ColumnType::Boolean, D::Boolean)
        | (ColumnType::Tinyint, D::Int8)
        | (ColumnType::Smallint, D::Int8 | D::Int16 | D::UInt8)
        | (ColumnType::Int, D::Int8 | D::Int16 | D::Int32 | D::UInt8 | D::UInt16)
        | (ColumnType::Bigint, D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32)
        | (ColumnType::Float, D::Float32 | D::Float16)
        | (ColumnType::Double, D::Float32 | D::Float64 | D::Float16)
        | (ColumnType::String, D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Dictionary(..))
        | (ColumnType::Bytes, D::Binary | D::LargeBinary | D::BinaryView | D::FixedSizeBinary(_))
        | (ColumnType::Decimal { .. }, D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..))
        | (ColumnType::Date, D::Date32)
        | (ColumnType::Time, D::Time32(_) | D::Time64(_)) => true,
        // Narrow whole numbers are often kept in wider ones.
        (ColumnType::Tinyint | ColumnType::Smallint, D::Int32) => true,
        (ColumnType::Array { element }, D::List(field) | D::LargeList(field)) => agrees(element, field.data_type()),
        (ColumnType::Map { key, value }, D::Map(entries, _)) => match entries.data_type() {
            D::Struct(fields) => agrees(key, fields[0].data_type()) && agrees(value, fields[1].data_type()),
            _ => false,
        },
        (ColumnType::Row { fields }, D::Struct(found)) => {
            fields.len() == found.len()
                && fields
                    .iter()
                    .zip(found)
                    .all(|(field, found)| field.name == *found.name() && agrees(&field.of, found.data_type()))
        }
        _ => false,
    };
    if fits { Ok(Arc::clone(column)) } else { Err(column.data_type().clone()) }
}

/// Whether values inside of others are what is declared; they are not converted.
fn agrees(declared: &ColumnType, found: &DataType) -> bool {
    let empty = arrow_array::new_empty_array(found);
    conform(&empty, declared, true).is_ok()
}

/// Timestamps in microseconds; as the wall clock of this machine shows them where `local` says so.
fn timestamps(column: &ArrayRef, unit: TimeUnit, local: bool, moment: bool) -> Option<ArrayRef> {
    let micros = match unit {
        TimeUnit::Second => column
            .as_primitive_opt::<TimestampSecondType>()?
            .unary::<_, TimestampMicrosecondType>(|t| t.saturating_mul(1_000_000)),
        TimeUnit::Millisecond => column
            .as_primitive_opt::<TimestampMillisecondType>()?
            .unary::<_, TimestampMicrosecondType>(|t| t.saturating_mul(1000)),
        TimeUnit::Microsecond => column.as_primitive_opt::<TimestampMicrosecondType>()?.clone(),
        TimeUnit::Nanosecond => column
            .as_primitive_opt::<TimestampNanosecondType>()?
            .unary::<_, TimestampMicrosecondType>(|t| t.div_euclid(1000)),
    };
    let micros: TimestampMicrosecondArray =
        if local { micros.unary::<_, TimestampMicrosecondType>(wall_clock) } else { micros };
    let zone: Option<Arc<str>> = moment.then(|| Arc::from("UTC"));
    Some(Arc::new(micros.with_timezone_opt(zone)))
}

/// What the wall clock of this machine shows at a moment.
fn wall_clock(micros: i64) -> i64 {
    let Some(moment) = DateTime::from_timestamp_micros(micros) else { return micros };
    let offset = moment.with_timezone(&Local).offset().fix().local_minus_utc();
    micros + i64::from(offset) * 1_000_000
}
