//! Whole jobs on a lane of Rust values: from their submission to their end.

mod ends;
mod incremental;
mod recovery;
mod submissions;
mod support;
