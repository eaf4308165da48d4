//! A checkpoint that an attempt was to go on from, and of which a file turned out to be damaged.

use penstock_core::{Error, Result};

use super::Coordinator;
use crate::restore::in_place_of;

impl Coordinator {
    /// The newest checkpoint cannot be restored: the next attempt goes on from the one before, or the job ends with the
    /// error that names the choices. Checkpoints refer to the same files, so that the one before may turn out the same.
    pub(crate) fn damaged(&mut self, reason: &Error) -> Result<()> {
        let Some(newest) = self.latest() else { return Ok(()) };
        let (id, url) = (newest.metadata.checkpoint_id, newest.folder.url());
        self.damaged.insert(id);
        self.planner.damaged(id);
        let older = in_place_of(&url, reason, self.latest(), |older| older.folder.url(), self.job.recovery)?;
        tracing::warn!(
            "Checkpoint {id} of job {} at {url} is damaged and passed over: {reason}. The job goes on from {}.",
            self.job.id,
            older.describe()
        );
        self.metrics.passed_over(1);
        Ok(())
    }
}
