//! Removes what nobody needs any more. A failure costs space and nothing else: it is logged.

use std::time::Duration;

use penstock_state::CheckpointFolder;
use tokio::runtime::Handle;

use crate::restore::{Claim, RestorePoint};
use crate::settings::CheckpointPlace;

/// How long the storage may take when a job has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// Removes the folder of a checkpoint that came to nothing, while others go on.
pub(super) fn folder(folder: CheckpointFolder, io: &Handle) {
    io.spawn(async move {
        if let Err(error) = folder.discard().await {
            tracing::warn!("{} could not be removed: {error}", folder.url());
        }
    });
}

/// Removes a checkpoint that was complete, and with the last one of an earlier run that run's folder.
pub(super) async fn point(point: &RestorePoint, place: &CheckpointPlace) {
    let mut result = if point.metadata.is_savepoint {
        point.folder.discard_savepoint(&point.metadata).await
    } else {
        point.folder.discard().await
    };
    if let (Ok(()), Claim::Job(job)) = (&result, &point.claim) {
        result = match place.storage.for_job(job) {
            Ok(earlier) => earlier.discard_all().await,
            Err(error) => Err(error),
        };
    }
    if let Err(error) = result {
        tracing::warn!("{} could not be removed: {error}", point.folder.url());
    }
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

/// Removes all checkpoints of a job that has ended. `noted`: the note that says which savepoint it was stopped with stays.
pub(super) async fn everything(points: &[RestorePoint], place: &CheckpointPlace, job_id: &str, noted: bool) {
    let removing = async {
        for one in points {
            point(one, place).await;
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
