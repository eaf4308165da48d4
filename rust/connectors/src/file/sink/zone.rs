//! Time zones by name: the machine's own, and those that are a fixed distance from UTC.

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Utc};
use penstock_core::{Error, Result};

/// Where the wall clock hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Machine,
    Fixed(FixedOffset),
}

impl Zone {
    pub(super) fn named(name: Option<&str>) -> Result<Self> {
        let Some(name) = name else { return Ok(Self::Machine) };
        let offset = name.strip_prefix("UTC").or_else(|| name.strip_prefix("GMT")).unwrap_or(name);
        let seconds = match offset {
            "" | "Z" | "Etc/UTC" => Some(0),
            offset => seconds(offset),
        };
        let zone = seconds.and_then(FixedOffset::east_opt).map(Self::Fixed);
        zone.ok_or_else(|| {
            Error::invalid(format!("the time zone '{name}' is not supported here: give UTC, an offset such as +02:00, or none for the machine's zone (TZ)"))
        })
    }

    /// The wall clock's time at a moment.
    pub(super) fn local(self, millis: i64) -> NaiveDateTime {
        let moment = DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
        match self {
            Self::Machine => moment.with_timezone(&Local).naive_local(),
            Self::Fixed(offset) => moment.with_timezone(&offset).naive_local(),
        }
    }
}

/// `+2`, `-02:30`, `+0230`.
fn seconds(offset: &str) -> Option<i32> {
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits.replace(':', "")),
        ("-", digits) => (-1, digits.replace(':', "")),
        _ => return None,
    };
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_all_spellings() {
        let hour = |name| Zone::named(Some(name)).unwrap().local(0).format("%m-%d %H:%M").to_string();
        assert_eq!(hour("UTC"), "01-01 00:00");
        for name in ["+02:00", "+2", "GMT+02:00", "UTC+2", "+0200"] {
            assert_eq!(hour(name), "01-01 02:00", "{name}");
        }
        assert_eq!(hour("-03:30"), "12-31 20:30");
        assert!(Zone::named(Some("Europe/Berlin")).unwrap_err().to_string().contains("Europe/Berlin"));
    }
}
