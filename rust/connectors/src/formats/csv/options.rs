//! What a job says about a CSV format.

use penstock_core::{Error, Result};
use serde::Deserialize;

use super::fields::Dialect;
use super::reader::CsvReader;
use crate::formats::charset::Charset;
use crate::formats::columns::{ColumnType, arrow_fields};
use crate::formats::{BadRecords, InputFile};

/// As in a stream graph.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of Flink's schema")]
pub(crate) struct CsvOptions {
    pub(super) columns: Vec<CsvColumn>,
    #[serde(default = "comma")]
    separator: String,
    #[serde(default)]
    quote: Option<String>,
    #[serde(default)]
    escape: Option<String>,
    #[serde(default)]
    comments: bool,
    #[serde(default)]
    null_value: Option<String>,
    /// The first record names the columns.
    #[serde(default)]
    header: bool,
    /// And has to name them as the schema does.
    #[serde(default)]
    strict_header: bool,
    #[serde(default)]
    skip_first: bool,
    /// Fields beyond the last column are dropped, not wrong.
    #[serde(default)]
    extra_fields: bool,
    /// What cannot be read is left out and counted.
    #[serde(default)]
    ignore_errors: bool,
    #[serde(default = "utf_8")]
    charset: String,
}

/// A column, and between what its elements are if it is an array.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct CsvColumn {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) of: ColumnType,
    #[serde(default)]
    pub(super) element_separator: Option<String>,
}

fn comma() -> String {
    ",".to_owned()
}

fn utf_8() -> String {
    "UTF-8".to_owned()
}

/// The format, checked.
#[derive(Debug, Clone)]
pub(crate) struct Csv {
    pub(super) columns: Vec<CsvColumn>,
    pub(super) fields: arrow_schema::Fields,
    pub(super) dialect: Dialect,
    pub(super) null_value: Option<String>,
    pub(super) header: Header,
    pub(super) extra_fields: bool,
    pub(super) ignore_errors: bool,
    pub(super) charset: Charset,
}

/// What is done with the first records of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) skipped: usize,
    pub(super) checked: bool,
}

impl Csv {
    /// Checks the options.
    pub(crate) fn new(options: CsvOptions) -> Result<Self> {
        let dialect = Dialect {
            separator: byte("column separator", &options.separator)?,
            quote: options.quote.as_deref().map(|text| byte("quote character", text)).transpose()?,
            escape: options.escape.as_deref().map(|text| byte("escape character", text)).transpose()?,
            comments: options.comments,
        };
        if options.columns.is_empty() {
            return Err(Error::invalid("a CSV schema needs at least one column"));
        }
        let columns: Vec<_> = options
            .columns
            .iter()
            .map(|column| crate::formats::columns::Column { name: column.name.clone(), of: column.of.clone() })
            .collect();
        Ok(Self {
            fields: arrow_fields(&columns),
            columns: options.columns,
            dialect,
            null_value: options.null_value,
            header: Header {
                skipped: usize::from(options.header) + usize::from(options.skip_first),
                checked: options.header && options.strict_header,
            },
            extra_fields: options.extra_fields,
            ignore_errors: options.ignore_errors,
            charset: Charset::named(&options.charset)?,
        })
    }

    /// Opens a file at a position.
    pub(crate) fn open(&self, file: &InputFile, position: i64, bad: &BadRecords) -> Result<CsvReader> {
        CsvReader::open(self.clone(), file, position, bad)
    }
}

fn byte(what: &str, text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(Error::invalid(format!("the {what} of a CSV format has to be one ASCII character, not '{text}'"))),
    }
}
