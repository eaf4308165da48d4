//! Reads the records of one file.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::reader::{Reader, ReaderBuilder, read_header_info};
use arrow_avro::schema::AvroSchema;
use penstock_core::Result;
use serde::Deserialize;

use super::container;
use crate::formats::{InputFile, RecordReader, Records};

const BATCH: usize = 2048;
const READ_AHEAD: usize = 1 << 20;

/// What a stream graph says about the format.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AvroOptions {
    /// What records are to be made of those in the files, which may have older schemas.
    schema: String,
}

pub(crate) struct AvroReader {
    file: InputFile,
    batches: Reader<Box<dyn BufRead + Send>>,
    /// Records of the first batches that were given already.
    skip: usize,
    position: i64,
    /// Bytes of the file that are not accounted for: blocks are read by the library, so that all count with the first.
    remaining: u64,
}

impl AvroReader {
    pub(crate) fn open(file: &InputFile, position: i64, options: &AvroOptions) -> Result<Self> {
        let header = read_header_info(BufReader::new(file.read_from(0)?)).map_err(|e| file.failed(e))?;
        let codec = header.compression().map_err(|e| file.failed(e))?;
        let lacking = match codec {
            Some(CompressionCodec::ZStandard) => Some("zstandard"),
            Some(CompressionCodec::Xz) => Some("xz"),
            _ => None,
        };
        if let Some(codec) = lacking {
            return Err(file.failed(format!(
                "it is compressed with {codec}, which is not built in; write it with deflate, snappy, bzip2 or without"
            )));
        }
        let start = header.header_len();
        let (at, before) = if position == 0 { (start, 0) } else { container::block_with(file, start, position)? };
        let head = Cursor::new(file.range(0..start)?);
        let blocks = BufReader::with_capacity(READ_AHEAD, file.read_from(at)?);
        let bytes: Box<dyn BufRead + Send> = Box::new(head.chain(blocks));
        let batches = ReaderBuilder::new()
            .with_batch_size(BATCH)
            .with_reader_schema(AvroSchema::new(options.schema.clone()))
            .build(bytes)
            .map_err(|e| file.failed(e))?;
        let remaining = file.length()?.saturating_sub(at);
        Ok(Self { file: file.clone(), batches, skip: (position - before).max(0) as usize, position, remaining })
    }
}

impl RecordReader for AvroReader {
    fn next(&mut self, _max_records: usize) -> Result<Option<Records>> {
        loop {
            let Some(batch) = self.batches.next() else { return Ok(None) };
            let mut batch = batch.map_err(|e| self.file.failed(e))?;
            let skipped = self.skip.min(batch.num_rows());
            self.skip -= skipped;
            batch = batch.slice(skipped, batch.num_rows() - skipped);
            if batch.num_rows() == 0 {
                continue;
            }
            let count = batch.num_rows() as i64;
            let positions = (self.position + 1..=self.position + count).collect();
            self.position += count;
            let num_bytes = std::mem::take(&mut self.remaining);
            let values: ArrayRef = Arc::new(StructArray::from(batch));
            return Ok(Some(Records { values, positions, num_bytes }));
        }
    }
}
