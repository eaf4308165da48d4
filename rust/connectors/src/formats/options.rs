//! What a stream graph says about a format.

use penstock_core::{Error, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::avro::AvroReader;
use super::charset::Charset;
use super::csv::{Csv, CsvOptions};
use super::orc::OrcReader;
use super::parquet::ParquetReader;
use super::text::TextReader;
use super::wanted::Wanted;
use super::{BadRecords, InputFile, RecordReader};

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
enum FormatOptions {
    TextLine {
        #[serde(default = "utf_8")]
        charset: String,
    },
    Avro,
    Csv(CsvOptions),
    Orc(Wanted),
    Parquet(Wanted),
}

fn utf_8() -> String {
    "UTF-8".to_owned()
}

/// A format, configured.
#[derive(Debug, Clone)]
pub(crate) enum Format {
    TextLine(Charset),
    Avro,
    Csv(Csv),
    Orc(Wanted),
    Parquet(Wanted),
}

impl Format {
    /// Checks the options; lines of text if they name no format.
    pub(crate) fn of(options: &Map<String, Value>) -> Result<Self> {
        let mut options = options.clone();
        options.entry("format").or_insert_with(|| Value::from("text_line"));
        let options = FormatOptions::deserialize(Value::Object(options))
            .map_err(|e| Error::invalid(format!("the options of the format of a file source are not valid: {e}")))?;
        Ok(match options {
            FormatOptions::TextLine { charset } => Self::TextLine(Charset::named(&charset)?),
            FormatOptions::Avro => Self::Avro,
            FormatOptions::Csv(options) => Self::Csv(Csv::new(options)?),
            FormatOptions::Orc(options) => Self::Orc(options),
            FormatOptions::Parquet(options) => Self::Parquet(options),
        })
    }

    /// Opens a file at a position.
    pub(crate) fn open(&self, file: &InputFile, position: i64, bad: &BadRecords) -> Result<Box<dyn RecordReader>> {
        Ok(match self {
            Self::TextLine(charset) => Box::new(TextReader::open(file, position, *charset)?),
            Self::Avro => Box::new(AvroReader::open(file, position)?),
            Self::Csv(csv) => Box::new(csv.open(file, position, bad)?),
            Self::Orc(options) => Box::new(OrcReader::open(file, position, options)?),
            Self::Parquet(options) => Box::new(ParquetReader::open(file, position, options)?),
        })
    }
}
