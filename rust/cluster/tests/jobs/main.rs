//! Whole jobs on a lane of Rust values: from their submission to their end.

mod columns;
mod ends;
mod incremental;
mod latency;
mod recovery;
mod submissions;
mod support;
