//! Avro schemas, as far as bytes follow from them.

use std::collections::HashMap;

use penstock_core::{Error, Result};
use serde_json::Value;

/// A schema deeper than this is none that somebody wrote.
const DEPTH: usize = 100;

/// A schema, from its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    root: Type,
    /// The fields of records, which may be within themselves.
    records: Vec<Vec<(String, Type)>>,
}

/// What values of a schema, or of a part of it, are.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Null,
    Boolean,
    /// A whole number of so many bits.
    Integer(u32),
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Box<Type>),
    Map(Box<Type>),
    /// A record of the schema's, by number.
    Record(usize),
    Union(Vec<Type>),
    Decimal {
        scale: u32,
        precision: u32,
        /// The number of bytes, where it is fixed.
        size: Option<usize>,
    },
    Date,
    /// A time of day; ticks per second.
    Time(i64),
    /// A wall clock time without a zone; ticks per second.
    LocalTimestamp(i64),
    /// A moment; ticks per second.
    Timestamp(i64),
}

impl Schema {
    /// Reads JSON.
    pub fn of(schema: &str) -> Result<Self> {
        let schema: Value =
            serde_json::from_str(schema).map_err(|e| Error::invalid(format!("the Avro schema is no JSON: {e}")))?;
        let mut parser = Parser { named: HashMap::new(), records: Vec::new() };
        let root = parser.parse(&schema, "", 0).map_err(Error::invalid)?;
        Ok(Self { root, records: parser.records })
    }

    /// The type of its values.
    #[must_use]
    pub fn root(&self) -> &Type {
        &self.root
    }

    /// The fields of a record, in their order.
    #[must_use]
    pub fn fields(&self, record: usize) -> &[(String, Type)] {
        &self.records[record]
    }
}

struct Parser {
    named: HashMap<String, Type>,
    records: Vec<Vec<(String, Type)>>,
}

type Parsed = std::result::Result<Type, String>;

impl Parser {
    fn parse(&mut self, schema: &Value, namespace: &str, depth: usize) -> Parsed {
        if depth > DEPTH {
            return Err(format!("the Avro schema is nested more than {DEPTH} deep"));
        }
        match schema {
            Value::String(name) => self.by_name(name, namespace),
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.parse(branch, namespace, depth + 1));
                Ok(Type::Union(branches.collect::<std::result::Result<_, _>>()?))
            }
            Value::Object(_) => self.object(schema, namespace, depth + 1),
            other => Err(format!("{other} is no Avro schema")),
        }
    }

    fn by_name(&self, name: &str, namespace: &str) -> Parsed {
        Ok(match name {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "int" => Type::Integer(32),
            "long" => Type::Integer(64),
            "float" => Type::Float,
            "double" => Type::Double,
            "bytes" => Type::Bytes,
            "string" => Type::Text,
            _ => match self.named.get(&full_name(name, namespace)).or_else(|| self.named.get(name)) {
                Some(found) => found.clone(),
                None => return Err(format!("the Avro schema has no type '{name}'")),
            },
        })
    }

    fn object(&mut self, schema: &Value, namespace: &str, depth: usize) -> Parsed {
        let kind = &schema["type"];
        let Some(kind) = kind.as_str() else { return self.parse(kind, namespace, depth) };
        match kind {
            "array" => Ok(Type::Array(Box::new(self.parse(&schema["items"], namespace, depth)?))),
            "map" => Ok(Type::Map(Box::new(self.parse(&schema["values"], namespace, depth)?))),
            "record" | "error" | "enum" | "fixed" => self.define(kind, schema, namespace, depth),
            _ => match logical(schema, None) {
                Some(found) => Ok(found),
                None => self.by_name(kind, namespace),
            },
        }
    }

    fn define(&mut self, kind: &str, schema: &Value, namespace: &str, depth: usize) -> Parsed {
        let name = schema["name"].as_str().ok_or_else(|| format!("a {kind} of the Avro schema has no name"))?;
        let name = full_name(name, schema["namespace"].as_str().unwrap_or(namespace));
        let made = match kind {
            "enum" => Type::Enum(texts(&schema["symbols"])),
            "fixed" => {
                let size = schema["size"].as_u64().ok_or_else(|| format!("the fixed '{name}' has no size"))? as usize;
                logical(schema, Some(size)).unwrap_or(Type::Fixed(size))
            }
            _ => return self.record(&name, schema, depth),
        };
        self.named.insert(name, made.clone());
        Ok(made)
    }

    fn record(&mut self, name: &str, schema: &Value, depth: usize) -> Parsed {
        let made = Type::Record(self.records.len());
        let number = self.records.len();
        self.records.push(Vec::new());
        self.named.insert(name.to_owned(), made.clone());
        let inside = name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
        let fields = schema["fields"].as_array().ok_or_else(|| format!("the record '{name}' has no fields"))?;
        for field in fields {
            let field_name = field["name"].as_str().ok_or_else(|| format!("a field of '{name}' has no name"))?;
            let of = self.parse(&field["type"], inside, depth)?;
            self.records[number].push((field_name.to_owned(), of));
        }
        Ok(made)
    }
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

fn texts(values: &Value) -> Vec<String> {
    values.as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// A logical type that Python has a class for.
fn logical(schema: &Value, size: Option<usize>) -> Option<Type> {
    const MILLIS: i64 = 1000;
    const MICROS: i64 = 1_000_000;
    let number = |name: &str| schema[name].as_u64().map(|number| number as u32);
    Some(match (schema["logicalType"].as_str()?, schema["type"].as_str()?) {
        ("decimal", "bytes" | "fixed") => {
            Type::Decimal { precision: number("precision")?, scale: number("scale").unwrap_or(0), size }
        }
        ("date", "int") => Type::Date,
        ("time-millis", "int") => Type::Time(MILLIS),
        ("time-micros", "long") => Type::Time(MICROS),
        ("timestamp-millis", "long") => Type::Timestamp(MILLIS),
        ("timestamp-micros", "long") => Type::Timestamp(MICROS),
        ("local-timestamp-millis", "long") => Type::LocalTimestamp(MILLIS),
        ("local-timestamp-micros", "long") => Type::LocalTimestamp(MICROS),
        // Ours: narrow numbers, which Avro does not have.
        ("penstock-byte", "int") => Type::Integer(8),
        ("penstock-short", "int") => Type::Integer(16),
        _ => return None,
    })
}
