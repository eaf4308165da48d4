//! Finds and reads what a job is started from.

use std::cmp::Reverse;
use std::sync::Arc;

use penstock_core::config::{ClaimMode, options};
use penstock_core::{Configuration, Error, Result};
use penstock_state::{CheckpointStorage, ListedCheckpoint};

use super::choose::{Choice, choose};
use super::damage::Facts;
use super::{Claim, RestorePoint};

/// The value of `execution.savepoint.path` that means: the newest there is.
const LATEST: &str = "latest";

/// What `execution.savepoint.path` names, if it is set, and how many damaged checkpoints were passed over to find it.
pub(crate) async fn at_start(
    config: &Configuration,
    facts: Facts,
    job_name: &str,
) -> Result<(Option<RestorePoint>, u64)> {
    match config.read(&options::RESTORE_PATH)?.as_deref() {
        None | Some("") => Ok((None, 0)),
        Some(LATEST) => latest(config, facts, job_name).await,
        Some(path) => Ok((Some(named(path, config).await?), 0)),
    }
}

async fn named(path: &str, config: &Configuration) -> Result<RestorePoint> {
    let folder = CheckpointStorage::checkpoint_at(path, config)?;
    let metadata = Arc::new(folder.read_metadata().await?);
    let (claim, folder) = match config.read(&options::RESTORE_CLAIM_MODE)? {
        ClaimMode::Claim => (Claim::Checkpoint, folder),
        ClaimMode::NoClaim => (Claim::None, folder.lent()),
    };
    Ok(RestorePoint { metadata, folder, claim, older: Vec::new() })
}

async fn latest(config: &Configuration, facts: Facts, job_name: &str) -> Result<(Option<RestorePoint>, u64)> {
    let storage = CheckpointStorage::from_config(config)?;
    if !storage.is_durable() {
        return Err(Error::invalid(format!(
            "'-s {LATEST}' looks for checkpoints of earlier runs under {}, which is not set",
            options::CHECKPOINT_DIR.key()
        )));
    }
    let mut listed = storage.list_completed().await?;
    listed.extend(stopped(&storage, config).await?);
    listed.sort_by_key(|checkpoint| Reverse((checkpoint.timestamp, checkpoint.checkpoint_id)));
    let all = listed.clone();
    match choose(listed, job_name, facts)? {
        Choice::Fresh => {
            tracing::info!(
                "No completed checkpoint of a job named '{job_name}' was found under {}: starting afresh.",
                storage.url()
            );
            Ok((None, 0))
        }
        Choice::Restore { chosen, damaged } => {
            for passed in &damaged {
                let reason = passed.metadata.as_ref().err().map(ToString::to_string).unwrap_or_default();
                tracing::warn!("The checkpoint at {} cannot be read and is passed over: {reason}", passed.folder.url());
            }
            Ok((Some(claimed(*chosen, all)?), damaged.len() as u64))
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

fn is_savepoint(listed: &ListedCheckpoint) -> bool {
    listed.metadata.as_ref().is_ok_and(|metadata| metadata.is_savepoint)
}

/// The checkpoint with the folder of its job and the older ones there, unless somebody has to look at that folder first:
/// one of its checkpoints is damaged. Where jobs have no folders of their own it is the checkpoint alone.
fn claimed(chosen: ListedCheckpoint, all: Vec<ListedCheckpoint>) -> Result<RestorePoint> {
    if is_savepoint(&chosen) {
        let (metadata, claim) = (Arc::new(chosen.metadata?), Claim::Stopped(chosen.job_id));
        return Ok(RestorePoint { metadata, folder: chosen.folder, claim, older: Vec::new() });
    }
    let beside =
        |c: &ListedCheckpoint| c.job_id == chosen.job_id && c.checkpoint_id != chosen.checkpoint_id && !is_savepoint(c);
    let beside: Vec<ListedCheckpoint> = all.into_iter().filter(beside).collect();
    let orderly = beside.iter().all(|c| c.metadata.is_ok() && c.checkpoint_id < chosen.checkpoint_id);
    let whole = orderly && !chosen.job_id.is_empty();
    let claim = if whole { Claim::Job(chosen.job_id.clone()) } else { Claim::Checkpoint };
    let point = |listed: ListedCheckpoint, claim, older| -> Result<RestorePoint> {
        Ok(RestorePoint { metadata: Arc::new(listed.metadata?), folder: listed.folder, claim, older })
    };
    let mut older = Vec::new();
    if whole {
        for listed in beside {
            older.push(point(listed, claim.clone(), Vec::new())?);
        }
        older.sort_by_key(|point| point.metadata.checkpoint_id);
    }
    point(chosen, claim, older)
}
