//! Writes records into one file.

use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use penstock_core::{Error, Result};

use crate::formats::RecordWriter;
use crate::formats::written::{Buffer, Written, WrittenOptions};

/// How much of a row group is kept in memory before it is written.
const ROW_GROUP_BYTES: usize = 64 << 20;

pub(crate) struct ParquetWriter {
    columns: Written,
    file: Buffer,
    /// `None` once the file is finished.
    writer: Option<ArrowWriter<Buffer>>,
}

impl ParquetWriter {
    pub(crate) fn new(options: &WrittenOptions) -> Result<Self> {
        let columns = Written::new(options)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = Buffer::default();
        let writer = ArrowWriter::try_new(file.clone(), Arc::clone(columns.schema()), Some(properties));
        Ok(Self { columns, file, writer: Some(writer.map_err(|e| failed(&e))?) })
    }

    fn write_batch(&mut self) -> Result<()> {
        let Some(batch) = self.columns.take()? else { return Ok(()) };
        let writer = self.writer.as_mut().ok_or_else(|| Error::internal("the Parquet file is finished"))?;
        writer.write(&batch).map_err(|e| failed(&e))?;
        if writer.in_progress_size() > ROW_GROUP_BYTES {
            writer.flush().map_err(|e| failed(&e))?;
        }
        Ok(())
    }
}

impl RecordWriter for ParquetWriter {
    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.columns.add(record) {
            self.write_batch()?;
            self.file.take(out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.write_batch()?;
        if let Some(writer) = self.writer.take() {
            writer.close().map_err(|e| failed(&e))?;
        }
        self.file.take(out);
        Ok(())
    }
}

fn failed(error: &parquet::errors::ParquetError) -> Error {
    Error::external(format!("a Parquet file cannot be written: {error}"))
}
