//! Plans, without any I/O: from the transformations of a script to tasks.

mod chaining;
mod execution_graph;
mod explain;
mod job_graph;
mod mode;
mod murmur3;
mod names;
mod regions;
mod stream_graph;
mod uid;
mod validate;
mod window;

pub use execution_graph::*;
pub use explain::*;
pub use job_graph::*;
pub use regions::Regions;
pub use stream_graph::*;
pub use uid::OperatorId;
pub use window::{WindowAssigner, WindowContents, WindowSpec, WindowTrigger};
