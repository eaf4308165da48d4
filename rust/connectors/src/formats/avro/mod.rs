//! Avro: files of many records (object containers), and datums, in which form records come to bulk formats and from
//! Avro files. A position in a file is the number of records before it.

mod codec;
mod container;
mod datums;
mod numbers;
mod reader;
mod schema;
mod skip;
mod writer;

pub(super) use datums::Datums;
pub(super) use reader::AvroReader;
pub use reader::SCHEMA;
pub use schema::{Schema, Type};
pub(super) use writer::AvroWriter;
