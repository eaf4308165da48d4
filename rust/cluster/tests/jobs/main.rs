//! Whole jobs on a lane of Rust values: from their submission to their end.

mod columns;
mod damage;
mod ends;
mod frequent;
mod http;
mod incremental;
mod latency;
mod recovery;
mod regions;
mod rest;
mod savepoints;
mod slots;
mod submissions;
mod support;
mod unaligned;
