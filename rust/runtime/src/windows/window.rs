//! A window, and the bytes that tell its state from that of other windows of the same key.
//!
//! ```
//! use penstock_runtime::windows::Window;
//! let window = Window::Time { start: -2_000, end: -1_000 };
//! let mut key = b"key".to_vec();
//! window.put(&mut key);
//! let (parsed, length) = Window::parse(&key).unwrap();
//! assert_eq!((parsed, &key[..key.len() - length]), (window, &b"key"[..]));
//! ```

use std::sync::Arc;

use penstock_core::{Error, Result};

/// What a record can belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window {
    /// From `start` until before `end`, in milliseconds.
    Time { start: i64, end: i64 },
    /// By its number.
    Count(i64),
    /// The only one.
    Global,
    /// One of the user's own class.
    Custom {
        /// As its assigner's serialiser writes it.
        data: Arc<[u8]>,
        /// The last time that belongs to it.
        max_timestamp: i64,
    },
}

// The last byte says what stands before it; up to 8 it is the number of bytes of a time window's length.
const COUNT: u8 = 16;
const GLOBAL: u8 = 17;
const CUSTOM: u8 = 18;

impl Window {
    /// The last time that belongs to the window.
    #[inline]
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        match self {
            Self::Time { end, .. } => end.wrapping_sub(1),
            Self::Count(_) | Self::Global => i64::MAX,
            Self::Custom { max_timestamp, .. } => *max_timestamp,
        }
    }

    /// Appends the window's bytes. They can be told from the end, so that a key may stand before them.
    #[inline]
    pub fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Time { start, end } => {
                let length = end.wrapping_sub(*start) as u64;
                let zeros = length.leading_zeros() as usize / 8;
                out.extend_from_slice(&ordered(*start));
                out.extend_from_slice(&length.to_be_bytes()[zeros..]);
                out.push(8 - zeros as u8);
            }
            Self::Count(number) => {
                out.extend_from_slice(&ordered(*number));
                out.push(COUNT);
            }
            Self::Global => out.push(GLOBAL),
            Self::Custom { data, max_timestamp } => {
                out.extend_from_slice(data);
                out.extend_from_slice(&max_timestamp.to_be_bytes());
                out.extend_from_slice(&(data.len() as u32).to_be_bytes());
                out.push(CUSTOM);
            }
        }
    }

    /// The window at the end of `bytes`, with how many of them it takes.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize)> {
        let mut tail = Tail(bytes);
        let window = match tail.take(1)?[0] {
            count @ 0..=8 => {
                let mut length = [0; 8];
                length[8 - usize::from(count)..].copy_from_slice(tail.take(count.into())?);
                let start = tail.number()?;
                Self::Time { start, end: start.wrapping_add(u64::from_be_bytes(length) as i64) }
            }
            COUNT => Self::Count(tail.number()?),
            GLOBAL => Self::Global,
            CUSTOM => {
                let length = u32::from_be_bytes(tail.array()?) as usize;
                let max_timestamp = i64::from_be_bytes(tail.array()?);
                Self::Custom { data: tail.take(length)?.into(), max_timestamp }
            }
            _ => return Err(damaged()),
        };
        Ok((window, bytes.len() - tail.0.len()))
    }
}

/// Bytes that order as the numbers do.
fn ordered(number: i64) -> [u8; 8] {
    ((number as u64) ^ (1 << 63)).to_be_bytes()
}

struct Tail<'a>(&'a [u8]);

impl<'a> Tail<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let at = self.0.len().checked_sub(length).ok_or_else(damaged)?;
        let (rest, taken) = self.0.split_at(at);
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| damaged())
    }

    fn number(&mut self) -> Result<i64> {
        Ok((u64::from_be_bytes(self.array()?) ^ (1 << 63)) as i64)
    }
}

fn damaged() -> Error {
    Error::external("the snapshot of a window is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back() {
        let windows = [
            Window::Time { start: 0, end: 0 },
            Window::Time { start: i64::MIN, end: i64::MAX },
            Window::Time { start: 5, end: 1_005 },
            Window::Count(-7),
            Window::Global,
            Window::Custom { data: Arc::from(&[1, 2, 3][..]), max_timestamp: 9 },
        ];
        for window in windows {
            let mut bytes = b"key".to_vec();
            window.put(&mut bytes);
            let (parsed, length) = Window::parse(&bytes).unwrap();
            assert_eq!((&parsed, &bytes[..bytes.len() - length]), (&window, &b"key"[..]));
        }
    }

    #[test]
    fn what_is_no_window_is_an_error() {
        for bytes in [&[][..], &[99], &[8, 8], &[255, 255, 255, 255, CUSTOM]] {
            assert!(Window::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
