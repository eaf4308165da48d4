//! How to read datums: what `penstock._runtime.avro.decoding` makes of the schemas of a writer and a reader.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

/// What to do with the next bytes.
pub enum Node {
    Null,
    Boolean,
    Long,
    LongAsFloat,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Enum {
        shown: String,
        /// What each symbol is read as; else why it cannot be.
        symbols: Vec<Result<Py<PyString>, String>>,
    },
    Array {
        items: Box<Node>,
        /// The bytes that an item takes at least.
        smallest: usize,
    },
    Map(Box<Node>),
    /// A record of the program, by number.
    Record(usize),
    Union(Vec<Node>),
    /// What comes cannot be read, for this reason.
    Fail(String),
    /// A function makes the value of a logical type.
    Convert(Py<PyAny>, Box<Node>),
}

/// How to read a record.
pub struct Record {
    /// Each field that was written, and under which name it is read, if it is.
    pub steps: Vec<(Option<Py<PyString>>, Node)>,
    /// Fields that were not written, each with a function that makes its default.
    pub missing: Vec<(Py<PyString>, Py<PyAny>)>,
    /// The names in the reader's order, where the steps have another.
    pub order: Option<Vec<Py<PyString>>>,
}

/// How to read a datum.
pub struct Program {
    pub root: Node,
    pub records: Vec<Record>,
}

impl Program {
    /// Reads `(root, records)`.
    pub fn of(root: &Bound<'_, PyAny>, records: &Bound<'_, PyList>) -> PyResult<Self> {
        let records = records.iter().map(|record| read_record(&record)).collect::<PyResult<_>>()?;
        Ok(Self { root: read_node(root)?, records })
    }
}

fn read_record(record: &Bound<'_, PyAny>) -> PyResult<Record> {
    type Parts<'py> = (
        Vec<(Option<Bound<'py, PyString>>, Bound<'py, PyAny>)>,
        Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>,
        Option<Vec<Bound<'py, PyString>>>,
    );
    let (steps, missing, order): Parts<'_> = record.extract()?;
    let steps = steps.into_iter().map(|(name, node)| Ok((name.map(Bound::unbind), read_node(&node)?)));
    Ok(Record {
        steps: steps.collect::<PyResult<_>>()?,
        missing: missing.into_iter().map(|(name, make)| (name.unbind(), make.unbind())).collect(),
        order: order.map(|names| names.into_iter().map(Bound::unbind).collect()),
    })
}

fn read_node(node: &Bound<'_, PyAny>) -> PyResult<Node> {
    let node = node.cast::<PyTuple>()?;
    let part = |at: usize| node.get_item(at);
    let inner = |at: usize| part(at).and_then(|inner| Ok(Box::new(read_node(&inner)?)));
    Ok(match part(0)?.cast::<PyString>()?.to_str()? {
        "null" => Node::Null,
        "boolean" => Node::Boolean,
        "long" => Node::Long,
        "long as float" => Node::LongAsFloat,
        "float" => Node::Float,
        "double" => Node::Double,
        "bytes" => Node::Bytes,
        "text" => Node::Text,
        "fixed" => Node::Fixed(part(1)?.extract()?),
        "enum" => {
            let symbols: Vec<(Option<Bound<'_, PyString>>, String)> = part(2)?.extract()?;
            let symbols = symbols.into_iter().map(|(symbol, problem)| symbol.map(Bound::unbind).ok_or(problem));
            Node::Enum { shown: part(1)?.extract()?, symbols: symbols.collect() }
        }
        "array" => Node::Array { items: inner(1)?, smallest: part(2)?.extract()? },
        "map" => Node::Map(inner(1)?),
        "record" => Node::Record(part(1)?.extract()?),
        "union" => Node::Union(part(1)?.try_iter()?.map(|branch| read_node(&branch?)).collect::<PyResult<_>>()?),
        "fail" => Node::Fail(part(1)?.extract()?),
        "convert" => Node::Convert(part(1)?.unbind(), inner(2)?),
        other => return Err(PyValueError::new_err(format!("no step of an Avro program: {other}"))),
    })
}
