//! The decoder of sources one after another: each has its own, and a split's id begins with its source's number.

use std::sync::Arc;

use penstock_core::source::RawBatch;
use penstock_core::{Error, Object, Result};

use crate::lane::Decoder;

/// Finds the decoder of a batch.
pub struct HybridDecoder {
    decoders: Vec<Box<dyn Decoder>>,
    /// The split that was decoded last, and the place of its decoder.
    last: Option<(Arc<str>, usize)>,
}

impl HybridDecoder {
    /// The decoders of the sources in their order.
    #[must_use]
    pub fn new(decoders: Vec<Box<dyn Decoder>>) -> Self {
        Self { decoders, last: None }
    }

    fn of(&mut self, batch: &RawBatch) -> Result<&mut Box<dyn Decoder>> {
        let number = match &self.last {
            Some((split, number)) if Arc::ptr_eq(split, &batch.split) => *number,
            _ => {
                let number = batch.split.split_once('|').and_then(|(number, _)| number.parse().ok());
                let number = number.ok_or_else(|| Error::internal(format!("{} is of no source", batch.split)))?;
                self.last = Some((Arc::clone(&batch.split), number));
                number
            }
        };
        self.decoders.get_mut(number).ok_or_else(|| Error::internal(format!("{} is of no source", batch.split)))
    }
}

impl Decoder for HybridDecoder {
    fn decode(&mut self, batch: &RawBatch, row: usize) -> Result<Option<Object>> {
        self.of(batch)?.decode(batch, row)
    }

    fn accept(&mut self, batch: &RawBatch, object: Object) -> Result<Object> {
        self.of(batch)?.accept(batch, object)
    }
}
