//! Durations: `60 s`, `1min`, `200 ms`, `PT1M`; a plain number is milliseconds.

use std::time::Duration;

use super::option::ConfigValue;

impl ConfigValue for Duration {
    const EXPECTED: &'static str =
        "a duration such as '200 ms', '60 s', '1 min', '2 h' or 'PT1M' (a plain number is milliseconds)";

    fn parse(text: &str) -> Option<Self> {
        match text.as_bytes().first()? {
            b'P' | b'p' => iso8601(&text[1..]),
            _ => number_and_unit(text),
        }
    }
}

fn number_and_unit(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let nanos = match text[digits..].trim().to_lowercase().as_str() {
        "d" | "day" | "days" => 86_400_000_000_000,
        "h" | "hour" | "hours" => 3_600_000_000_000,
        "m" | "min" | "minute" | "minutes" => 60_000_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000_000,
        "" | "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => 1_000_000,
        "µs" | "μs" | "micro" | "micros" | "microsecond" | "microseconds" => 1_000,
        "ns" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => 1,
        _ => return None,
    };
    from_nanos(u128::from(number) * nanos)
}

/// What follows the `P` of an ISO-8601 duration: `1DT2H3M4.5S`, `T1M`.
fn iso8601(text: &str) -> Option<Duration> {
    let upper = text.to_ascii_uppercase();
    let (days, time) = match upper.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (upper.as_str(), ""),
    };
    let mut total = 0_u128;
    let mut parts = 0;
    for (mut rest, units) in [(days, &[('D', 86_400_u64)][..]), (time, &[('H', 3600), ('M', 60), ('S', 1)][..])] {
        for &(unit, seconds) in units {
            if let Some((number, after)) = rest.split_once(unit) {
                total += iso_number(number, unit == 'S')? * u128::from(seconds);
                parts += 1;
                rest = after;
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    if parts == 0 { None } else { from_nanos(total) }
}

/// A number in billionths; only seconds may have a fraction.
fn iso_number(text: &str, fraction_allowed: bool) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !digits(whole)
        || !digits(fraction)
        || fraction.len() > 9
        || (text.contains('.') && !fraction_allowed)
    {
        return None;
    }
    let billionths: u128 = format!("{fraction:0<9}").parse().ok()?;
    Some(u128::from(whole.parse::<u64>().ok()?) * 1_000_000_000 + billionths)
}

fn from_nanos(nanos: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, (nanos % 1_000_000_000) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_flinks() {
        let cases = [
            ("60 s", 60_000),
            ("1min", 60_000),
            ("1 m", 60_000),
            ("200 ms", 200),
            ("0", 0),
            ("1500", 1500),
            ("2 Hours", 7_200_000),
            ("1d", 86_400_000),
            ("10   SEC", 10_000),
            ("PT1M", 60_000),
            ("pt1.5s", 1500),
            ("P1DT2H3M4S", 93_784_000),
            ("P2D", 172_800_000),
        ];
        for (text, millis) in cases {
            assert_eq!(Duration::parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(Duration::parse("7 µs"), Some(Duration::from_micros(7)));
        assert_eq!(Duration::parse("7 ns"), Some(Duration::from_nanos(7)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "s",
            "-1 s",
            "1.5 s",
            "1 parsec",
            "P",
            "PT",
            "P1",
            "PT1",
            "PT5X",
            "P1.5D",
            "PT1S1M",
            "99999999999999999999 s",
        ] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
