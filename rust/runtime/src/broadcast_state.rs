//! Broadcast state: a small map that every subtask has whole, kept as live objects.

use indexmap::IndexMap;
use std::sync::Arc;

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{StateDescriptor, StateKind};
use penstock_state::evolution::Conversion;
use serde::{Deserialize, Serialize};

use crate::operators::RestoredOperator;

/// Name of the operator state with the types of all broadcast states of an operator.
pub const BROADCAST_TYPES_STATE: &str = "_broadcast-types";

/// Name and types of a broadcast state. A snapshot has them too, so that a changed type is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    name: String,
    types: DeclaredTypes,
}

impl Declaration {
    /// The declaration of a map; types that are absent mean any object.
    #[must_use]
    pub fn new(name: &str, key: Option<&TypeInfo>, value: Option<&TypeInfo>) -> Self {
        let types = DeclaredTypes { map_key: key.cloned(), value: value.cloned(), ..DeclaredTypes::default() };
        Self { name: name.to_owned(), types }
    }

    /// The element of [`BROADCAST_TYPES_STATE`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("names and types are texts")
    }

    fn descriptor(&self) -> StateDescriptor {
        StateDescriptor { name: self.name.clone(), kind: StateKind::Map, declared: self.types.text() }
    }
}

/// One broadcast map of one subtask.
pub struct BroadcastState {
    declaration: Declaration,
    key_codec: Arc<dyn ObjectCodec>,
    value_codec: Arc<dyn ObjectCodec>,
    entries: IndexMap<Vec<u8>, (Object, Object)>,
}

impl BroadcastState {
    /// An empty map.
    #[must_use]
    pub fn new(declaration: Declaration, key_codec: Arc<dyn ObjectCodec>, value_codec: Arc<dyn ObjectCodec>) -> Self {
        Self { declaration, key_codec, value_codec, entries: IndexMap::new() }
    }

    /// Name of its descriptor.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.declaration.name
    }

    /// Name and types.
    #[must_use]
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
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

    /// Adds the entries of a snapshot, converted where their types have changed since.
    pub fn restore(&mut self, restored: &RestoredOperator, operator: &str) -> Result<()> {
        let name = self.name().to_owned();
        let conversion = self.conversion(restored, operator)?;
        let unreadable = |error: Error| {
            Error::invalid(format!("broadcast state '{name}' of operator '{operator}' cannot be read: {error}"))
        };
        for element in restored.elements(&name) {
            let (key, value) = split(element)
                .ok_or_else(|| Error::external(format!("the snapshot of broadcast state '{name}' is damaged")))?;
            let (key, value) = match &conversion {
                None => (key.to_vec(), value.to_vec()),
                Some(conversion) => (conversion.map_key(key)?, conversion.value(value, 0)?),
            };
            let objects = self.key_codec.decode(&key).and_then(|k| Ok((k, self.value_codec.decode(&value)?)));
            self.entries.insert(key, objects.map_err(unreadable)?);
        }
        Ok(())
    }

    /// How the entries of a snapshot become what is declared now.
    fn conversion(&self, restored: &RestoredOperator, operator: &str) -> Result<Option<Conversion>> {
        for element in restored.elements(BROADCAST_TYPES_STATE) {
            let stored: Declaration = serde_json::from_slice(element).map_err(|e| {
                Error::external(format!("the types of broadcast states in the snapshot cannot be read: {e}"))
            })?;
            if stored.name == self.declaration.name {
                return Conversion::between(&stored.descriptor(), &self.declaration.descriptor(), operator);
            }
        }
        Ok(None)
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
