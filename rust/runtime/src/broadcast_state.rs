//! Broadcast state: a small map that every subtask has whole, kept as live objects.

use indexmap::IndexMap;
use std::sync::Arc;

use penstock_core::{Error, Object, ObjectCodec, Result};

/// One broadcast map of one subtask.
pub struct BroadcastState {
    name: String,
    key_codec: Arc<dyn ObjectCodec>,
    value_codec: Arc<dyn ObjectCodec>,
    entries: IndexMap<Vec<u8>, (Object, Object)>,
}

impl BroadcastState {
    /// An empty map.
    #[must_use]
    pub fn new(name: String, key_codec: Arc<dyn ObjectCodec>, value_codec: Arc<dyn ObjectCodec>) -> Self {
        Self { name, key_codec, value_codec, entries: IndexMap::new() }
    }

    /// Name of its descriptor.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value under a key.
    pub fn get(&self, key: &Object) -> Result<Option<Object>> {
        Ok(self.entries.get(&self.key_bytes(key)?).map(|(_, value)| value.clone()))
    }

    /// Sets the value under a key.
    pub fn put(&mut self, key: Object, value: Object) -> Result<()> {
        self.value_codec.check(&value)?;
        self.entries.insert(self.key_bytes(&key)?, (key, value));
        Ok(())
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &Object) -> Result<()> {
        let bytes = self.key_bytes(key)?;
        self.entries.shift_remove(&bytes);
        Ok(())
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Keys and values, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<(Object, Object)> {
        self.entries.values().cloned().collect()
    }

    /// Every entry as bytes: key length, key, value.
    pub fn snapshot(&self) -> Result<Vec<Vec<u8>>> {
        self.entries
            .iter()
            .map(|(key, (_, value))| {
                let mut bytes = (key.len() as u32).to_be_bytes().to_vec();
                bytes.extend_from_slice(key);
                self.value_codec.encode(value, &mut bytes)?;
                Ok(bytes)
            })
            .collect()
    }

    /// Adds the entries of a snapshot.
    pub fn restore(&mut self, elements: &[Vec<u8>]) -> Result<()> {
        for element in elements {
            let (key, value) = split(element).ok_or_else(|| {
                Error::external(format!("the snapshot of broadcast state '{}' is damaged", self.name))
            })?;
            let entry = (self.key_codec.decode(key)?, self.value_codec.decode(value)?);
            self.entries.insert(key.to_vec(), entry);
        }
        Ok(())
    }

    fn key_bytes(&self, key: &Object) -> Result<Vec<u8>> {
        self.key_codec.check(key)?;
        let mut bytes = Vec::new();
        self.key_codec.encode(key, &mut bytes)?;
        Ok(bytes)
    }
}

fn split(element: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = element.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*len) as usize)
}
