//! Finds partitions, at the start and again and again, and commits offsets for those who look at the group.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use penstock_core::source::{Split, SplitEnumerator};
use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::Wanted;
use super::offsets::{Partition, Resolver};
use super::split::{PartitionSplit, owner};
use crate::encoding;
use crate::kafka::native::{PartitionOffset, end_in_background};
use crate::kafka::options::Offsets;

const VERSION: u8 = 1;
/// A checkpoint's completion does not wait longer than this for a commit that is only for information.
const COMMIT_PATIENCE: Duration = Duration::from_secs(5);

/// What was found so far; this goes into checkpoints.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Progress {
    known: BTreeSet<Partition>,
    /// Whether the first look is over. Partitions found later are new, and read from their beginning.
    looked: bool,
}

impl Progress {
    pub(super) fn restored(snapshot: Option<&[u8]>) -> Result<Self> {
        snapshot.map_or_else(
            || Ok(Self::default()),
            |bytes| encoding::decode("the partitions of a Kafka source", VERSION, bytes),
        )
    }
}

pub(super) struct KafkaEnumerator {
    pub(super) wanted: Wanted,
    pub(super) starting: Offsets,
    pub(super) stopping: Option<Offsets>,
    pub(super) interval: Option<Duration>,
    /// Shared with the thread that waits for brokers.
    pub(super) resolver: Arc<Resolver>,
    pub(super) commits: bool,
    pub(super) progress: Progress,
    /// Whether a commit is under way; another one would only queue behind it.
    pub(super) committing: Arc<AtomicBool>,
}

#[async_trait]
impl SplitEnumerator for KafkaEnumerator {
    async fn discover(&mut self) -> Result<Vec<Split>> {
        let look = Look {
            wanted: self.wanted.clone(),
            known: self.progress.known.clone(),
            starting: if self.progress.looked { Offsets::Earliest } else { self.starting.clone() },
            stopping: self.stopping.clone(),
        };
        let resolver = Arc::clone(&self.resolver);
        let found = tokio::task::spawn_blocking(move || look.new_splits(&resolver)).await;
        let found = found.map_err(|e| Error::internal(format!("looking for Kafka partitions: {e}")))??;
        if self.progress.looked && !found.is_empty() {
            let names: Vec<_> = found.iter().map(|(_, split)| split.id.as_str()).collect();
            tracing::info!("Kafka source: new partitions {}", names.join(", "));
        }
        self.progress.looked = true;
        self.progress.known.extend(found.iter().map(|(partition, _)| partition.clone()));
        Ok(found.into_iter().map(|(_, split)| split).collect())
    }

    fn discovery_interval(&self) -> Option<Duration> {
        self.interval.filter(|_| !matches!(self.wanted, Wanted::Partitions(_)))
    }

    fn owner(&self, split: &Split, parallelism: u32) -> u32 {
        PartitionSplit::read(split).map_or(0, |p| owner(&p.topic, p.partition, parallelism))
    }

    fn snapshot(&self) -> Vec<u8> {
        encoding::encode(VERSION, &self.progress)
    }

    async fn checkpoint_complete(&mut self, positions: &[Split]) -> Result<()> {
        if !self.commits
            || !self.resolver.has_group()
            || positions.is_empty()
            || self.committing.swap(true, Ordering::SeqCst)
        {
            return Ok(());
        }
        let offsets: Vec<PartitionOffset> = positions.iter().map(PartitionSplit::offset).collect::<Result<_>>()?;
        let (resolver, committing) = (Arc::clone(&self.resolver), Arc::clone(&self.committing));
        let commit = tokio::task::spawn_blocking(move || {
            if let Err(error) = resolver.commit(&offsets) {
                tracing::warn!(
                    "Kafka source: {error}; the group's offsets stay behind, the job itself does not need them"
                );
            }
            committing.store(false, Ordering::SeqCst);
        });
        // The commit goes on if it takes longer; the next one is skipped then.
        let _ = tokio::time::timeout(COMMIT_PATIENCE, commit).await;
        Ok(())
    }
}

impl Drop for KafkaEnumerator {
    fn drop(&mut self) {
        end_in_background(Arc::clone(&self.resolver));
    }
}

/// One search for partitions.
struct Look {
    wanted: Wanted,
    known: BTreeSet<Partition>,
    starting: Offsets,
    stopping: Option<Offsets>,
}

impl Look {
    fn new_splits(&self, resolver: &Resolver) -> Result<Vec<(Partition, Split)>> {
        let new: Vec<Partition> = self.partitions(resolver)?.into_iter().filter(|p| !self.known.contains(p)).collect();
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let starts = resolver.resolve(&self.starting, &new)?;
        let stops = self.stopping.as_ref().map(|s| resolver.resolve(s, &new)).transpose()?;
        let splits = new.into_iter().map(|partition| {
            let start = *starts.get(&partition).ok_or_else(|| {
                Error::external(format!("Kafka gave no offset for partition {} of topic {}", partition.1, partition.0))
            })?;
            let stop = stops.as_ref().and_then(|stops| stops.get(&partition).copied());
            let split = PartitionSplit { topic: partition.0.clone(), partition: partition.1, stop }.split(start);
            Ok((partition, split))
        });
        splits.collect()
    }

    fn partitions(&self, resolver: &Resolver) -> Result<BTreeSet<Partition>> {
        let all = |(topic, partitions): (String, Vec<i32>)| {
            partitions.into_iter().map(move |p| (topic.clone(), p)).collect::<Vec<_>>()
        };
        match &self.wanted {
            Wanted::Pattern(pattern) => Ok(resolver
                .partitions(None)?
                .into_iter()
                .filter(|(topic, _)| pattern.is_match(topic))
                .flat_map(all)
                .collect()),
            Wanted::Topics(topics) => {
                let mut found = BTreeSet::new();
                for topic in topics {
                    found.extend(self.of_topic(resolver, topic)?);
                }
                Ok(found)
            }
            Wanted::Partitions(partitions) => {
                let mut there = BTreeSet::new();
                for topic in partitions.iter().map(|(topic, _)| topic).collect::<BTreeSet<_>>() {
                    there.extend(self.of_topic(resolver, topic)?);
                }
                match partitions.iter().find(|p| !there.contains(p)) {
                    Some((topic, partition)) => {
                        Err(Error::invalid(format!("the Kafka topic '{topic}' has no partition {partition}")))
                    }
                    None => Ok(partitions.iter().cloned().collect()),
                }
            }
        }
    }

    fn of_topic(&self, resolver: &Resolver, topic: &str) -> Result<Vec<Partition>> {
        let found: Vec<_> = resolver
            .partitions(Some(topic))?
            .into_iter()
            .filter(|(name, _)| name == topic)
            .flat_map(|(_, p)| p)
            .collect();
        if found.is_empty() && !self.known.iter().any(|(known, _)| known == topic) {
            return Err(Error::invalid(format!(
                "the Kafka topic '{topic}' does not exist, or this job may not see it"
            )));
        }
        Ok(found.into_iter().map(|partition| (topic.to_owned(), partition)).collect())
    }
}
