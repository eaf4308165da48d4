//! Writes records, which come as Avro datums, into one file.

use std::io::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Local, TimeZone};
use parking_lot::Mutex;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use penstock_core::{Error, Result};
use serde::Deserialize;

use crate::formats::RecordWriter;
use crate::formats::avro::Datums;
use crate::formats::columns::{Column, ColumnType};

/// How many records are turned into columns at once.
const BATCH: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;
/// How much of a row group is kept in memory before it is written.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// What a stream graph says about the format.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ParquetWriteOptions {
    /// Of the datums.
    schema: String,
    /// The columns' types, where they are not what the schema says.
    #[serde(default)]
    columns: Vec<Column>,
    /// Whether timestamps are wall clock times of UTC, not of this machine.
    #[serde(default)]
    utc_timestamp: bool,
}

pub(crate) struct ParquetWriter {
    options: ParquetWriteOptions,
    datums: Datums,
    file: Buffer,
    schema: SchemaRef,
    /// `None` once the file is finished.
    writer: Option<ArrowWriter<Buffer>>,
}

/// What the library has written and the sink has not taken.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl ParquetWriter {
    pub(crate) fn new(options: &ParquetWriteOptions) -> Result<Self> {
        let datums = Datums::new(&options.schema);
        let schema = options.written(&datums.schema()?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = Buffer::default();
        let writer = ArrowWriter::try_new(file.clone(), Arc::clone(&schema), Some(properties)).map_err(failed)?;
        Ok(Self { options: options.clone(), datums, file, schema, writer: Some(writer) })
    }

    fn write_batch(&mut self) -> Result<()> {
        let Some(batch) = self.datums.take()? else { return Ok(()) };
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns =
            columns.map(|(column, field)| self.options.as_written(column, field.data_type())).collect::<Vec<_>>();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|e| Error::internal(format!("columns of a Parquet file: {e}")))?;
        let writer = self.writer()?;
        writer.write(&batch).map_err(failed)?;
        if writer.in_progress_size() > ROW_GROUP_BYTES {
            writer.flush().map_err(failed)?;
        }
        Ok(())
    }

    fn writer(&mut self) -> Result<&mut ArrowWriter<Buffer>> {
        self.writer.as_mut().ok_or_else(|| Error::internal("the Parquet file is finished"))
    }

    fn take(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.file.0.lock());
    }
}

impl RecordWriter for ParquetWriter {
    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.datums.add(record);
        if self.datums.count() >= BATCH || self.datums.length() >= BATCH_BYTES {
            self.write_batch()?;
            self.take(out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.write_batch()?;
        if let Some(writer) = self.writer.take() {
            writer.close().map_err(failed)?;
        }
        self.take(out);
        Ok(())
    }
}

impl ParquetWriteOptions {
    /// The schema of the file: that of the datums, with narrow numbers and moments as they were declared.
    fn written(&self, datums: &SchemaRef) -> SchemaRef {
        let fields = datums.fields().iter().enumerate().map(|(at, field)| {
            let declared = match self.columns.get(at).map(|column| &column.of) {
                Some(of @ (ColumnType::Tinyint | ColumnType::Smallint)) => of.arrow(),
                Some(ColumnType::Timestamp) if !self.utc_timestamp => {
                    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
                }
                _ => field.data_type().clone(),
            };
            Field::new(field.name(), declared, field.is_nullable())
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn as_written(&self, column: &ArrayRef, to: &DataType) -> ArrayRef {
        match (column.data_type(), to) {
            // The encoder has checked the ranges.
            (DataType::Int32, DataType::Int8) => {
                Arc::new(column.as_primitive::<Int32Type>().unary::<_, Int8Type>(|number| number as i8))
            }
            (DataType::Int32, DataType::Int16) => {
                Arc::new(column.as_primitive::<Int32Type>().unary::<_, Int16Type>(|number| number as i16))
            }
            (DataType::Timestamp(TimeUnit::Microsecond, None), DataType::Timestamp(_, Some(_))) => {
                let times = column.as_primitive::<TimestampMicrosecondType>();
                Arc::new(times.unary::<_, TimestampMicrosecondType>(moment).with_timezone("UTC"))
            }
            _ => Arc::clone(column),
        }
    }
}

/// The moment at which the wall clock of this machine shows a time.
fn moment(wall_clock: i64) -> i64 {
    let Some(time) = DateTime::from_timestamp_micros(wall_clock) else { return wall_clock };
    let local = Local.from_local_datetime(&time.naive_utc());
    local.earliest().map_or(wall_clock, |moment| moment.timestamp_micros())
}

fn failed(error: parquet::errors::ParquetError) -> Error {
    Error::external(format!("a Parquet file cannot be written: {error}"))
}
