//! Finds and reads what a job is started from.

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
    let (claim, folder) = match config.read(&options::RESTORE_CLAIM_MODE)? {
        ClaimMode::Claim => (Claim::Checkpoint, folder),
        ClaimMode::NoClaim => (Claim::None, folder.lent()),
    };
    Ok(RestorePoint { metadata, folder, claim, older: Vec::new() })
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
    let listed = storage.list_completed().await?;
    let all = listed.clone();
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
            claimed(*chosen, all).map(Some)
        }
    }
}

/// The checkpoint with the folder of its job and the older ones there, unless somebody has to look at that folder first:
/// one of its checkpoints is damaged. Where jobs have no folders of their own it is the checkpoint alone.
fn claimed(chosen: ListedCheckpoint, all: Vec<ListedCheckpoint>) -> Result<RestorePoint> {
    let of_user = |c: &ListedCheckpoint| c.metadata.as_ref().is_ok_and(|metadata| metadata.is_savepoint);
    let beside =
        |c: &ListedCheckpoint| c.job_id == chosen.job_id && c.checkpoint_id != chosen.checkpoint_id && !of_user(c);
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
