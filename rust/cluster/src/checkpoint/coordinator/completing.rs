//! From a checkpoint whose parts are all there to one that is complete, and what follows from that.

use std::sync::Arc;

use penstock_core::{Error, Result, kill_point};
use penstock_runtime::mailbox::Mail;
use penstock_state::CheckpointMetadata;

use super::{Coordinator, StoredCheckpoint};
use crate::checkpoint::assemble::{Title, assemble, size_of, size_of_others};
use crate::checkpoint::decide::{Kind, Reason};
use crate::checkpoint::removal;
use crate::job::attempt::Attempt;
use crate::job::event::Event;
use crate::restore::{Claim, RestorePoint, splits_of};

impl Coordinator {
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
                let failure = self.carry_out(decisions, attempt);
                self.tidy(id);
                failure
            }
            Err(error) => self.failed(id, Reason::Metadata(error.to_string()), attempt),
        }
    }

    fn remember(&mut self, id: u64, stored: StoredCheckpoint, now: i64) {
        let Some(checkpoint) = self.in_progress.get_mut(&id) else { return };
        let (full_size, duration) = (size_of(&stored.metadata), now - checkpoint.timestamp);
        let size = full_size - size_of_others(&stored.metadata);
        tracing::info!(
            "Completed checkpoint {id} for job {} ({size} bytes, checkpointDuration={duration} ms, finalizationTime={} ms).",
            self.job.id,
            stored.finalization
        );
        self.metrics.completed(id, size, full_size, duration);
        let folder = checkpoint.folder.clone();
        self.shared.checkpoints(|history| history.completed(id, size, &folder.url(), now));
        let claim = if checkpoint.kind == Kind::Checkpoint { Claim::Checkpoint } else { Claim::None };
        let point = RestorePoint { metadata: stored.metadata, folder, claim, older: Vec::new() };
        if checkpoint.kind == Kind::Checkpoint {
            self.completed.insert(id, point);
        } else {
            checkpoint.savepoint = Some(point);
        }
    }

    pub(super) fn write(&mut self, id: u64) {
        let Some(checkpoint) = self.in_progress.get_mut(&id) else { return };
        let title = Title {
            job_id: self.job.id.clone(),
            job_name: self.job.name.clone(),
            checkpoint_id: id,
            timestamp: checkpoint.timestamp,
            is_savepoint: checkpoint.kind != Kind::Checkpoint,
            earlier_jobs: self.earlier.ids(),
        };
        let kind = checkpoint.kind;
        let metadata = assemble(title, &self.job.graph, std::mem::take(&mut checkpoint.parts));
        let (folder, events, clock) = (checkpoint.folder.clone(), self.events.clone(), self.job.clock.clone());
        // The savepoint that a job stops with makes its output final: the next run has to find it.
        let note = (kind == Kind::StopWithSavepoint && self.place.storage.is_durable()).then(|| self.place.job.clone());
        self.job.io.spawn(async move {
            let begun = clock.now_millis();
            kill_point::hit(kind.kill_point("before-metadata"));
            let mut written = folder.write_metadata(&metadata).await;
            if let (Ok(path), Some(job)) = (&written, note) {
                kill_point::hit("stop-before-note");
                written = job.note_stopped(&metadata, path).await.map(|()| path.clone());
            }
            let finalization = clock.now_millis() - begun;
            let result = written.map(|_| StoredCheckpoint { metadata: Arc::new(metadata), finalization });
            // Nobody waits for it once the job has ended.
            let _ = events.send(Event::Stored { checkpoint: id, result });
        });
    }

    /// From here on the checkpoint is what a restart goes on from; the tasks carry out their second phases.
    pub(super) fn complete(&mut self, id: u64, attempt: &Attempt) {
        let Some(checkpoint) = self.in_progress.remove(&id) else { return };
        let kind = checkpoint.kind;
        kill_point::hit(kind.kill_point("after-metadata"));
        self.over |= checkpoint.last;
        attempt.send_all(&Mail::CheckpointComplete(id));
        if let Some(point) = self.completed.get(&id).or(checkpoint.savepoint.as_ref()) {
            self.tell_enumerators(&point.metadata, attempt);
        }
        kill_point::hit(kind.kill_point("after-notify"));
        if kind == Kind::StopWithSavepoint {
            self.stopping(checkpoint);
        } else {
            self.release_base();
            self.answer(id, checkpoint);
        }
    }

    /// The note of the run before is of no use once this one has a checkpoint of its own.
    fn release_base(&mut self) {
        let Some(RestorePoint { claim: claim @ Claim::Stopped(_), .. }) = &mut self.base else { return };
        if let Claim::Stopped(job) = std::mem::replace(claim, Claim::None) {
            removal::note(job, &self.place, &self.job.io);
        }
    }

    fn tell_enumerators(&self, metadata: &CheckpointMetadata, attempt: &Attempt) {
        for (vertex, source) in attempt.sources() {
            let head = self.job.graph.vertices[vertex].head().id.to_string();
            let state = metadata.operators.iter().find(|operator| operator.uid_hash == head);
            match state.map(splits_of) {
                Some(Ok(positions)) => source.checkpoint_complete(metadata.checkpoint_id, positions),
                Some(Err(error)) => {
                    tracing::warn!("The positions of a checkpoint cannot be told to its source: {error}");
                }
                None => {}
            }
        }
    }
}
