//! The object lane: batches of opaque values with their timestamps and, after `key_by`, their keys.

use crate::object::Object;

/// One value on its way through a chain.
#[derive(Debug, Clone)]
pub struct Record {
    /// The value.
    pub value: Object,
    /// Event time in milliseconds, or [`crate::NO_TIMESTAMP`].
    pub timestamp: i64,
}

/// The keys of a batch, computed once, upstream of the channel.
#[derive(Debug, Default)]
pub struct Keys {
    /// The key as the user's selector returned it.
    pub objects: Vec<Object>,
    /// Key group of each key.
    pub groups: Vec<u16>,
    /// Canonical bytes of all keys, one after the other.
    pub bytes: Vec<u8>,
    /// End of each key in `bytes`.
    pub ends: Vec<u32>,
}

impl Keys {
    /// Canonical bytes of key `row`.
    #[inline]
    #[must_use]
    pub fn bytes_of(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.bytes[start..self.ends[row] as usize]
    }

    /// Makes room for so many keys.
    pub fn reserve(&mut self, keys: usize) {
        self.objects.reserve(keys);
        self.groups.reserve(keys);
        self.ends.reserve(keys);
    }

    /// Appends a key.
    #[inline]
    pub fn push(&mut self, object: Object, group: u16, bytes: &[u8]) {
        self.objects.push(object);
        self.groups.push(group);
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len() as u32);
    }
}

/// A batch of the object lane.
#[derive(Debug, Default)]
pub struct ObjectBatch {
    /// The values, in order.
    pub values: Vec<Object>,
    /// Event time of each value.
    pub timestamps: Vec<i64>,
    /// Present downstream of `key_by`.
    pub keys: Option<Keys>,
}

impl ObjectBatch {
    /// Number of records.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is nothing in it.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
