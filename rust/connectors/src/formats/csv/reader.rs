//! Reads the records of one file.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, StructArray};
use arrow_select::filter::filter;
use penstock_core::{Error, Result};

use super::fields::{Fields, Found};
use super::options::Csv;
use super::values::ColumnBuilder;
use crate::formats::bad_records::BadRecordsOfFile;
use crate::formats::charset::Charset;
use crate::formats::window::Window;
use crate::formats::{BadRecords, InputFile, RecordReader, Records};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(crate) struct CsvReader {
    csv: Csv,
    file: Arc<str>,
    window: Window,
    fields: Fields,
    columns: Vec<ColumnBuilder>,
    /// Records at the beginning that hold no data and are still to come.
    head: usize,
    bad: BadRecordsOfFile,
}

/// A record that was found.
enum Row {
    Sound,
    /// Left out, with what its columns hold so far.
    Bad,
}

impl CsvReader {
    pub(super) fn open(csv: Csv, file: &InputFile, position: i64, bad: &BadRecords) -> Result<Self> {
        let columns = csv.columns.iter().map(ColumnBuilder::new).collect::<Result<Vec<_>>>()?;
        let mut window = Window::open(file, position)?;
        let mut head = 0;
        if position == 0 {
            head = csv.header.skipped;
            while window.rest().len() < BYTE_ORDER_MARK.len() && !window.at_end() {
                window.fill()?;
            }
            if window.rest().starts_with(BYTE_ORDER_MARK) {
                window.consume(BYTE_ORDER_MARK.len());
            }
        }
        let (name, bad) = (Arc::clone(file.name()), bad.of_file(file.name()));
        Ok(Self { csv, file: name, window, fields: Fields::default(), columns, head, bad })
    }

    /// The next record up to the end of its line, of which the fields are then known; `None` at the end of the file.
    fn record(&mut self, may_read: bool) -> Result<Option<Found>> {
        loop {
            let rest = self.window.rest();
            let end = self.window.at_end();
            let found = if rest.is_empty() {
                if end {
                    return Ok(None);
                }
                Found::Unknown
            } else {
                self.csv.dialect.record(rest, end, &mut self.fields)
            };
            match found {
                Found::Nothing(length) => self.window.consume(length),
                Found::Unknown if may_read => self.window.fill()?,
                found => return Ok(Some(found)),
            }
        }
    }

    /// The header and the row that is skipped, where the format has them.
    fn read_head(&mut self) -> Result<()> {
        while self.head > 0 {
            let first = self.head == self.csv.header.skipped;
            let length = match self.record(true)? {
                None | Some(Found::Nothing(_) | Found::Unknown) => break,
                Some(Found::Record(length)) => length,
                Some(Found::Broken(_, problem)) => return Err(self.failed(&problem)),
            };
            if first && self.csv.header.checked {
                self.check_header(length)?;
            }
            self.window.consume(length);
            self.head -= 1;
        }
        self.head = 0;
        Ok(())
    }

    fn check_header(&self, length: usize) -> Result<()> {
        let record = &self.window.rest()[..length];
        let names: Vec<_> =
            (0..self.fields.len()).map(|at| String::from_utf8_lossy(self.fields.get(record, at))).collect();
        let expected: Vec<_> = self.csv.columns.iter().map(|column| column.name.as_str()).collect();
        if names == expected {
            return Ok(());
        }
        Err(self.failed(&format!(
            "its header is {}, but the columns of the schema are {}, and set_strict_headers() wants the same ones",
            names.join(","),
            expected.join(",")
        )))
    }

    fn failed(&self, problem: &str) -> Error {
        Error::external(format!("{}: {problem}", self.place()))
    }

    fn place(&self) -> String {
        format!("the record of {} that begins at byte {}", self.file, self.window.position())
    }

    /// Adds the fields of a record to the columns.
    fn append(&mut self, length: usize) -> Result<Row> {
        match self.append_fields(length) {
            Ok(()) => Ok(Row::Sound),
            Err((column, problem)) if self.csv.ignore_errors => {
                self.bad.add(&format!("{}: {problem}", self.place()));
                self.columns[column..].iter_mut().for_each(ColumnBuilder::append_null);
                Ok(Row::Bad)
            }
            Err((_, problem)) => Err(self.failed(&format!(
                "{problem}. CsvReaderFormat.with_ignore_parse_errors() leaves such records out and counts them"
            ))),
        }
    }

    /// An error comes with the number of the first column that has no value yet.
    fn append_fields(&mut self, length: usize) -> std::result::Result<(), (usize, String)> {
        let record = &self.window.rest()[..length];
        let (count, wanted) = (self.fields.len(), self.columns.len());
        if count < wanted || (count > wanted && !self.csv.extra_fields) {
            return Err((0, format!("it has {count} fields, but the schema has {wanted} columns")));
        }
        let decoded = match self.csv.charset {
            Charset::Utf8 => Some(std::str::from_utf8(record).map_err(|_| (0, "it is not valid UTF-8".to_owned()))?),
            Charset::Latin1 | Charset::Ascii => None,
        };
        for (at, builder) in self.columns.iter_mut().enumerate() {
            let text = match decoded {
                Some(record) => Cow::Borrowed(self.fields.text(record, at)),
                None => self.csv.charset.decode(self.fields.get(record, at)),
            };
            if self.csv.null_value.as_deref() == Some(&*text) {
                builder.append_null();
            } else if !builder.append(&text) {
                let column = &self.csv.columns[at];
                let shown: String = text.chars().take(100).collect();
                return Err((at, format!("'{shown}' in the column '{}' is no {}", column.name, column.of)));
            }
        }
        Ok(())
    }

    /// The columns as one, without the rows that are left out.
    fn finish(&mut self, rows: &[bool]) -> Result<ArrayRef> {
        let columns = self.columns.iter_mut().map(ColumnBuilder::finish).collect::<Result<Vec<_>>>()?;
        let wrong = |e| Error::internal(format!("columns of a CSV file: {e}"));
        let all = StructArray::try_new(self.csv.fields.clone(), columns, None).map_err(wrong)?;
        if !rows.contains(&false) {
            return Ok(Arc::new(all));
        }
        filter(&all, &BooleanArray::from(rows.to_vec())).map_err(wrong)
    }
}

impl RecordReader for CsvReader {
    fn next(&mut self, max_records: usize) -> Result<Option<Records>> {
        self.read_head()?;
        let began = self.window.position();
        let mut positions = Vec::with_capacity(max_records.min(4096));
        let mut rows = Vec::with_capacity(max_records.min(4096));
        while positions.len() < max_records {
            if positions.is_empty() && rows.len() >= max_records {
                // So many that are left out are no reason to hold what their columns have.
                self.finish(&rows)?;
                rows.clear();
            }
            let length = match self.record(positions.is_empty())? {
                None => {
                    self.bad.finish();
                    break;
                }
                Some(Found::Nothing(_) | Found::Unknown) => break,
                Some(Found::Record(length)) => {
                    let sound = matches!(self.append(length)?, Row::Sound);
                    rows.push(sound);
                    if sound {
                        positions.push(0);
                    }
                    length
                }
                Some(Found::Broken(length, problem)) if self.csv.ignore_errors => {
                    self.bad.add(&format!("{}: {problem}", self.place()));
                    length
                }
                Some(Found::Broken(_, problem)) => return Err(self.failed(&problem)),
            };
            self.window.consume(length);
            // What was left out behind a record belongs to it.
            if let Some(last) = positions.last_mut() {
                *last = self.window.position();
            }
        }
        if positions.is_empty() {
            return Ok(None);
        }
        let num_bytes = (self.window.position() - began) as u64;
        Ok(Some(Records { values: self.finish(&rows)?, positions, num_bytes }))
    }
}
