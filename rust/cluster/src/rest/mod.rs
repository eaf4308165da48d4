//! The REST API: Flink's paths and answers, so that Flink's clients work, for the jobs of this process.
//!
//! One file per resource. Every path is there bare and below `/v1`. The server of a process starts with its first job
//! whose configuration names a port ([`server`]), and says in a small file where it is ([`announce`]), so that commands on
//! the same machine find it. It listens on loopback unless `rest.bind-address` says otherwise.

mod announce;
mod cancel;
mod checkpoint_stats;
mod checkpoints;
mod cluster;
mod disposal;
mod error;
mod guard;
mod job;
mod jobs;
mod operations;
mod ports;
mod request;
mod savepoints;
mod server;
mod shown;
mod summary;
mod vertices;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, patch, post};

pub(crate) use server::{add, serve};
pub use server::{address, settle};
use shown::Shown;

/// Longest body of a request, in bytes.
const LONGEST_BODY: usize = 64 << 10;

/// All paths.
fn router(shown: Arc<Shown>, loopback: bool) -> Router {
    let api = Router::new()
        .route("/overview", get(cluster::overview))
        .route("/config", get(cluster::config))
        .route("/jobs", get(jobs::ids))
        .route("/jobs/overview", get(jobs::overview))
        .route("/jobs/{jobid}", get(job::details).patch(cancel::terminate))
        .route("/jobs/{jobid}/yarn-cancel", get(cancel::cancel))
        .route("/jobs/{jobid}/status", get(job::status))
        .route("/jobs/{jobid}/config", get(job::config))
        .route("/jobs/{jobid}/plan", get(job::plan))
        .route("/jobs/{jobid}/exceptions", get(job::exceptions))
        .route("/jobs/{jobid}/checkpoints", get(checkpoints::statistics).post(checkpoints::trigger))
        .route("/jobs/{jobid}/checkpoints/config", get(checkpoints::config))
        .route("/jobs/{jobid}/checkpoints/{triggerid}", get(checkpoints::triggered))
        .route("/jobs/{jobid}/checkpoints/details/{checkpointid}", get(checkpoints::details))
        .route("/jobs/{jobid}/savepoints", post(savepoints::trigger))
        .route("/jobs/{jobid}/savepoints/{triggerid}", get(savepoints::triggered))
        .route("/jobs/{jobid}/stop", post(savepoints::stop))
        .route("/jobs/{jobid}/rescaling", patch(job::rescaling))
        .route("/savepoint-disposal", post(disposal::trigger))
        .route("/savepoint-disposal/{triggerid}", get(disposal::triggered));
    let guard = from_fn(move |request, next| guard::check(loopback, request, next));
    api.clone()
        .nest("/v1", api)
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::no_such_path)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(guard)
        .with_state(shown)
}
