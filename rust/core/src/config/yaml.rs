//! `config.yaml`: YAML 1.2 with nested, flat or mixed keys. Values keep the text that the user wrote.
//!
//! ```
//! use penstock_core::Configuration;
//! let config = Configuration::from_yaml("rest:\n  port: 8081\nrest.address: localhost\n", "config.yaml").unwrap();
//! assert_eq!((config.get("rest.port"), config.get("rest.address")), (Some("8081"), Some("localhost")));
//! ```

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use std::collections::{BTreeMap, HashMap};

use super::{Configuration, join_list, join_map};
use crate::error::{Error, Result};

/// A value with the line it begins in.
#[derive(Debug, Clone)]
struct Node {
    line: usize,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Configuration {
    /// Reads the text of a `config.yaml`; `file` is its name for errors. A key that is given twice, nested or not, is an
    /// error. A key without a value is not set.
    pub fn from_yaml(text: &str, file: &str) -> Result<Self> {
        let error = |(line, problem): Problem| Error::invalid(format!("{file}, line {line}: {problem}"));
        let root = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new() }.document().map_err(error)?;
        let mut entries = BTreeMap::new();
        match root.value {
            Value::Null => {}
            Value::Map(map) => flatten("", map, &mut entries).map_err(error)?,
            Value::Text(_) | Value::List(_) => {
                return Err(error((
                    root.line,
                    "keys and values are expected, such as 'parallelism.default: 2'".to_owned(),
                )));
            }
        }
        Ok(entries.into_iter().map(|(key, (text, _))| (key, text)).collect())
    }
}

/// What is wrong, and in which line.
type Problem = (usize, String);

fn flatten(
    prefix: &str,
    map: Vec<(String, Node)>,
    into: &mut BTreeMap<String, (String, usize)>,
) -> Result<(), Problem> {
    for (key, node) in map {
        let key = format!("{prefix}{key}");
        let line = node.line;
        let text = match node.value {
            Value::Null => continue,
            Value::Map(map) => {
                flatten(&format!("{key}."), map, into)?;
                continue;
            }
            value => text_of(value),
        };
        if let Some((_, first)) = into.insert(key.clone(), (text, line)) {
            return Err(given_twice(&key, first, line));
        }
    }
    Ok(())
}

fn given_twice(key: &str, first: usize, line: usize) -> Problem {
    (line, format!("the key '{key}' is given twice, first in line {first}"))
}

fn text_of(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text,
        Value::List(items) => join_list(items.into_iter().map(|item| text_of(item.value))),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.into_iter().map(|(key, node)| (key, text_of(node.value))).collect();
            join_map(entries.iter().map(|(key, value)| (key.as_str(), value.as_str())))
        }
    }
}

/// Makes nodes of the parser's events.
struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Nodes that an alias may refer to.
    anchors: HashMap<usize, Node>,
}

impl<'a> Reader<'a> {
    /// The only document of the file; an empty file is `Null`.
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => return Ok(root.unwrap_or(Node { line: 1, value: Value::Null })),
                _ if root.is_some() => {
                    return Err((span.start.line(), "a second document begins; there can be one only".to_owned()));
                }
                event => root = Some(self.node(event, span)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        let event = self.parser.next_event().expect("the parser was not read past the end of the stream");
        event.map_err(|e| (e.marker().line(), e.info().to_owned()))
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Problem> {
        let line = span.start.line();
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(&text, style)),
            Event::SequenceStart(anchor, _) => (anchor, Value::List(self.list()?)),
            Event::MappingStart(anchor, _) => (anchor, Value::Map(self.map()?)),
            Event::Alias(anchor) => {
                return self.anchors.get(&anchor).cloned().ok_or((line, "the alias refers to nothing".to_owned()));
            }
            other => return Err((line, format!("a value is expected instead of {other:?}"))),
        };
        let node = Node { line, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(String, Node)>, Problem> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let line = span.start.line();
            let Value::Text(key) = self.node(event, span)?.value else {
                return Err((line, "a key has to be a plain text".to_owned()));
            };
            if let Some((_, first)) = entries.iter().find(|(other, _)| *other == key) {
                return Err(given_twice(&key, first.line, line));
            }
            let (event, span) = self.next()?;
            let value = Node { line, ..self.node(event, span)? };
            entries.push((key, value));
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    let null = style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
    if null { Value::Null } else { Value::Text(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let config = Configuration::from_yaml(text, "config.yaml").expect("valid");
        config.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    fn error(text: &str) -> String {
        Configuration::from_yaml(text, "config.yaml").expect_err("invalid").to_string()
    }

    fn pairs(entries: &[(&str, &str)]) -> Vec<(String, String)> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn nested_flat_and_mixed_keys() {
        let text = "
# a comment
execution:
  checkpointing:
    interval: 10 s
    unaligned.enabled: true
execution.checkpointing.timeout: '5 min'
restart-strategy: failure-rate
restart-strategy.failure-rate.delay: 1.50
state.backend.type:
";
        let expected = [
            ("execution.checkpointing.interval", "10 s"),
            ("execution.checkpointing.timeout", "5 min"),
            ("execution.checkpointing.unaligned.enabled", "true"),
            ("restart-strategy", "failure-rate"),
            ("restart-strategy.failure-rate.delay", "1.50"),
        ];
        assert_eq!(read(text), pairs(&expected));
    }

    #[test]
    fn lists_and_maps_become_the_texts_that_options_read() {
        let text = "
pipeline:
  jars: [a.jar, 'b;c.jar']
  files:
    - x
    - {name: y, path: 'z:1'}
  empty: []
defaults: &d {a: 1}
copy: *d
";
        let expected = [
            ("copy.a", "1"),
            ("defaults.a", "1"),
            ("pipeline.empty", ""),
            ("pipeline.files", "x;'name:y,path:''z:1'''"),
            ("pipeline.jars", "a.jar;'b;c.jar'"),
        ];
        assert_eq!(read(text), pairs(&expected));
    }

    #[test]
    fn nothing_is_an_empty_configuration() {
        assert_eq!(read(""), pairs(&[]));
        assert_eq!(read("# only a comment\n---\n"), pairs(&[]));
    }

    #[test]
    fn keys_given_twice_are_an_error_nested_or_not() {
        assert_eq!(error("a: 1\nb: 2\na: 3\n"), "config.yaml, line 3: the key 'a' is given twice, first in line 1");
        assert_eq!(error("a.b: 1\na:\n  b: 2\n"), "config.yaml, line 3: the key 'a.b' is given twice, first in line 1");
        assert_eq!(
            error("a:\n  b: 1\na:\n  c: 2\n"),
            "config.yaml, line 3: the key 'a' is given twice, first in line 1"
        );
    }

    #[test]
    fn what_is_no_map_is_an_error_with_its_line() {
        assert!(error("- a\n- b\n").starts_with("config.yaml, line 1: keys and values are expected"));
        assert!(error("a: 1\n  b: 2\n").starts_with("config.yaml, line 2: "));
        assert!(error("a: [1, 2\n").starts_with("config.yaml, line "));
        assert!(error("a: 1\n---\nb: 2\n").starts_with("config.yaml, line 3: a second document"));
    }
}
