//! Writes records into one file.

use super::container::{self, Marker};
use crate::formats::RecordWriter;
use penstock_core::Result;

/// A block is written when it has so many bytes, as Avro's own writers do.
const BLOCK: usize = 64_000;

pub(crate) struct AvroWriter {
    schema: String,
    marker: Marker,
    begun: bool,
    count: usize,
    datums: Vec<u8>,
}

impl AvroWriter {
    pub(crate) fn new(schema: &str) -> Self {
        let marker = *uuid::Uuid::new_v4().as_bytes();
        Self { schema: schema.to_owned(), marker, begun: false, count: 0, datums: Vec::new() }
    }

    fn block(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.extend(container::head(&self.schema, &self.marker));
        }
        if self.count > 0 {
            container::put_block(self.count, &self.datums, &self.marker, out);
            self.count = 0;
            self.datums.clear();
        }
    }
}

impl RecordWriter for AvroWriter {
    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.datums.extend_from_slice(record);
        self.count += 1;
        if self.datums.len() >= BLOCK {
            self.block(out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.block(out);
        Ok(())
    }
}
