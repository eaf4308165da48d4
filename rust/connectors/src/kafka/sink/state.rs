//! The writer's own state: the prefix its transactions had, so that those of an old prefix are found after a change.

use std::collections::BTreeSet;

use penstock_core::Result;
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::kafka::options::Naming;

const VERSION: u8 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct WriterState {
    prefix: String,
    /// For people who look into a checkpoint: a start cleans up after either strategy.
    #[serde(default)]
    naming: Naming,
}

pub(super) fn encode(prefix: &str, naming: Naming) -> Vec<u8> {
    encoding::encode(VERSION, &WriterState { prefix: prefix.to_owned(), naming })
}

/// The current prefix and every prefix in restored states.
pub(super) fn prefixes(current: &str, restored: &[Vec<u8>]) -> Result<BTreeSet<String>> {
    let mut prefixes = BTreeSet::from([current.to_owned()]);
    for bytes in restored {
        prefixes.insert(encoding::decode::<WriterState>("the state of a Kafka sink", VERSION, bytes)?.prefix);
    }
    Ok(prefixes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_prefixes_are_remembered() {
        let restored = ["old", "new", "old"].map(|prefix| encode(prefix, Naming::Pooling));
        assert_eq!(prefixes("new", &restored).unwrap().into_iter().collect::<Vec<_>>(), ["new", "old"]);
        assert!(prefixes("new", &[vec![7]]).is_err());
    }
}
