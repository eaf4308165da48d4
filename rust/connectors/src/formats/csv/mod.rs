//! Comma-separated values, as Flink's format reads them: fields may be quoted and then hold separators and line ends;
//! every record has as many fields as the schema has columns. A position is a byte in the text, decompressed.

mod fields;
mod numbers;
mod options;
mod reader;
mod values;

pub(super) use options::{Csv, CsvOptions};
