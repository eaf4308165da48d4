//! One job: what it is, its life, and the JobMaster that runs it.

pub(crate) mod attempt;
pub(crate) mod deploy;
pub(crate) mod event;
mod failures;
mod handle;
mod lifecycle;
pub(crate) mod master;
pub(crate) mod progress;
pub(crate) mod record;
mod status;

use std::collections::HashMap;
use std::sync::Arc;

use penstock_core::metrics::Registry;
use penstock_core::sink::Sink;
use penstock_core::source::Source;
use penstock_core::{Clock, Configuration};
use penstock_plan::{JobGraph, Regions};
use penstock_runtime::build::TaskSettings;
use penstock_runtime::lane::ObjectLane;
use tokio::runtime::Handle;

pub use handle::{Answer, JobHandle, JobResult};
pub(crate) use handle::{Shared, ended};
pub use progress::Progress;
pub use status::JobStatus;

use crate::restore::{Facts, RestorePoint};
use crate::settings::{BackendSettings, CancellationSettings, CheckpointPlace};
use crate::slot::SlotHost;

/// A job that was checked and is ready to run. It does not change from then on.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) graph: Arc<JobGraph>,
    /// Which subtasks start again together.
    pub(crate) regions: Regions,
    pub(crate) functions: Arc<Vec<u8>>,
    pub(crate) config: Configuration,
    pub(crate) lane: Arc<dyn ObjectLane>,
    /// Starts slot processes; `None`: tasks are threads of this process.
    pub(crate) host: Option<Arc<dyn SlotHost>>,
    /// By stream node.
    pub(crate) sources: HashMap<u32, Arc<dyn Source>>,
    /// By stream node.
    pub(crate) sinks: HashMap<u32, Arc<dyn Sink>>,
    pub(crate) tasks: TaskSettings,
    pub(crate) backend: BackendSettings,
    pub(crate) cancellation: CancellationSettings,
    /// `None`: no checkpoints.
    pub(crate) checkpoints: Option<CheckpointPlace>,
    /// What it starts from.
    pub(crate) restored: Option<RestorePoint>,
    /// Whether it may go back to an older checkpoint where the newest is damaged.
    pub(crate) recovery: Facts,
    /// Damaged checkpoints that were passed over to find what it starts from.
    pub(crate) passed_over: u64,
    pub(crate) clock: Clock,
    pub(crate) io: Handle,
    pub(crate) metrics: Registry,
}
