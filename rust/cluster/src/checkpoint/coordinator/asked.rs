//! Snapshots that somebody asked for: how they begin, and what is answered.

use penstock_core::{Error, Result};
use penstock_state::{CheckpointFolder, CheckpointStorage};

use super::{Coordinator, InProgress};
use crate::checkpoint::decide::Reason;
use crate::checkpoint::request::{Reply, Request};
use crate::job::JobStatus;
use crate::job::attempt::Attempt;
use crate::job::event::Event;

/// Folders of savepoints that came to nothing; parts of them may still arrive.
const GIVEN_UP: usize = 16;

/// Whoever asked for a savepoint that ends the job is answered when the job has ended.
pub(super) struct AtEnd {
    reply: Reply<String>,
    path: String,
    /// How the job is to end.
    expected: JobStatus,
}

impl Coordinator {
    /// Begins a snapshot that somebody asks for, or says why not.
    pub(crate) fn asked(&mut self, request: Request, attempt: &Attempt, now: i64) -> Option<Error> {
        let folder = self.ready(attempt).and_then(|()| self.folder_for(&request));
        match folder {
            Ok(folder) => self.begin(folder, Some(request), attempt, now),
            Err(error) => {
                request.refuse(error);
                None
            }
        }
    }

    fn ready(&self, attempt: &Attempt) -> Result<()> {
        let tasks = attempt.counts();
        let job = &self.job.id;
        if self.ending || self.planner.is_stopping() {
            Err(Error::external(format!("job {job} is ending with a savepoint already")))
        } else if self.over {
            Err(Error::external(format!("job {job} is about to end: its last checkpoint is complete")))
        } else if tasks.running == 0 || tasks.starting > 0 {
            Err(Error::external(format!(
                "a task of job {job} is not being executed at the moment: not all required tasks are currently running. \
                 Try again when they are"
            )))
        } else {
            Ok(())
        }
    }

    /// A new folder for a savepoint; `None` for a checkpoint, whose folder has its number.
    fn folder_for(&self, request: &Request) -> Result<Option<CheckpointFolder>> {
        let Request::Savepoint(request, _) = request else { return Ok(None) };
        let directory = request
            .directory
            .as_ref()
            .ok_or_else(|| Error::internal("a savepoint that was asked for has no directory"))?;
        let storage = CheckpointStorage::open(directory, &self.job.config)?;
        Ok(Some(storage.savepoint(&self.job.id)))
    }

    pub(super) fn log_begin(&self, request: &Request) {
        let job = &self.job.id;
        match request {
            Request::Checkpoint(_) => tracing::info!("Triggering a manual checkpoint for job {job}."),
            Request::Savepoint(..) if request.stop().is_some() => {
                tracing::info!("Triggering stop-with-savepoint for job {job}.");
            }
            Request::Savepoint(..) => {
                let optional = if request.cancels() { "cancel-with-" } else { "" };
                tracing::info!("Triggering {optional}savepoint for job {job}.");
            }
        }
    }

    /// A checkpoint is complete, or a savepoint after which the job goes on or is cancelled.
    pub(super) fn answer(&mut self, id: u64, checkpoint: InProgress) {
        let path = checkpoint.folder.url();
        let cancels = checkpoint.request.as_ref().is_some_and(Request::cancels);
        match checkpoint.request {
            None => {}
            // Whoever asked may be gone.
            Some(Request::Checkpoint(reply)) => drop(reply.send(Ok(id))),
            Some(Request::Savepoint(_, reply)) if cancels => {
                self.at_end = Some(AtEnd { reply, path, expected: JobStatus::Canceled });
                // The JobMaster hears it before anything else that this leads to.
                let _ = self.events.send(Event::Cancel);
            }
            Some(Request::Savepoint(_, reply)) => drop(reply.send(Ok(path))),
        }
    }

    /// The savepoint that the job stops with is complete: from now on it is what a restart goes on from.
    pub(super) fn stopping(&mut self, checkpoint: InProgress) {
        let path = checkpoint.folder.url();
        self.base = checkpoint.savepoint;
        self.stopped_with = Some(path.clone());
        if let Some(Request::Savepoint(_, reply)) = checkpoint.request {
            self.at_end = Some(AtEnd { reply, path, expected: JobStatus::Finished });
        }
    }

    /// A snapshot came to nothing.
    pub(super) fn disappoint(&mut self, id: u64, request: Request, folder: CheckpointFolder, reason: &Reason) {
        self.ending &= !request.cancels();
        let what = if let Request::Savepoint(..) = request {
            self.given_up.insert(id, folder);
            if self.given_up.len() > GIVEN_UP {
                self.given_up.pop_first();
            }
            "savepoint"
        } else {
            "checkpoint"
        };
        request.refuse(Error::external(format!("the {what} of job {} failed: {reason}", self.job.id)));
    }

    /// The job has ended, or starts again.
    pub(crate) fn tell_of_end(&mut self, status: JobStatus) {
        self.ending = false;
        let Some(AtEnd { reply, path, expected }) = self.at_end.take() else { return };
        let answer = if status == expected {
            Ok(path)
        } else {
            Err(Error::external(format!(
                "a savepoint has been created at: {path}, but job {} did not end with it and is {status}",
                self.job.id
            )))
        };
        // Whoever asked may be gone.
        let _ = reply.send(answer);
    }
}
