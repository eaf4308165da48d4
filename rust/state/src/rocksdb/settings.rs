//! RocksDB's own settings, from `state.backend.rocksdb.*`.
//!
//! What is set by itself goes before what `state.backend.rocksdb.predefined-options` stands for.

use std::sync::Arc;

use ::rocksdb::{BlockBasedOptions, DBCompressionType, Env, LogLevel, Options, WriteOptions};
use penstock_core::config::{MemorySize, RocksDbPreset, options};
use penstock_core::{Configuration, Error, Result};

use super::append::put_lists_together;
use super::memory::{Budget, Memory};

/// A RocksDB manifest starts anew beyond this size: every checkpoint has a copy of it.
const MANIFEST: usize = 1 << 20;

/// Size of a memtable: RocksDB's own default.
const MEMTABLE: u64 = 64 << 20;
/// The same with incremental checkpoints: writing one out is how long a task stands still at a barrier.
const INCREMENTAL_MEMTABLE: u64 = 16 << 20;

/// Keys that are read. What else begins with `state.backend.rocksdb.` changes nothing.
const READ: [&str; 19] = [
    "block.blocksize",
    "block.cache-size",
    "bloom-filter.bits-per-key",
    "checkpoint.transfer.thread.num",
    "compaction.level.max-size-level-base",
    "compaction.level.target-file-size-base",
    "compaction.level.use-dynamic-size",
    "files.open",
    "localdir",
    "memory.fixed-per-slot",
    "memory.fixed-per-tm",
    "memory.managed",
    "memory.write-buffer-ratio",
    "predefined-options",
    "thread.num",
    "use-bloom-filter",
    "writebuffer.count",
    "writebuffer.number-to-merge",
    "writebuffer.size",
];

/// Whether a key of the configuration is one of this backend's and changes nothing.
#[must_use]
pub fn has_no_effect(key: &str) -> bool {
    key.strip_prefix("state.backend.rocksdb.").is_some_and(|name| !READ.contains(&name))
}

/// What the configuration says, before it becomes options.
#[derive(Debug, Clone, PartialEq)]
struct Tuning {
    jobs: i32,
    open_files: Option<i32>,
    write_buffer: Option<u64>,
    write_buffers: Option<i32>,
    to_merge: Option<i32>,
    block: Option<u64>,
    dynamic_levels: Option<bool>,
    file: Option<u64>,
    level: Option<u64>,
    bloom_bits: Option<f64>,
}

impl Tuning {
    fn read(config: &Configuration) -> Result<Self> {
        let mut tuning = Self::preset(config.read(&options::ROCKSDB_PREDEFINED_OPTIONS)?);
        if config.contains(&options::ROCKSDB_THREADS) {
            tuning.jobs = small(config.read(&options::ROCKSDB_THREADS)?).clamp(1, 64);
        }
        let bytes = |set: Option<MemorySize>, preset: Option<u64>| set.map(MemorySize::bytes).or(preset);
        let small_or = |set: Option<u32>, preset: Option<i32>| set.map(small).or(preset);
        tuning.open_files = config.read(&options::ROCKSDB_OPEN_FILES)?.or(tuning.open_files);
        tuning.write_buffer = bytes(config.read(&options::ROCKSDB_WRITE_BUFFER)?, tuning.write_buffer);
        tuning.write_buffers = small_or(config.read(&options::ROCKSDB_WRITE_BUFFERS)?, tuning.write_buffers);
        tuning.to_merge = small_or(config.read(&options::ROCKSDB_WRITE_BUFFERS_TO_MERGE)?, tuning.to_merge);
        tuning.block = bytes(config.read(&options::ROCKSDB_BLOCK_SIZE)?, tuning.block);
        tuning.dynamic_levels = config.read(&options::ROCKSDB_DYNAMIC_LEVELS)?.or(tuning.dynamic_levels);
        tuning.file = bytes(config.read(&options::ROCKSDB_FILE_SIZE)?, tuning.file);
        tuning.level = bytes(config.read(&options::ROCKSDB_LEVEL_SIZE)?, tuning.level);
        let bits = config.read(&options::ROCKSDB_BLOOM_FILTER_BITS)?;
        if config.read(&options::ROCKSDB_BLOOM_FILTER)? {
            tuning.bloom_bits = Some(bits);
        }
        Ok(tuning)
    }

    fn preset(preset: RocksDbPreset) -> Self {
        let plain = Self {
            jobs: 2,
            open_files: None,
            write_buffer: None,
            write_buffers: None,
            to_merge: None,
            block: None,
            dynamic_levels: None,
            file: None,
            level: None,
            bloom_bits: None,
        };
        match preset {
            RocksDbPreset::Default => plain,
            RocksDbPreset::SpinningDisk => Self { jobs: 4, open_files: Some(-1), dynamic_levels: Some(true), ..plain },
            RocksDbPreset::SpinningDiskHighMemory => Self {
                jobs: 4,
                open_files: Some(-1),
                dynamic_levels: Some(true),
                file: Some(256 << 20),
                level: Some(1 << 30),
                write_buffer: Some(64 << 20),
                write_buffers: Some(4),
                to_merge: Some(3),
                block: Some(128 << 10),
                bloom_bits: Some(10.0),
            },
            RocksDbPreset::Flash => Self { jobs: 4, open_files: Some(-1), ..plain },
        }
    }
}

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The settings of one instance.
pub(super) struct Settings {
    /// Of the database and of each of its column families.
    pub(super) options: Options,
    /// The files that are transferred at a time for a checkpoint or a restore.
    pub(super) transfers: usize,
    /// Whether checkpoints consist of files.
    pub(super) incremental: bool,
    /// Kept as long as the instance, so that the next one finds it.
    _memory: Arc<Memory>,
}

impl Settings {
    /// Reads the configuration for a subtask, in one of so many processes.
    pub(super) fn read(config: &Configuration, subtask: u32, processes: u32) -> Result<Self> {
        let memory = Memory::of(Budget::read(config, subtask, processes)?);
        let tuning = Tuning::read(config)?;
        config.read(&options::ROCKSDB_TIMER_SERVICE)?;
        let transfers = config.read(&options::ROCKSDB_TRANSFER_THREADS)?.clamp(1, 64) as usize;
        let incremental = config.read(&options::CHECKPOINT_INCREMENTAL)?;
        let most = if incremental { INCREMENTAL_MEMTABLE } else { MEMTABLE };
        let mut options = database_options(&tuning, &memory, most);
        options.set_env(&environment()?);
        Ok(Self { options, transfers, incremental, _memory: memory })
    }
}

/// What all databases of the process run in: merges give way to tasks, which would stand still for them otherwise.
fn environment() -> Result<Env> {
    let mut environment = Env::new().map_err(|e| Error::external(format!("RocksDB cannot be used: {e}")))?;
    environment.lower_thread_pool_cpu_priority();
    Ok(environment)
}

fn database_options(tuning: &Tuning, memory: &Memory, most: u64) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    // A memtable that may be larger than the budget would never be written out by size.
    let memtable = tuning.write_buffer.unwrap_or(most).min(memory.memtable);
    options.set_write_buffer_size(memtable as usize);
    if let Some(manager) = &memory.write_buffers {
        options.set_write_buffer_manager(manager);
    }
    options.set_max_background_jobs(tuning.jobs);
    // One thread writes: nothing has to be arranged between several.
    options.set_allow_concurrent_memtable_write(false);
    put_lists_together(&mut options);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_keep_log_file_num(1);
    options.set_log_level(LogLevel::Header);
    options.set_stats_dump_period_sec(0);
    options.set_max_manifest_file_size(MANIFEST);
    tuning.open_files.into_iter().for_each(|n| options.set_max_open_files(n));
    tuning.write_buffers.into_iter().for_each(|n| options.set_max_write_buffer_number(n));
    tuning.to_merge.into_iter().for_each(|n| options.set_min_write_buffer_number_to_merge(n));
    tuning.dynamic_levels.into_iter().for_each(|v| options.set_level_compaction_dynamic_level_bytes(v));
    tuning.file.into_iter().for_each(|n| options.set_target_file_size_base(n));
    tuning.level.into_iter().for_each(|n| options.set_max_bytes_for_level_base(n));
    options.set_block_based_table_factory(&tables(tuning, memory));
    options
}

fn tables(tuning: &Tuning, memory: &Memory) -> BlockBasedOptions {
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(&memory.cache);
    // Indexes and filters are charged to the cache too: otherwise nothing would limit them.
    tables.set_cache_index_and_filter_blocks(true);
    tables.set_cache_index_and_filter_blocks_with_high_priority(true);
    tables.set_pin_l0_filter_and_index_blocks_in_cache(true);
    tuning.block.into_iter().for_each(|n| tables.set_block_size(n as usize));
    tuning.bloom_bits.into_iter().for_each(|bits| tables.set_bloom_filter(bits, false));
    tables
}

/// Writes are not logged: after a crash the state comes from a checkpoint.
pub(super) fn write_options() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuning(entries: &[(&str, &str)]) -> Result<Tuning> {
        Tuning::read(&entries.iter().map(|(k, v)| (format!("state.backend.rocksdb.{k}"), (*v).to_owned())).collect())
    }

    #[test]
    fn what_is_set_goes_before_the_preset() {
        let preset = ("predefined-options", "SPINNING_DISK_OPTIMIZED_HIGH_MEM");
        let high = tuning(&[preset]).expect("known");
        assert_eq!((high.jobs, high.block, high.bloom_bits), (4, Some(128 << 10), Some(10.0)));
        let changed = tuning(&[preset, ("block.blocksize", "8kb"), ("thread.num", "7")]).expect("known");
        assert_eq!(changed, Tuning { block: Some(8 << 10), jobs: 7, ..high });
        let error = tuning(&[("predefined-options", "FAST")]).expect_err("unknown").to_string();
        assert!(error.contains("predefined-options") && error.contains("FLASH_SSD_OPTIMIZED"), "{error}");
    }

    #[test]
    fn keys_that_are_not_read_are_known() {
        let own = |name: &str| has_no_effect(&format!("state.backend.rocksdb.{name}"));
        assert!(own("memory.high-prio-pool-ratio") && own("timer-service.factory") && own("log.level"));
        assert!(!own("localdir") && !own("writebuffer.number-to-merge"));
        assert!(!has_no_effect("state.backend.type"));
    }
}
