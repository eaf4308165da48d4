//! Runs jobs: the Dispatcher's [`submit`], a JobMaster per job, and its tasks, as threads of this process or in slot
//! processes of their own ([`slot`]).
//!
//! A request to a task goes through its mailbox and a report comes back as an event, so that tasks may live elsewhere.
//!
//! ```
//! use penstock_cluster::{JobResult, JobSubmission, submit};
//! use penstock_core::Configuration;
//! use penstock_runtime::testing::RustLane;
//! let graph = serde_json::from_str(r#"{"nodes": [
//!   {"id": 1, "name": "numbers", "parallelism": 1,
//!    "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 3}, "decoder": {"kind": "long"}}},
//!   {"id": 2, "name": "out", "parallelism": 1, "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
//!    "operator": {"kind": "sink", "connector": "collect"}}
//! ]}"#).unwrap();
//! let lane = RustLane::default();
//! let (config, job_name) = (Configuration::default(), "demo".to_owned());
//! let (functions, slots) = (vec![], None);
//! let submission = JobSubmission { graph, functions, config, job_name, lane: std::sync::Arc::new(lane.clone()), slots };
//! let job = submit(submission).unwrap();
//! assert!(matches!(job.wait(None), Some(JobResult::Finished { .. })));
//! assert_eq!(lane.collected(), ["1", "2", "3"]);
//! ```

pub mod checkpoint;
mod describe;
mod io;
mod job;
mod metrics;
mod rest;
pub mod restart;
mod restore;
mod sabotage;
mod settings;
pub mod slot;
mod source;
mod submit;

pub use checkpoint::{Afterwards, SavepointFormat, SavepointRequest};
pub use describe::{describe, incompatible_states};
pub use io::runtime;
pub use job::{Answer, JobHandle, JobResult, JobStatus, Progress};
pub use rest::{address as rest_address, settle as settle_rest};
pub use submit::{JobSubmission, submit};
