//! The bytes of snapshots and metadata: varints and length-prefixed text, read with every length checked against what
//! is left, so that a damaged file is an error and never a huge allocation.
//!
//! ```
//! use penstock_state::wire::{Reader, put_bytes, put_varint};
//! let mut bytes = Vec::new();
//! put_varint(&mut bytes, 300);
//! put_bytes(&mut bytes, b"abc");
//! let mut reader = Reader::new(&bytes, "the example");
//! assert_eq!((reader.varint().unwrap(), reader.bytes().unwrap()), (300, &b"abc"[..]));
//! assert!(reader.u8().unwrap_err().to_string().contains("the example is damaged"));
//! ```

use penstock_core::{Error, Result};

/// Appends an unsigned number in groups of seven bits, the lowest first.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a length and the bytes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a length and the text in UTF-8.
pub fn put_str(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

/// Reads what the `put_` functions wrote. Every failure says what is being read and that it is damaged.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    what: &'a str,
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`; `what` names them in errors.
    #[must_use]
    pub fn new(bytes: &'a [u8], what: &'a str) -> Self {
        Self { rest: bytes, what }
    }

    /// Whether everything has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// An error that says what is damaged, and how.
    #[must_use]
    pub fn damaged(&self, how: impl std::fmt::Display) -> Error {
        damaged(self.what, how)
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(self.damaged(format!("{length} bytes are announced, {} are left", self.rest.len()))),
        }
    }

    /// The next bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives exactly N bytes"))
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes, little endian.
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Four bytes, little endian.
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Eight bytes, little endian.
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Eight bytes, little endian, signed.
    pub fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A number as [`put_varint`] writes it.
    pub fn varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.damaged("a number has more than 64 bits"))
    }

    /// A number that has to fit into 32 bits.
    pub fn varint_u32(&mut self) -> Result<u32> {
        let value = self.varint()?;
        u32::try_from(value).map_err(|_| self.damaged(format!("{value} is out of range")))
    }

    /// The number of items of a list, of which each takes at least one byte of what is left.
    pub fn count(&mut self) -> Result<usize> {
        let count = self.varint()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(self.damaged(format!("{count} items are announced, {} bytes are left", self.rest.len()))),
        }
    }

    /// Bytes as [`put_bytes`] writes them.
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    /// Text as [`put_str`] writes it.
    pub fn str(&mut self) -> Result<&'a str> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.damaged("a text is not UTF-8"))
    }

    /// A list: its length, then each item.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| item(self)).collect()
    }

    /// Fails if something is left.
    pub fn finish(&self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(self.damaged(format!("{} bytes too many", self.rest.len()))) }
    }
}

/// The error of a damaged file.
#[must_use]
pub fn damaged(what: &str, how: impl std::fmt::Display) -> Error {
    Error::damaged(format!("{what} is damaged: {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 127, 128, 300, 1 << 20, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            let mut reader = Reader::new(&bytes, "test");
            assert_eq!(reader.varint().expect("a number"), value);
            reader.finish().expect("nothing is left");
        }
    }

    #[test]
    fn impossible_lengths_are_damage() {
        let mut huge = Vec::new();
        put_varint(&mut huge, u64::MAX);
        assert!(Reader::new(&huge, "test").bytes().is_err());
        assert!(Reader::new(&huge, "test").list(Reader::u8).is_err());
        assert!(Reader::new(&[0xff; 11], "test").varint().is_err());
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], "test").varint().is_err());
        assert!(Reader::new(&[1, 0xff], "test").str().is_err());
        assert!(Reader::new(&[0], "test").finish().is_err());
    }
}
