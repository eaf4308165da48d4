//! Stream graphs, and what becomes of them: which are refused, what runs as one task, ids, channels and plans.

mod chaining;
mod channels;
mod graphs;
mod plans;
mod uids;
mod validation;
