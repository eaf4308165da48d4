//! Lists (`a;b`) and maps (`k:v,k:v`). A part in single or double quotes may contain the separators; a quote in it is
//! doubled. Lists and maps written as in YAML (`[a, b]`, `{k: v}`) are read too.

use std::collections::BTreeMap;

use super::option::ConfigValue;

impl ConfigValue for Vec<String> {
    const EXPECTED: &'static str = "a list such as 'a;b' or '[a, b]'";

    fn parse(text: &str) -> Option<Self> {
        match inside(text, '[', ']') {
            Some(items) => parts(items, ','),
            None => parts(text, ';'),
        }?
        .iter()
        .map(|item| unquote(item))
        .collect()
    }
}

impl ConfigValue for BTreeMap<String, String> {
    const EXPECTED: &'static str = "a map such as 'k:v,k:v'";

    fn parse(text: &str) -> Option<Self> {
        let entries = parts(inside(text, '{', '}').unwrap_or(text), ',')?;
        entries.iter().map(|entry| key_and_value(entry)).collect()
    }
}

/// A list in the form that is read back as it was.
#[must_use]
pub fn join_list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let quoted: Vec<_> = items.into_iter().map(|item| quote_if(item.as_ref(), &[';', '[', ']'])).collect();
    quoted.join(";")
}

/// A map in the form that is read back as it was.
#[must_use]
pub fn join_map<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let special = [',', ':', '{', '}'];
    let joined: Vec<_> =
        entries.into_iter().map(|(k, v)| format!("{}:{}", quote_if(k, &special), quote_if(v, &special))).collect();
    joined.join(",")
}

fn quote_if(text: &str, special: &[char]) -> String {
    let plain = !text.is_empty() && text.trim() == text && !text.contains(special) && !text.contains(['\'', '"']);
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn inside(text: &str, open: char, close: char) -> Option<&str> {
    text.trim().strip_prefix(open)?.strip_suffix(close)
}

/// Splits at a separator that is not in quotes; empty parts are left out. `None`: a quote is not closed.
fn parts(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in positions(text, separator)?.into_iter().chain([text.len()]) {
        found.push(text[start..at].trim());
        start = at + separator.len_utf8();
    }
    found.retain(|part| !part.is_empty());
    Some(found)
}

/// Where a separator stands outside quotes. A quote opens only where an item, key or value begins, so that an
/// apostrophe within a word is a letter; behind a closed quote another one opens it again (`''`).
fn positions(text: &str, separator: char) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut begins = true;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => (quote, begins) = (None, true),
            Some(_) => {}
            None if begins && matches!(c, '\'' | '"') => quote = Some(c),
            None => {
                begins = c == separator || c == ':' || (begins && c.is_whitespace());
                if c == separator {
                    found.push(at);
                }
            }
        }
    }
    quote.is_none().then_some(found)
}

/// Parts an entry at its first colon outside quotes; a value may contain more of them.
fn key_and_value(entry: &str) -> Option<(String, String)> {
    let colon = *positions(entry, ':')?.first()?;
    Some((unquote(entry[..colon].trim())?, unquote(entry[colon + 1..].trim())?))
}

/// Takes the quotes away; `None` where the closing one is missing.
fn unquote(text: &str) -> Option<String> {
    for quote in ['\'', '"'] {
        if let Some(rest) = text.strip_prefix(quote) {
            return Some(rest.strip_suffix(quote)?.replace(&format!("{quote}{quote}"), &quote.to_string()));
        }
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Option<Vec<String>> {
        ConfigValue::parse(text)
    }

    fn map(text: &str) -> Option<Vec<(String, String)>> {
        BTreeMap::parse(text).map(|map| map.into_iter().collect())
    }

    fn pairs(entries: &[(&str, &str)]) -> Vec<(String, String)> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn lists() {
        let strings = |items: &[&str]| Some(items.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(list("a;b ; c"), strings(&["a", "b", "c"]));
        assert_eq!(list("'a;b';c"), strings(&["a;b", "c"]));
        assert_eq!(list("'it''s';x"), strings(&["it's", "x"]));
        assert_eq!(list("it's;x"), strings(&["it's", "x"]));
        assert_eq!(list("[a, \"b, c\"]"), strings(&["a", "b, c"]));
        assert_eq!(list("file:///a.jar"), strings(&["file:///a.jar"]));
        assert_eq!(list(""), strings(&[]));
        assert_eq!(list("'a;b"), None);
    }

    #[test]
    fn maps() {
        assert_eq!(map("k1:v1,k2:v2"), Some(pairs(&[("k1", "v1"), ("k2", "v2")])));
        assert_eq!(map("a: 'x,y', 'b:c': http://h:1/p"), Some(pairs(&[("a", "x,y"), ("b:c", "http://h:1/p")])));
        assert_eq!(map("{a: b, c: }"), Some(pairs(&[("a", "b"), ("c", "")])));
        assert_eq!(map("no value"), None);
    }

    #[test]
    fn what_is_joined_reads_back() {
        let items = ["a;b", "it's", "", " x ", "plain"];
        assert_eq!(list(&join_list(items)).expect("a list"), items);
        let entries = [("a:b", "x,y"), ("k", "'q'"), ("url", "http://h")];
        assert_eq!(map(&join_map(entries)), Some(pairs(&[("a:b", "x,y"), ("k", "'q'"), ("url", "http://h")])));
    }
}
