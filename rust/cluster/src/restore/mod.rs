//! Going on from a checkpoint or savepoint: which one, whether it fits the job, and who gets what of it.
//!
//! Choosing, checking and distributing are functions of facts; [`load`] alone reads.

mod check;
mod choose;
mod damage;
mod distribute;
mod in_flight;
mod load;

use std::sync::Arc;

use penstock_state::{CheckpointFolder, CheckpointMetadata};

pub(crate) use check::fit;
pub(crate) use damage::{Facts, in_place_of};
pub(crate) use distribute::{SubtaskRestore, for_source, for_subtask, splits_of};
pub(crate) use in_flight::{Share, read as read_in_flight};
pub(crate) use load::at_start;

/// A checkpoint or savepoint that a job goes on from.
#[derive(Debug, Clone)]
pub(crate) struct RestorePoint {
    /// What it consists of.
    pub(crate) metadata: Arc<CheckpointMetadata>,
    /// Where its files are.
    pub(crate) folder: CheckpointFolder,
    /// Whether it belongs to this job now, which removes it once newer ones make it useless.
    pub(crate) claim: Claim,
    /// Older checkpoints of the same job that belong to this one too, oldest first.
    pub(crate) older: Vec<RestorePoint>,
}

/// Who removes a checkpoint that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Its owner.
    None,
    /// This job, the checkpoint alone.
    Checkpoint,
    /// This job, and with it all that the job with this id has left.
    Job(String),
    /// Its owner. The job with this id was stopped with it and left a note of that in its folder.
    Stopped(String),
}

impl Claim {
    /// Whether this job removes the checkpoint when newer ones have taken its place.
    pub(crate) fn is_owned(&self) -> bool {
        match self {
            Self::Checkpoint | Self::Job(_) => true,
            Self::None | Self::Stopped(_) => false,
        }
    }
}

impl RestorePoint {
    /// `Checkpoint 5 @ 1700000000000 for <job id> located at s3://…`, as Flink's log has it.
    pub(crate) fn describe(&self) -> String {
        let CheckpointMetadata { checkpoint_id, timestamp, job_id, is_savepoint, .. } = &*self.metadata;
        let kind = if *is_savepoint { "Savepoint" } else { "Checkpoint" };
        format!("{kind} {checkpoint_id} @ {timestamp} for {job_id} located at {}", self.folder.url())
    }
}
