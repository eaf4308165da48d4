//! Formats in which records are written.

use penstock_core::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

use super::avro::AvroWriter;
use super::orc::OrcWriter;
use super::parquet::ParquetWriter;
use super::written::WrittenOptions;

/// Makes the bytes of one file.
pub(crate) trait RecordWriter: Send {
    /// Takes a record. Bytes of the file that are done are appended to `out`.
    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()>;
    /// Appends the rest of the file; no record follows.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

/// What a stream graph says about a format that is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
pub(crate) enum WriteFormat {
    /// Records as they are, each with an end.
    Lines {
        /// The first line, without its end.
        #[serde(default)]
        head: Option<String>,
        #[serde(default = "line_feed")]
        end: String,
        /// Whether a file is whole only when it is closed.
        #[serde(default)]
        bulk: bool,
    },
    Avro {
        schema: String,
    },
    Orc(WrittenOptions),
    Parquet(WrittenOptions),
}

fn line_feed() -> String {
    "\n".to_owned()
}

impl Default for WriteFormat {
    fn default() -> Self {
        Self::Lines { head: None, end: line_feed(), bulk: false }
    }
}

impl WriteFormat {
    /// Checks the options; lines of text if there are none.
    pub(crate) fn of(options: Option<&Value>) -> Result<Self> {
        let Some(options) = options else { return Ok(Self::default()) };
        Self::deserialize(options)
            .map_err(|e| Error::invalid(format!("the options of the format of a file sink are not valid: {e}")))
    }

    /// Whether a file is whole only when it is closed, so that it cannot be open at a checkpoint.
    pub(crate) fn is_bulk(&self) -> bool {
        !matches!(self, Self::Lines { bulk: false, .. })
    }

    /// Begins a file.
    pub(crate) fn writer(&self) -> Result<Box<dyn RecordWriter>> {
        Ok(match self {
            Self::Lines { head, end, .. } => {
                Box::new(LinesWriter { head: head.clone(), end: end.clone().into_bytes() })
            }
            Self::Avro { schema } => Box::new(AvroWriter::new(schema)),
            Self::Orc(options) => Box::new(OrcWriter::new(options)?),
            Self::Parquet(options) => Box::new(ParquetWriter::new(options)?),
        })
    }
}

struct LinesWriter {
    /// Not written yet.
    head: Option<String>,
    end: Vec<u8>,
}

impl LinesWriter {
    fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(head) = self.head.take() {
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(&self.end);
        }
    }
}

impl RecordWriter for LinesWriter {
    #[inline]
    fn add(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.begin(out);
        out.extend_from_slice(record);
        out.extend_from_slice(&self.end);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.begin(out);
        Ok(())
    }
}
