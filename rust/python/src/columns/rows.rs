//! Structs of columns as Python objects: a `Row` or a `dict` for each row. What a column holds is found out once for a
//! batch, not for each of its values.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use penstock_core::source::RawBatch;
use penstock_core::{Error, Object, Result};
use penstock_runtime::lane::Decoder;
use pyo3::prelude::*;
use std::sync::Arc;

use super::cells::{Classes, Record, Shape};
use crate::errors;
use crate::object::wrap;

/// Makes an object of each row.
pub struct RowDecoder {
    classes: Arc<Classes>,
    shape: Shape,
    /// The batch at work: batches come one after the other.
    current: Option<(ArrayRef, Record)>,
}

impl RowDecoder {
    /// A decoder of objects of this shape.
    pub fn new(py: Python<'_>, shape: Shape) -> PyResult<Self> {
        Ok(Self { classes: Arc::new(Classes::new(py)?), shape, current: None })
    }

    fn record(&mut self, py: Python<'_>, values: &ArrayRef) -> Result<&Record> {
        if !self.current.as_ref().is_some_and(|(current, _)| Arc::ptr_eq(current, values)) {
            let rows: &StructArray = values
                .as_struct_opt()
                .ok_or_else(|| Error::internal(format!("a source gave a column of {}", values.data_type())))?;
            let record =
                Record::new(py, rows, self.shape, &self.classes).map_err(|e| errors::user_error(py, &e, None))?;
            self.current = Some((Arc::clone(values), record));
        }
        self.current.as_ref().map(|(_, record)| record).ok_or_else(|| Error::internal("a batch without columns"))
    }
}

impl Decoder for RowDecoder {
    #[inline]
    fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>> {
        // SAFETY: the engine decodes while the interpreter is held.
        let py = unsafe { Python::assume_attached() };
        let record = self.record(py, &batch.values)?;
        let made = record.get(py, row).map_err(|e| errors::user_error(py, &e, None))?;
        Ok(Some(wrap(made)))
    }
}
