//! Rewrites the entries of one state in a backend.

use penstock_core::Result;

use super::Conversion;
use crate::backend::{KeyRef, KeyedStateBackend, StateId};

/// Converts every entry of a state. The entries are read from a frozen copy, so that memory stays bounded.
pub fn convert_backend(
    backend: &mut dyn KeyedStateBackend,
    state: StateId,
    conversion: &Conversion,
    now: i64,
) -> Result<()> {
    let frozen = backend.freeze()?;
    for group in frozen.key_groups() {
        // Widened map keys may be equal to others' old ones, so that all old ones go before the new ones come.
        if conversion.map_key.is_some() {
            frozen.scan_group(group, &mut |id, key, map_key, _| {
                if id == state { backend.delete(id, KeyRef { group, bytes: key }, map_key) } else { Ok(()) }
            })?;
        }
        frozen.scan_group(group, &mut |id, key, map_key, value| {
            if id != state {
                return Ok(());
            }
            let (map_key, value) = (conversion.map_key(map_key)?, conversion.value(value, now)?);
            backend.put(id, KeyRef { group, bytes: key }, &map_key, &value)
        })?;
    }
    Ok(())
}
