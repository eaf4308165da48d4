//! Dates and times from numbers.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyTime};

const DAY_MICROS: i64 = 86_400_000_000;

/// Year, month and day of a day since 1970-01-01.
fn civil(days: i64) -> PyResult<(i32, u8, u8)> {
    // Years that begin in March have their leap day at their end.
    let days = days.checked_add(719_468).ok_or_else(|| out_of_range("date"))?;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    let year = i32::try_from(year).map_err(|_| out_of_range("date"))?;
    Ok((year, month as u8, day as u8))
}

#[cold]
fn out_of_range(what: &str) -> PyErr {
    PyOverflowError::new_err(format!("a {what} of the file is beyond what Python's datetime holds"))
}

pub fn date(py: Python<'_>, days: i64) -> PyResult<Bound<'_, PyAny>> {
    let (year, month, day) = civil(days)?;
    Ok(PyDate::new(py, year, month, day)?.into_any())
}

/// The time of a day from microseconds since midnight.
pub fn time(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    let (hour, minute, second, micro) = clock(micros.rem_euclid(DAY_MICROS));
    Ok(PyTime::new(py, hour, minute, second, micro, None)?.into_any())
}

/// A date and time without a zone from microseconds since 1970.
pub fn datetime(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    let (year, month, day) = civil(micros.div_euclid(DAY_MICROS))?;
    let (hour, minute, second, micro) = clock(micros.rem_euclid(DAY_MICROS));
    Ok(PyDateTime::new(py, year, month, day, hour, minute, second, micro, None)?.into_any())
}

fn clock(micros: i64) -> (u8, u8, u8, u32) {
    let seconds = micros / 1_000_000;
    ((seconds / 3600) as u8, (seconds / 60 % 60) as u8, (seconds % 60) as u8, (micros % 1_000_000) as u32)
}
