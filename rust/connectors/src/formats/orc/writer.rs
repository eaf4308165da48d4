//! Writes records into one file.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema, SchemaRef};
use orc_rust::ArrowWriterBuilder;
use orc_rust::compression::CompressionType;
use orc_rust::error::OrcError;
use penstock_core::{Error, Result};

use crate::formats::RecordWriter;
use crate::formats::written::{Buffer, Written, WrittenOptions};

pub(crate) struct OrcWriter {
    columns: Written,
    schema: SchemaRef,
    file: Buffer,
    /// `None` once the file is finished.
    encoder: Option<Encoder>,
}

/// The library's writer cannot go from one thread to another, and a sink may: so it has a thread of its own.
struct Encoder {
    batches: SyncSender<RecordBatch>,
    thread: JoinHandle<std::result::Result<(), OrcError>>,
}

impl OrcWriter {
    pub(crate) fn new(options: &WrittenOptions) -> Result<Self> {
        let columns = Written::new(options)?;
        check(columns.schema())?;
        let (batches, given) = sync_channel(1);
        let (file, schema) = (Buffer::default(), in_utc(columns.schema()));
        let (target, of_file) = (file.clone(), Arc::clone(&schema));
        let thread = std::thread::Builder::new()
            .name("orc-writer".to_owned())
            .spawn(move || encode(target, of_file, &given))
            .map_err(|e| Error::external(format!("no thread could be started: {e}")))?;
        Ok(Self { columns, schema, file, encoder: Some(Encoder { batches, thread }) })
    }

    fn write_batch(&mut self) -> Result<()> {
        let Some(batch) = self.columns.take()? else { return Ok(()) };
        let fields = self.schema.fields().iter().zip(batch.columns());
        let columns =
            fields.map(|(field, column)| arrow_cast::cast(column, field.data_type())).collect::<Result<_, _>>();
        let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns));
        let batch = batch.map_err(|e| Error::internal(format!("rows for an ORC file: {e}")))?;
        let encoder = self.encoder.as_ref().ok_or_else(|| Error::internal("the ORC file is finished"))?;
        if encoder.batches.send(batch).is_ok() {
            return Ok(());
        }
        // It has ended before its time, and says why.
        self.end().and(Err(Error::internal("the thread that writes an ORC file has ended")))
    }

    fn end(&mut self) -> Result<()> {
        let Some(Encoder { batches, thread }) = self.encoder.take() else { return Ok(()) };
        drop(batches);
        match thread.join() {
            Ok(written) => written.map_err(|e| Error::external(format!("an ORC file cannot be written: {e}"))),
            Err(_) => Err(Error::internal("the thread that writes an ORC file has panicked")),
        }
    }
}

fn encode(file: Buffer, schema: SchemaRef, batches: &Receiver<RecordBatch>) -> std::result::Result<(), OrcError> {
    let mut writer = ArrowWriterBuilder::new(file, schema).with_compression(CompressionType::Zlib).try_build()?;
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.close()
}

/// The schema with moments in the one time zone that the library writes, under the name by which it knows it.
fn in_utc(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            field.as_ref().clone().with_data_type(DataType::Timestamp(*unit, Some("UTC".into())))
        }
        _ => field.as_ref().clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Whether all columns can be written.
fn check(schema: &SchemaRef) -> Result<()> {
    for field in schema.fields() {
        if field.data_type().is_nested() || matches!(field.data_type(), DataType::Decimal128(..) | DataType::Time32(_))
        {
            return Err(Error::invalid(format!(
                "the column '{}' cannot be written to ORC files: {} is not built in; write Parquet, or make it a number or a text",
                field.name(),
                field.data_type()
            )));
        }
    }
    Ok(())
}

impl RecordWriter for OrcWriter {
    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.columns.add(record) {
            self.write_batch()?;
            self.file.take(out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.write_batch()?;
        self.end()?;
        self.file.take(out);
        Ok(())
    }
}
