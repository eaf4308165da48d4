//! Keys as RocksDB stores them: key group (two bytes, big endian, so that key groups ascend), length of the key, the
//! key, the map key. The length in front keeps the entries of one key together and apart from those of any other.

use penstock_core::Result;

use crate::backend::KeyRef;
use crate::wire::{Reader, put_bytes};

/// What every entry of a key begins with.
pub(super) fn prefix(key: KeyRef<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 + 5 + key.bytes.len() + 16);
    bytes.extend_from_slice(&key.group.to_be_bytes());
    put_bytes(&mut bytes, key.bytes);
    bytes
}

/// The whole key of an entry.
pub(super) fn entry(key: KeyRef<'_>, map_key: &[u8]) -> Vec<u8> {
    let mut bytes = prefix(key);
    bytes.extend_from_slice(map_key);
    bytes
}

/// Takes a stored key apart: key and map key.
pub(super) fn split(stored: &[u8]) -> Result<(KeyRef<'_>, &[u8])> {
    let mut reader = Reader::new(stored, "a key in RocksDB");
    let group = u16::from_be_bytes(reader.array()?);
    let bytes = reader.bytes()?;
    Ok((KeyRef { group, bytes }, reader.rest()))
}

/// The first bytes that are greater than everything that begins with `prefix`; `None` if there are none.
pub(super) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&b| b != 0xff)?;
    let mut bytes = prefix[..=last].to_vec();
    bytes[last] += 1;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back() {
        let key = KeyRef { group: 513, bytes: &[7; 300] };
        let stored = entry(key, b"map key");
        assert_eq!(split(&stored).expect("whole"), (key, &b"map key"[..]));
        assert!(stored.starts_with(&prefix(key)));
        assert!(split(&stored[..40]).is_err());
    }

    #[test]
    fn no_key_is_a_prefix_of_another() {
        let (short, long) = (KeyRef { group: 1, bytes: b"a" }, KeyRef { group: 1, bytes: b"ab" });
        assert!(!entry(long, b"").starts_with(&prefix(short)));
    }

    #[test]
    fn the_end_of_a_range() {
        assert_eq!(after(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(after(&[1, 0xff, 0xff]), Some(vec![2]));
        assert_eq!(after(&[0xff]), None);
    }
}
