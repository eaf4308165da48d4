//! Values as datums.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyDict, PyFloat, PyInt,
    PyList, PyString, PyTime, PyTimeAccess, PyTuple, PyTzInfoAccess,
};

use penstock_connectors::{AvroSchema as Schema, AvroType as Type};

use crate::codec::integer;

/// Appends the datum of a value. Raises TypeError or ValueError, naming the field that does not fit.
pub fn encode(schema: &Schema, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    put(schema, schema.root(), value, out)
}

fn put(schema: &Schema, of: &Type, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    match of {
        Type::Null => return if value.is_none() { Ok(()) } else { Err(misfit(of, value)) },
        Type::Boolean => out.push(u8::from(value.cast::<PyBool>().map_err(|_| misfit(of, value))?.is_true())),
        Type::Integer(bits) => {
            let number = integer(value).filter(|n| !value.is_instance_of::<PyBool>() && in_bits(*n, *bits));
            put_long(number.ok_or_else(|| misfit(of, value))?, out);
        }
        Type::Float => out.extend_from_slice(&(number(of, value)? as f32).to_le_bytes()),
        Type::Double => out.extend_from_slice(&number(of, value)?.to_le_bytes()),
        Type::Bytes => with_bytes(of, value, |bytes| put_bytes(bytes, out))?,
        Type::Text => put_bytes(text(of, value)?.to_str()?.as_bytes(), out),
        Type::Fixed(size) => with_bytes(of, value, |bytes| {
            out.extend_from_slice(bytes);
            bytes.len()
        })
        .and_then(|length| if length == *size { Ok(()) } else { Err(misfit(of, value)) })?,
        Type::Enum(symbols) => {
            let symbol = text(of, value)?;
            let at = symbols.iter().position(|known| symbol.to_str().is_ok_and(|symbol| symbol == known));
            put_long(at.ok_or_else(|| misfit(of, value))? as i64, out);
        }
        Type::Array(items) => array(schema, of, items, value, out)?,
        Type::Map(values) => map(schema, of, values, value, out)?,
        Type::Record(number) => record(schema, *number, value, out)?,
        Type::Union(branches) => {
            let at = branch(schema, branches, value).ok_or_else(|| misfit(of, value))?;
            put_long(at as i64, out);
            put(schema, &branches[at], value, out)?;
        }
        Type::Decimal { scale, precision, size } => decimal(value, *scale, *precision, *size, out)?,
        _ => put_long(temporal(of, value)?, out),
    }
    Ok(())
}

fn array(schema: &Schema, of: &Type, items: &Type, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    if !value.is_instance_of::<PyList>() && !value.is_instance_of::<PyTuple>() {
        return Err(misfit(of, value));
    }
    let length = value.len()?;
    if length > 0 {
        put_long(length as i64, out);
        for (at, item) in value.try_iter()?.enumerate() {
            put(schema, items, &item?, out).map_err(|e| inside(value.py(), &format!("element {at}"), e))?;
        }
    }
    put_long(0, out);
    Ok(())
}

fn map(schema: &Schema, of: &Type, values: &Type, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let dict = value.cast::<PyDict>().map_err(|_| misfit(of, value))?;
    if !dict.is_empty() {
        put_long(dict.len() as i64, out);
        for (key, item) in dict.iter() {
            put_bytes(text(&Type::Text, &key)?.to_str()?.as_bytes(), out);
            put(schema, values, &item, out).map_err(|e| inside(value.py(), &format!("the value of {key}"), e))?;
        }
    }
    put_long(0, out);
    Ok(())
}

fn record(schema: &Schema, number: usize, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let (py, fields) = (value.py(), schema.fields(number));
    let field = |name: &str, of: &Type, value: &Bound<'_, PyAny>, out: &mut Vec<u8>| {
        put(schema, of, value, out).map_err(|e| inside(py, &format!("field '{name}'"), e))
    };
    if let Ok(dict) = value.cast::<PyDict>() {
        for (name, of) in fields {
            let item = dict.get_item(name)?.unwrap_or_else(|| py.None().into_bound(py));
            field(name, of, &item, out)?;
        }
        return Ok(());
    }
    let values = if let Ok(tuple) = value.cast::<PyTuple>() {
        tuple.to_list()
    } else {
        let record = Type::Record(number);
        let values = value.getattr("_values").map_err(|_| misfit(&record, value))?;
        values.cast_into::<PyList>().map_err(|_| misfit(&record, value))?
    };
    if values.len() != fields.len() {
        return Err(PyValueError::new_err(format!("{value} has {} fields, not {}", values.len(), fields.len())));
    }
    for ((name, of), item) in fields.iter().zip(values.iter()) {
        field(name, of, &item, out)?;
    }
    Ok(())
}

/// The first branch of a union that takes a value.
fn branch(schema: &Schema, branches: &[Type], value: &Bound<'_, PyAny>) -> Option<usize> {
    // Most unions are of null and something else, and that tells what is wrong better than the union does.
    if let [Type::Null, _] | [_, Type::Null] = branches {
        return branches.iter().position(|of| (*of == Type::Null) == value.is_none());
    }
    let mut scratch = Vec::new();
    branches.iter().position(|of| {
        scratch.clear();
        let exact = match of {
            Type::Integer(_) => value.is_instance_of::<PyInt>(),
            Type::Float | Type::Double => value.is_instance_of::<PyFloat>(),
            _ => true,
        };
        exact && (*of == Type::Null) == value.is_none() && put(schema, of, value, &mut scratch).is_ok()
    })
}

fn in_bits(number: i64, bits: u32) -> bool {
    bits >= 64 || (-(1_i64 << (bits - 1))..1_i64 << (bits - 1)).contains(&number)
}

fn number(of: &Type, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyBool>() {
        return Err(misfit(of, value));
    }
    value.extract().map_err(|_| misfit(of, value))
}

fn text<'a, 'py>(of: &Type, value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyString>> {
    value.cast::<PyString>().map_err(|_| misfit(of, value))
}

fn with_bytes<R>(of: &Type, value: &Bound<'_, PyAny>, f: impl FnOnce(&[u8]) -> R) -> PyResult<R> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(f(bytes.as_bytes()));
    }
    match value.cast::<PyByteArray>() {
        Ok(bytes) => Ok(f(&bytes.to_vec())),
        Err(_) => Err(misfit(of, value)),
    }
}

/// The number behind a date or time.
fn temporal(of: &Type, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    // Numbers as they are in files, as generic records of Flink have them.
    if let (false, Some(number)) = (value.is_instance_of::<PyBool>(), value.extract::<i64>().ok()) {
        return Ok(number);
    }
    match of {
        Type::Date => value.cast::<PyDate>().map(days).map_err(|_| misfit(of, value)),
        Type::Time(ticks) => {
            let time = value.cast::<PyTime>().map_err(|_| misfit(of, value))?;
            Ok(of_day(time) / (1_000_000 / ticks))
        }
        Type::LocalTimestamp(ticks) => {
            let moment = value.cast::<PyDateTime>().map_err(|_| misfit(of, value))?;
            Ok(micros(moment).div_euclid(1_000_000 / ticks))
        }
        Type::Timestamp(ticks) => {
            let micros = match value.cast::<PyDateTime>() {
                Ok(moment) => micros(moment) - offset(moment)?,
                Err(_) => instant(value).ok_or_else(|| misfit(of, value))?,
            };
            Ok(micros.div_euclid(1_000_000 / ticks))
        }
        _ => Err(misfit(of, value)),
    }
}

/// Days since 1970-01-01.
fn days(date: &Bound<'_, PyDate>) -> i64 {
    days_of(date.get_year(), date.get_month(), date.get_day())
}

fn days_of(year: i32, month: u8, day: u8) -> i64 {
    // Years that begin in March have their leap day at their end.
    let (month, day) = (i64::from(month), i64::from(day));
    let year = i64::from(year) - i64::from(month <= 2);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn of_day(time: &impl PyTimeAccess) -> i64 {
    let seconds = (i64::from(time.get_hour()) * 60 + i64::from(time.get_minute())) * 60 + i64::from(time.get_second());
    seconds * 1_000_000 + i64::from(time.get_microsecond())
}

/// Microseconds since 1970, whatever the zone.
fn micros(moment: &Bound<'_, PyDateTime>) -> i64 {
    let days = days_of(moment.get_year(), moment.get_month(), moment.get_day());
    days * 86_400_000_000 + of_day(moment)
}

/// How far a zone is ahead of UTC in microseconds; a time without a zone is one of UTC.
fn offset(moment: &Bound<'_, PyDateTime>) -> PyResult<i64> {
    if moment.get_tzinfo().is_none() {
        return Ok(0);
    }
    let offset = moment.call_method0("utcoffset")?;
    let delta = offset.cast::<PyDelta>()?;
    let seconds = i64::from(delta.get_days()) * 86_400 + i64::from(delta.get_seconds());
    Ok(seconds * 1_000_000 + i64::from(delta.get_microseconds()))
}

/// The microseconds of a `penstock.common.Instant`.
fn instant(value: &Bound<'_, PyAny>) -> Option<i64> {
    let seconds: i64 = value.getattr("seconds").ok()?.extract().ok()?;
    let nanos: i64 = value.getattr("nanos").ok()?.extract().ok()?;
    Some(seconds * 1_000_000 + nanos / 1000)
}

/// The digits of a Decimal as a big endian integer of so many bytes, or of as many as it needs.
fn decimal(
    value: &Bound<'_, PyAny>,
    scale: u32,
    precision: u32,
    size: Option<usize>,
    out: &mut Vec<u8>,
) -> PyResult<()> {
    let of = Type::Decimal { scale, precision, size };
    if let Ok(bytes) = value.cast::<PyBytes>() {
        match size {
            Some(size) if size == bytes.as_bytes().len() => out.extend_from_slice(bytes.as_bytes()),
            Some(_) => return Err(misfit(&of, value)),
            None => put_bytes(bytes.as_bytes(), out),
        }
        return Ok(());
    }
    let py = value.py();
    let module = py.import("decimal")?;
    if !value.is_instance(&module.getattr("Decimal")?)? && integer(value).is_none() {
        return Err(misfit(&of, value));
    }
    // Forty digits: more than any precision of Avro that fits 128 bits.
    let context = module.getattr("Context")?.call1((60,))?;
    let exact = module.getattr("Decimal")?.call1((value,))?.call_method1("scaleb", (scale, &context))?;
    let rounded = exact.call_method1("to_integral_value", (module.getattr("ROUND_HALF_UP")?, &context))?;
    let digits: i128 = rounded.call_method0("__int__")?.extract().map_err(|_| misfit(&of, value))?;
    let fits = 10_u128.checked_pow(precision).is_none_or(|limit| digits.unsigned_abs() < limit);
    if !fits {
        return Err(misfit(&of, value));
    }
    let bytes = digits.to_be_bytes();
    if let Some(size) = size {
        let filler = if digits < 0 { 0xff } else { 0 };
        let missing = size.saturating_sub(bytes.len());
        out.extend(std::iter::repeat_n(filler, missing));
        out.extend_from_slice(&bytes[bytes.len().saturating_sub(size)..]);
    } else {
        // Leading bytes that only repeat the sign are left out.
        let first = (0..15).find(|at| {
            let (byte, next) = (bytes[*at], bytes[at + 1] & 0x80);
            !(byte == 0 && next == 0 || byte == 0xff && next != 0)
        });
        put_bytes(&bytes[first.unwrap_or(15)..], out);
    }
    Ok(())
}

/// A number in groups of seven bits, the lowest first, its sign in the lowest bit.
fn put_long(number: i64, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_long(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

#[cold]
fn inside(py: Python<'_>, place: &str, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyTypeError>(py) {
        return error;
    }
    PyTypeError::new_err(format!("{place}: {}", error.value(py)))
}

#[cold]
fn misfit(of: &Type, value: &Bound<'_, PyAny>) -> PyErr {
    let class = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{} ({class}) is no {}", crate::errors::shown(value), expected(of)))
}

fn expected(of: &Type) -> String {
    match of {
        Type::Null => "None".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer(bits) => format!("int of {bits} bits"),
        Type::Float | Type::Double => "float".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Text => "str".to_owned(),
        Type::Fixed(size) => format!("bytes of the length {size}"),
        Type::Enum(symbols) => format!("str among {}", symbols.join(", ")),
        Type::Array(_) => "list".to_owned(),
        Type::Map(_) => "dict".to_owned(),
        Type::Record(_) => "Row, tuple or dict".to_owned(),
        Type::Union(plans) => plans.iter().map(expected).collect::<Vec<_>>().join(" or "),
        Type::Decimal { precision, scale, .. } => {
            format!("Decimal of {precision} digits, {scale} of them behind the point")
        }
        Type::Date => "date".to_owned(),
        Type::Time(_) => "time".to_owned(),
        Type::LocalTimestamp(_) => "datetime".to_owned(),
        Type::Timestamp(_) => "datetime or Instant".to_owned(),
    }
}
