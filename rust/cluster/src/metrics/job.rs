//! Flink's metrics of a job: uptime, restarts, checkpoints.

use std::sync::Arc;

use penstock_core::metrics::{Counter, Gauge, MetricGroup};

use crate::job::Job;

fn group(job: &Job) -> MetricGroup {
    MetricGroup::new(&job.metrics, [("job_id", job.id.as_str()), ("job_name", job.name.as_str())])
}

/// How long a job runs, and how often it was restarted.
pub(crate) struct JobMetrics {
    restarts: Gauge,
    full_restarts: Gauge,
    /// When the running attempt began, in milliseconds; 0 while nothing runs.
    running_since: Gauge,
}

impl JobMetrics {
    pub(crate) fn new(job: &Job) -> Self {
        let group = group(job);
        let (restarts, full_restarts, running_since) =
            (group.gauge("numRestarts"), group.gauge("fullRestarts"), Gauge::default());
        let (since, clock) = (running_since.clone(), job.clock.clone());
        let uptime = move || if since.get() > 0.0 { clock.now_millis() as f64 - since.get() } else { 0.0 };
        group.computed("uptime", Arc::new(uptime));
        Self { restarts, full_restarts, running_since }
    }

    pub(crate) fn running(&self, now: i64) {
        self.running_since.set(now as f64);
    }

    pub(crate) fn stopped(&self) {
        self.running_since.set(0.0);
    }

    pub(crate) fn restarted(&self, restarts: u32) {
        self.restarts.set(f64::from(restarts));
        self.full_restarts.set(f64::from(restarts));
    }
}

/// What became of the checkpoints of a job.
pub(crate) struct CheckpointMetrics {
    total: Counter,
    completed: Counter,
    failed: Counter,
    passed_over: Counter,
    in_progress: Gauge,
    last_id: Gauge,
    last_size: Gauge,
    last_full_size: Gauge,
    last_duration: Gauge,
}

impl CheckpointMetrics {
    pub(crate) fn new(job: &Job) -> Self {
        let group = group(job);
        Self {
            total: group.counter("totalNumberOfCheckpoints"),
            completed: group.counter("numberOfCompletedCheckpoints"),
            failed: group.counter("numberOfFailedCheckpoints"),
            passed_over: group.counter("numberOfDamagedCheckpointsPassedOver"),
            in_progress: group.gauge("numberOfInProgressCheckpoints"),
            last_id: group.gauge("lastCompletedCheckpointId"),
            last_size: group.gauge("lastCheckpointSize"),
            last_full_size: group.gauge("lastCheckpointFullSize"),
            last_duration: group.gauge("lastCheckpointDuration"),
        }
    }

    pub(crate) fn triggered(&self) {
        self.total.add(1);
    }

    pub(crate) fn in_progress(&self, count: usize) {
        self.in_progress.set(count as f64);
    }

    /// `size` is what the checkpoint has brought itself, `full_size` all that it refers to.
    pub(crate) fn completed(&self, id: u64, size: u64, full_size: u64, duration: i64) {
        self.completed.add(1);
        self.last_id.set(id as f64);
        self.last_size.set(size as f64);
        self.last_full_size.set(full_size as f64);
        self.last_duration.set(duration as f64);
    }

    pub(crate) fn failed(&self) {
        self.failed.add(1);
    }

    /// Damaged ones in whose place an older one was restored.
    pub(crate) fn passed_over(&self, count: u64) {
        self.passed_over.add(count as i64);
    }
}
