//! The JobManager's side of sources: enumerators, and the alignment of watermarks.

mod align;
mod coordinator;

pub(crate) use align::Alignments;
pub(crate) use coordinator::{Reset, SourceCoordinator, SourceStart, Stop};
