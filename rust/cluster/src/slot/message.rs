//! What a JobMaster and the slot processes of its job say to each other. Plain data: whatever carries it needs to know no
//! more than that a message has a text form and may have bytes attached.

use std::collections::BTreeMap;
use std::path::PathBuf;

use penstock_core::Error;
use penstock_plan::JobGraph;
use penstock_runtime::mailbox::{Mail, TaskId};
use serde::{Deserialize, Serialize};

use super::samples::Sample;

/// To a slot.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ToSlot {
    /// The first message. The functions are attached.
    Start(Box<Start>),
    /// Begin an attempt of a region. The metadata of the checkpoint that it goes on from is attached, if there is one.
    Deploy(Deploy),
    /// A request to a task.
    Mail(TaskId, Mail),
    /// What becomes of a snapshot that a task has frozen.
    Upload { task: TaskId, checkpoint: u64, to: Destination },
    /// What is being stored comes to nothing.
    StopUploads,
    /// Are you there?
    Ping,
    /// The job is over.
    Leave,
}

/// What a slot has to know of its job.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) job_id: String,
    pub(super) job_name: String,
    pub(super) graph: JobGraph,
    pub(super) config: BTreeMap<String, String>,
    /// Which slot this is, from 0.
    pub(super) slot: usize,
    /// Where the slots listen for each other.
    pub(super) folder: PathBuf,
    /// The job's secret among its slots.
    pub(super) token: [u8; 16],
}

/// An attempt of a region of the job.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Deploy {
    pub(super) region: usize,
    pub(super) attempt: u32,
    /// Where the files of the checkpoint are; absent where all its state is in the metadata.
    pub(super) folder: Option<String>,
    /// Whether those files belong to somebody else: nothing of them may be referred to by later checkpoints.
    pub(super) lent: bool,
}

/// Where a snapshot goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Destination {
    /// Nobody wants it any more.
    Nowhere,
    /// Into the folder that the job has for its checkpoint.
    Checkpoint,
    /// Into the folder of a savepoint.
    Savepoint(String),
}

/// From a slot.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromSlot {
    /// It listens for the other slots.
    Ready,
    Running(TaskId),
    EndOfData(TaskId),
    SplitFinished {
        task: TaskId,
        split: String,
    },
    Watermark {
        task: TaskId,
        group: String,
        watermark: i64,
    },
    Declined {
        task: TaskId,
        checkpoint: u64,
        reason: Error,
    },
    /// A task has frozen its state; it waits for [`ToSlot::Upload`].
    Frozen {
        task: TaskId,
        checkpoint: u64,
    },
    /// A snapshot is stored, or cannot be. Where its parts are is attached, as metadata.
    Uploaded {
        task: TaskId,
        checkpoint: u64,
        error: Option<Error>,
    },
    Ended {
        task: TaskId,
        error: Option<Error>,
    },
    /// The attempt of a region cannot go on.
    Failed {
        region: usize,
        attempt: u32,
        error: Error,
    },
    /// Metrics that have changed.
    Metrics(Vec<Sample>),
    /// A record of the `collect` sink is attached.
    Collected,
    /// A log record of user code is attached.
    Log,
    /// I am.
    Pong,
}
