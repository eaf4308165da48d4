//! The connectors' own encoding of what goes into checkpoints: a version byte, then JSON. It is small, and readable in
//! a dump of a checkpoint.

use penstock_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes a value under a version.
pub(crate) fn encode<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    let mut bytes = vec![version];
    serde_json::to_writer(&mut bytes, value).expect("checkpointed types have string keys and no failing serialisers");
    bytes
}

/// Decodes what [`encode`] gave for the same version. `what` names it in errors.
pub(crate) fn decode<T: DeserializeOwned>(what: &str, version: u8, bytes: &[u8]) -> Result<T> {
    match bytes.split_first() {
        Some((found, json)) if *found == version => serde_json::from_slice(json)
            .map_err(|e| Error::invalid(format!("{what} in the checkpoint cannot be read: {e}"))),
        Some((found, _)) => Err(Error::invalid(format!(
            "{what} in the checkpoint has version {found}, but this Penstock knows version {version} only; restore it with the Penstock that wrote it"
        ))),
        None => Err(Error::invalid(format!("{what} in the checkpoint is empty"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let bytes = encode(3, &("a", 7));
        assert_eq!(decode::<(String, i32)>("it", 3, &bytes).unwrap(), ("a".to_owned(), 7));
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let error = decode::<i32>("the state of a reader", 1, &encode(2, &1)).unwrap_err().to_string();
        assert!(error.starts_with("the state of a reader in the checkpoint has version 2"), "{error}");
        assert!(decode::<i32>("it", 1, b"").is_err());
    }
}
