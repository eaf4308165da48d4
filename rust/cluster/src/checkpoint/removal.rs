//! Removes what nobody needs any more. A failure costs space and nothing else: it is logged.

use std::collections::BTreeSet;
use std::time::Duration;

use penstock_core::{Result, kill_point};
use penstock_state::{CheckpointFolder, SharedFile};
use tokio::runtime::Handle;

use crate::restore::{Claim, RestorePoint};
use crate::settings::CheckpointPlace;

/// How long the storage may take when a job has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// Removes the folder of a checkpoint that came to nothing, and what it alone refers to, while others go on.
pub(super) fn folder(folder: CheckpointFolder, unused: Vec<SharedFile>, io: &Handle) {
    io.spawn(async move { removed(&folder, remove(&folder, &unused).await) });
}

async fn remove(folder: &CheckpointFolder, unused: &[SharedFile]) -> Result<()> {
    folder.discard().await?;
    kill_point::hit("checkpoint-half-removed");
    folder.remove_shared(unused).await
}

fn removed(folder: &CheckpointFolder, result: Result<()>) {
    if let Err(error) = result {
        tracing::warn!("{} could not be removed: {error}", folder.url());
    }
}

/// Removes a checkpoint that was complete, and those of its files that nobody refers to any more.
pub(super) async fn point(point: &RestorePoint, unused: Vec<SharedFile>, job_id: &str) {
    let folder = &point.folder;
    // The checkpoints beside one that was claimed by its path are not this job's, and may refer to the same files.
    let alone = point.metadata.job_id == job_id || matches!(point.claim, Claim::Job(_));
    let result = if point.metadata.is_savepoint {
        folder.discard_savepoint(&point.metadata).await
    } else if alone {
        remove(folder, &unused).await
    } else {
        match folder.discard().await {
            Ok(()) => folder.remove_shared_unless_referenced(unused).await,
            Err(error) => Err(error),
        }
    };
    removed(folder, result);
}

/// Removes the folder of an earlier run, which holds nothing but the note that says what it was stopped with.
pub(super) fn note(job_id: String, place: &CheckpointPlace, io: &Handle) {
    let place = place.clone();
    io.spawn(async move {
        let removed = match place.storage.for_job(&job_id) {
            Ok(earlier) => earlier.discard_all().await,
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::warn!("The folder of the stopped job {job_id} could not be removed: {error}");
        }
    });
}

/// Removes all checkpoints of a job that has ended, and what it took over from earlier ones. `noted`: the note that says
/// which savepoint it was stopped with stays.
pub(super) async fn everything(
    points: Vec<(RestorePoint, Vec<SharedFile>)>,
    earlier: &[String],
    place: &CheckpointPlace,
    job_id: &str,
    noted: bool,
) {
    let removing = async {
        for (one, unused) in points {
            point(&one, unused, job_id).await;
        }
        for job in earlier {
            if let Err(error) = place.storage.sweep_job(job, &BTreeSet::new()).await {
                tracing::warn!("What the earlier job {job} left could not be removed: {error}");
            }
        }
        let removed = if noted { place.job.discard_shared().await } else { place.job.discard_all().await };
        if let Err(error) = removed {
            tracing::warn!("The checkpoints of job {job_id} could not be removed: {error}");
        }
    };
    if tokio::time::timeout(PATIENCE, removing).await.is_err() {
        tracing::warn!("The checkpoints of job {job_id} could not be removed within {} s.", PATIENCE.as_secs());
    }
}
