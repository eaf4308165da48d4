//! Which columns of a file become the fields of rows, and how many rows at a time.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray, new_null_array};
use arrow_schema::{DataType, Field, Fields};
use penstock_core::{Error, Result};
use serde::Deserialize;

use super::InputFile;
use super::columns::{Column, arrow_fields};
use super::conform::conform;

/// What a stream graph says about the columns of files that have columns.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Wanted {
    /// The columns wanted; all there are, in their own types, if none are named.
    #[serde(default)]
    columns: Vec<Column>,
    /// The same by names alone.
    #[serde(default)]
    names: Vec<String>,
    /// Whether moments become wall clock times of UTC, not of this machine.
    #[serde(default)]
    utc_timestamp: bool,
    #[serde(default = "yes")]
    case_sensitive: bool,
    #[serde(default = "default_batch_size")]
    batch_size: usize,
}

fn default_batch_size() -> usize {
    2048
}

fn yes() -> bool {
    true
}

impl Wanted {
    /// Which columns of a file to read; `None`: all.
    pub(super) fn roots(&self, fields: &Fields) -> Option<Vec<usize>> {
        let mut names = self.columns.iter().map(|column| &column.name).chain(&self.names).peekable();
        names.peek()?;
        Some(names.filter_map(|name| self.find(fields, name)).collect())
    }

    /// How many rows are decoded at once.
    pub(super) fn batch_size(&self) -> usize {
        self.batch_size.clamp(1, 65_536)
    }

    /// The columns of the job's row type, made of those that the file has.
    pub(super) fn row(&self, file: &InputFile, batch: &RecordBatch) -> Result<ArrayRef> {
        if self.columns.is_empty() {
            return Ok(self.by_name(batch));
        }
        let schema = batch.schema();
        let columns = self.columns.iter().map(|column| {
            let found = self.find(schema.fields(), &column.name).map(|at| batch.column(at));
            match found {
                Some(found) => conform(found, &column.of, self.utc_timestamp).ok_or_else(|| {
                    Error::invalid(format!(
                        "the column '{}' of {} holds {}, but the row type says {}",
                        column.name,
                        file.name(),
                        found.data_type(),
                        column.of
                    ))
                }),
                None => Ok(new_null_array(&column.of.arrow(), batch.num_rows())),
            }
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let row = StructArray::try_new(arrow_fields(&self.columns), columns, None);
        Ok(Arc::new(row.map_err(|e| Error::internal(format!("columns of {}: {e}", file.name())))?))
    }

    fn find(&self, fields: &Fields, name: &str) -> Option<usize> {
        let same = |other: &str| {
            if self.case_sensitive { other == name } else { other.eq_ignore_ascii_case(name) }
        };
        fields.iter().position(|field| same(field.name()))
    }

    /// The columns that are named, null where the file has none; all if none are named.
    fn by_name(&self, batch: &RecordBatch) -> ArrayRef {
        if self.names.is_empty() {
            return Arc::new(StructArray::from(batch.clone()));
        }
        let column = |name: &String| match self.find(batch.schema_ref().fields(), name) {
            Some(at) => Arc::clone(batch.column(at)),
            None => new_null_array(&DataType::Null, batch.num_rows()),
        };
        let columns: Vec<_> = self.names.iter().map(column).collect();
        let fields = self.names.iter().zip(&columns);
        let fields: Fields = fields.map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
        Arc::new(StructArray::new(fields, columns, None))
    }
}
