//! Whole jobs on a lane of Rust values: from their submission to their end.

mod ends;
mod recovery;
mod slots;
mod submissions;
mod support;
