//! Earlier jobs whose folders this one has taken over, until nothing of them is left.
//!
//! `-s latest` goes on from the last checkpoint of an earlier run, and with it owns that run's folder: its other
//! checkpoints, what it left behind when it died, and the files that it shared. Every checkpoint names these jobs, so
//! that a successor goes on cleaning where this one was killed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use super::shared::SharedFiles;
use crate::restore::{Claim, RestorePoint};
use crate::settings::CheckpointPlace;

/// How far the cleaning of one job's folder is.
#[derive(Debug, Default)]
struct Cleaning {
    /// What was left behind has been removed.
    swept: bool,
    /// Nothing is left; set when the storage has said so.
    gone: Arc<AtomicBool>,
}

/// The earlier jobs, by their ids.
#[derive(Debug, Default)]
pub(super) struct EarlierJobs {
    jobs: BTreeMap<String, Cleaning>,
}

impl EarlierJobs {
    /// The job goes on from this.
    pub(super) fn restored(&mut self, point: &RestorePoint) {
        if let Claim::Job(job) = &point.claim {
            let all = std::iter::once(job).chain(&point.metadata.earlier_jobs);
            self.jobs.extend(all.map(|job| (job.clone(), Cleaning::default())));
        }
    }

    /// Their ids.
    pub(super) fn ids(&self) -> Vec<String> {
        let left = self.jobs.iter().filter(|(_, cleaning)| !cleaning.gone.load(Ordering::Acquire));
        left.map(|(job, _)| job.clone()).collect()
    }

    /// Cleans the folders of those that have no checkpoint among `completed` any more.
    pub(super) fn clean(
        &mut self,
        completed: &BTreeMap<u64, RestorePoint>,
        shared: &SharedFiles,
        place: &CheckpointPlace,
        io: &Handle,
    ) {
        self.jobs.retain(|_, cleaning| !cleaning.gone.load(Ordering::Acquire));
        for (job, cleaning) in &mut self.jobs {
            let keep = shared.of_job(job);
            let in_use = completed.values().any(|point| point.folder.home().is_some_and(|home| home.job == *job));
            if in_use || (cleaning.swept && !keep.is_empty()) {
                continue;
            }
            cleaning.swept = true;
            let (storage, job, gone) = (place.storage.clone(), job.clone(), Arc::clone(&cleaning.gone));
            io.spawn(async move {
                match storage.sweep_job(&job, &keep).await {
                    Ok(()) if keep.is_empty() => gone.store(true, Ordering::Release),
                    Ok(()) => {}
                    Err(error) => tracing::warn!("What the earlier job {job} left could not be removed: {error}"),
                }
            });
        }
    }
}
