//! Cuts bytes into lines. A line ends with `\n`, `\r\n` or `\r`, as for Java's readers; what follows the last end is a
//! line too, unless it is empty.

/// A line: its bytes without its end, and how many bytes it takes with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    pub(super) length: usize,
}

/// The first line of `bytes`; `None` if more bytes are needed to know where it ends. At the `end`, nothing follows.
pub(super) fn first(bytes: &[u8], end: bool) -> Option<Line<'_>> {
    match bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) {
        Some(at) if bytes[at] == b'\n' => Some(Line { text: &bytes[..at], length: at + 1 }),
        Some(at) => match bytes.get(at + 1) {
            Some(b'\n') => Some(Line { text: &bytes[..at], length: at + 2 }),
            Some(_) => Some(Line { text: &bytes[..at], length: at + 1 }),
            None if end => Some(Line { text: &bytes[..at], length: at + 1 }),
            None => None,
        },
        None if end && !bytes.is_empty() => Some(Line { text: bytes, length: bytes.len() }),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<(&str, usize)> {
        let mut lines = Vec::new();
        while let Some(line) = first(bytes, true) {
            lines.push((std::str::from_utf8(line.text).unwrap(), line.length));
            bytes = &bytes[line.length..];
        }
        lines
    }

    #[test]
    fn all_three_ends_and_none() {
        assert_eq!(all(b"a\nb\r\nc\rd"), [("a", 2), ("b", 3), ("c", 2), ("d", 1)]);
        assert_eq!(all(b"\n\r\r\n"), [("", 1), ("", 1), ("", 2)]);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn an_end_that_may_go_on_waits() {
        assert_eq!(first(b"a\r", false), None);
        assert_eq!(first(b"a", false), None);
        assert_eq!(first(b"a\r", true), Some(Line { text: b"a", length: 2 }));
    }
}
