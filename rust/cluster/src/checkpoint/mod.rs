//! Checkpoints: when they are taken ([`decide`], pure), and how: triggering, collecting, storing, completing.

mod assemble;
mod coordinator;
pub mod decide;
mod earlier;
mod history;
mod removal;
mod request;
mod shared;
pub(crate) mod upload;

pub(crate) use coordinator::{Coordinator, StoredCheckpoint};
pub(crate) use history::{CheckpointHistory, CheckpointRecord, Figures, Outcome, VertexPart};
pub(crate) use request::Request;
pub use request::{Afterwards, SavepointFormat, SavepointRequest};
pub(crate) use upload::TaskStates;
