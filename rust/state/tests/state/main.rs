//! One suite for every backend, two model tests, snapshots between backends and parallelisms, and storage.

mod backends;
mod cache_limit;
mod conformance;
mod entries;
mod evolution;
mod fake_s3;
mod incremental;
mod keyed_model;
mod model;
mod s3;
mod snapshots;
mod storage;
mod time_to_live;
