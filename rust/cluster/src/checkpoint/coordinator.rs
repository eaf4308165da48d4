//! Carries out what the planner decides: asks for snapshots, stores them, and tells everybody when one is complete.

mod asked;
mod completing;
mod damaged;
mod parts;
mod removing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use penstock_core::event::Barrier;
use penstock_core::{Error, Result, kill_point};
use penstock_state::{CheckpointFolder, CheckpointMetadata};
use tokio::task::JoinSet;

use super::assemble::Parts;
use super::decide::{CheckpointPlanner, Decision, Kind, Reason, Tasks, Trigger};
use super::earlier::EarlierJobs;
use super::removal;
use super::request::{Request, SavepointFormat};
use super::shared::SharedFiles;
use crate::job::attempt::Attempt;
use crate::job::event::Event;
use crate::job::{Job, JobStatus, Shared};
use crate::metrics::CheckpointMetrics;
use crate::restore::RestorePoint;
use crate::settings::CheckpointPlace;

/// How long uploads may take to notice that nobody wants them.
const STOP: Duration = Duration::from_millis(300);

/// A checkpoint whose `_metadata` was written.
pub(crate) struct StoredCheckpoint {
    metadata: Arc<CheckpointMetadata>,
    /// How long writing `_metadata` took, in milliseconds.
    finalization: i64,
}

/// A checkpoint or savepoint that is not complete.
struct InProgress {
    kind: Kind,
    folder: CheckpointFolder,
    timestamp: i64,
    parts: Parts,
    /// Whether nothing comes after it: all sources had emitted everything before it began, or stop with it.
    last: bool,
    /// Who asked for it; nobody for a periodic one.
    request: Option<Request>,
    /// The savepoint, once its `_metadata` was written.
    savepoint: Option<RestorePoint>,
}

/// The checkpoints of one job.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the checkpoints")]
pub(crate) struct Coordinator {
    job: Arc<Job>,
    place: CheckpointPlace,
    planner: CheckpointPlanner,
    in_progress: BTreeMap<u64, InProgress>,
    completed: BTreeMap<u64, RestorePoint>,
    /// Of these complete ones a file is damaged.
    damaged: BTreeSet<u64>,
    /// What the job was started from and does not own, or the savepoint it was stopped with.
    base: Option<RestorePoint>,
    /// The tasks of this attempt will end: its last checkpoint is complete.
    over: bool,
    /// The job is cancelled when a savepoint is complete: output that a checkpoint commits would be written twice by
    /// whoever goes on from that savepoint.
    ending: bool,
    /// The savepoint that the job was stopped with.
    stopped_with: Option<String>,
    /// Who waits for the job to end with a savepoint.
    at_end: Option<asked::AtEnd>,
    /// Savepoints that came to nothing.
    given_up: BTreeMap<u64, CheckpointFolder>,
    folder_made: bool,
    shared_files: SharedFiles,
    earlier: EarlierJobs,
    /// Whether a checkpoint that came to nothing may have left shared files behind.
    untidy: bool,
    uploads: JoinSet<()>,
    events: Sender<Event>,
    metrics: CheckpointMetrics,
    shared: Arc<Shared>,
}

impl Coordinator {
    pub(crate) fn new(job: &Arc<Job>, place: CheckpointPlace, events: Sender<Event>, shared: Arc<Shared>) -> Self {
        let mut coordinator = Self {
            job: Arc::clone(job),
            planner: CheckpointPlanner::new(place.planning.clone()),
            place,
            in_progress: BTreeMap::new(),
            completed: BTreeMap::new(),
            damaged: BTreeSet::new(),
            base: None,
            over: false,
            ending: false,
            stopped_with: None,
            at_end: None,
            given_up: BTreeMap::new(),
            folder_made: false,
            shared_files: SharedFiles::default(),
            earlier: EarlierJobs::default(),
            untidy: false,
            uploads: JoinSet::new(),
            events,
            metrics: CheckpointMetrics::new(job),
            shared,
        };
        coordinator.metrics.passed_over(job.passed_over);
        if let Some(restored) = job.restored.clone() {
            coordinator.shared.checkpoints(|history| history.restored(&restored, job.clock.now_millis()));
            coordinator.go_on_from(restored);
        }
        coordinator
    }

    fn go_on_from(&mut self, restored: RestorePoint) {
        if !restored.claim.is_owned() {
            self.planner.restored_from(restored.metadata.checkpoint_id, false);
            self.base = Some(restored);
            return;
        }
        self.earlier.restored(&restored);
        let older = restored.older.clone();
        for point in older.into_iter().chain([restored]) {
            let id = point.metadata.checkpoint_id;
            self.planner.restored_from(id, true);
            self.shared_files.restored(id, point.metadata.shared_files());
            self.completed.insert(id, point);
        }
    }

    /// What the next attempt goes on from.
    pub(crate) fn latest(&self) -> Option<&RestorePoint> {
        let points = self.completed.values().chain(&self.base);
        let points = points.filter(|point| !self.damaged.contains(&point.metadata.checkpoint_id));
        points.max_by_key(|point| point.metadata.checkpoint_id)
    }

    /// Number of the last completed checkpoint of this run.
    pub(crate) fn last_completed(&self) -> Option<u64> {
        self.completed.last_key_value().filter(|(_, point)| point.metadata.job_id == self.job.id).map(|(id, _)| *id)
    }

    /// Whether it is not yet known which checkpoint is the latest.
    pub(crate) fn is_writing(&self) -> bool {
        !self.planner.writing().is_empty()
    }

    /// Whether the job's tasks are about to end: its last checkpoint is complete, or it stops with a savepoint.
    pub(crate) fn is_ending(&self) -> bool {
        self.over || self.planner.is_stopping()
    }

    /// All tasks run, or run again.
    pub(crate) fn started(&mut self, now: i64) {
        self.over = false;
        self.stopped_with = None;
        self.tell_of_end(JobStatus::Restarting);
        self.planner.job_started(now);
    }

    /// The attempt, or the job, ends: what is not being written already comes to nothing.
    pub(crate) fn stopped(&mut self, reason: &Reason, attempt: &Attempt) {
        // First, so that none leaves a file in a folder that is being removed.
        self.stop_uploads();
        let decisions = self.planner.job_stopped(reason);
        // None of them can ask for the job to fail: it does.
        self.carry_out(decisions, attempt);
    }

    fn stop_uploads(&mut self) {
        let uploads = &mut self.uploads;
        let stopped = self.job.io.block_on(async { tokio::time::timeout(STOP, uploads.shutdown()).await });
        if stopped.is_err() {
            tracing::warn!("Uploads of job {} did not stop; they may leave files behind.", self.job.id);
        }
    }

    /// When [`Self::time_passed`] is to be called next.
    pub(crate) fn due(&self, tasks: &Tasks, now: i64) -> Option<i64> {
        let trigger = match self.planner.next_trigger(tasks, now) {
            Trigger::At(time) if !self.over && !self.ending => Some(time),
            Trigger::Now if !self.over && !self.ending => Some(now),
            _ => None,
        };
        trigger.into_iter().chain(self.planner.next_timeout()).min()
    }

    /// Aborts what takes too long and triggers what is due.
    pub(crate) fn time_passed(&mut self, tasks: &Tasks, attempt: &Attempt, now: i64) -> Option<Error> {
        let late = self.planner.time_passed(now);
        let failure = self.carry_out(late, attempt);
        let quiet = self.over || self.ending;
        if failure.is_none() && !quiet && self.planner.next_trigger(tasks, now) == Trigger::Now {
            return self.begin(None, None, attempt, now);
        }
        failure
    }

    /// Begins a snapshot: in `folder` if it is a savepoint.
    fn begin(
        &mut self,
        folder: Option<CheckpointFolder>,
        request: Option<Request>,
        attempt: &Attempt,
        now: i64,
    ) -> Option<Error> {
        let kind = request.as_ref().map_or(Kind::Checkpoint, Request::kind);
        let stop = request.as_ref().and_then(Request::stop);
        let format = request.as_ref().and_then(Request::format);
        let last = stop.is_some() || attempt.counts().at_end_of_data;
        self.ending |= request.as_ref().is_some_and(Request::cancels);
        if let Some(request) = &request {
            self.log_begin(request);
        }
        let id = self.planner.begin(kind, attempt.to_acknowledge(), now);
        tracing::info!("Triggering checkpoint {id} (type={}) @ {now} for job {}.", kind.describe(), self.job.id);
        self.metrics.triggered();
        self.shared.checkpoints(|history| history.triggered(id, kind, format, now, attempt.to_take_part()));
        let in_checkpoints = folder.is_none();
        let folder = folder.unwrap_or_else(|| self.place.job.checkpoint(id));
        let parts = Parts::default();
        let alignment = self.place.planning.barriers.alignment(kind, self.in_progress.is_empty(), now);
        self.in_progress.insert(id, InProgress { kind, folder, timestamp: now, parts, last, request, savepoint: None });
        if let Err(error) = if in_checkpoints { self.make_folder() } else { Ok(()) } {
            return self.failed(id, Reason::Trigger(error.to_string()), attempt);
        }
        self.metrics.in_progress(self.in_progress.len());
        kill_point::hit(kind.kill_point("triggered"));
        let native = format == Some(SavepointFormat::Native);
        attempt.trigger(Barrier { checkpoint_id: id, timestamp: now, native, alignment }, stop);
        None
    }

    fn make_folder(&mut self) -> Result<()> {
        if !self.folder_made {
            self.job.io.block_on(self.place.job.prepare())?;
            self.folder_made = true;
        }
        Ok(())
    }

    fn acknowledged(&mut self, id: u64, number: usize, attempt: &Attempt) -> Option<Error> {
        let decisions = self.planner.acknowledged(id, number);
        self.carry_out(decisions, attempt)
    }

    fn failed(&mut self, id: u64, reason: Reason, attempt: &Attempt) -> Option<Error> {
        let decisions = self.planner.failed(id, reason);
        self.carry_out(decisions, attempt)
    }

    /// Carries out decisions; gives the error that the job has to fail with.
    fn carry_out(&mut self, decisions: Vec<Decision>, attempt: &Attempt) -> Option<Error> {
        let mut failure = None;
        for decision in decisions {
            match decision {
                Decision::Write { id, .. } => self.write(id),
                Decision::Complete { id, .. } => self.complete(id, attempt),
                Decision::SavepointDone { id } => {
                    kill_point::hit("savepoint-after-metadata");
                    if let Some(savepoint) = self.in_progress.remove(&id) {
                        self.answer(id, savepoint);
                    }
                }
                Decision::Abort { id, reason, .. } => self.abort(id, &reason),
                Decision::Discard { id } => self.discard(id),
                Decision::DiscardPart { id, .. } => {
                    self.untidy = true;
                    let savepoint = self.given_up.get(&id).cloned();
                    let folder = savepoint.unwrap_or_else(|| self.place.job.checkpoint(id));
                    removal::folder(folder, Vec::new(), &self.job.io);
                }
                Decision::FailJob { message } => failure = Some(Error::external(message)),
            }
        }
        self.metrics.in_progress(self.in_progress.len());
        failure
    }
}
