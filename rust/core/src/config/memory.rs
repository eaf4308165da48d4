//! Sizes of memory and files: `64 mb`, `20kb`, `1g`; a plain number is bytes. Units are powers of 1024.

use std::fmt;

use super::option::ConfigValue;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemorySize(pub u64);

impl MemorySize {
    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl ConfigValue for MemorySize {
    const EXPECTED: &'static str = "a size such as '64 mb', '20 kb' or '1g' (a plain number is bytes)";

    fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = text[..digits].parse().ok()?;
        let shift = match text[digits..].trim().to_ascii_lowercase().as_str() {
            "" | "b" | "bytes" => 0,
            "k" | "kb" | "kibibytes" => 10,
            "m" | "mb" | "mebibytes" => 20,
            "g" | "gb" | "gibibytes" => 30,
            "t" | "tb" | "tebibytes" => 40,
            _ => return None,
        };
        number.checked_mul(1 << shift).map(Self)
    }
}

impl fmt::Display for MemorySize {
    /// In the largest unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(40, "tb"), (30, "gb"), (20, "mb"), (10, "kb")];
        match units.iter().find(|(shift, _)| self.0 > 0 && self.0.is_multiple_of(1 << shift)) {
            Some((shift, unit)) => write!(f, "{} {unit}", self.0 >> shift),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        let cases = [
            ("64mb", 64 << 20),
            ("64 kb", 64 << 10),
            ("1234", 1234),
            ("0 bytes", 0),
            ("2048m", 2048 << 20),
            ("1 G", 1 << 30),
            ("1t", 1 << 40),
        ];
        for (text, bytes) in cases {
            assert_eq!(MemorySize::parse(text), Some(MemorySize(bytes)), "{text}");
        }
        for text in ["", "mb", "-1", "1.5g", "1 xb", "99999999999t"] {
            assert_eq!(MemorySize::parse(text), None, "{text}");
        }
    }

    #[test]
    fn shown_in_the_largest_unit() {
        let texts = [64 << 20, 1 << 30, 1000, 0].map(|n| MemorySize(n).to_string());
        assert_eq!(texts, ["64 mb", "1 gb", "1000 bytes", "0 bytes"]);
    }
}
