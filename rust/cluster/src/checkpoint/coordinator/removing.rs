//! What goes and what stays: checkpoints that came to nothing, those that newer ones replace, and all at the job's end.

use penstock_core::Error;
use penstock_state::retained::{Ending, keep_at_end};

use super::Coordinator;
use crate::checkpoint::decide::Reason;
use crate::checkpoint::removal;

impl Coordinator {
    pub(super) fn abort(&mut self, id: u64, reason: &Reason) {
        if reason.counts() {
            tracing::warn!("Checkpoint {id} of job {} failed: {reason}.", self.job.id);
            self.metrics.failed();
        } else {
            tracing::info!("Checkpoint {id} of job {} was given up: {reason}.", self.job.id);
        }
        let now = self.job.clock.now_millis();
        self.shared.checkpoints(|history| history.failed(id, &reason.to_string(), now));
        self.completed.remove(&id);
        self.untidy = true;
        let unused = self.shared_files.released(id);
        if let Some(checkpoint) = self.in_progress.remove(&id) {
            removal::folder(checkpoint.folder.clone(), unused, &self.job.io);
            if let Some(request) = checkpoint.request {
                self.disappoint(id, request, checkpoint.folder, reason);
            }
        }
    }

    pub(super) fn discard(&mut self, id: u64) {
        self.shared.checkpoints(|history| history.discarded(id));
        if let Some(point) = self.completed.remove(&id) {
            let (unused, job) = (self.shared_files.released(id), self.job.id.clone());
            self.job.io.spawn(async move { removal::point(&point, unused, &job).await });
        }
    }

    /// Removes what nobody counts: the leftovers of checkpoints that came to nothing, and of earlier jobs.
    pub(super) fn tidy(&mut self, newest: u64) {
        self.earlier.clean(&self.completed, &self.shared_files, &self.place, &self.job.io);
        if self.in_progress.is_empty() && std::mem::take(&mut self.untidy) {
            let (place, keep) = (self.place.job.clone(), self.shared_files.all());
            self.job.io.spawn(async move {
                if let Err(error) = place.sweep(newest, &keep).await {
                    tracing::warn!("What failed checkpoints left could not be removed: {error}");
                }
            });
        }
    }

    /// The job has ended; its checkpoints go or stay.
    pub(crate) fn end(&mut self, ending: Ending) {
        self.stop_uploads();
        self.settle_checkpoints(ending);
        for checkpoint in std::mem::take(&mut self.in_progress).into_values() {
            if let Some(request) = checkpoint.request {
                request.refuse(Error::external(format!("job {} has ended", self.job.id)));
            }
        }
    }

    fn settle_checkpoints(&mut self, ending: Ending) {
        if keep_at_end(ending, self.place.retention) {
            if let (Some(latest), true) = (self.latest(), self.place.storage.is_durable()) {
                tracing::info!("The last checkpoint of job {} is kept: {}.", self.job.id, latest.folder.url());
            }
            return;
        }
        let points = std::mem::take(&mut self.completed).into_iter();
        let points = points.map(|(id, point)| (point, self.shared_files.released(id))).collect();
        let (earlier, noted) = (self.earlier.ids(), self.stopped_with.is_some());
        self.job.io.block_on(removal::everything(points, &earlier, &self.place, &self.job.id, noted));
    }
}
