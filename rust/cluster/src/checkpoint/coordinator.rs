//! Carries out what the planner decides: asks for snapshots, stores them, and tells everybody when one is complete.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use penstock_core::event::Barrier;
use penstock_core::kill_point;
use penstock_core::{Error, Result};
use penstock_runtime::mailbox::{Mail, TaskId, TaskSnapshot};
use penstock_state::retained::{Ending, keep_at_end};
use penstock_state::{CheckpointFolder, CheckpointMetadata};
use tokio::task::JoinSet;

use super::TaskStates;
use super::assemble::{Parts, Title, assemble, size_of};
use super::decide::{CheckpointPlanner, Decision, Kind, Reason, Tasks, Trigger};
use super::{removal, upload};
use crate::job::Job;
use crate::job::attempt::Attempt;
use crate::job::event::Event;
use crate::metrics::CheckpointMetrics;
use crate::restore::{Claim, RestorePoint, splits_of};
use crate::settings::CheckpointPlace;

/// How long uploads may take to notice that nobody wants them.
const STOP: Duration = Duration::from_millis(300);

/// A checkpoint whose `_metadata` was written.
pub(crate) struct StoredCheckpoint {
    metadata: Arc<CheckpointMetadata>,
    /// How long writing `_metadata` took, in milliseconds.
    finalization: i64,
}

/// A checkpoint that is not complete.
struct InProgress {
    folder: CheckpointFolder,
    timestamp: i64,
    parts: Parts,
    /// Whether all sources had emitted everything before it began: nothing comes after it.
    last: bool,
}

/// The checkpoints of one job.
pub(crate) struct Coordinator {
    job: Arc<Job>,
    place: CheckpointPlace,
    planner: CheckpointPlanner,
    in_progress: BTreeMap<u64, InProgress>,
    completed: BTreeMap<u64, RestorePoint>,
    /// What the job was started from and does not own.
    base: Option<RestorePoint>,
    /// The tasks of this attempt will end: its last checkpoint is complete.
    over: bool,
    folder_made: bool,
    uploads: JoinSet<()>,
    events: Sender<Event>,
    metrics: CheckpointMetrics,
}

impl Coordinator {
    pub(crate) fn new(job: &Arc<Job>, place: CheckpointPlace, events: Sender<Event>) -> Self {
        let mut coordinator = Self {
            job: Arc::clone(job),
            planner: CheckpointPlanner::new(place.planning.clone()),
            place,
            in_progress: BTreeMap::new(),
            completed: BTreeMap::new(),
            base: None,
            over: false,
            folder_made: false,
            uploads: JoinSet::new(),
            events,
            metrics: CheckpointMetrics::new(job),
        };
        if let Some(restored) = job.restored.clone() {
            coordinator.go_on_from(restored);
        }
        coordinator
    }

    fn go_on_from(&mut self, restored: RestorePoint) {
        let id = restored.metadata.checkpoint_id;
        let owned = restored.claim != Claim::None && !restored.metadata.is_savepoint;
        self.planner.restored_from(id, owned);
        if owned {
            self.completed.insert(id, restored);
        } else {
            self.base = Some(restored);
        }
    }

    /// What the next attempt goes on from.
    pub(crate) fn latest(&self) -> Option<&RestorePoint> {
        self.completed.last_key_value().map(|(_, point)| point).or(self.base.as_ref())
    }

    /// Number of the last completed checkpoint of this run.
    pub(crate) fn last_completed(&self) -> Option<u64> {
        self.completed.last_key_value().filter(|(_, point)| point.metadata.job_id == self.job.id).map(|(id, _)| *id)
    }

    /// Whether it is not yet known which checkpoint is the latest.
    pub(crate) fn is_writing(&self) -> bool {
        !self.planner.writing().is_empty()
    }

    /// An attempt begins.
    pub(crate) fn started(&mut self, now: i64) {
        self.over = false;
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
            Trigger::At(time) if !self.over => Some(time),
            Trigger::Now if !self.over => Some(now),
            _ => None,
        };
        trigger.into_iter().chain(self.planner.next_timeout()).min()
    }

    /// Aborts what takes too long and triggers what is due.
    pub(crate) fn time_passed(&mut self, tasks: &Tasks, attempt: &Attempt, now: i64) -> Option<Error> {
        let late = self.planner.time_passed(now);
        let failure = self.carry_out(late, attempt);
        if failure.is_none() && !self.over && self.planner.next_trigger(tasks, now) == Trigger::Now {
            return self.trigger(tasks.at_end_of_data, attempt, now);
        }
        failure
    }

    fn trigger(&mut self, last: bool, attempt: &Attempt, now: i64) -> Option<Error> {
        let id = self.planner.begin(Kind::Checkpoint, attempt.to_acknowledge(), now);
        tracing::info!(
            "Triggering checkpoint {id} (type=CheckpointType{{name='Checkpoint'}}) @ {now} for job {}.",
            self.job.id
        );
        self.metrics.triggered();
        if let Err(error) = self.make_folder() {
            let decisions = self.planner.failed(id, Reason::Trigger(error.to_string()));
            return self.carry_out(decisions, attempt);
        }
        let folder = self.place.job.checkpoint(id);
        self.in_progress.insert(id, InProgress { folder, timestamp: now, parts: Parts::default(), last });
        self.metrics.in_progress(self.in_progress.len());
        attempt.trigger(Barrier { checkpoint_id: id, timestamp: now });
        None
    }

    fn make_folder(&mut self) -> Result<()> {
        if !self.folder_made {
            self.job.io.block_on(self.place.job.prepare())?;
            self.folder_made = true;
        }
        Ok(())
    }

    /// An enumerator was written down.
    pub(crate) fn enumerator(&mut self, id: u64, vertex: usize, bytes: Vec<u8>, attempt: &Attempt) -> Option<Error> {
        if let Some(checkpoint) = self.in_progress.get_mut(&id) {
            checkpoint.parts.enumerators.insert(vertex, bytes);
        }
        self.acknowledged(id, attempt.enumerator_number(vertex), attempt)
    }

    /// Whether a checkpoint waits for its parts.
    pub(crate) fn is_collecting(&self, id: u64) -> bool {
        self.in_progress.contains_key(&id)
    }

    /// A task has frozen its state: it is stored while the task goes on.
    pub(crate) fn snapshot(&mut self, task: TaskId, id: u64, snapshot: TaskSnapshot) {
        let Some(checkpoint) = self.in_progress.get(&id) else { return };
        let (folder, limit, events) = (checkpoint.folder.clone(), self.place.inline_limit, self.events.clone());
        while self.uploads.try_join_next().is_some() {}
        let upload = async move {
            let states = upload::store(snapshot, task.subtask, &folder, limit).await;
            // Nobody waits for it once the job has ended.
            let _ = events.send(Event::Uploaded { task, checkpoint: id, states });
        };
        self.uploads.spawn_on(upload, &self.job.io);
    }

    /// A task's snapshot is stored, or cannot be.
    pub(crate) fn uploaded(
        &mut self,
        task: TaskId,
        id: u64,
        states: Result<TaskStates>,
        attempt: &Attempt,
    ) -> Option<Error> {
        match states {
            Ok(states) => {
                if let Some(checkpoint) = self.in_progress.get_mut(&id) {
                    checkpoint.parts.tasks.insert((task.vertex, task.subtask), states);
                }
                self.acknowledged(id, attempt.number_of(task), attempt)
            }
            Err(error) => self.failed(id, Reason::Upload(error.to_string()), attempt),
        }
    }

    /// A task cannot take part.
    pub(crate) fn declined(&mut self, id: u64, reason: &Error, attempt: &Attempt) -> Option<Error> {
        self.failed(id, Reason::Declined(reason.to_string()), attempt)
    }

    /// A task has finished: it has nothing to contribute to what is in progress.
    pub(crate) fn finished(&mut self, task: TaskId, attempt: &Attempt) -> Option<Error> {
        let waiting: Vec<u64> = self
            .in_progress
            .iter()
            .filter(|(_, c)| !c.parts.tasks.contains_key(&(task.vertex, task.subtask)))
            .map(|(id, _)| *id)
            .collect();
        let number = attempt.number_of(task);
        waiting.into_iter().find_map(|id| self.acknowledged(id, number, attempt))
    }

    fn acknowledged(&mut self, id: u64, number: usize, attempt: &Attempt) -> Option<Error> {
        let decisions = self.planner.acknowledged(id, number);
        self.carry_out(decisions, attempt)
    }

    fn failed(&mut self, id: u64, reason: Reason, attempt: &Attempt) -> Option<Error> {
        let decisions = self.planner.failed(id, reason);
        self.carry_out(decisions, attempt)
    }

    /// `_metadata` was written, or could not be.
    pub(crate) fn stored(
        &mut self,
        id: u64,
        result: Result<StoredCheckpoint>,
        attempt: &Attempt,
        now: i64,
    ) -> Option<Error> {
        match result {
            Ok(stored) => {
                self.remember(id, stored, now);
                let decisions = self.planner.written(id, now);
                self.carry_out(decisions, attempt)
            }
            Err(error) => self.failed(id, Reason::Metadata(error.to_string()), attempt),
        }
    }

    fn remember(&mut self, id: u64, stored: StoredCheckpoint, now: i64) {
        let Some(checkpoint) = self.in_progress.get(&id) else { return };
        let (size, duration) = (size_of(&stored.metadata), now - checkpoint.timestamp);
        tracing::info!(
            "Completed checkpoint {id} for job {} ({size} bytes, checkpointDuration={duration} ms, finalizationTime={} ms).",
            self.job.id,
            stored.finalization
        );
        self.metrics.completed(id, size, duration);
        let point =
            RestorePoint { metadata: stored.metadata, folder: checkpoint.folder.clone(), claim: Claim::Checkpoint };
        self.completed.insert(id, point);
    }

    /// Carries out decisions; gives the error that the job has to fail with.
    fn carry_out(&mut self, decisions: Vec<Decision>, attempt: &Attempt) -> Option<Error> {
        let mut failure = None;
        for decision in decisions {
            match decision {
                Decision::Write { id, .. } => self.write(id),
                Decision::Complete { id, .. } => self.complete(id, attempt),
                Decision::SavepointDone { id } => drop(self.in_progress.remove(&id)),
                Decision::Abort { id, reason, .. } => self.abort(id, &reason),
                Decision::Discard { id } => self.discard(id),
                Decision::DiscardPart { id, .. } => removal::folder(self.place.job.checkpoint(id), &self.job.io),
                Decision::FailJob { message } => failure = Some(Error::external(message)),
            }
        }
        self.metrics.in_progress(self.in_progress.len());
        failure
    }

    fn write(&mut self, id: u64) {
        let Some(checkpoint) = self.in_progress.get_mut(&id) else { return };
        let title = Title {
            job_id: self.job.id.clone(),
            job_name: self.job.name.clone(),
            checkpoint_id: id,
            timestamp: checkpoint.timestamp,
        };
        let metadata = assemble(title, &self.job.graph, std::mem::take(&mut checkpoint.parts));
        let (folder, events, clock) = (checkpoint.folder.clone(), self.events.clone(), self.job.clock.clone());
        self.job.io.spawn(async move {
            let begun = clock.now_millis();
            kill_point::hit("checkpoint-before-metadata");
            let written = folder.write_metadata(&metadata).await;
            let finalization = clock.now_millis() - begun;
            let result = written.map(|_| StoredCheckpoint { metadata: Arc::new(metadata), finalization });
            // Nobody waits for it once the job has ended.
            let _ = events.send(Event::Stored { checkpoint: id, result });
        });
    }

    /// From here on the checkpoint is what a restart goes on from; the tasks carry out their second phases.
    fn complete(&mut self, id: u64, attempt: &Attempt) {
        kill_point::hit("checkpoint-after-metadata");
        let Some(checkpoint) = self.in_progress.remove(&id) else { return };
        self.over |= checkpoint.last;
        attempt.send_all(&Mail::CheckpointComplete(id));
        if let Some(point) = self.completed.get(&id) {
            self.tell_enumerators(&point.metadata, attempt);
        }
        kill_point::hit("checkpoint-after-notify");
    }

    fn tell_enumerators(&self, metadata: &CheckpointMetadata, attempt: &Attempt) {
        for (vertex, source) in attempt.sources() {
            let head = self.job.graph.vertices[vertex].head().id.to_string();
            let state = metadata.operators.iter().find(|operator| operator.uid_hash == head);
            match state.map(splits_of) {
                Some(Ok(positions)) => source.checkpoint_complete(positions),
                Some(Err(error)) => {
                    tracing::warn!("The positions of a checkpoint cannot be told to its source: {error}");
                }
                None => {}
            }
        }
    }

    fn abort(&mut self, id: u64, reason: &Reason) {
        if reason.counts() {
            tracing::warn!("Checkpoint {id} of job {} failed: {reason}.", self.job.id);
            self.metrics.failed();
        } else {
            tracing::info!("Checkpoint {id} of job {} was given up: {reason}.", self.job.id);
        }
        self.completed.remove(&id);
        if let Some(checkpoint) = self.in_progress.remove(&id) {
            removal::folder(checkpoint.folder, &self.job.io);
        }
    }

    fn discard(&mut self, id: u64) {
        if let Some(point) = self.completed.remove(&id) {
            let place = self.place.clone();
            self.job.io.spawn(async move { removal::point(&point, &place).await });
        }
    }

    /// The job has ended; its checkpoints go or stay.
    pub(crate) fn end(&mut self, ending: Ending) {
        self.stop_uploads();
        if keep_at_end(ending, self.place.retention) {
            if let (Some(latest), true) = (self.latest(), self.place.storage.is_durable()) {
                tracing::info!("The last checkpoint of job {} is kept: {}.", self.job.id, latest.folder.url());
            }
            return;
        }
        let points: Vec<RestorePoint> = std::mem::take(&mut self.completed).into_values().collect();
        self.job.io.block_on(removal::everything(&points, &self.place, &self.job.id));
    }
}
