//! Whole jobs on a lane of Rust values: from their submission to their end.

mod ends;
mod http;
mod recovery;
mod rest;
mod savepoints;
mod submissions;
mod support;
