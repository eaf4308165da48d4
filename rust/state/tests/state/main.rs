//! One suite for every backend, a model test, snapshots between backends and parallelisms, and storage.

mod backends;
mod conformance;
mod entries;
mod evolution;
mod fake_s3;
mod model;
mod s3;
mod snapshots;
mod storage;
