//! Avro: files of many records (object containers), and datums, in which form records come to bulk formats. A position
//! is the number of records before it.

mod container;
mod datums;
mod reader;
mod writer;

pub(super) use datums::Datums;
pub(super) use reader::{AvroOptions, AvroReader};
pub(super) use writer::AvroWriter;
