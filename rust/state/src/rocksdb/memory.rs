//! How much memory RocksDB takes.
//!
//! All instances of a process share one block cache and one write-buffer manager that charges memtables to it, so that
//! neither the number of subtasks nor that of states decides how much memory a process needs. Slot processes divide
//! managed memory among themselves, so that it is one number for the whole job on this machine. With a size per slot
//! (`state.backend.rocksdb.memory.fixed-per-slot`) the instances of a slot share theirs; slot n has the subtasks n.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use ::rocksdb::{Cache, WriteBufferManager};
use parking_lot::Mutex;
use penstock_core::config::{ConfigOption, MemorySize, options};
use penstock_core::{Configuration, Error, Result};

/// Managed memory where nothing is configured: what Flink has with its default configuration.
const DEFAULT_MANAGED: u64 = 512 << 20;
/// What Flink takes off `taskmanager.memory.process.size` before it divides the rest: metaspace, and overhead.
const METASPACE: u64 = 256 << 20;
const OVERHEAD: (f64, u64, u64) = (0.1, 192 << 20, 1 << 30);
/// Of the block cache of one instance whose memory is not managed.
const UNMANAGED_CACHE: u64 = 8 << 20;
/// Less memory than this is a mistake.
const LEAST: u64 = 1 << 20;

/// What the configuration says about memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Budget {
    /// Shared by the instances of the process, or of one slot of it.
    Shared { slot: Option<u32>, bytes: u64, write_buffer_ratio: f64 },
    /// Every instance has a block cache of so many bytes, and write buffers as it likes.
    Unmanaged { cache: u64 },
}

impl Budget {
    /// Reads the configuration for a subtask, in one of so many processes.
    pub(super) fn read(config: &Configuration, subtask: u32, processes: u32) -> Result<Self> {
        let write_buffer_ratio = ratio(config, &options::ROCKSDB_WRITE_BUFFER_RATIO)?;
        let shared = |slot, bytes| Self::Shared { slot, bytes, write_buffer_ratio };
        let processes = processes.max(1);
        let enough = |option: &ConfigOption<Option<MemorySize>>, parts: u32| -> Result<Option<u64>> {
            match config.read(option)?.map(MemorySize::bytes) {
                Some(bytes) if bytes / u64::from(parts) < LEAST => Err(too_little(option, bytes, parts)),
                bytes => Ok(bytes.map(|bytes| bytes / u64::from(parts))),
            }
        };
        if let Some(bytes) = enough(&options::ROCKSDB_MEMORY_PER_SLOT, 1)? {
            return Ok(shared(Some(subtask), bytes));
        }
        if let Some(bytes) = enough(&options::ROCKSDB_MEMORY_PER_PROCESS, processes)? {
            return Ok(shared(None, bytes));
        }
        if !config.read(&options::ROCKSDB_MEMORY_MANAGED)? {
            let cache = config.read(&options::ROCKSDB_BLOCK_CACHE)?.map_or(UNMANAGED_CACHE, MemorySize::bytes);
            return Ok(Self::Unmanaged { cache });
        }
        let managed = match enough(&options::MANAGED_MEMORY, processes)? {
            Some(bytes) => bytes,
            None => (managed_memory(config)? / u64::from(processes)).max(LEAST),
        };
        Ok(shared(None, managed))
    }
}

fn too_little(option: &ConfigOption<Option<MemorySize>>, bytes: u64, parts: u32) -> Error {
    let shared = if parts > 1 { format!(", which {parts} slot processes share,") } else { String::new() };
    Error::invalid(format!(
        "{}: {bytes} bytes{shared} are too little for RocksDB, which needs at least 1 mb in every process",
        option.key()
    ))
}

/// Managed memory of all slots together: as it is set, or as a fraction of all, as Flink computes it.
pub fn managed_memory(config: &Configuration) -> Result<u64> {
    if let Some(set) = config.read(&options::MANAGED_MEMORY)? {
        return Ok(set.bytes());
    }
    let fraction = ratio(config, &options::MANAGED_MEMORY_FRACTION)?;
    let all = match config.read(&options::FLINK_MEMORY)?.map(MemorySize::bytes) {
        Some(bytes) => Some(bytes),
        None => config.read(&options::PROCESS_MEMORY)?.map(MemorySize::bytes).map(|bytes| {
            let (share, least, most) = OVERHEAD;
            bytes.saturating_sub(METASPACE + ((bytes as f64 * share) as u64).clamp(least, most))
        }),
    };
    Ok(all.map_or(DEFAULT_MANAGED, |bytes| (bytes as f64 * fraction) as u64))
}

fn ratio(config: &Configuration, option: &ConfigOption<f64>) -> Result<f64> {
    let ratio = config.read(option)?;
    if (0.0..=1.0).contains(&ratio) && !ratio.is_nan() {
        return Ok(ratio);
    }
    Err(Error::invalid(format!("{}: {ratio} is not between 0 and 1", option.key())))
}

/// The memory of one or more instances.
pub(super) struct Memory {
    pub(super) cache: Cache,
    /// `None`: write buffers are not limited together.
    pub(super) write_buffers: Option<WriteBufferManager>,
    /// The most that one memtable should take.
    pub(super) memtable: u64,
}

/// By slot, bytes and the ratio of write buffers.
type Budgets = HashMap<(Option<u32>, u64, u64), Weak<Memory>>;

impl Memory {
    /// The memory that a budget means. Who has the same budget shares it.
    pub(super) fn of(budget: Budget) -> Arc<Self> {
        static SHARED: OnceLock<Mutex<Budgets>> = OnceLock::new();
        let (slot, bytes, write_buffer_ratio) = match budget {
            Budget::Shared { slot, bytes, write_buffer_ratio } => (slot, bytes, write_buffer_ratio),
            Budget::Unmanaged { cache } => {
                let cache = Cache::new_lru_cache(cache as usize);
                return Arc::new(Self { cache, write_buffers: None, memtable: u64::MAX });
            }
        };
        let mut shared = SHARED.get_or_init(Mutex::default).lock();
        shared.retain(|_, memory| memory.strong_count() > 0);
        let key = (slot, bytes, write_buffer_ratio.to_bits());
        if let Some(memory) = shared.get(&key).and_then(Weak::upgrade) {
            return memory;
        }
        tracing::debug!("RocksDB has {} MB of memory in this process.", bytes >> 20);
        let memory = Arc::new(Self::managed(bytes, write_buffer_ratio));
        shared.insert(key, Arc::downgrade(&memory));
        memory
    }

    /// A write-buffer manager may overdraw its limit by half while memtables are written out. Limits are set so that the
    /// whole stays within `bytes` even then, as Flink sets them.
    fn managed(bytes: u64, write_buffer_ratio: f64) -> Self {
        let write_buffers = (2.0 * bytes as f64 * write_buffer_ratio / 3.0) as usize;
        let cache = Cache::new_lru_cache(((3.0 - write_buffer_ratio) * bytes as f64 / 3.0) as usize);
        let manager = (write_buffers > 0)
            .then(|| WriteBufferManager::new_write_buffer_manager_with_cache(write_buffers, false, cache.clone()));
        Self { cache, write_buffers: manager, memtable: (write_buffers as u64 / 4).max(256 << 10) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(entries: &[(&str, &str)]) -> Result<Budget> {
        let config = entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Budget::read(&config, 3, 1)
    }

    fn bytes(entries: &[(&str, &str)]) -> u64 {
        match budget(entries).expect("a budget") {
            Budget::Shared { bytes, slot: None, .. } => bytes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn managed_memory_is_what_flink_has() {
        assert_eq!(bytes(&[]), 512 << 20);
        assert_eq!(bytes(&[("taskmanager.memory.managed.size", "100m")]), 100 << 20);
        assert_eq!(bytes(&[("taskmanager.memory.size", "100m")]), 100 << 20, "the old name");
        let default = [("taskmanager.memory.process.size", "1728m")];
        assert_eq!(bytes(&default), 512 << 20, "Flink's default configuration");
        let half = [("taskmanager.memory.flink.size", "1g"), ("taskmanager.memory.managed.fraction", "0.5")];
        assert_eq!(bytes(&half), 512 << 20);
    }

    #[test]
    fn a_size_per_slot_goes_before_managed_memory() {
        let per_slot = budget(&[
            ("state.backend.rocksdb.memory.fixed-per-slot", "64m"),
            ("taskmanager.memory.managed.size", "1g"),
            ("state.backend.rocksdb.memory.write-buffer-ratio", "0.3"),
        ]);
        let expected = Budget::Shared { slot: Some(3), bytes: 64 << 20, write_buffer_ratio: 0.3 };
        assert_eq!(per_slot.expect("a budget"), expected);
        let unmanaged =
            [("state.backend.rocksdb.memory.managed", "false"), ("state.backend.rocksdb.block.cache-size", "16m")];
        assert_eq!(budget(&unmanaged).expect("a budget"), Budget::Unmanaged { cache: 16 << 20 });
    }

    #[test]
    fn slot_processes_divide_what_is_for_all_of_them() {
        let of = |key: &str, value: &str| {
            let config = [(key.to_owned(), value.to_owned())].into_iter().collect();
            match Budget::read(&config, 3, 4) {
                Ok(Budget::Shared { bytes, .. }) => Ok(bytes >> 20),
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error.to_string()),
            }
        };
        assert_eq!(of("taskmanager.memory.managed.size", "1g"), Ok(256));
        assert_eq!(of("parallelism.default", "4"), Ok(128), "of the default");
        assert_eq!(of("state.backend.rocksdb.memory.fixed-per-tm", "100m"), Ok(25));
        assert_eq!(of("state.backend.rocksdb.memory.fixed-per-slot", "100m"), Ok(100));
        let error = of("taskmanager.memory.managed.size", "3m").expect_err("less than 1 mb each");
        assert!(error.contains("4 slot processes"), "{error}");
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (key, value) in [
            ("taskmanager.memory.managed.size", "10kb"),
            ("state.backend.rocksdb.memory.write-buffer-ratio", "1.5"),
            ("state.backend.rocksdb.memory.write-buffer-ratio", "much"),
        ] {
            let error = budget(&[(key, value)]).expect_err("refused").to_string();
            assert!(error.starts_with(key), "{error}");
        }
    }

    #[test]
    fn who_has_the_same_budget_shares_it() {
        let budget = |slot| Budget::Shared { slot, bytes: 3 << 20, write_buffer_ratio: 0.5 };
        let (first, second) = (Memory::of(budget(Some(70))), Memory::of(budget(Some(70))));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &Memory::of(budget(Some(71)))), "another slot has its own");
        let limit = first.write_buffers.as_ref().expect("limited").get_buffer_size();
        assert_eq!(limit, 1 << 20);
    }
}
