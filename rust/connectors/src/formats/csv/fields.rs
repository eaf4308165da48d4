//! Cuts bytes into records, and records into fields.

use std::ops::Range;

/// Which characters have a meaning.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    pub(super) escape: Option<u8>,
    /// Whether a line that begins with `#` is none.
    pub(super) comments: bool,
}

/// The fields of one record. Used again for the next, so that a record needs no memory of its own.
#[derive(Debug, Default)]
pub(super) struct Fields {
    spans: Vec<Span>,
    /// Fields that are not in the text as they are.
    unescaped: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Span {
    range: Range<usize>,
    unescaped: bool,
}

impl Fields {
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// A field's bytes; `record` are those that the fields were cut from.
    #[inline]
    pub(super) fn get<'a>(&'a self, record: &'a [u8], at: usize) -> &'a [u8] {
        let span = &self.spans[at];
        let from = if span.unescaped { &self.unescaped } else { record };
        &from[span.range.clone()]
    }

    /// A field's text, where the whole record is text: fields are cut at characters of one byte.
    #[inline]
    pub(super) fn text<'a>(&'a self, record: &'a str, at: usize) -> &'a str {
        let span = &self.spans[at];
        if span.unescaped {
            std::str::from_utf8(&self.unescaped[span.range.clone()]).unwrap_or_default()
        } else {
            &record[span.range.clone()]
        }
    }

    fn clear(&mut self) {
        self.spans.clear();
        self.unescaped.clear();
    }

    fn push(&mut self, range: Range<usize>) {
        self.spans.push(Span { range, unescaped: false });
    }

    fn push_unescaped(&mut self, from: usize) {
        self.spans.push(Span { range: from..self.unescaped.len(), unescaped: true });
    }
}

/// What is at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of so many bytes.
    Record(usize),
    /// So many bytes that are no record: a comment.
    Nothing(usize),
    /// So many bytes that are no record, and why not.
    Broken(usize, String),
    /// More bytes are needed to tell.
    Unknown,
}

/// A field was read up to here; `None`: more bytes are needed. An error says why it is no field.
type Next = Result<Option<usize>, String>;

const ESCAPES_NOTHING: &str = "its last character is an escape character with nothing to escape";

impl Dialect {
    /// Cuts the first record of `bytes` into fields. At the `end`, nothing follows; there has to be a byte.
    pub(super) fn record(&self, bytes: &[u8], end: bool, fields: &mut Fields) -> Found {
        fields.clear();
        if self.comments
            && let Some(found) = comment(bytes, end)
        {
            return found;
        }
        let mut at = 0;
        loop {
            let after = match self.quote {
                Some(quote) if bytes.get(at) == Some(&quote) => self.quoted(bytes, at + 1, quote, end, fields),
                _ => self.unquoted(bytes, at, end, fields),
            };
            let after = match after {
                Ok(Some(after)) => after,
                Ok(None) => return Found::Unknown,
                Err(problem) => return broken(bytes, at, end, problem),
            };
            match bytes.get(after) {
                Some(byte) if *byte == self.separator => at = after + 1,
                Some(b'\r') if after + 1 == bytes.len() && !end => return Found::Unknown,
                Some(b'\r') if bytes.get(after + 1) == Some(&b'\n') => return Found::Record(after + 2),
                Some(_) => return Found::Record(after + 1),
                None => return Found::Record(after),
            }
            if at == bytes.len() && !end {
                return Found::Unknown;
            }
        }
    }

    fn unquoted(&self, bytes: &[u8], from: usize, end: bool, fields: &mut Fields) -> Next {
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            if byte == self.separator || byte == b'\n' || byte == b'\r' {
                fields.push(from..at);
                return Ok(Some(at));
            }
            if Some(byte) == self.escape {
                return self.escaped(bytes, from, at, end, fields);
            }
            at += 1;
        }
        if !end {
            return Ok(None);
        }
        fields.push(from..at);
        Ok(Some(at))
    }

    /// An unquoted field with the escape character at `at`.
    fn escaped(&self, bytes: &[u8], from: usize, mut at: usize, end: bool, fields: &mut Fields) -> Next {
        let began = fields.unescaped.len();
        fields.unescaped.extend_from_slice(&bytes[from..at]);
        while let Some(&byte) = bytes.get(at) {
            if byte == self.separator || byte == b'\n' || byte == b'\r' {
                break;
            }
            if Some(byte) == self.escape {
                at += 1;
                match bytes.get(at) {
                    Some(escaped) => fields.unescaped.push(meant(*escaped)),
                    None if end => return Err(ESCAPES_NOTHING.to_owned()),
                    None => return Ok(None),
                }
            } else {
                fields.unescaped.push(byte);
            }
            at += 1;
        }
        if at == bytes.len() && !end {
            return Ok(None);
        }
        fields.push_unescaped(began);
        Ok(Some(at))
    }

    /// A field whose opening quote is right before `from`.
    fn quoted(&self, bytes: &[u8], from: usize, quote: u8, end: bool, fields: &mut Fields) -> Next {
        let mut at = from;
        let mut copied: Option<usize> = None;
        loop {
            let Some(&byte) = bytes.get(at) else {
                return if end { Err("the quote that opens a field is never closed".to_owned()) } else { Ok(None) };
            };
            let escape = Some(byte) == self.escape;
            if byte != quote && !escape {
                if copied.is_some() {
                    fields.unescaped.push(byte);
                }
                at += 1;
                continue;
            }
            let following = bytes.get(at + 1).copied();
            if following.is_none() && !end {
                return Ok(None);
            }
            if !escape && following != Some(quote) {
                break;
            }
            if copied.is_none() {
                copied = Some(fields.unescaped.len());
                fields.unescaped.extend_from_slice(&bytes[from..at]);
            }
            let Some(following) = following else { return Err(ESCAPES_NOTHING.to_owned()) };
            fields.unescaped.push(if escape { meant(following) } else { quote });
            at += 2;
        }
        match copied {
            Some(began) => fields.push_unescaped(began),
            None => fields.push(from..at),
        }
        self.behind_quote(bytes, at + 1, end)
    }

    /// Between a closing quote and what ends the field there may be blanks.
    fn behind_quote(&self, bytes: &[u8], mut at: usize, end: bool) -> Next {
        while bytes.get(at).is_some_and(|byte| *byte == b' ' && *byte != self.separator) {
            at += 1;
        }
        match bytes.get(at) {
            None => Ok(end.then_some(at)),
            Some(byte) if *byte == self.separator || *byte == b'\n' || *byte == b'\r' => Ok(Some(at)),
            Some(byte) => {
                Err(format!("there is {:?} behind a closing quote, where a field has to end", char::from(*byte)))
            }
        }
    }
}

/// What an escaped character stands for.
fn meant(escaped: u8) -> u8 {
    match escaped {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        other => other,
    }
}

fn comment(bytes: &[u8], end: bool) -> Option<Found> {
    match bytes.iter().find(|byte| **byte != b' ') {
        Some(b'#') => {}
        Some(_) => return None,
        None => return (!end).then_some(Found::Unknown),
    }
    Some(line(bytes, 0, end).map_or(Found::Unknown, Found::Nothing))
}

fn broken(bytes: &[u8], at: usize, end: bool, problem: String) -> Found {
    line(bytes, at, end).map_or(Found::Unknown, |length| Found::Broken(length, problem))
}

/// The length up to the end of the line in which `at` is.
fn line(bytes: &[u8], at: usize, end: bool) -> Option<usize> {
    match bytes[at..].iter().position(|byte| *byte == b'\n') {
        Some(found) => Some(at + found + 1),
        None => end.then_some(bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Dialect = Dialect { separator: b',', quote: Some(b'"'), escape: None, comments: false };

    /// Records as lists of fields, with problems as they are; whatever the length of the pieces in which text comes.
    fn all(dialect: &Dialect, text: &str) -> Vec<Vec<String>> {
        let whole = cut(dialect, text, text.len());
        for piece in 1..text.len() {
            assert_eq!(cut(dialect, text, piece), whole, "in pieces of {piece}");
        }
        whole
    }

    fn cut(dialect: &Dialect, text: &str, piece: usize) -> Vec<Vec<String>> {
        let (mut fields, mut records, mut start, mut known) = (Fields::default(), Vec::new(), 0, 0);
        while start < text.len() {
            let bytes = &text.as_bytes()[start..known];
            if bytes.is_empty() {
                known = (known + piece).min(text.len());
                continue;
            }
            match dialect.record(bytes, known == text.len(), &mut fields) {
                Found::Record(length) => {
                    let texts = (0..fields.len()).map(|at| String::from_utf8_lossy(fields.get(bytes, at)).into_owned());
                    records.push(texts.collect());
                    start += length;
                }
                Found::Nothing(length) => start += length,
                Found::Broken(length, why) => {
                    records.push(vec![format!("! {why}")]);
                    start += length;
                }
                Found::Unknown => {
                    assert!(known < text.len(), "nothing is unknown at the end");
                    known = (known + piece).min(text.len());
                }
            }
        }
        records
    }

    #[test]
    fn fields_and_line_ends() {
        assert_eq!(all(&PLAIN, "1,a\n2,\r\n,b\r3,c"), [["1", "a"], ["2", ""], ["", "b"], ["3", "c"]]);
        assert_eq!(all(&PLAIN, "a\n\nb\n"), [["a"], [""], ["b"]]);
        assert_eq!(all(&PLAIN, "a,"), [["a", ""]]);
    }

    #[test]
    fn quotes_hold_what_would_end_a_field() {
        assert_eq!(all(&PLAIN, "1,\"a,b\"\n2,\"x\ny\" \n"), [["1", "a,b"], ["2", "x\ny"]]);
        assert_eq!(all(&PLAIN, "1,\"say \"\"hi\"\"\"\n2,\"\"\n"), [["1", "say \"hi\""], ["2", ""]]);
        assert_eq!(all(&PLAIN, "1, \"a\"\n2,x\"y\n"), [["1", " \"a\""], ["2", "x\"y"]], "quotes open fields only");
    }

    #[test]
    fn what_is_broken_ends_with_its_line() {
        let found = all(&PLAIN, "1,\"a\"b\n2,c\n3,\"open");
        assert!(found[0][0].contains("'b' behind a closing quote"), "{found:?}");
        assert_eq!(found[1], ["2", "c"]);
        assert!(found[2][0].contains("never closed"), "{found:?}");
    }

    #[test]
    fn escapes_and_comments() {
        let dialect = Dialect { escape: Some(b'\\'), comments: true, ..PLAIN };
        assert_eq!(
            all(&dialect, "# no,record\n1,a\\,b\n  # nor this\n2,\"a\\\"b\"\n3,\\n\n"),
            [["1", "a,b"], ["2", "a\"b"], ["3", "\n"]]
        );
        let found = all(&dialect, "1,a\n2,b\\");
        assert!(found[1][0].contains("nothing to escape"), "{found:?}");
    }
}
