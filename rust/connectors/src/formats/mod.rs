//! Formats: how the records of a file become columns, and the other way round. The connector finds the files and keeps
//! the positions; a format goes on from any position that it gave.
//!
//! Records of text and bytes are a column of values. Records with fields are a column of structs: a field is a column.

mod avro;
mod bad_records;
mod charset;
mod columns;
mod compression;
mod conform;
mod csv;
mod input;
mod lines;
mod options;
mod orc;
mod parquet;
mod text;
mod wanted;
mod window;
mod write;
mod written;

pub use avro::{SCHEMA as AVRO_SCHEMA, Schema as AvroSchema, Type as AvroType};
pub(crate) use bad_records::BadRecords;
pub(crate) use input::{InputFile, Object};
pub(crate) use options::Format;
pub(crate) use write::{RecordWriter, WriteFormat};

use arrow_array::ArrayRef;
use penstock_core::Result;

/// Reads the records of one file.
pub(crate) trait RecordReader: Send {
    /// The next records, at most so many; `None` at the end of the file.
    fn next(&mut self, max_records: usize) -> Result<Option<Records>>;
}

/// Some records of a file.
#[derive(Debug)]
pub(crate) struct Records {
    /// One row a record.
    pub(crate) values: ArrayRef,
    /// From where to go on after each record.
    pub(crate) positions: Vec<i64>,
    /// What they took in the file, in bytes; decompressed for text.
    pub(crate) num_bytes: u64,
}
