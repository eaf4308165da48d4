//! How a job's tasks are stopped and what is done when it has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use penstock_core::{Error, kill_point};
use penstock_state::retained::Ending;

use super::JobMaster;
use crate::checkpoint::decide::Reason;
use crate::job::event::Event;
use crate::job::lifecycle::Input;
use crate::job::{JobResult, JobStatus, ended};
use crate::metrics;
use crate::settings::CancellationSettings;
use crate::source::SourceCoordinator;

/// Before the deadline of a shutdown, the time that tasks have to close what they hold.
pub(super) const TIME_TO_CLOSE: Duration = Duration::from_millis(800);
/// How long enumerators may take after the end of a job to say to the outside what was read.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long the storage may take to complete a checkpoint when the job has ended.
const SETTLE: Duration = Duration::from_secs(10);

/// Regions whose tasks were asked to stop and are not all gone.
#[derive(Debug, Default)]
pub(super) struct Stopping {
    /// Since when, by region.
    since: BTreeMap<usize, i64>,
    /// When those that are left are to be named next.
    next: i64,
}

impl Stopping {
    fn begin(&mut self, region: usize, now: i64, next: i64) {
        if self.since.is_empty() {
            self.next = next;
        }
        self.since.insert(region, now);
    }

    /// Nothing is left of a region.
    pub(super) fn ended(&mut self, region: usize) {
        self.since.remove(&region);
    }

    /// When they are to be looked at.
    pub(super) fn due(&self) -> Option<i64> {
        (!self.since.is_empty()).then_some(self.next)
    }

    /// Those that were asked so long ago, with the time of the first of them.
    fn asked_before(&self, time: i64) -> (Vec<usize>, i64) {
        let late = || self.since.iter().filter(move |(_, since)| **since <= time);
        (late().map(|(region, _)| *region).collect(), late().map(|(_, since)| *since).min().unwrap_or(time))
    }
}

impl JobMaster {
    /// Asks the tasks of regions to stop.
    pub(super) fn stop_tasks(&mut self, regions: &[usize], now: i64) {
        let tasks = self.attempt.tasks_of(regions);
        self.shared.note(|record| record.stopping(&tasks));
        for &region in regions {
            self.attempt.cancel(region);
            if tasks.iter().any(|task| self.attempt.region_of(*task) == region && self.attempt.is_left(*task)) {
                self.stopping.begin(region, now, now + self.job.cancellation.interval);
            }
        }
    }

    /// Names the tasks that do not stop, and gives them up in the end.
    pub(super) fn look_after_stopping(&mut self, now: i64) {
        if self.ended || self.stopping.due().is_none_or(|next| next > now) {
            return;
        }
        let CancellationSettings { interval, timeout } = self.job.cancellation;
        self.stopping.next = now + interval.max(1000);
        let (late, since) = self.stopping.asked_before(now - timeout);
        if timeout > 0 && !late.is_empty() {
            return self.give_up(&late, (now - since) / 1000, now);
        }
        let (all, since) = self.stopping.asked_before(now);
        let (names, seconds) = (self.names_left(&all), (now - since) / 1000);
        tracing::warn!(
            "Tasks that were asked to stop {seconds} s ago still run: {names}. Is user code waiting for something?"
        );
        if timeout > 0 {
            self.stopping.next = self.stopping.next.min(since + timeout);
        }
    }

    fn names_left(&self, regions: &[usize]) -> String {
        let left = self.attempt.tasks_of(regions).into_iter().filter(|task| self.attempt.is_left(*task));
        left.map(|task| self.attempt.name_of(task)).collect::<Vec<_>>().join(", ")
    }

    /// Goes on without the tasks of regions that do not stop: their slot processes are ended, or the job is.
    fn give_up(&mut self, regions: &[usize], seconds: i64, now: i64) {
        let names = self.names_left(regions);
        let text = format!("tasks did not stop within {seconds} s (task.cancellation.timeout): {names}");
        if !self.end_hanging_slots(regions, &text) {
            tracing::error!("{text}");
            self.leave_tasks_behind(regions, Error::external(text), now);
        }
    }

    /// Ends the slot processes of the tasks that are left of regions; what the job was to do once they have stopped goes on
    /// then. `false`: the job has none.
    fn end_hanging_slots(&self, regions: &[usize], because: &str) -> bool {
        let Some(slots) = &self.slots else { return false };
        let left = self.attempt.tasks_of(regions).into_iter().filter(|task| self.attempt.is_left(*task));
        let hanging: BTreeSet<usize> = left.map(|task| slots.placement.slot_of[task]).collect();
        for slot in hanging {
            slots.end_hanging(slot, because);
        }
        true
    }

    fn leave_tasks_behind(&mut self, regions: &[usize], error: Error, now: i64) {
        for task in self.attempt.tasks_of(regions) {
            self.attempt.ended(task, false);
        }
        for region in regions {
            self.stopping.ended(*region);
        }
        let action = self.lifecycle.give_up_on_tasks(regions, error);
        self.act(action, now);
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
            let all = self.job.regions.all();
            tracing::warn!("The process does not wait for: {}", self.names_left(&all));
            self.leave_tasks_behind(&all, Error::Cancelled, now);
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
