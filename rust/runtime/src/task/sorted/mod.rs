//! BATCH input of a keyed operator: records wait until all are there and then come key by key, each key's in the order of
//! their timestamps, so that an operator has one key's state and timers at a time.
//!
//! They wait as bytes. What is more than the memory allowed goes to files, each sorted, which are merged in the end. The
//! records that are not broadcast wait here too, where the others come first; they keep their order.

mod record;
mod runs;

use std::cmp::Ordering;
use std::path::PathBuf;

use penstock_core::{Error, Object, ObjectBatch, Result};
use penstock_state::backend::KeyRef;

use crate::chain::ChainNode;
use crate::exchange::EdgeCodecs;
use record::{Record, order, prefix};
use runs::{Merge, Run};

/// Most files that are merged at a time.
const MOST_RUNS: usize = 64;

/// Which records wait for the end of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// Those with a key; what is broadcast is processed at once.
    Keyed,
    /// Those of the first input.
    FirstInput,
}

/// How much memory sorting may take, and where the rest goes.
#[derive(Debug, Clone)]
pub struct SortSettings {
    /// Most bytes in memory.
    pub memory: usize,
    /// Where files are made.
    pub directory: PathBuf,
}

/// A record in `bytes`, with the first bytes of its key, which mostly decide.
struct Entry {
    prefix: u64,
    offset: usize,
    len: usize,
}

/// Records that wait.
pub(super) struct SortedInput {
    sorting: Sorting,
    settings: SortSettings,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    runs: Vec<Run>,
    /// How many have come, for those without a key.
    arrived: u64,
}

impl SortedInput {
    pub fn new(sorting: Sorting, settings: SortSettings) -> Self {
        Self { sorting, settings, bytes: Vec::new(), entries: Vec::new(), runs: Vec::new(), arrived: 0 }
    }

    /// Keeps the records of a batch; gives one back that is to be processed now. The interpreter is held.
    pub fn keep(
        &mut self,
        input: usize,
        channel: usize,
        batch: ObjectBatch,
        codecs: Option<&EdgeCodecs>,
    ) -> Result<Option<ObjectBatch>> {
        let waits = match self.sorting {
            Sorting::Keyed => batch.keys.is_some(),
            Sorting::FirstInput => input == 0,
        };
        if !waits {
            return Ok(Some(batch));
        }
        let codecs = codecs.ok_or_else(|| Error::internal("records that are sorted have codecs"))?;
        for (row, (value, timestamp)) in batch.values.iter().zip(&batch.timestamps).enumerate() {
            // In the order of signed bytes.
            let number = self.arrived.to_be_bytes().map(|byte| byte ^ 0x80);
            self.arrived += 1;
            let (group, key) = match &batch.keys {
                Some(keys) => (keys.groups[row], keys.bytes_of(row)),
                None => (0, &number[..]),
            };
            let offset = self.bytes.len();
            record::begin(group, key, *timestamp, channel as u32, input as u8, &mut self.bytes);
            codecs.value.encode(value, &mut self.bytes)?;
            self.entries.push(Entry { prefix: prefix(key), offset, len: self.bytes.len() - offset });
            if self.bytes.len() + self.entries.len() * size_of::<Entry>() > self.settings.memory {
                self.spill()?;
            }
        }
        Ok(None)
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        // Stable: records of the same key and time stay as they came.
        self.entries.sort_by(|a, b| match a.prefix.cmp(&b.prefix) {
            Ordering::Equal => order(entry(bytes, a), entry(bytes, b)),
            decided => decided,
        });
    }

    /// Writes what is in memory to a file.
    fn spill(&mut self) -> Result<()> {
        if self.runs.len() == MOST_RUNS {
            let merged = Run::write(&self.settings.directory, Merge::new(std::mem::take(&mut self.runs))?)?;
            self.runs.push(merged);
        }
        self.sort();
        let (bytes, entries) = (&self.bytes, &self.entries);
        tracing::debug!("Sorting: {} records go to a file in {}.", entries.len(), self.settings.directory.display());
        let run = Run::write(&self.settings.directory, Listed { bytes, entries: entries.iter() })?;
        self.runs.push(run);
        self.bytes.clear();
        self.entries.clear();
        Ok(())
    }

    /// Everything that waited, in order.
    pub fn release(mut self) -> Result<Released> {
        let records = if self.runs.is_empty() {
            self.sort();
            Records::InMemory { bytes: self.bytes, entries: self.entries.into_iter() }
        } else {
            self.spill()?;
            Records::Merged(Merge::new(self.runs)?)
        };
        Ok(Released { records, key: None, current: Vec::new() })
    }
}

fn entry<'a>(bytes: &'a [u8], entry: &Entry) -> &'a [u8] {
    &bytes[entry.offset..entry.offset + entry.len]
}

/// Sorted records that are written one after the other.
trait Sorted {
    /// Puts the next record into `record`; false: there is none.
    fn next(&mut self, record: &mut Vec<u8>) -> Result<bool>;
}

struct Listed<'a> {
    bytes: &'a [u8],
    entries: std::slice::Iter<'a, Entry>,
}

impl Sorted for Listed<'_> {
    fn next(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        record.clear();
        let next = self.entries.next();
        record.extend_from_slice(next.map_or(&[], |next| entry(self.bytes, next)));
        Ok(next.is_some())
    }
}

enum Records {
    InMemory { bytes: Vec<u8>, entries: std::vec::IntoIter<Entry> },
    Merged(Merge),
}

impl Sorted for Records {
    fn next(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        match self {
            Self::InMemory { bytes, entries } => {
                record.clear();
                let next = entries.next();
                record.extend_from_slice(next.as_ref().map_or(&[], |next| entry(bytes, next)));
                Ok(next.is_some())
            }
            Self::Merged(merge) => merge.next(record),
        }
    }
}

/// Records on their way down the chain.
pub(super) struct Released {
    records: Records,
    /// The key that is being worked on, with its bytes.
    key: Option<(Object, Vec<u8>)>,
    current: Vec<u8>,
}

impl Released {
    /// Sends the next record down the chain, and the end of a key before the first of another. False: there is none. The
    /// interpreter is held.
    pub fn process_next<'a>(
        &mut self,
        root: &mut ChainNode,
        codecs_of: impl Fn(usize) -> Option<&'a EdgeCodecs>,
    ) -> Result<bool> {
        if !self.records.next(&mut self.current)? {
            self.end_of_key(root)?;
            return Ok(false);
        }
        let current = std::mem::take(&mut self.current);
        let record = Record::read(&current)?;
        let codecs = codecs_of(record.channel).ok_or_else(|| Error::internal("a sorted record has codecs"))?;
        if let Some(codec) = &codecs.key {
            if self.key.as_ref().is_none_or(|(_, bytes)| bytes != record.key) {
                self.end_of_key(root)?;
                self.key = Some((codec.decode(record.key)?, record.key.to_vec()));
            }
            if let Some((object, bytes)) = &self.key {
                root.operator.set_key(object.clone(), KeyRef { group: record.group, bytes }, record.timestamp)?;
            }
        }
        let value = codecs.value.decode(record.value)?;
        root.process(record.input, value, record.timestamp)?;
        self.current = current;
        Ok(true)
    }

    fn end_of_key(&mut self, root: &mut ChainNode) -> Result<()> {
        if self.key.take().is_some() { root.end_of_key() } else { Ok(()) }
    }

    /// Gives up the key's object. The interpreter is held.
    pub fn clear(&mut self) {
        self.key = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::text_codec;
    use penstock_core::{Keys, NO_TIMESTAMP};

    fn settings(memory: usize, directory: &std::path::Path) -> SortSettings {
        SortSettings { memory, directory: directory.to_owned() }
    }

    fn codecs() -> EdgeCodecs {
        EdgeCodecs { value: text_codec(), key: Some(text_codec()) }
    }

    fn batch(records: &[(&str, &str, i64)]) -> ObjectBatch {
        let mut batch = ObjectBatch { keys: Some(Keys::default()), ..ObjectBatch::default() };
        for (key, value, timestamp) in records {
            batch.values.push(Object::from_value((*value).to_owned()));
            batch.timestamps.push(*timestamp);
            if let Some(keys) = &mut batch.keys {
                keys.push(Object::from_value((*key).to_owned()), 0, key.as_bytes());
            }
        }
        batch
    }

    /// Keys and values as they come out.
    fn sorted(input: SortedInput) -> Vec<(String, String)> {
        let mut released = input.release().unwrap();
        let mut found = Vec::new();
        while released.records.next(&mut released.current).unwrap() {
            let record = Record::read(&released.current).unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            found.push((text(record.key), text(record.value)));
        }
        found
    }

    #[test]
    fn by_key_then_time_then_arrival() {
        let folder = tempfile::tempdir().unwrap();
        let mut input = SortedInput::new(Sorting::Keyed, settings(1 << 20, folder.path()));
        let records =
            [("b", "1", 5), ("a", "2", 9), ("b", "3", 1), ("a", "4", 9), ("b", "5", NO_TIMESTAMP), ("a", "6", 2)];
        assert!(input.keep(0, 0, batch(&records), Some(&codecs())).unwrap().is_none());
        let values: Vec<_> = sorted(input).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["6", "2", "4", "5", "3", "1"]);
    }

    #[test]
    fn with_files_as_without() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<String> = (0..3000_u32).map(|i| format!("key {}", i.wrapping_mul(2_654_435_761) % 97)).collect();
        let values: Vec<String> = (0..3000).map(|i| i.to_string()).collect();
        let records: Vec<_> =
            keys.iter().zip(&values).enumerate().map(|(i, (k, v))| (&**k, &**v, i as i64 % 7)).collect();
        let read = |memory: usize| {
            let mut input = SortedInput::new(Sorting::Keyed, settings(memory, folder.path()));
            for chunk in records.chunks(100) {
                input.keep(0, 0, batch(chunk), Some(&codecs())).unwrap();
            }
            (input.runs.len(), sorted(input))
        };
        let (without, expected) = read(1 << 30);
        assert_eq!(without, 0);
        for memory in [1000, 20_000] {
            let (runs, found) = read(memory);
            assert!(runs > 5, "{runs}");
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn without_keys_they_stay_as_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let mut input = SortedInput::new(Sorting::FirstInput, settings(200, folder.path()));
        let plain = |value: &str, timestamp: i64| ObjectBatch {
            values: vec![Object::from_value(value.to_owned())],
            timestamps: vec![timestamp],
            keys: None,
        };
        let codecs = EdgeCodecs { key: None, ..codecs() };
        assert!(input.keep(1, 1, plain("broadcast", 0), Some(&codecs)).unwrap().is_some());
        for i in 0..20 {
            assert!(input.keep(0, 0, plain(&i.to_string(), 100 - i), Some(&codecs)).unwrap().is_none());
        }
        let mut released = input.release().unwrap();
        let mut found = Vec::new();
        while released.records.next(&mut released.current).unwrap() {
            found.push(String::from_utf8(Record::read(&released.current).unwrap().value.to_vec()).unwrap());
        }
        assert_eq!(found, (0..20).map(|i| i.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let mut input = SortedInput::new(Sorting::Keyed, settings(1, std::path::Path::new("/dev/null/below")));
        let error = input.keep(0, 0, batch(&[("a", "1", 0)]), Some(&codecs())).unwrap_err().to_string();
        assert!(error.contains("/dev/null/below") && error.contains("io.tmp.dirs"), "{error}");
    }
}
