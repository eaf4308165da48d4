//! Datums as columns.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_avro::reader::ReaderBuilder;
use arrow_schema::SchemaRef;
use penstock_core::{Error, Result};

use super::container::{self, Marker};

/// The marker of files that are never written.
const MARKER: Marker = [0; 16];

/// Collects the datums of one schema.
pub(crate) struct Datums {
    head: Vec<u8>,
    count: usize,
    bytes: Vec<u8>,
}

impl Datums {
    /// None so far.
    pub(crate) fn new(schema: &str) -> Self {
        Self { head: container::head(schema, &MARKER), count: 0, bytes: Vec::new() }
    }

    /// Adds one.
    pub(crate) fn add(&mut self, datum: &[u8]) {
        self.bytes.extend_from_slice(datum);
        self.count += 1;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Their length in all.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The columns that they become.
    pub(crate) fn schema(&self) -> Result<SchemaRef> {
        let reader = ReaderBuilder::new().build(&self.head[..]);
        Ok(reader.map_err(|e| Error::invalid(format!("the Avro schema cannot be used: {e}")))?.schema())
    }

    /// Takes them out as columns.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>> {
        if self.count == 0 {
            return Ok(None);
        }
        let mut file = self.head.clone();
        container::put_block(self.count, &self.bytes, &MARKER, &mut file);
        let failed = |e: arrow_schema::ArrowError| Error::internal(format!("records as columns: {e}"));
        let mut reader = ReaderBuilder::new().with_batch_size(self.count).build(Cursor::new(file)).map_err(failed)?;
        self.count = 0;
        self.bytes.clear();
        reader.next().transpose().map_err(failed)
    }
}
