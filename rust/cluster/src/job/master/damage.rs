//! A failure that comes from a damaged checkpoint is answered by going back to another one, not by the restart strategy:
//! there are only so many of them, and waiting does not mend a file.

use penstock_core::Error;

use super::{Input, JobMaster};

impl JobMaster {
    /// Looks at a failure before the life cycle does. Gives the failure that counts, and whether the next attempt goes on
    /// from an older checkpoint.
    pub(super) fn look_for_damage(&mut self, input: Input) -> (Input, bool) {
        let Some(damaged) = damage_of(&input) else { return (input, false) };
        // An attempt that has completed a checkpoint is restored.
        let restoring = self.is_running() && self.latest() == self.restored_from;
        let (Some(checkpoints), true) = (self.checkpoints.as_mut(), restoring) else { return (input, false) };
        match (checkpoints.damaged(damaged), input) {
            (Ok(()), input) => (input, true),
            (Err(refusal), Input::TaskEnded(_, left)) => (Input::TaskEnded(Err(refusal), left), false),
            (Err(refusal), _) => (Input::Failure(refusal), false),
        }
    }

    /// The number of the checkpoint that an attempt goes on from that begins now.
    pub(super) fn latest(&self) -> Option<u64> {
        self.checkpoints.as_ref().and_then(|checkpoints| checkpoints.latest()).map(|point| point.metadata.checkpoint_id)
    }
}

fn damage_of(input: &Input) -> Option<&Error> {
    match input {
        Input::TaskEnded(Err(error @ Error::Damaged(_)), _) | Input::Failure(error @ Error::Damaged(_)) => Some(error),
        _ => None,
    }
}
