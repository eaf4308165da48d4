//! Records, which come as Avro datums, as the columns of a file.

use std::io::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Local, TimeZone};
use parking_lot::Mutex;
use penstock_core::{Error, Result};
use serde::Deserialize;

use super::avro::Datums;
use super::columns::{Column, ColumnType};

/// How many records are turned into columns at once.
const BATCH: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;

/// What a stream graph says about a format of columns.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct WrittenOptions {
    /// Of the datums.
    schema: String,
    /// The columns' types, where they are not what the schema says.
    #[serde(default)]
    columns: Vec<Column>,
    /// Whether timestamps stay wall clock times, and do not become moments by the clock of this machine.
    #[serde(default)]
    utc_timestamp: bool,
}

/// Collects the records of a file.
pub(super) struct Written {
    datums: Datums,
    schema: SchemaRef,
}

impl Written {
    pub(super) fn new(options: &WrittenOptions) -> Result<Self> {
        let datums = Datums::new(&options.schema);
        let schema = options.written(&datums.schema()?);
        Ok(Self { datums, schema })
    }

    /// The columns of the file.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Adds a record; true if there are enough of them to be taken.
    pub(super) fn add(&mut self, record: &[u8]) -> bool {
        self.datums.add(record);
        self.datums.count() >= BATCH || self.datums.length() >= BATCH_BYTES
    }

    /// Takes them out as columns.
    pub(super) fn take(&mut self) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.datums.take()? else { return Ok(None) };
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| as_written(column, field.data_type())).collect::<Vec<_>>();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        batch.map(Some).map_err(|e| Error::internal(format!("records as the columns of a file: {e}")))
    }
}

/// What a library has written and the sink has not taken.
#[derive(Clone, Default)]
pub(super) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    pub(super) fn take(&self, out: &mut Vec<u8>) {
        out.append(&mut self.0.lock());
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl WrittenOptions {
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
}

/// A column of datums as one of the file.
fn as_written(column: &ArrayRef, to: &DataType) -> ArrayRef {
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

/// The moment at which the wall clock of this machine shows a time.
fn moment(wall_clock: i64) -> i64 {
    let Some(time) = DateTime::from_timestamp_micros(wall_clock) else { return wall_clock };
    let local = Local.from_local_datetime(&time.naive_utc());
    local.earliest().map_or(wall_clock, |moment| moment.timestamp_micros())
}
