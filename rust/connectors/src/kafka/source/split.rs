//! A partition as a split.

use penstock_core::Result;
use penstock_core::source::Split;
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::kafka::native::PartitionOffset;

const VERSION: u8 = 1;

/// What a split's data say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartitionSplit {
    pub(super) topic: String,
    pub(super) partition: i32,
    /// The first offset that is not read any more.
    pub(super) stop: Option<i64>,
}

impl PartitionSplit {
    pub(super) fn split(&self, position: i64) -> Split {
        Split { id: id(&self.topic, self.partition), position, data: encoding::encode(VERSION, self) }
    }

    pub(super) fn read(split: &Split) -> Result<Self> {
        encoding::decode("a split of a Kafka source", VERSION, &split.data)
    }

    /// For a commit: the position of a split with its partition.
    pub(super) fn offset(split: &Split) -> Result<PartitionOffset> {
        let Self { topic, partition, .. } = Self::read(split)?;
        Ok(PartitionOffset { topic, partition, offset: split.position })
    }
}

/// Unique within a source.
pub(super) fn id(topic: &str, partition: i32) -> String {
    format!("{topic}-{partition}")
}

/// The subtask that reads a partition, by Flink's rule: partitions of a topic go round from a start that depends on the
/// topic's name.
pub(super) fn owner(topic: &str, partition: i32, parallelism: u32) -> u32 {
    let hash = java_hash(topic).wrapping_mul(31) & 0x7FFF_FFFF;
    let start = hash as u32 % parallelism;
    (start + partition.max(0) as u32) % parallelism
}

/// Java's `String.hashCode`.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_comes_back_from_its_encoding() {
        let split = PartitionSplit { topic: "orders".to_owned(), partition: 3, stop: Some(9) };
        let encoded = split.split(5);
        assert_eq!((encoded.id.as_str(), encoded.position), ("orders-3", 5));
        assert_eq!(PartitionSplit::read(&encoded).unwrap(), split);
    }

    #[test]
    fn strings_hash_as_in_java() {
        assert_eq!(java_hash(""), 0);
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(java_hash("transactions"), 1_954_122_069);
        assert_eq!(java_hash("é€"), 233 * 31 + 8364);
    }

    #[test]
    fn partitions_go_round_from_the_topics_start() {
        // 99162322 * 31, cut to 31 bits, is 926548334.
        assert_eq!((0..5).map(|p| owner("hello", p, 4)).collect::<Vec<_>>(), [2, 3, 0, 1, 2]);
        assert_eq!(owner("hello", 7, 1), 0);
    }
}
