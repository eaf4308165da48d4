//! Whole numbers, dates and times of all widths and units as numbers of 64 bits.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::{DataType, TimeUnit};

/// Whole numbers.
pub fn widened<T: ArrowPrimitiveType>(column: &ArrayRef) -> Int64Array
where
    i64: From<T::Native>,
{
    column.as_primitive::<T>().unary(i64::from)
}

/// Times and timestamps in microseconds.
pub fn micros(column: &ArrayRef) -> Option<Int64Array> {
    use TimeUnit as U;
    Some(match column.data_type() {
        DataType::Time32(U::Second) => column.as_primitive::<Time32SecondType>().unary(|t| i64::from(t) * 1_000_000),
        DataType::Time32(_) => column.as_primitive::<Time32MillisecondType>().unary(|t| i64::from(t) * 1000),
        DataType::Time64(U::Microsecond) => column.as_primitive::<Time64MicrosecondType>().unary(|t| t),
        DataType::Time64(_) => column.as_primitive::<Time64NanosecondType>().unary(|t| t / 1000),
        DataType::Timestamp(U::Second, _) => {
            column.as_primitive::<TimestampSecondType>().unary(|t| t.saturating_mul(1_000_000))
        }
        DataType::Timestamp(U::Millisecond, _) => {
            column.as_primitive::<TimestampMillisecondType>().unary(|t| t.saturating_mul(1000))
        }
        DataType::Timestamp(U::Microsecond, _) => column.as_primitive::<TimestampMicrosecondType>().unary(|t| t),
        DataType::Timestamp(U::Nanosecond, _) => {
            column.as_primitive::<TimestampNanosecondType>().unary(|t| t.div_euclid(1000))
        }
        _ => return None,
    })
}

/// The numbers behind dates and times.
pub fn stored_numbers(column: &ArrayRef) -> Option<Int64Array> {
    use TimeUnit as U;
    Some(match column.data_type() {
        DataType::Date32 => widened::<Date32Type>(column),
        DataType::Time32(U::Second) => widened::<Time32SecondType>(column),
        DataType::Time32(_) => widened::<Time32MillisecondType>(column),
        DataType::Time64(U::Microsecond) => widened::<Time64MicrosecondType>(column),
        DataType::Time64(_) => widened::<Time64NanosecondType>(column),
        DataType::Timestamp(U::Second, _) => widened::<TimestampSecondType>(column),
        DataType::Timestamp(U::Millisecond, _) => widened::<TimestampMillisecondType>(column),
        DataType::Timestamp(U::Microsecond, _) => widened::<TimestampMicrosecondType>(column),
        DataType::Timestamp(U::Nanosecond, _) => widened::<TimestampNanosecondType>(column),
        _ => return None,
    })
}
