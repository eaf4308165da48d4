//! A batch's columns while they are filled.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryBuilder;
use penstock_core::source::RawBatch;

use crate::kafka::native::Message;

/// The columns.
pub(super) struct Columns {
    values: BinaryBuilder,
    keys: Option<BinaryBuilder>,
    timestamps: Vec<i64>,
    positions: Vec<i64>,
    bytes: u64,
}

impl Columns {
    pub(super) fn new(count: usize, bytes: usize, keys: bool) -> Self {
        Self {
            values: BinaryBuilder::with_capacity(count, bytes),
            keys: keys.then(|| BinaryBuilder::with_capacity(count, count * 16)),
            timestamps: Vec::with_capacity(count),
            positions: Vec::with_capacity(count),
            bytes: 0,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, message: &Message) {
        let (value, key) = (message.value(), message.key());
        self.values.append_option(value);
        if let Some(keys) = &mut self.keys {
            keys.append_option(key);
        }
        self.timestamps.push(message.timestamp());
        self.positions.push(message.offset() + 1);
        self.bytes += (value.map_or(0, <[u8]>::len) + key.map_or(0, <[u8]>::len)) as u64;
    }

    /// Where to read on after the last message.
    pub(super) fn position(&self) -> Option<i64> {
        self.positions.last().copied()
    }

    pub(super) fn finish(mut self, split: Arc<str>) -> RawBatch {
        RawBatch {
            split,
            values: Arc::new(self.values.finish()),
            keys: self.keys.map(|mut keys| Arc::new(keys.finish()) as ArrayRef),
            timestamps: Some(self.timestamps),
            positions: self.positions,
            num_bytes: self.bytes,
        }
    }
}
