//! What to do with a value, read from an Avro schema.

use std::collections::HashMap;

use serde_json::Value;

/// How the values of one schema become bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
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
    Array(Box<Plan>),
    Map(Box<Plan>),
    Record(Vec<(String, Plan)>),
    Union(Vec<Plan>),
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

type Named = HashMap<String, Option<Plan>>;

impl Plan {
    /// The plan of a schema in JSON; `Err` says what is wrong with it.
    pub fn of(schema: &str) -> Result<Self, String> {
        let schema: Value = serde_json::from_str(schema).map_err(|e| format!("the Avro schema is no JSON: {e}"))?;
        plan(&schema, "", &mut Named::new())
    }
}

fn plan(schema: &Value, namespace: &str, named: &mut Named) -> Result<Plan, String> {
    match schema {
        Value::String(name) => by_name(name, namespace, named),
        Value::Array(branches) => {
            let branches = branches.iter().map(|branch| plan(branch, namespace, named)).collect::<Result<_, _>>()?;
            Ok(Plan::Union(branches))
        }
        Value::Object(_) => object(schema, namespace, named),
        other => Err(format!("{other} is no Avro schema")),
    }
}

fn by_name(name: &str, namespace: &str, named: &Named) -> Result<Plan, String> {
    Ok(match name {
        "null" => Plan::Null,
        "boolean" => Plan::Boolean,
        "int" => Plan::Integer(32),
        "long" => Plan::Integer(64),
        "float" => Plan::Float,
        "double" => Plan::Double,
        "bytes" => Plan::Bytes,
        "string" => Plan::Text,
        _ => match named.get(&full_name(name, namespace)).or_else(|| named.get(name)) {
            Some(Some(plan)) => plan.clone(),
            Some(None) => return Err(format!("the Avro schema contains itself at '{name}', which is not supported")),
            None => return Err(format!("the Avro schema has no type '{name}'")),
        },
    })
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

fn object(schema: &Value, namespace: &str, named: &mut Named) -> Result<Plan, String> {
    let kind = &schema["type"];
    let Some(kind) = kind.as_str() else { return plan(kind, namespace, named) };
    if !matches!(kind, "record" | "error" | "enum" | "fixed") {
        return unnamed(kind, schema, namespace, named);
    }
    let name = schema["name"].as_str().ok_or_else(|| format!("a {kind} of the Avro schema has no name"))?;
    let own = schema["namespace"].as_str().unwrap_or(namespace);
    let name = full_name(name, own);
    let inside = name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
    named.insert(name.clone(), None);
    let made = match kind {
        "enum" => Plan::Enum(texts(&schema["symbols"])),
        "fixed" => {
            let size = schema["size"].as_u64().ok_or_else(|| format!("the fixed '{name}' has no size"))? as usize;
            logical(schema, Some(size)).unwrap_or(Plan::Fixed(size))
        }
        _ => {
            let fields = schema["fields"].as_array().ok_or_else(|| format!("the record '{name}' has no fields"))?;
            let fields = fields.iter().map(|field| {
                let field_name = field["name"].as_str().ok_or_else(|| format!("a field of '{name}' has no name"))?;
                Ok((field_name.to_owned(), plan(&field["type"], inside, named)?))
            });
            Plan::Record(fields.collect::<Result<_, String>>()?)
        }
    };
    named.insert(name, Some(made.clone()));
    Ok(made)
}

fn texts(values: &Value) -> Vec<String> {
    values.as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn unnamed(kind: &str, schema: &Value, namespace: &str, named: &mut Named) -> Result<Plan, String> {
    match kind {
        "array" => Ok(Plan::Array(Box::new(plan(&schema["items"], namespace, named)?))),
        "map" => Ok(Plan::Map(Box::new(plan(&schema["values"], namespace, named)?))),
        _ => match logical(schema, None) {
            Some(plan) => Ok(plan),
            None => by_name(kind, namespace, named),
        },
    }
}

/// The plan of a logical type that Python has a class for.
fn logical(schema: &Value, size: Option<usize>) -> Option<Plan> {
    const MILLIS: i64 = 1000;
    const MICROS: i64 = 1_000_000;
    let number = |name: &str| schema[name].as_u64().map(|number| number as u32);
    Some(match (schema["logicalType"].as_str()?, schema["type"].as_str()?) {
        ("decimal", "bytes" | "fixed") => {
            Plan::Decimal { precision: number("precision")?, scale: number("scale").unwrap_or(0), size }
        }
        ("date", "int") => Plan::Date,
        ("time-millis", "int") => Plan::Time(MILLIS),
        ("time-micros", "long") => Plan::Time(MICROS),
        ("timestamp-millis", "long") => Plan::Timestamp(MILLIS),
        ("timestamp-micros", "long") => Plan::Timestamp(MICROS),
        ("local-timestamp-millis", "long") => Plan::LocalTimestamp(MILLIS),
        ("local-timestamp-micros", "long") => Plan::LocalTimestamp(MICROS),
        // Ours: narrow numbers, which Avro does not have.
        ("penstock-byte", "int") => Plan::Integer(8),
        ("penstock-short", "int") => Plan::Integer(16),
        _ => return None,
    })
}
