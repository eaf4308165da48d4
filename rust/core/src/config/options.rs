//! The options that the engine reads, by area. Names and defaults are Flink's; `penstock.*` and
//! `python.state.object-cache.*` are our own.

use std::collections::BTreeMap;
use std::time::Duration;

use super::enums::{
    CheckpointRetention, CheckpointingMode, ClaimMode, FailoverStrategy, LatencyGranularity, PythonExecutionMode,
    RestartStrategyKind, RocksDbPreset, RuntimeMode, StateBackendKind, TimerServiceKind,
};
use super::memory::MemorySize;
use super::option::ConfigOption;

type Text = Option<String>;
type List = Vec<String>;
type Map = BTreeMap<String, String>;

// The job as a whole.
pub const PARALLELISM: ConfigOption<u32> = ConfigOption::new("parallelism.default", "1");
pub const JOB_NAME: ConfigOption<Text> = ConfigOption::unset("pipeline.name");
pub const JARS: ConfigOption<List> = ConfigOption::new("pipeline.jars", "");
pub const CLASSPATHS: ConfigOption<List> = ConfigOption::new("pipeline.classpaths", "");
/// -1: by the default rule from the parallelism.
pub const MAX_PARALLELISM: ConfigOption<i32> = ConfigOption::new("pipeline.max-parallelism", "-1");
pub const OPERATOR_CHAINING: ConfigOption<bool> = ConfigOption::new("pipeline.operator-chaining.enabled", "true");
pub const OBJECT_REUSE: ConfigOption<bool> = ConfigOption::new("pipeline.object-reuse", "false");
/// 0: no watermarks but those at the end.
pub const AUTO_WATERMARK_INTERVAL: ConfigOption<Duration> =
    ConfigOption::new("pipeline.auto-watermark-interval", "200 ms");
pub const ALLOW_UNALIGNED_SOURCE_SPLITS: ConfigOption<bool> =
    ConfigOption::new("pipeline.watermark-alignment.allow-unaligned-source-splits", "false");
pub const GLOBAL_JOB_PARAMETERS: ConfigOption<Map> = ConfigOption::new("pipeline.global-job-parameters", "");

// How it is executed.
pub const RUNTIME_MODE: ConfigOption<RuntimeMode> = ConfigOption::new("execution.runtime-mode", "STREAMING");
pub const ATTACHED: ConfigOption<bool> = ConfigOption::new("execution.attached", "false");
pub const BUFFER_TIMEOUT_ENABLED: ConfigOption<bool> = ConfigOption::new("execution.buffer-timeout.enabled", "true");
/// 0: every record is sent at once.
pub const BUFFER_TIMEOUT: ConfigOption<Duration> = ConfigOption::new("execution.buffer-timeout.interval", "100 ms");
pub const CANCELLATION_INTERVAL: ConfigOption<Duration> = ConfigOption::new("task.cancellation.interval", "30 s");
pub const CANCELLATION_TIMEOUT: ConfigOption<Duration> = ConfigOption::new("task.cancellation.timeout", "3 min");
pub const TIMERS_CANCELLATION_TIMEOUT: ConfigOption<Duration> =
    ConfigOption::new("task.cancellation.timers.timeout", "7500 ms");
/// `rebalance` and `rescale` look for the consumer with the least to do, among so many.
pub const ADAPTIVE_PARTITIONER: ConfigOption<bool> =
    ConfigOption::new("taskmanager.network.adaptive-partitioner.enabled", "false");
pub const ADAPTIVE_PARTITIONER_TRAVERSE: ConfigOption<u32> =
    ConfigOption::new("taskmanager.network.adaptive-partitioner.max-traverse-size", "4");

// What it starts from.
pub const RESTORE_PATH: ConfigOption<Text> = ConfigOption::unset("execution.state-recovery.path");
pub const RESTORE_CLAIM_MODE: ConfigOption<ClaimMode> =
    ConfigOption::new("execution.state-recovery.claim-mode", "NO_CLAIM");
/// Whether state of operators that the job no longer has may be dropped.
pub const RESTORE_IGNORE_UNCLAIMED: ConfigOption<bool> =
    ConfigOption::new("execution.state-recovery.ignore-unclaimed-state", "false");

// Checkpoints.
/// Unset: no checkpoints.
pub const CHECKPOINT_INTERVAL: ConfigOption<Option<Duration>> = ConfigOption::unset("execution.checkpointing.interval");
pub const CHECKPOINT_MODE: ConfigOption<CheckpointingMode> =
    ConfigOption::new("execution.checkpointing.mode", "EXACTLY_ONCE");
pub const CHECKPOINT_TIMEOUT: ConfigOption<Duration> = ConfigOption::new("execution.checkpointing.timeout", "10 min");
pub const CHECKPOINT_MIN_PAUSE: ConfigOption<Duration> = ConfigOption::new("execution.checkpointing.min-pause", "0 ms");
pub const CHECKPOINT_MAX_CONCURRENT: ConfigOption<u32> =
    ConfigOption::new("execution.checkpointing.max-concurrent-checkpoints", "1");
pub const CHECKPOINT_TOLERABLE_FAILURES: ConfigOption<u32> =
    ConfigOption::new("execution.checkpointing.tolerable-failed-checkpoints", "0");
pub const CHECKPOINT_NUM_RETAINED: ConfigOption<u32> = ConfigOption::new("execution.checkpointing.num-retained", "1");
/// `jobmanager` keeps checkpoints in memory; `filesystem`, or a directory, keeps them outside.
pub const CHECKPOINT_STORAGE: ConfigOption<Text> = ConfigOption::unset("execution.checkpointing.storage");
pub const CHECKPOINT_DIR: ConfigOption<Text> = ConfigOption::unset("execution.checkpointing.dir");
pub const SAVEPOINT_DIR: ConfigOption<Text> = ConfigOption::unset("execution.checkpointing.savepoint-dir");
/// Whether checkpoints go to a folder named by the job's id.
pub const CHECKPOINT_CREATE_SUBDIR: ConfigOption<bool> =
    ConfigOption::new("execution.checkpointing.create-subdir", "true");
pub const CHECKPOINT_UNALIGNED: ConfigOption<bool> =
    ConfigOption::new("execution.checkpointing.unaligned.enabled", "false");
pub const CHECKPOINT_ALIGNED_TIMEOUT: ConfigOption<Duration> =
    ConfigOption::new("execution.checkpointing.aligned-checkpoint-timeout", "0 ms");
pub const CHECKPOINT_INCREMENTAL: ConfigOption<bool> =
    ConfigOption::new("execution.checkpointing.incremental", "false");
pub const CHECKPOINT_RETENTION: ConfigOption<CheckpointRetention> =
    ConfigOption::new("execution.checkpointing.externalized-checkpoint-retention", "NO_EXTERNALIZED_CHECKPOINTS");
pub const CHECKPOINTS_AFTER_TASKS_FINISH: ConfigOption<bool> =
    ConfigOption::new("execution.checkpointing.checkpoints-after-tasks-finish", "true");
/// Smaller state is written into `_metadata` itself.
pub const CHECKPOINT_INLINE_THRESHOLD: ConfigOption<MemorySize> =
    ConfigOption::new("execution.checkpointing.data-inline-threshold", "20 kb");

// Restarts.
pub const FAILOVER_STRATEGY: ConfigOption<FailoverStrategy> =
    ConfigOption::new("jobmanager.execution.failover-strategy", "region");
/// Unset: exponential-delay with checkpoints, none without.
pub const RESTART_STRATEGY: ConfigOption<Option<RestartStrategyKind>> = ConfigOption::unset("restart-strategy.type");
pub const FIXED_DELAY_ATTEMPTS: ConfigOption<u32> = ConfigOption::new("restart-strategy.fixed-delay.attempts", "1");
pub const FIXED_DELAY_DELAY: ConfigOption<Duration> = ConfigOption::new("restart-strategy.fixed-delay.delay", "1 s");
pub const FAILURE_RATE_MAX_FAILURES: ConfigOption<u32> =
    ConfigOption::new("restart-strategy.failure-rate.max-failures-per-interval", "1");
pub const FAILURE_RATE_INTERVAL: ConfigOption<Duration> =
    ConfigOption::new("restart-strategy.failure-rate.failure-rate-interval", "1 min");
pub const FAILURE_RATE_DELAY: ConfigOption<Duration> = ConfigOption::new("restart-strategy.failure-rate.delay", "1 s");
pub const EXPONENTIAL_DELAY_INITIAL: ConfigOption<Duration> =
    ConfigOption::new("restart-strategy.exponential-delay.initial-backoff", "1 s");
pub const EXPONENTIAL_DELAY_MAX: ConfigOption<Duration> =
    ConfigOption::new("restart-strategy.exponential-delay.max-backoff", "1 min");
pub const EXPONENTIAL_DELAY_MULTIPLIER: ConfigOption<f64> =
    ConfigOption::new("restart-strategy.exponential-delay.backoff-multiplier", "1.5");
pub const EXPONENTIAL_DELAY_RESET: ConfigOption<Duration> =
    ConfigOption::new("restart-strategy.exponential-delay.reset-backoff-threshold", "1 h");
pub const EXPONENTIAL_DELAY_JITTER: ConfigOption<f64> =
    ConfigOption::new("restart-strategy.exponential-delay.jitter-factor", "0.1");
/// Unset: any number.
pub const EXPONENTIAL_DELAY_ATTEMPTS: ConfigOption<Option<u32>> =
    ConfigOption::unset("restart-strategy.exponential-delay.attempts-before-reset-backoff");

// State.
pub const STATE_BACKEND: ConfigOption<StateBackendKind> = ConfigOption::new("state.backend.type", "hashmap");
pub const ROCKSDB_MEMORY_MANAGED: ConfigOption<bool> =
    ConfigOption::new("state.backend.rocksdb.memory.managed", "true");
pub const ROCKSDB_MEMORY_PER_SLOT: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.memory.fixed-per-slot");
/// For all slots of a process together.
pub const ROCKSDB_MEMORY_PER_PROCESS: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.memory.fixed-per-tm");
/// How much of the memory may be write buffers.
pub const ROCKSDB_WRITE_BUFFER_RATIO: ConfigOption<f64> =
    ConfigOption::new("state.backend.rocksdb.memory.write-buffer-ratio", "0.5");
/// How much of the block cache is kept for indexes and filters.
pub const ROCKSDB_HIGH_PRIORITY_RATIO: ConfigOption<f64> =
    ConfigOption::new("state.backend.rocksdb.memory.high-prio-pool-ratio", "0.1");
pub const ROCKSDB_TIMER_SERVICE: ConfigOption<TimerServiceKind> =
    ConfigOption::new("state.backend.rocksdb.timer-service.factory", "ROCKSDB");
/// Unset: under `io.tmp.dirs`.
pub const ROCKSDB_LOCAL_DIR: ConfigOption<Text> = ConfigOption::unset("state.backend.rocksdb.localdir");
pub const ROCKSDB_BLOOM_FILTER: ConfigOption<bool> =
    ConfigOption::new("state.backend.rocksdb.use-bloom-filter", "false");
pub const ROCKSDB_PREDEFINED_OPTIONS: ConfigOption<RocksDbPreset> =
    ConfigOption::new("state.backend.rocksdb.predefined-options", "DEFAULT");
pub const ROCKSDB_THREADS: ConfigOption<u32> = ConfigOption::new("state.backend.rocksdb.thread.num", "2");
pub const ROCKSDB_TRANSFER_THREADS: ConfigOption<u32> =
    ConfigOption::new("state.backend.rocksdb.checkpoint.transfer.thread.num", "4");
pub const ROCKSDB_OPEN_FILES: ConfigOption<Option<i32>> = ConfigOption::unset("state.backend.rocksdb.files.open");
pub const ROCKSDB_WRITE_BUFFER: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.writebuffer.size");
pub const ROCKSDB_WRITE_BUFFERS: ConfigOption<Option<u32>> =
    ConfigOption::unset("state.backend.rocksdb.writebuffer.count");
pub const ROCKSDB_WRITE_BUFFERS_TO_MERGE: ConfigOption<Option<u32>> =
    ConfigOption::unset("state.backend.rocksdb.writebuffer.number-to-merge");
pub const ROCKSDB_BLOCK_SIZE: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.block.blocksize");
/// Of each instance, where its memory is not managed.
pub const ROCKSDB_BLOCK_CACHE: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.block.cache-size");
pub const ROCKSDB_DYNAMIC_LEVELS: ConfigOption<Option<bool>> =
    ConfigOption::unset("state.backend.rocksdb.compaction.level.use-dynamic-size");
pub const ROCKSDB_FILE_SIZE: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.compaction.level.target-file-size-base");
pub const ROCKSDB_LEVEL_SIZE: ConfigOption<Option<MemorySize>> =
    ConfigOption::unset("state.backend.rocksdb.compaction.level.max-size-level-base");
pub const ROCKSDB_BLOOM_FILTER_BITS: ConfigOption<f64> =
    ConfigOption::new("state.backend.rocksdb.bloom-filter.bits-per-key", "10");

// Memory of the process.
pub const MANAGED_MEMORY: ConfigOption<Option<MemorySize>> = ConfigOption::unset("taskmanager.memory.managed.size");
pub const MANAGED_MEMORY_FRACTION: ConfigOption<f64> = ConfigOption::new("taskmanager.memory.managed.fraction", "0.4");
pub const FLINK_MEMORY: ConfigOption<Option<MemorySize>> = ConfigOption::unset("taskmanager.memory.flink.size");
pub const PROCESS_MEMORY: ConfigOption<Option<MemorySize>> = ConfigOption::unset("taskmanager.memory.process.size");

/// Folders for temporary files, separated by `,`, `;` or the platform's path separator; unset: the system's own. Read
/// with [`super::Configuration::tmp_dirs`].
pub const TMP_DIRS: ConfigOption<Text> = ConfigOption::unset("io.tmp.dirs");

// Object stores.
pub const S3_ENDPOINT: ConfigOption<Text> = ConfigOption::unset("s3.endpoint");
pub const S3_REGION: ConfigOption<Text> = ConfigOption::unset("s3.endpoint.region");
pub const S3_ACCESS_KEY: ConfigOption<Text> = ConfigOption::unset("s3.access-key");
pub const S3_SECRET_KEY: ConfigOption<Text> = ConfigOption::unset("s3.secret-key");
pub const S3_PATH_STYLE: ConfigOption<bool> = ConfigOption::new("s3.path.style.access", "false");
pub const S3_SSL: ConfigOption<bool> = ConfigOption::new("s3.connection.ssl.enabled", "true");

// Python.
pub const PYTHON_EXECUTION_MODE: ConfigOption<PythonExecutionMode> =
    ConfigOption::new("python.execution-mode", "process");
/// How often a slot process is asked whether it is there.
pub const HEARTBEAT_INTERVAL: ConfigOption<Duration> = ConfigOption::new("heartbeat.interval", "10 s");
/// After how long without an answer it is replaced.
pub const HEARTBEAT_TIMEOUT: ConfigOption<Duration> = ConfigOption::new("heartbeat.timeout", "50 s");
/// Bytes of live state objects per slot.
pub const PYTHON_OBJECT_CACHE: ConfigOption<MemorySize> =
    ConfigOption::new("python.state.object-cache.max-bytes", "64 mb");
pub const PYTHON_EXECUTABLE: ConfigOption<String> = ConfigOption::new("python.executable", "python");
pub const PYTHON_FILES: ConfigOption<Text> = ConfigOption::unset("python.files");
pub const PYTHON_ARCHIVES: ConfigOption<Text> = ConfigOption::unset("python.archives");
pub const PYTHON_REQUIREMENTS: ConfigOption<Text> = ConfigOption::unset("python.requirements");
pub const PYTHON_PATH: ConfigOption<Text> = ConfigOption::unset("python.pythonpath");
pub const PYTHON_METRICS: ConfigOption<bool> = ConfigOption::new("python.metric.enabled", "true");

// The REST API.
/// Unset: loopback.
pub const REST_ADDRESS: ConfigOption<Text> = ConfigOption::unset("rest.address");
/// Unset: no server, unless `rest.bind-port` is set. `penstock run` sets that one.
pub const REST_PORT: ConfigOption<Text> = ConfigOption::unset("rest.port");
pub const REST_BIND_ADDRESS: ConfigOption<Text> = ConfigOption::unset("rest.bind-address");
/// A port, a range, or several of either; 0 is any that is free. Unset: that of `rest.port`.
pub const REST_BIND_PORT: ConfigOption<Text> = ConfigOption::unset("rest.bind-port");

// Metrics; the keys of one reporter are read with [`super::Configuration::reporters`].
pub const REPORTERS: ConfigOption<Text> = ConfigOption::unset("metrics.reporters");
/// 0: sources emit no latency markers.
pub const LATENCY_INTERVAL: ConfigOption<Duration> = ConfigOption::new("metrics.latency.interval", "0 ms");
pub const LATENCY_GRANULARITY: ConfigOption<LatencyGranularity> =
    ConfigOption::new("metrics.latency.granularity", "operator");
/// How many markers a histogram of latencies looks back.
pub const LATENCY_HISTORY: ConfigOption<u32> = ConfigOption::new("metrics.latency.history-size", "128");

// Testing.
/// Every batch that crosses a channel is serialised, also within a process.
pub const SERIALIZE_EXCHANGE: ConfigOption<bool> = ConfigOption::new("penstock.testing.serialize-exchange", "false");
/// Whether records may travel as columns where no user code sees them; off, every record is an object.
pub const COLUMN_LANE: ConfigOption<bool> = ConfigOption::new("penstock.testing.column-lane", "true");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Configuration;

    macro_rules! read_all {
        ($($name:ident),* $(,)?) => {
            [$((stringify!($name), $name.key(), Configuration::default().read(&$name).map(|_| ()))),*]
        };
    }

    #[test]
    fn every_default_is_a_value_of_its_type() {
        let options = read_all![
            PARALLELISM,
            JOB_NAME,
            JARS,
            CLASSPATHS,
            MAX_PARALLELISM,
            OPERATOR_CHAINING,
            OBJECT_REUSE,
            AUTO_WATERMARK_INTERVAL,
            ALLOW_UNALIGNED_SOURCE_SPLITS,
            GLOBAL_JOB_PARAMETERS,
            RUNTIME_MODE,
            ATTACHED,
            BUFFER_TIMEOUT_ENABLED,
            BUFFER_TIMEOUT,
            CANCELLATION_INTERVAL,
            CANCELLATION_TIMEOUT,
            TIMERS_CANCELLATION_TIMEOUT,
            ADAPTIVE_PARTITIONER,
            ADAPTIVE_PARTITIONER_TRAVERSE,
            RESTORE_PATH,
            RESTORE_CLAIM_MODE,
            RESTORE_IGNORE_UNCLAIMED,
            CHECKPOINT_INTERVAL,
            CHECKPOINT_MODE,
            CHECKPOINT_TIMEOUT,
            CHECKPOINT_MIN_PAUSE,
            CHECKPOINT_MAX_CONCURRENT,
            CHECKPOINT_TOLERABLE_FAILURES,
            CHECKPOINT_NUM_RETAINED,
            CHECKPOINT_STORAGE,
            CHECKPOINT_DIR,
            SAVEPOINT_DIR,
            CHECKPOINT_CREATE_SUBDIR,
            CHECKPOINT_UNALIGNED,
            CHECKPOINT_ALIGNED_TIMEOUT,
            CHECKPOINT_INCREMENTAL,
            CHECKPOINT_RETENTION,
            CHECKPOINTS_AFTER_TASKS_FINISH,
            CHECKPOINT_INLINE_THRESHOLD,
            FAILOVER_STRATEGY,
            RESTART_STRATEGY,
            FIXED_DELAY_ATTEMPTS,
            FIXED_DELAY_DELAY,
            FAILURE_RATE_MAX_FAILURES,
            FAILURE_RATE_INTERVAL,
            FAILURE_RATE_DELAY,
            EXPONENTIAL_DELAY_INITIAL,
            EXPONENTIAL_DELAY_MAX,
            EXPONENTIAL_DELAY_MULTIPLIER,
            EXPONENTIAL_DELAY_RESET,
            EXPONENTIAL_DELAY_JITTER,
            EXPONENTIAL_DELAY_ATTEMPTS,
            STATE_BACKEND,
            ROCKSDB_MEMORY_MANAGED,
            ROCKSDB_MEMORY_PER_SLOT,
            ROCKSDB_MEMORY_PER_PROCESS,
            ROCKSDB_WRITE_BUFFER_RATIO,
            ROCKSDB_HIGH_PRIORITY_RATIO,
            ROCKSDB_OPEN_FILES,
            ROCKSDB_WRITE_BUFFER,
            ROCKSDB_WRITE_BUFFERS,
            ROCKSDB_WRITE_BUFFERS_TO_MERGE,
            ROCKSDB_BLOCK_SIZE,
            ROCKSDB_BLOCK_CACHE,
            ROCKSDB_DYNAMIC_LEVELS,
            ROCKSDB_FILE_SIZE,
            ROCKSDB_LEVEL_SIZE,
            ROCKSDB_BLOOM_FILTER_BITS,
            MANAGED_MEMORY,
            MANAGED_MEMORY_FRACTION,
            FLINK_MEMORY,
            PROCESS_MEMORY,
            ROCKSDB_TIMER_SERVICE,
            ROCKSDB_LOCAL_DIR,
            ROCKSDB_BLOOM_FILTER,
            ROCKSDB_PREDEFINED_OPTIONS,
            ROCKSDB_THREADS,
            ROCKSDB_TRANSFER_THREADS,
            TMP_DIRS,
            S3_ENDPOINT,
            S3_REGION,
            S3_ACCESS_KEY,
            S3_SECRET_KEY,
            S3_PATH_STYLE,
            S3_SSL,
            PYTHON_EXECUTION_MODE,
            HEARTBEAT_INTERVAL,
            HEARTBEAT_TIMEOUT,
            PYTHON_OBJECT_CACHE,
            PYTHON_EXECUTABLE,
            PYTHON_FILES,
            PYTHON_ARCHIVES,
            PYTHON_REQUIREMENTS,
            PYTHON_PATH,
            PYTHON_METRICS,
            REST_ADDRESS,
            REST_PORT,
            REST_BIND_ADDRESS,
            REST_BIND_PORT,
            REPORTERS,
            LATENCY_INTERVAL,
            LATENCY_GRANULARITY,
            LATENCY_HISTORY,
            SERIALIZE_EXCHANGE,
            COLUMN_LANE
        ];
        for (name, _, value) in &options {
            value.as_ref().unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let declared: Vec<_> =
            include_str!("options.rs").lines().filter_map(|line| line.strip_prefix("pub const ")).collect();
        assert_eq!(options.len(), declared.len(), "an option is missing in this test");
        let keys: std::collections::BTreeSet<_> = options.iter().map(|(_, key, _)| key).collect();
        assert_eq!(keys.len(), options.len(), "a key is declared twice");
    }

    #[test]
    fn no_option_is_declared_by_an_older_name() {
        let source = include_str!("options.rs");
        let quoted = source.split('"').skip(1).step_by(2).filter(|text| text.contains('.') && !text.contains(' '));
        let old: Vec<_> = quoted.filter(|key| crate::config::renamed_to(key).is_some()).collect();
        assert_eq!(old, Vec::<&str>::new());
    }
}
