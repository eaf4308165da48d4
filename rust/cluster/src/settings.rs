//! What the configuration says about running a job, read once and checked before anything runs.

use std::path::PathBuf;
use std::sync::Arc;

use penstock_core::config::{CheckpointRetention, RuntimeMode, StateBackendKind, options};
use penstock_core::sabotage::SABOTAGE;
use penstock_core::{Configuration, Result};
use penstock_runtime::build::TaskSettings;
use penstock_runtime::chain::LatencySettings;
use penstock_runtime::task::SortSettings;
use penstock_state::rocksdb::{has_no_effect, managed_memory};
use penstock_state::{CheckpointStorage, JobStorage};

use crate::checkpoint::decide::CheckpointSettings;

/// When checkpoints are taken, and where and how long they are kept.
#[derive(Clone)]
pub(crate) struct CheckpointPlace {
    /// When.
    pub(crate) planning: CheckpointSettings,
    /// The directory of all jobs.
    pub(crate) storage: CheckpointStorage,
    /// The part of this job.
    pub(crate) job: JobStorage,
    /// What becomes of them when the job ends.
    pub(crate) retention: CheckpointRetention,
    /// State up to this size is written into `_metadata` itself.
    pub(crate) inline_limit: usize,
}

impl CheckpointPlace {
    /// Without an interval there are those snapshots only that somebody asks for. `None`: a job in batch mode, where
    /// nothing is final before the end, has none at all.
    pub(crate) fn read(config: &Configuration, mode: RuntimeMode, job_id: &str) -> Result<Option<Self>> {
        let mut planning = CheckpointSettings::from_config(config)?;
        if mode == RuntimeMode::Batch {
            if planning.interval.is_some() {
                tracing::info!("Checkpoints are configured, but this job runs in BATCH mode, which has none.");
            }
            return Ok(None);
        }
        if !std::mem::replace(&mut planning.after_tasks_finish, true) && planning.interval.is_some() {
            let key = options::CHECKPOINTS_AFTER_TASKS_FINISH.key();
            tracing::warn!(
                "{key}=false has no effect: tasks that finish wait for a last checkpoint, so that all output is committed."
            );
        }
        let storage = CheckpointStorage::from_config(config)?;
        Ok(Some(Self {
            planning,
            job: storage.for_job(job_id)?,
            storage,
            retention: config.read(&options::CHECKPOINT_RETENTION)?,
            inline_limit: config.read(&options::CHECKPOINT_INLINE_THRESHOLD)?.bytes() as usize,
        }))
    }

    /// Whether checkpoints are taken by themselves, so that the end of the job waits for one.
    pub(crate) fn is_periodic(&self) -> bool {
        self.planning.interval.is_some()
    }
}

/// Which state backend, and where its files go.
#[derive(Debug, Clone)]
pub(crate) struct BackendSettings {
    pub(crate) kind: StateBackendKind,
    pub(crate) tmp_dirs: Vec<PathBuf>,
    /// How many processes have backends of the job.
    pub(crate) processes: u32,
}

impl BackendSettings {
    pub(crate) fn read(config: &Configuration, processes: u32) -> Result<Self> {
        Ok(Self { kind: config.read(&options::STATE_BACKEND)?, tmp_dirs: config.tmp_dirs()?, processes })
    }
}

/// How long a job may take to stop, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CancellationSettings {
    /// How often tasks that have not stopped are named in the log.
    pub(crate) interval: i64,
    /// When they are given up; 0: never.
    pub(crate) timeout: i64,
}

impl CancellationSettings {
    pub(crate) fn read(config: &Configuration) -> Result<Self> {
        let interval = config.read(&options::CANCELLATION_INTERVAL)?.as_millis() as i64;
        let timeout = config.read(&options::CANCELLATION_TIMEOUT)?.as_millis() as i64;
        Ok(Self { interval, timeout })
    }
}

/// Options of Flink that are accepted and change nothing here yet; a dot at the end stands for all that follows.
const WITHOUT_EFFECT: [&str; 1] = ["pipeline.watermark-alignment.allow-unaligned-source-splits"];

/// The options of a configuration that change nothing here yet.
pub(crate) fn without_effect(config: &Configuration) -> Vec<&str> {
    let stands_for = |known: &str, key: &str| if known.ends_with('.') { key.starts_with(known) } else { key == known };
    let asked = config.iter().filter(|(_, value)| *value != "false");
    let known = |key: &&str| has_no_effect(key) || WITHOUT_EFFECT.iter().any(|known| stands_for(known, key));
    asked.map(|(key, _)| key).filter(known).collect()
}

/// The settings of tasks.
pub(crate) fn task_settings(config: &Configuration, mode: RuntimeMode, checkpointing: bool) -> Result<TaskSettings> {
    let interval = config.read(&options::AUTO_WATERMARK_INTERVAL)?.as_millis() as i64;
    let latency = config.read(&options::LATENCY_INTERVAL)?.as_millis() as i64;
    let flushes = config.read(&options::BUFFER_TIMEOUT_ENABLED)?;
    let buffer_timeout = config.read(&options::BUFFER_TIMEOUT)?;
    let adaptive = config.read(&options::ADAPTIVE_PARTITIONER)?;
    let traversed = config.read(&options::ADAPTIVE_PARTITIONER_TRAVERSE)?.max(1) as usize;
    Ok(TaskSettings {
        // In batch mode there is one watermark, at the end.
        watermark_interval_ms: if mode == RuntimeMode::Batch { 0 } else { interval },
        latency: LatencySettings {
            // As in Flink, markers are for streams only.
            interval_ms: if mode == RuntimeMode::Batch { 0 } else { latency },
            granularity: config.read(&options::LATENCY_GRANULARITY)?,
            history_size: config.read(&options::LATENCY_HISTORY)? as usize,
        },
        buffer_timeout: flushes.then_some(buffer_timeout),
        least_loaded_of: adaptive.then_some(traversed),
        object_reuse: config.read(&options::OBJECT_REUSE)?,
        serialize_exchange: config.read(&options::SERIALIZE_EXCHANGE)?,
        column_lane: config.read(&options::COLUMN_LANE)?,
        checkpointing,
        object_cache_bytes: config.read(&options::PYTHON_OBJECT_CACHE)?.bytes() as usize,
        sabotage: config.read(&SABOTAGE)?,
        sort: SortSettings {
            memory: usize::try_from(managed_memory(config)?).unwrap_or(usize::MAX),
            directory: config.tmp_dirs()?.into_iter().next().unwrap_or_else(std::env::temp_dir),
        },
        job_parameters: Arc::new(config.read_map(&options::GLOBAL_JOB_PARAMETERS)?.into_iter().collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Configuration {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn options_without_effect_are_named_where_they_ask_for_something() {
        let asked = config(&[
            ("pipeline.watermark-alignment.allow-unaligned-source-splits", "true"),
            ("execution.checkpointing.savepoint-dir", "false"),
            ("state.backend.rocksdb.memory.managed", "true"),
            ("state.backend.rocksdb.memory.high-prio-pool-ratio", "0.2"),
            ("state.backend.type", "rocksdb"),
        ]);
        let named = [
            "pipeline.watermark-alignment.allow-unaligned-source-splits",
            "state.backend.rocksdb.memory.high-prio-pool-ratio",
        ];
        assert_eq!(without_effect(&asked), named);
    }

    #[test]
    fn no_interval_no_periodic_checkpoints_and_none_at_all_in_batch() {
        let job = "0".repeat(32);
        let without = CheckpointPlace::read(&config(&[]), RuntimeMode::Streaming, &job).unwrap().unwrap();
        assert!(!without.is_periodic());
        let with = config(&[("execution.checkpointing.interval", "1 s")]);
        assert!(CheckpointPlace::read(&with, RuntimeMode::Batch, &job).unwrap().is_none());
        let settings = CheckpointPlace::read(&with, RuntimeMode::Streaming, &job).unwrap().unwrap();
        assert!(!settings.storage.is_durable(), "without a directory they are kept in memory");
    }

    #[test]
    fn an_unknown_backend_is_an_error() {
        let error = BackendSettings::read(&config(&[("state.backend", "rockdb")]), 1).unwrap_err().to_string();
        assert!(error.contains("rockdb") && error.contains("hashmap, rocksdb"), "{error}");
    }

    #[test]
    fn batch_has_no_periodic_watermarks() {
        let of = |mode| task_settings(&config(&[]), mode, false).unwrap().watermark_interval_ms;
        assert_eq!((of(RuntimeMode::Streaming), of(RuntimeMode::Batch)), (200, 0));
    }
}
