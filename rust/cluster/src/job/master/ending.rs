//! How a job's tasks are stopped and what is done when it has ended.

use std::time::{Duration, Instant};

use penstock_core::{Error, kill_point};
use penstock_state::retained::Ending;

use super::JobMaster;
use crate::checkpoint::decide::Reason;
use crate::job::event::Event;
use crate::job::lifecycle::Input;
use crate::job::{JobResult, JobStatus, ended};
use crate::metrics;
use crate::source::SourceCoordinator;

/// Before the deadline of a shutdown, the time that tasks have to close what they hold.
pub(super) const TIME_TO_CLOSE: Duration = Duration::from_millis(800);
/// How long enumerators may take after the end of a job to say to the outside what was read.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long the storage may take to complete a checkpoint when the job has ended.
const SETTLE: Duration = Duration::from_secs(10);

impl JobMaster {
    /// Names the tasks that do not stop, and gives them up in the end.
    pub(super) fn look_after_stopping(&mut self, now: i64) {
        let Some((since, next)) = self.stopping.filter(|(_, next)| *next <= now && !self.ended) else { return };
        let names = self.attempt.names_left().join(", ");
        let seconds = (now - since) / 1000;
        let timeout = self.job.cancellation.timeout;
        if timeout > 0 && now - since >= timeout {
            let text = format!("tasks did not stop within {seconds} s (task.cancellation.timeout): {names}");
            if self.end_hanging_slots(&text) {
                self.stopping = Some((since, now + self.job.cancellation.interval.max(1000)));
                return;
            }
            tracing::error!("{text}");
            let action = self.lifecycle.give_up_on_tasks(Error::external(text));
            self.act(action, now);
        } else {
            tracing::warn!(
                "Tasks that were asked to stop {seconds} s ago still run: {names}. Is user code waiting for something?"
            );
            let mut next = next + self.job.cancellation.interval.max(1000);
            if timeout > 0 {
                next = next.min(since + timeout);
            }
            self.stopping = Some((since, next));
        }
    }

    /// Ends the slot processes of the tasks that are left; what the job was to do once they have stopped goes on then.
    /// `false`: the job has none.
    fn end_hanging_slots(&self, because: &str) -> bool {
        let Some(slots) = &self.slots else { return false };
        let numbers = self.attempt.numbers_left();
        let mut hanging: Vec<usize> = numbers.iter().map(|&number| slots.placement.slot_of[number]).collect();
        hanging.sort_unstable();
        hanging.dedup();
        for slot in hanging {
            slots.end_hanging(slot, because);
        }
        true
    }

    /// The process ends: nothing new begins. A checkpoint that is being written may become complete before.
    pub(super) fn shut_down(&mut self, deadline: Instant) {
        tracing::info!("Job {} ({}) is being suspended because its process ends.", self.job.name, self.job.id);
        self.leaving = Some(deadline);
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.stopped(&Reason::JobEnds, &self.attempt);
        }
    }

    pub(super) fn leave(&mut self, now: i64) {
        let Some(deadline) = self.leaving.filter(|_| !self.ended) else { return };
        let left = deadline.saturating_duration_since(Instant::now());
        if !self.is_writing() || left <= TIME_TO_CLOSE {
            self.life(Input::Suspend, now);
        }
        if !self.ended && left.is_zero() {
            let names = self.attempt.names_left().join(", ");
            tracing::warn!("The process does not wait for: {names}");
            let action = self.lifecycle.give_up_on_tasks(Error::Cancelled);
            self.act(action, now);
        }
    }

    /// Waits until it is known what has become of a checkpoint that is being written: nobody would take care of it.
    fn settle(&mut self) {
        let deadline = self.leaving.unwrap_or_else(|| Instant::now() + SETTLE);
        while self.is_writing() {
            match self.received.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(event @ Event::Stored { .. }) => self.handle(event, self.now()),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Nobody answers after the end.
    fn refuse_requests(&self, status: JobStatus) {
        for event in self.received.try_iter() {
            if let Event::Asked(request) = event {
                request.refuse(ended(&self.job.id, status));
            }
        }
    }

    pub(super) fn end(&mut self, status: JobStatus, now: i64) {
        self.ended = true;
        self.settle();
        let sources = self.attempt.take_sources();
        if status == JobStatus::Finished {
            let last_words = futures::future::join_all(sources.into_iter().map(|source| source.finish(LAST_WORDS)));
            self.job.io.block_on(last_words);
        } else {
            sources.into_iter().for_each(SourceCoordinator::abort);
        }
        let (ending, result) = match status {
            JobStatus::Finished => {
                (Ending::Finished, JobResult::Finished { net_runtime_ms: (now - self.submitted).max(0) as u64 })
            }
            JobStatus::Canceled => (Ending::Canceled, JobResult::Canceled),
            JobStatus::Suspended => (Ending::Suspended, JobResult::Suspended),
            _ => {
                let error = self.lifecycle.failure().cloned();
                (
                    Ending::Failed,
                    JobResult::Failed(error.unwrap_or_else(|| Error::internal("a job failed without an error"))),
                )
            }
        };
        if status == JobStatus::Finished {
            kill_point::hit("job-finished");
        }
        if let Some(mut slots) = self.slots.take() {
            slots.close(self.leaving, &self.received);
        }
        metrics::unreport(&self.job);
        self.set_status(status);
        tracing::info!("Job {} reached terminal state {status}.", self.job.id);
        // Last: without its checkpoints, a job whose process dies and is started again would begin afresh.
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.end(ending);
        }
        self.shared.end(status, result, now);
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.tell_of_end(status);
        }
        self.refuse_requests(status);
    }
}
