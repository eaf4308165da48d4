//! Values as datums.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyDict, PyFloat, PyInt,
    PyList, PyString, PyTime, PyTimeAccess, PyTuple, PyTzInfoAccess,
};

use super::Plan;
use crate::codec::integer;

pub fn encode(plan: &Plan, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    match plan {
        Plan::Null => return if value.is_none() { Ok(()) } else { Err(misfit(plan, value)) },
        Plan::Boolean => out.push(u8::from(value.cast::<PyBool>().map_err(|_| misfit(plan, value))?.is_true())),
        Plan::Integer(bits) => {
            let number = integer(value).filter(|n| !value.is_instance_of::<PyBool>() && in_bits(*n, *bits));
            put_long(number.ok_or_else(|| misfit(plan, value))?, out);
        }
        Plan::Float => out.extend_from_slice(&(number(plan, value)? as f32).to_le_bytes()),
        Plan::Double => out.extend_from_slice(&number(plan, value)?.to_le_bytes()),
        Plan::Bytes => with_bytes(plan, value, |bytes| put_bytes(bytes, out))?,
        Plan::Text => put_bytes(text(plan, value)?.to_str()?.as_bytes(), out),
        Plan::Fixed(size) => with_bytes(plan, value, |bytes| {
            out.extend_from_slice(bytes);
            bytes.len()
        })
        .and_then(|length| if length == *size { Ok(()) } else { Err(misfit(plan, value)) })?,
        Plan::Enum(symbols) => {
            let symbol = text(plan, value)?;
            let at = symbols.iter().position(|known| symbol.to_str().is_ok_and(|symbol| symbol == known));
            put_long(at.ok_or_else(|| misfit(plan, value))? as i64, out);
        }
        Plan::Array(items) => array(plan, items, value, out)?,
        Plan::Map(values) => map(plan, values, value, out)?,
        Plan::Record(fields) => record(plan, fields, value, out)?,
        Plan::Union(branches) => {
            let at = branch(branches, value).ok_or_else(|| misfit(plan, value))?;
            put_long(at as i64, out);
            encode(&branches[at], value, out)?;
        }
        Plan::Decimal { scale, precision, size } => decimal(value, *scale, *precision, *size, out)?,
        _ => put_long(temporal(plan, value)?, out),
    }
    Ok(())
}

fn array(plan: &Plan, items: &Plan, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    if !value.is_instance_of::<PyList>() && !value.is_instance_of::<PyTuple>() {
        return Err(misfit(plan, value));
    }
    let length = value.len()?;
    if length > 0 {
        put_long(length as i64, out);
        for (at, item) in value.try_iter()?.enumerate() {
            encode(items, &item?, out).map_err(|e| inside(value.py(), &format!("element {at}"), e))?;
        }
    }
    put_long(0, out);
    Ok(())
}

fn map(plan: &Plan, values: &Plan, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let dict = value.cast::<PyDict>().map_err(|_| misfit(plan, value))?;
    if !dict.is_empty() {
        put_long(dict.len() as i64, out);
        for (key, item) in dict.iter() {
            put_bytes(text(&Plan::Text, &key)?.to_str()?.as_bytes(), out);
            encode(values, &item, out).map_err(|e| inside(value.py(), &format!("the value of {key}"), e))?;
        }
    }
    put_long(0, out);
    Ok(())
}

fn record(plan: &Plan, fields: &[(String, Plan)], value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let py = value.py();
    let field = |name: &str, of: &Plan, value: &Bound<'_, PyAny>, out: &mut Vec<u8>| {
        encode(of, value, out).map_err(|e| inside(py, &format!("field '{name}'"), e))
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
        let values = value.getattr("_values").map_err(|_| misfit(plan, value))?;
        values.cast_into::<PyList>().map_err(|_| misfit(plan, value))?
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
fn branch(branches: &[Plan], value: &Bound<'_, PyAny>) -> Option<usize> {
    // Most unions are of null and something else, and that tells what is wrong better than the union does.
    if let [Plan::Null, _] | [_, Plan::Null] = branches {
        return branches.iter().position(|plan| (*plan == Plan::Null) == value.is_none());
    }
    let mut scratch = Vec::new();
    branches.iter().position(|plan| {
        scratch.clear();
        let exact = match plan {
            Plan::Integer(_) => value.is_instance_of::<PyInt>(),
            Plan::Float | Plan::Double => value.is_instance_of::<PyFloat>(),
            _ => true,
        };
        exact && (*plan == Plan::Null) == value.is_none() && encode(plan, value, &mut scratch).is_ok()
    })
}

fn in_bits(number: i64, bits: u32) -> bool {
    bits >= 64 || (-(1_i64 << (bits - 1))..1_i64 << (bits - 1)).contains(&number)
}

fn number(plan: &Plan, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyBool>() {
        return Err(misfit(plan, value));
    }
    value.extract().map_err(|_| misfit(plan, value))
}

fn text<'a, 'py>(plan: &Plan, value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyString>> {
    value.cast::<PyString>().map_err(|_| misfit(plan, value))
}

fn with_bytes<R>(plan: &Plan, value: &Bound<'_, PyAny>, f: impl FnOnce(&[u8]) -> R) -> PyResult<R> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(f(bytes.as_bytes()));
    }
    match value.cast::<PyByteArray>() {
        Ok(bytes) => Ok(f(&bytes.to_vec())),
        Err(_) => Err(misfit(plan, value)),
    }
}

/// The number behind a date or time.
fn temporal(plan: &Plan, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    // Numbers as they are in files, as generic records of Flink have them.
    if let (false, Some(number)) = (value.is_instance_of::<PyBool>(), value.extract::<i64>().ok()) {
        return Ok(number);
    }
    match plan {
        Plan::Date => value.cast::<PyDate>().map(days).map_err(|_| misfit(plan, value)),
        Plan::Time(ticks) => {
            let time = value.cast::<PyTime>().map_err(|_| misfit(plan, value))?;
            Ok(of_day(time) / (1_000_000 / ticks))
        }
        Plan::LocalTimestamp(ticks) => {
            let moment = value.cast::<PyDateTime>().map_err(|_| misfit(plan, value))?;
            Ok(micros(moment).div_euclid(1_000_000 / ticks))
        }
        Plan::Timestamp(ticks) => {
            let micros = match value.cast::<PyDateTime>() {
                Ok(moment) => micros(moment) - offset(moment)?,
                Err(_) => instant(value).ok_or_else(|| misfit(plan, value))?,
            };
            Ok(micros.div_euclid(1_000_000 / ticks))
        }
        _ => Err(misfit(plan, value)),
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
    let plan = Plan::Decimal { scale, precision, size };
    if let Ok(bytes) = value.cast::<PyBytes>() {
        match size {
            Some(_) => out.extend_from_slice(bytes.as_bytes()),
            None => put_bytes(bytes.as_bytes(), out),
        }
        return Ok(());
    }
    let py = value.py();
    let module = py.import("decimal")?;
    if !value.is_instance(&module.getattr("Decimal")?)? && integer(value).is_none() {
        return Err(misfit(&plan, value));
    }
    // Forty digits: more than any precision of Avro that fits 128 bits.
    let context = module.getattr("Context")?.call1((60,))?;
    let exact = module.getattr("Decimal")?.call1((value,))?.call_method1("scaleb", (scale, &context))?;
    let rounded = exact.call_method1("to_integral_value", (module.getattr("ROUND_HALF_UP")?, &context))?;
    let digits: i128 = rounded.call_method0("__int__")?.extract().map_err(|_| misfit(&plan, value))?;
    let fits = 10_u128.checked_pow(precision).is_none_or(|limit| digits.unsigned_abs() < limit);
    if !fits {
        return Err(misfit(&plan, value));
    }
    let bytes = digits.to_be_bytes();
    match size {
        Some(size) => {
            let filler = if digits < 0 { 0xff } else { 0 };
            let missing = size.saturating_sub(bytes.len());
            out.extend(std::iter::repeat_n(filler, missing));
            out.extend_from_slice(&bytes[bytes.len().saturating_sub(size)..]);
        }
        None => {
            // Leading bytes that only repeat the sign are left out.
            let first = (0..15).find(|at| {
                let (byte, next) = (bytes[*at], bytes[at + 1] & 0x80);
                !(byte == 0 && next == 0 || byte == 0xff && next != 0)
            });
            put_bytes(&bytes[first.unwrap_or(15)..], out);
        }
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
fn misfit(plan: &Plan, value: &Bound<'_, PyAny>) -> PyErr {
    let class = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{} ({class}) is no {}", crate::errors::shown(value), expected(plan)))
}

fn expected(plan: &Plan) -> String {
    match plan {
        Plan::Null => "None".to_owned(),
        Plan::Boolean => "bool".to_owned(),
        Plan::Integer(bits) => format!("int of {bits} bits"),
        Plan::Float | Plan::Double => "float".to_owned(),
        Plan::Bytes => "bytes".to_owned(),
        Plan::Text => "str".to_owned(),
        Plan::Fixed(size) => format!("bytes of the length {size}"),
        Plan::Enum(symbols) => format!("str among {}", symbols.join(", ")),
        Plan::Array(_) => "list".to_owned(),
        Plan::Map(_) => "dict".to_owned(),
        Plan::Record(fields) => format!("Row, tuple of {} or dict", fields.len()),
        Plan::Union(plans) => plans.iter().map(expected).collect::<Vec<_>>().join(" or "),
        Plan::Decimal { precision, scale, .. } => {
            format!("Decimal of {precision} digits, {scale} of them behind the point")
        }
        Plan::Date => "date".to_owned(),
        Plan::Time(_) => "time".to_owned(),
        Plan::LocalTimestamp(_) => "datetime".to_owned(),
        Plan::Timestamp(_) => "datetime or Instant".to_owned(),
    }
}
