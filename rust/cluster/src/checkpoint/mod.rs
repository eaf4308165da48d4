//! Checkpoints: when they are taken ([`decide`], pure), and how: triggering, collecting, storing, completing.

mod assemble;
mod coordinator;
pub mod decide;
mod removal;
pub(crate) mod upload;

pub(crate) use coordinator::{Coordinator, StoredCheckpoint};
pub(crate) use upload::TaskStates;
