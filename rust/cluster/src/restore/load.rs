//! Finds and reads what a job is started from.

use std::cmp::Reverse;
use std::sync::Arc;

use penstock_core::config::{ClaimMode, options};
use penstock_core::{Configuration, Error, Result};
use penstock_plan::StreamGraph;
use penstock_state::{CheckpointStorage, ListedCheckpoint};

use super::choose::{ALLOW_OLDER, Choice, Facts, choose, has_two_phase_sink};
use super::{Claim, RestorePoint};

/// The value of `execution.savepoint.path` that means: the newest there is.
const LATEST: &str = "latest";

/// What `execution.savepoint.path` names, if it is set.
pub(crate) async fn at_start(
    config: &Configuration,
    graph: &StreamGraph,
    job_name: &str,
) -> Result<Option<RestorePoint>> {
    match config.read(&options::RESTORE_PATH)?.as_deref() {
        None | Some("") => Ok(None),
        Some(LATEST) => latest(config, graph, job_name).await,
        Some(path) => named(path, config).await.map(Some),
    }
}

async fn named(path: &str, config: &Configuration) -> Result<RestorePoint> {
    let folder = CheckpointStorage::checkpoint_at(path, config)?;
    let metadata = Arc::new(folder.read_metadata().await?);
    let claim = match config.read(&options::RESTORE_CLAIM_MODE)? {
        ClaimMode::Claim => Claim::Checkpoint,
        ClaimMode::NoClaim => Claim::None,
    };
    Ok(RestorePoint { metadata, folder, claim })
}

async fn latest(config: &Configuration, graph: &StreamGraph, job_name: &str) -> Result<Option<RestorePoint>> {
    let storage = CheckpointStorage::from_config(config)?;
    if !storage.is_durable() {
        return Err(Error::invalid(format!(
            "'-s {LATEST}' looks for checkpoints of earlier runs under {}, which is not set",
            options::CHECKPOINT_DIR.key()
        )));
    }
    let facts = Facts { two_phase_sink: has_two_phase_sink(graph), allow_older: config.read(&ALLOW_OLDER)? };
    let mut listed = storage.list_completed().await?;
    listed.extend(stopped(&storage, config).await?);
    listed.sort_by_key(|checkpoint| Reverse((checkpoint.timestamp, checkpoint.checkpoint_id)));
    let of_jobs: Vec<String> = listed.iter().map(|c| c.job_id.clone()).collect();
    match choose(listed, job_name, facts)? {
        Choice::Fresh => {
            tracing::info!(
                "No completed checkpoint of a job named '{job_name}' was found under {}: starting afresh.",
                storage.url()
            );
            Ok(None)
        }
        Choice::Restore { chosen, damaged } => {
            for passed in &damaged {
                let reason = passed.metadata.as_ref().err().map(ToString::to_string).unwrap_or_default();
                tracing::warn!("The checkpoint at {} cannot be read and is passed over: {reason}", passed.folder.url());
            }
            claimed(*chosen, &of_jobs).map(Some)
        }
    }
}

/// The savepoints that earlier runs were stopped with, wherever they are.
async fn stopped(storage: &CheckpointStorage, config: &Configuration) -> Result<Vec<ListedCheckpoint>> {
    let mut listed = Vec::new();
    for note in storage.list_stopped().await? {
        let folder = CheckpointStorage::checkpoint_at(&note.savepoint, config)?;
        let metadata = folder.read_metadata().await;
        listed.push(ListedCheckpoint {
            folder,
            job_id: note.job_id,
            job_name: Some(note.job_name),
            checkpoint_id: note.checkpoint_id,
            timestamp: note.timestamp,
            metadata,
        });
    }
    Ok(listed)
}

fn claimed(chosen: ListedCheckpoint, of_jobs: &[String]) -> Result<RestorePoint> {
    if chosen.metadata.as_ref().is_ok_and(|metadata| metadata.is_savepoint) {
        let claim = Claim::Stopped(chosen.job_id);
        return Ok(RestorePoint { metadata: Arc::new(chosen.metadata?), folder: chosen.folder, claim });
    }
    let alone = of_jobs.iter().filter(|job| **job == chosen.job_id).count() == 1;
    let claim = if alone && !chosen.job_id.is_empty() { Claim::Job(chosen.job_id) } else { Claim::Checkpoint };
    Ok(RestorePoint { metadata: Arc::new(chosen.metadata?), folder: chosen.folder, claim })
}
