//! The batch that a source task is at.

use std::sync::Arc;

use arrow_array::NullArray;
use penstock_core::Object;
use penstock_core::source::{ObjectBatch, RawBatch};

/// A batch and how far it was sent down the chain.
pub(super) struct Current {
    /// Its records; without values where these are objects already.
    pub(super) batch: RawBatch,
    /// The objects.
    pub(super) objects: Option<Vec<Object>>,
    /// The next record.
    pub(super) row: usize,
}

impl Current {
    /// A batch of raw columns.
    pub(super) fn columns(batch: RawBatch) -> Self {
        Self { batch, objects: None, row: 0 }
    }

    /// A batch of objects.
    pub(super) fn objects(batch: ObjectBatch) -> Self {
        let ObjectBatch { split, objects, timestamps, position, .. } = batch;
        let records = RawBatch {
            split,
            values: Arc::new(NullArray::new(objects.len())),
            keys: None,
            timestamps,
            positions: (position + 1..=position + objects.len() as i64).collect(),
            num_bytes: 0,
        };
        Self { batch: records, objects: Some(objects), row: 0 }
    }
}
