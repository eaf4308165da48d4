//! Java's date patterns, as far as names of directories need them.

use chrono::{Datelike, NaiveDateTime, Timelike};
use penstock_core::{Error, Result};
use std::fmt::Write;

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DatePattern(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(String),
    /// A letter of the pattern and how often it stands there.
    Field(char, usize),
}

impl DatePattern {
    pub(super) fn parse(pattern: &str) -> Result<Self> {
        let (mut tokens, mut chars) = (Vec::new(), pattern.chars().peekable());
        while let Some(c) = chars.next() {
            match c {
                '\'' => tokens.push(Token::Literal(quoted(pattern, &mut chars)?)),
                'y' | 'u' | 'M' | 'd' | 'H' | 'm' | 's' | 'S' => {
                    let mut count = 1;
                    while chars.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    if c == 'M' && count > 2 {
                        return Err(unsupported(pattern, "names of months"));
                    }
                    tokens.push(Token::Field(c, count));
                }
                c if c.is_ascii_alphabetic() => return Err(unsupported(pattern, &format!("the letter {c}"))),
                c => tokens.push(Token::Literal(c.to_string())),
            }
        }
        Ok(Self(tokens))
    }

    pub(super) fn format(&self, time: &NaiveDateTime) -> String {
        let mut text = String::new();
        for token in &self.0 {
            match token {
                Token::Literal(literal) => text.push_str(literal),
                Token::Field(letter, count) => push_field(&mut text, *letter, *count, time),
            }
        }
        text
    }

    /// For how many milliseconds at least a formatted text stays the same once it has begun.
    pub(super) fn granularity_ms(&self) -> i64 {
        let has = |letter| self.0.iter().any(|t| matches!(t, Token::Field(l, _) if *l == letter));
        if has('S') {
            1
        } else if has('s') {
            1000
        } else {
            // Zones are whole minutes from UTC, so nothing but seconds changes within one.
            60_000
        }
    }
}

fn push_field(text: &mut String, letter: char, width: usize, time: &NaiveDateTime) {
    let number = match letter {
        'y' | 'u' if width == 2 => time.year().rem_euclid(100) as u32,
        'y' | 'u' => time.year() as u32,
        'M' => time.month(),
        'd' => time.day(),
        'H' => time.hour(),
        'm' => time.minute(),
        's' => time.second(),
        _ => {
            // A fraction: its leading digits.
            let nanos = format!("{:09}", time.nanosecond() % 1_000_000_000);
            return text.push_str(&nanos[..width.min(9)]);
        }
    };
    write!(text, "{number:0width$}").expect("writing into a string does not fail");
}

/// Up to the closing quote; two quotes are one.
fn quoted(pattern: &str, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String> {
    let mut literal = String::new();
    loop {
        match chars.next() {
            Some('\'') if chars.next_if_eq(&'\'').is_some() => literal.push('\''),
            Some('\'') => return Ok(if literal.is_empty() { "'".to_owned() } else { literal }),
            Some(c) => literal.push(c),
            None => {
                return Err(Error::invalid(format!("the date pattern \"{pattern}\" has a quote that is not closed")));
            }
        }
    }
}

fn unsupported(pattern: &str, what: &str) -> Error {
    Error::invalid(format!(
        "the date pattern \"{pattern}\" of a bucket assigner uses {what}, which is not supported; y, M, d, H, m, s, S and quoted text are"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn format(pattern: &str) -> String {
        let time = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap().and_hms_milli_opt(4, 5, 6, 78).unwrap();
        DatePattern::parse(pattern).unwrap().format(&time)
    }

    #[test]
    fn patterns_that_buckets_use() {
        assert_eq!(format("yyyy-MM-dd--HH"), "2026-03-09--04");
        assert_eq!(format("'dt='yyyy/M/d"), "dt=2026/3/9");
        assert_eq!(format("yyMMddHHmmssSSS"), "260309040506078");
        assert_eq!(format("H 'o''clock'"), "4 o'clock");
    }

    #[test]
    fn granularity_follows_the_smallest_field() {
        let granularity = |pattern| DatePattern::parse(pattern).unwrap().granularity_ms();
        assert_eq!((granularity("yyyy HH"), granularity("HH:ss"), granularity("SSS")), (60_000, 1000, 1));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(DatePattern::parse("EEE").unwrap_err().to_string().contains("the letter E"));
        assert!(DatePattern::parse("MMM").is_err() && DatePattern::parse("'x").is_err());
    }
}
