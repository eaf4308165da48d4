//! A few numbered entries in a folder: what somebody has to remember over restarts. The newest counts. An entry is written
//! whole or not at all, and a number is given once, so that two writers notice each other.

use std::sync::Arc;

use bytes::Bytes;
use penstock_core::{Configuration, Error, Result};

use super::store::{Created, Store, join};
use super::target;
use crate::wire::damaged;

const PREFIX: &str = "entry-";
/// Longest entry, in bytes.
const LONGEST: u64 = 16 << 20;
/// Entries that stay beside the newest.
const KEPT: usize = 2;

/// A journal.
pub struct Journal {
    store: Arc<dyn Store>,
}

impl Journal {
    /// The journal in a folder: a URL or a local path. Nothing is read or written yet.
    pub fn open(folder: &str, config: &Configuration) -> Result<Self> {
        Ok(Self { store: target::store(folder, config)? })
    }

    /// The newest entry with its number.
    pub async fn newest(&self) -> Result<Option<(u64, Bytes)>> {
        let Some(number) = self.numbers().await?.pop() else { return Ok(None) };
        let path = name(number);
        let what = join(self.store.url(), &path);
        let stat = self.store.stat(&path).await?;
        let length = stat
            .ok_or_else(|| Error::external(format!("{what} was just removed: is another process at work?")))?
            .length;
        if length > LONGEST {
            return Err(damaged(&what, format!("it has {length} bytes")));
        }
        Ok(Some((number, self.store.read(&path, 0..length).await?)))
    }

    /// Writes the entry with this number, durably, and forgets old ones.
    pub async fn append(&self, number: u64, entry: Bytes) -> Result<()> {
        let path = name(number);
        if entry.len() as u64 > LONGEST {
            return Err(Error::invalid(format!("{} bytes are too many for an entry of a journal", entry.len())));
        }
        if self.store.create(&path, entry).await? == Created::Exists {
            return Err(Error::external(format!(
                "{} exists already: another process writes this journal",
                join(self.store.url(), &path)
            )));
        }
        let mut older = self.numbers().await?;
        older.retain(|older| *older < number);
        let surplus = older.len().saturating_sub(KEPT);
        for number in older.into_iter().take(surplus) {
            self.store.remove(&name(number)).await?;
        }
        Ok(())
    }

    /// Ascending.
    async fn numbers(&self) -> Result<Vec<u64>> {
        let files = self.store.entries("").await?.files;
        let mut numbers: Vec<u64> = files.iter().filter_map(|file| file.strip_prefix(PREFIX)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }
}

fn name(number: u64) -> String {
    format!("{PREFIX}{number:020}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_and_a_number_is_given_once() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = dir.path().join("journal");
            let journal = Journal::open(folder.to_str().unwrap(), &Configuration::default()).unwrap();
            assert!(journal.newest().await.unwrap().is_none());
            for number in 1..=12 {
                journal.append(number, Bytes::from(format!("{number}"))).await.unwrap();
            }
            assert_eq!(journal.newest().await.unwrap(), Some((12, Bytes::from_static(b"12"))));
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), KEPT + 1);
            let twice = journal.append(12, Bytes::new()).await.unwrap_err().to_string();
            assert!(twice.contains("another process"), "{twice}");
        });
    }
}
