//! How much memory RocksDB takes, and its other settings.
//!
//! All instances of a process share one block cache and one write-buffer manager that charges memtables to it, so that
//! neither the number of subtasks nor that of states decides how much memory a process needs.

use std::sync::OnceLock;

use ::rocksdb::{BlockBasedOptions, Cache, DBCompressionType, Options, WriteBufferManager, WriteOptions};
use penstock_core::config::options;
use penstock_core::{Configuration, Result};

const CACHE_BYTES: usize = 128 << 20;
const WRITE_BUFFERS_BYTES: usize = 64 << 20;
const WRITE_BUFFER_BYTES: usize = 16 << 20;

struct Shared {
    cache: Cache,
    write_buffers: WriteBufferManager,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let cache = Cache::new_lru_cache(CACHE_BYTES);
        let write_buffers =
            WriteBufferManager::new_write_buffer_manager_with_cache(WRITE_BUFFERS_BYTES, false, cache.clone());
        Shared { cache, write_buffers }
    })
}

/// Settings of one instance and of each of its column families.
pub(super) fn settings(config: &Configuration) -> Result<Options> {
    let mut settings = Options::default();
    settings.create_if_missing(true);
    settings.set_write_buffer_manager(&shared().write_buffers);
    settings.set_write_buffer_size(WRITE_BUFFER_BYTES);
    settings.set_max_background_jobs(config.read(&options::ROCKSDB_THREADS)?.clamp(1, 64) as i32);
    // One thread writes: nothing has to be arranged between several.
    settings.set_allow_concurrent_memtable_write(false);
    settings.set_compression_type(DBCompressionType::Lz4);
    settings.set_keep_log_file_num(1);
    settings.set_stats_dump_period_sec(0);
    settings.set_block_based_table_factory(&tables(config)?);
    Ok(settings)
}

fn tables(config: &Configuration) -> Result<BlockBasedOptions> {
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(&shared().cache);
    tables.set_cache_index_and_filter_blocks(true);
    tables.set_pin_l0_filter_and_index_blocks_in_cache(true);
    if config.read(&options::ROCKSDB_BLOOM_FILTER)? {
        tables.set_bloom_filter(10.0, false);
    }
    Ok(tables)
}

/// Writes are not logged: after a crash the state comes from a checkpoint.
pub(super) fn write_options() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    options
}
