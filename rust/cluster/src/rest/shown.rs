//! What the server shows: the jobs of this process, also those that have ended lately, and operations under way.

use parking_lot::Mutex;
use penstock_core::{Clock, Configuration};
use tokio::runtime::Handle;

use super::error::RestError;
use super::operations::Operations;
use crate::job::JobHandle;

/// Jobs that have ended and are still shown.
const ENDED: usize = 20;

/// The state of the server.
pub(super) struct Shown {
    /// In the order of their submission.
    jobs: Mutex<Vec<JobHandle>>,
    pub(super) checkpoints: Operations<u64>,
    pub(super) savepoints: Operations<String>,
    pub(super) disposals: Operations<()>,
    pub(super) clock: Clock,
    pub(super) io: Handle,
}

impl Shown {
    pub(super) fn new(clock: Clock, io: Handle) -> Self {
        Self {
            jobs: Mutex::default(),
            checkpoints: Operations::new(clock.clone()),
            savepoints: Operations::new(clock.clone()),
            disposals: Operations::new(clock.clone()),
            clock,
            io,
        }
    }

    pub(super) fn add(&self, job: JobHandle) {
        let mut jobs = self.jobs.lock();
        jobs.push(job);
        let ended = jobs.iter().filter(|job| job.status().is_terminal()).count();
        let mut surplus = ended.saturating_sub(ENDED);
        jobs.retain(|job| {
            let goes = surplus > 0 && job.status().is_terminal();
            surplus -= usize::from(goes);
            !goes
        });
    }

    pub(super) fn jobs(&self) -> Vec<JobHandle> {
        self.jobs.lock().clone()
    }

    /// The job with this id.
    pub(super) fn job(&self, id: &str) -> Result<JobHandle, RestError> {
        if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            let shown: String = id.chars().take(64).collect();
            return Err(RestError::bad_request(format!(
                "Cannot resolve path parameter (jobid) from value \"{shown}\"."
            )));
        }
        let found = self.jobs.lock().iter().find(|job| job.job_id().eq_ignore_ascii_case(id)).cloned();
        found.ok_or_else(|| RestError::not_found(format!("Job {id} not found")))
    }

    /// Whether nobody waits for a result.
    pub(super) fn is_settled(&self) -> bool {
        self.checkpoints.all_seen() && self.savepoints.all_seen() && self.disposals.all_seen()
    }

    /// The configuration of the last job that was submitted.
    pub(super) fn configuration(&self) -> Configuration {
        self.jobs.lock().last().map(|job| job.job.config.clone()).unwrap_or_default()
    }
}
