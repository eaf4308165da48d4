//! A failure that comes from a damaged checkpoint is answered by going back to another one, not by the restart strategy:
//! there are only so many of them, and waiting does not mend a file.

use penstock_core::Error;

use super::JobMaster;

impl JobMaster {
    /// Looks at a failure before the life cycle does. Gives the failure that counts, and whether the next attempt goes on
    /// from an older checkpoint; then all tasks have to.
    pub(super) fn look_for_damage(&mut self, error: Error) -> (Error, bool) {
        // What has completed a checkpoint since it was started is restored.
        let restoring = self.latest() == self.restored_from;
        match self.checkpoints.as_mut().filter(|_| restoring && matches!(error, Error::Damaged(_))) {
            Some(checkpoints) => match checkpoints.damaged(&error) {
                Ok(()) => (error, true),
                Err(refusal) => (refusal, false),
            },
            None => (error, false),
        }
    }
}
