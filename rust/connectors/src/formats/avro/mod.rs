//! Avro: files of many records (object containers), and datums, in which form records come to bulk formats.

mod container;
mod datums;
mod writer;

pub(super) use datums::Datums;
pub(super) use writer::AvroWriter;
