//! Hands out the splits of one source after the other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use penstock_core::source::{Source, Split, SplitEnumerator};
use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{inner, outer};
use crate::encoding;

const VERSION: u8 = 1;

/// What goes into checkpoints. Which splits are being read is in the readers' own snapshots.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
    /// The number of the source that is read.
    current: usize,
    /// What its enumerator knows.
    enumerator: Vec<u8>,
    /// Whether it was asked for splits.
    looked: bool,
}

pub(super) struct HybridEnumerator {
    sources: Vec<Arc<dyn Source>>,
    parallelism: u32,
    current: usize,
    enumerator: Box<dyn SplitEnumerator>,
    /// Splits that were handed out and not read to their end, by the ids that the engine knows.
    reading: HashSet<String>,
    looked: bool,
    /// Who got which split: whoever starts again gets his own back, also of a source that others have done with.
    owners: Mutex<HashMap<String, u32>>,
}

impl HybridEnumerator {
    pub(super) fn new(sources: Vec<Arc<dyn Source>>, parallelism: u32, restored: Option<&[u8]>) -> Result<Self> {
        let progress: Option<Progress> =
            restored.map(|bytes| encoding::decode("the splits of a hybrid source", VERSION, bytes)).transpose()?;
        let current = progress.as_ref().map_or(0, |progress| progress.current);
        let source = sources.get(current).ok_or_else(|| {
            Error::invalid(format!(
                "the checkpoint is at source {} of a hybrid source that has {} now",
                current + 1,
                sources.len()
            ))
        })?;
        let enumerator = source.enumerator(parallelism, progress.as_ref().map(|p| &*p.enumerator))?;
        let looked = progress.is_some_and(|progress| progress.looked);
        Ok(Self {
            sources,
            parallelism,
            current,
            enumerator,
            reading: HashSet::new(),
            looked,
            owners: Mutex::default(),
        })
    }

    fn is_last(&self) -> bool {
        self.current + 1 == self.sources.len()
    }

    /// Whether all that the current source has was read.
    fn is_over(&self) -> bool {
        self.looked && self.reading.is_empty() && self.enumerator.is_complete()
    }
}

#[async_trait]
impl SplitEnumerator for HybridEnumerator {
    fn restored(&mut self, splits: &[Split]) {
        self.reading.extend(splits.iter().map(|split| split.id.clone()));
        let inner = splits.iter().filter_map(|split| inner(split).ok());
        let of_current: Vec<Split> =
            inner.filter(|(number, _)| *number == self.current).map(|(_, split)| split).collect();
        self.enumerator.restored(&of_current);
    }

    async fn discover(&mut self) -> Result<Vec<Split>> {
        loop {
            let found = self.enumerator.discover().await?;
            self.looked = true;
            let found: Vec<Split> = found.into_iter().map(|split| outer(self.current, split)).collect();
            self.reading.extend(found.iter().map(|split| split.id.clone()));
            if !found.is_empty() || self.is_last() || !self.is_over() {
                return Ok(found);
            }
            let next = Arc::clone(&self.sources[self.current + 1]);
            let parallelism = self.parallelism;
            // Making it may ask the outside.
            let made = tokio::task::spawn_blocking(move || next.enumerator(parallelism, None)).await;
            self.enumerator = made.map_err(|e| Error::internal(format!("the next source of a hybrid one: {e}")))??;
            self.current += 1;
            self.looked = false;
            tracing::info!("Hybrid source: source {} of {} begins.", self.current + 1, self.sources.len());
        }
    }

    fn discovery_interval(&self) -> Option<Duration> {
        self.enumerator.discovery_interval()
    }

    fn is_complete(&self) -> bool {
        self.is_last() && self.enumerator.is_complete()
    }

    fn owner(&self, split: &Split, parallelism: u32) -> u32 {
        let mut owners = self.owners.lock();
        *owners.entry(split.id.clone()).or_insert_with(|| match inner(split) {
            Ok((_, split)) => self.enumerator.owner(&split, parallelism),
            // Of a checkpoint; whoever gets it says what is wrong with it.
            Err(_) => 0,
        })
    }

    fn split_finished(&mut self, id: &str) -> bool {
        let known = self.reading.remove(id);
        known && self.is_over() && !self.is_last()
    }

    fn snapshot(&self) -> Vec<u8> {
        let enumerator = self.enumerator.snapshot();
        encoding::encode(VERSION, &Progress { current: self.current, enumerator, looked: self.looked })
    }

    async fn checkpoint_complete(&mut self, positions: &[Split]) -> Result<()> {
        let of_all = positions.iter().map(inner).collect::<Result<Vec<_>>>()?;
        let of_current: Vec<Split> =
            of_all.into_iter().filter(|(number, _)| *number == self.current).map(|(_, split)| split).collect();
        self.enumerator.checkpoint_complete(&of_current).await
    }
}
