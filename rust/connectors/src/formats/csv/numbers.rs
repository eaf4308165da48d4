//! Numbers as Java reads them.

/// A whole number; blanks around it and a plus sign are allowed.
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// A number with a fraction or exponent; `NaN` and `Infinity` are some.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.trim_ascii();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        // Rust has more names for these than Java.
        return matches!(unsigned, "NaN" | "Infinity").then(|| text.parse().unwrap_or(f64::NAN));
    }
    text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text).parse().ok()
}

/// A decimal number as an integer of so many digits behind the point, rounded half up. `Err`: it is none;
/// `Ok(None)`: it has more digits than the type.
pub(super) fn decimal(text: &str, precision: u8, scale: i8) -> Result<Option<i128>, ()> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| ())?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    // How many digits from the left are kept.
    let kept = i64::try_from(whole.len()).unwrap_or(i64::MAX) + i64::from(exponent) + i64::from(scale);
    let mut value: i128 = 0;
    let mut places = 0;
    for digit in all().map(|byte| i128::from(byte - b'0')) {
        if places >= kept {
            break;
        }
        value = match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
            Some(value) => value,
            None => return Ok(None),
        };
        places += 1;
    }
    while places < kept && value != 0 {
        value = match value.checked_mul(10) {
            Some(value) => value,
            None => return Ok(None),
        };
        places += 1;
    }
    let next = usize::try_from(kept).ok().and_then(|kept| all().nth(kept));
    if next.is_some_and(|digit| digit >= b'5') {
        value += 1;
    }
    let fits = 10_i128.checked_pow(u32::from(precision)).is_some_and(|limit| value < limit);
    Ok(fits.then_some(if negative { -value } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        assert_eq!([" 5 ", "+7", "-0"].map(integer), [Some(5), Some(7), Some(0)]);
        assert_eq!(["", "1.5", "x", "- 1", "99999999999999999999"].map(integer), [None; 5]);
    }

    #[test]
    fn fractions() {
        assert_eq!(["1e5", ".5", "5.", "1d", "-0.25"].map(float), [1e5, 0.5, 5.0, 1.0, -0.25].map(Some));
        assert!(float("NaN").unwrap().is_nan() && float("-Infinity") == Some(f64::NEG_INFINITY));
        assert_eq!(["nan", "inf", "1_0", ""].map(float), [None; 4]);
    }

    #[test]
    fn decimals_are_rounded_and_bounded() {
        assert_eq!(decimal("12.345", 10, 2), Ok(Some(1235)));
        assert_eq!(decimal("-12.344", 10, 2), Ok(Some(-1234)));
        assert_eq!(decimal("7", 10, 2), Ok(Some(700)));
        assert_eq!(decimal("1.5e3", 10, 0), Ok(Some(1500)));
        assert_eq!(decimal("0.009", 10, 1), Ok(Some(0)));
        assert_eq!(decimal("123456789.123", 5, 2), Ok(None));
        assert_eq!(decimal("1e400000000", 38, 0), Ok(None));
        for text in ["", ".", "x", " 1", "1e", "--1"] {
            assert_eq!(decimal(text, 10, 2), Err(()), "{text}");
        }
    }
}
