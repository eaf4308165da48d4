//! From "earliest", "the committed ones", "since yesterday" to offsets.

use std::collections::HashMap;
use std::time::Duration;

use penstock_core::{Error, Result};

use crate::kafka::native::{PartitionOffset, PartitionOffsets};
use crate::kafka::options::{Offsets, Reset};
use crate::kafka::properties::Properties;

/// A partition's name.
pub(super) type Partition = (String, i32);

/// Answers questions about a cluster. Every call waits for brokers.
pub(super) struct Resolver {
    client: PartitionOffsets,
    group: Option<String>,
}

impl Resolver {
    pub(super) fn new(properties: &Properties, timeout: Duration) -> Result<Self> {
        let group = properties.client("group.id").map(str::to_owned);
        Ok(Self { client: PartitionOffsets::new(properties, timeout)?, group })
    }

    /// Partitions of a topic, or of all topics.
    pub(super) fn partitions(&self, topic: Option<&str>) -> Result<Vec<(String, Vec<i32>)>> {
        self.client.partitions(topic)
    }

    /// Whether there is a group to commit to.
    pub(super) fn has_group(&self) -> bool {
        self.group.is_some()
    }

    pub(super) fn commit(&self, offsets: &[PartitionOffset]) -> Result<()> {
        self.client.commit(offsets)
    }

    /// An offset for each partition.
    pub(super) fn resolve(&self, offsets: &Offsets, partitions: &[Partition]) -> Result<HashMap<Partition, i64>> {
        match offsets {
            Offsets::Earliest => self.at(PartitionOffsets::EARLIEST, partitions),
            Offsets::Latest => self.at(PartitionOffsets::LATEST, partitions),
            Offsets::Timestamp { timestamp } => self.since(*timestamp, partitions),
            Offsets::Committed { reset } => self.committed(*reset, partitions),
            Offsets::Offsets { offsets, reset } => self.listed(offsets, *reset, partitions),
        }
    }

    fn at(&self, time: i64, partitions: &[Partition]) -> Result<HashMap<Partition, i64>> {
        let asked: Vec<_> = partitions
            .iter()
            .map(|(topic, partition)| PartitionOffset { topic: topic.clone(), partition: *partition, offset: time })
            .collect();
        Ok(self.client.at(&asked)?.into_iter().map(|p| ((p.topic, p.partition), p.offset)).collect())
    }

    /// The end, where nothing is as young as that.
    fn since(&self, timestamp: i64, partitions: &[Partition]) -> Result<HashMap<Partition, i64>> {
        let (mut found, rest) = split_known(self.at(timestamp.max(0), partitions)?, partitions);
        found.extend(self.at(PartitionOffsets::LATEST, &rest)?);
        Ok(found)
    }

    fn committed(&self, reset: Reset, partitions: &[Partition]) -> Result<HashMap<Partition, i64>> {
        let mut asked = HashMap::new();
        if self.group.is_some() && !partitions.is_empty() {
            let query: Vec<_> = partitions
                .iter()
                .map(|(topic, partition)| PartitionOffset { topic: topic.clone(), partition: *partition, offset: 0 })
                .collect();
            asked.extend(self.client.committed(&query)?.into_iter().map(|p| ((p.topic, p.partition), p.offset)));
        }
        let (mut found, rest) = split_known(asked, partitions);
        found.extend(self.reset(reset, &rest)?);
        Ok(found)
    }

    /// As in Flink: listed, else committed, else by the reset strategy.
    fn listed(
        &self,
        listed: &[(String, i32, i64)],
        reset: Reset,
        partitions: &[Partition],
    ) -> Result<HashMap<Partition, i64>> {
        let listed = listed.iter().map(|(topic, partition, offset)| ((topic.clone(), *partition), *offset)).collect();
        let (mut found, rest) = split_known(listed, partitions);
        if !rest.is_empty() {
            found.extend(self.committed(reset, &rest)?);
        }
        Ok(found)
    }

    fn reset(&self, reset: Reset, partitions: &[Partition]) -> Result<HashMap<Partition, i64>> {
        match (reset, partitions.first()) {
            (_, None) => Ok(HashMap::new()),
            (Reset::Earliest, _) => self.at(PartitionOffsets::EARLIEST, partitions),
            (Reset::Latest, _) => self.at(PartitionOffsets::LATEST, partitions),
            (Reset::None, Some((topic, partition))) => Err(Error::invalid(format!(
                "there is no offset for partition {partition} of the Kafka topic '{topic}': the group '{}' has committed none, and the reset strategy is NONE. \
                 Say what to do, e.g. KafkaOffsetsInitializer.committed_offsets(KafkaOffsetResetStrategy.EARLIEST)",
                self.group.as_deref().unwrap_or_default()
            ))),
        }
    }
}

/// Those with an offset, and those without.
fn split_known(
    mut offsets: HashMap<Partition, i64>,
    partitions: &[Partition],
) -> (HashMap<Partition, i64>, Vec<Partition>) {
    let (mut known, mut rest) = (HashMap::new(), Vec::new());
    for partition in partitions {
        match offsets.remove(partition).filter(|offset| *offset >= 0) {
            Some(offset) => drop(known.insert(partition.clone(), offset)),
            None => rest.push(partition.clone()),
        }
    }
    (known, rest)
}
