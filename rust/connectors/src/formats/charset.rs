//! Encodings of text. As in Java, bytes that are not valid become U+FFFD.

use std::borrow::Cow;

use penstock_core::{Error, Result};

/// An encoding in which a line's end is a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Latin1,
    Ascii,
}

impl Charset {
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name.to_ascii_uppercase().replace('_', "-").as_str() {
            "UTF-8" | "UTF8" => Ok(Self::Utf8),
            "ISO-8859-1" | "ISO8859-1" | "LATIN1" | "LATIN-1" => Ok(Self::Latin1),
            "US-ASCII" | "ASCII" => Ok(Self::Ascii),
            _ => Err(Error::invalid(format!(
                "text in the charset '{name}' cannot be read; UTF-8, ISO-8859-1 and US-ASCII can"
            ))),
        }
    }

    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Latin1 => bytes.iter().map(|b| char::from(*b)).collect(),
            Self::Ascii => {
                bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { char::REPLACEMENT_CHARACTER }).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text() {
        assert_eq!(Charset::named("utf8").unwrap().decode(b"a\xffb"), "a\u{FFFD}b");
        assert_eq!(Charset::named("iso-8859-1").unwrap().decode(b"\xe9"), "é");
        assert_eq!(Charset::named("US_ASCII").unwrap().decode(b"x\xe9"), "x\u{FFFD}");
    }
}
