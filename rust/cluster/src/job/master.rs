//! The JobMaster: one thread per job that hears what happens, asks what to do about it, and does it.

mod damage;
mod ending;
mod failing;
mod starting;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use penstock_core::{Error, Result};
use penstock_plan::ExecutionGraph;
use penstock_runtime::mailbox::{Mail, TaskId};

use super::attempt::Attempt;
use super::deploy::{is_source, panic_text, task_name};
use super::event::Event;
use super::failures::Failures;
use super::lifecycle::{Action, Failure, Input, Lifecycle};
use super::progress::Ends;
use super::record::{FailureRecord, TaskStatus};
use super::{Job, JobResult, JobStatus, Shared};
use crate::checkpoint::decide::Reason;
use crate::checkpoint::{Coordinator, Request};
use crate::metrics::{self, JobMetrics};
use crate::restart::{Restart, RestartStrategy};
use crate::slot::{Destination, Slots};
use crate::source::Alignments;
use ending::Stopping;

/// Runs one job.
pub(crate) struct JobMaster {
    job: Arc<Job>,
    shared: Arc<Shared>,
    ends: Arc<Ends>,
    graph: ExecutionGraph,
    strategy: RestartStrategy,
    lifecycle: Lifecycle,
    failures: Failures,
    alignments: Alignments,
    attempt: Attempt,
    checkpoints: Option<Coordinator>,
    /// The slot processes, where the job has some and they were started.
    slots: Option<Slots>,
    metrics: JobMetrics,
    /// For whoever reports.
    events: Sender<Event>,
    received: Receiver<Event>,
    submitted: i64,
    stopping: Stopping,
    /// When the process goes away.
    leaving: Option<Instant>,
    /// The number of the checkpoint that the newest attempt goes on from.
    restored_from: Option<u64>,
    ended: bool,
}

impl JobMaster {
    pub(crate) fn new(
        job: Arc<Job>,
        shared: Arc<Shared>,
        ends: Arc<Ends>,
        strategy: RestartStrategy,
        events: Sender<Event>,
        received: Receiver<Event>,
    ) -> Self {
        let graph = ExecutionGraph::new(&job.graph);
        let names = graph.subtasks.iter().map(|s| task_name(&job, s.vertex, s.index)).collect();
        Self {
            lifecycle: Lifecycle::new(job.regions.count),
            failures: Failures::default(),
            alignments: Alignments::of(&job.graph),
            attempt: Attempt::new(&graph, &job.regions, names, |vertex| is_source(&job, vertex)),
            graph,
            checkpoints: job
                .checkpoints
                .clone()
                .map(|place| Coordinator::new(&job, place, events.clone(), Arc::clone(&shared))),
            metrics: JobMetrics::new(&job),
            slots: None,
            submitted: job.clock.now_millis(),
            stopping: Stopping::default(),
            leaving: None,
            restored_from: None,
            ended: false,
            job,
            shared,
            ends,
            strategy,
            events,
            received,
        }
    }

    /// Starts its thread.
    pub(crate) fn start(self) -> Result<()> {
        let (shared, job) = (Arc::clone(&self.shared), Arc::clone(&self.job));
        let run = move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run())) {
                let error = Error::internal(format!("the JobMaster panicked: {}", panic_text(&*panic)));
                metrics::unreport(&job);
                shared.end(JobStatus::Failed, JobResult::Failed(error), job.clock.now_millis());
            }
        };
        let started = std::thread::Builder::new().name("penstock-jobmaster".to_owned()).spawn(run);
        started.map(|_| ()).map_err(|e| Error::external(format!("the JobMaster's thread could not be started: {e}")))
    }

    fn run(mut self) {
        self.set_status(JobStatus::Created);
        self.start_tasks(&self.job.regions.all());
        while !self.ended {
            let event = self.next_event();
            let now = self.now();
            if let Some(event) = event {
                self.handle(event, now);
            }
            if !self.ended {
                self.time_passed(now);
            }
        }
    }

    fn now(&self) -> i64 {
        self.job.clock.now_millis()
    }

    /// The next event; `None` when something is due before.
    fn next_event(&mut self) -> Option<Event> {
        let Some(timeout) = self.timeout() else { return self.received.recv().ok() };
        // It cannot be disconnected: the JobMaster has a sender itself.
        self.received.recv_timeout(timeout).ok()
    }

    fn timeout(&self) -> Option<Duration> {
        let now = self.now();
        let checkpoint =
            self.checkpoints.as_ref().filter(|_| self.is_running()).and_then(|c| c.due(&self.attempt.counts(), now));
        let restart = self.lifecycle.due().filter(|_| !self.is_writing());
        let stopping = self.stopping.due();
        let due = checkpoint.into_iter().chain(restart).chain(stopping).min();
        let due = due.map(|at| Duration::from_millis((at - now).max(0) as u64));
        let leaving = self.leaving.map(|deadline| {
            let first = if self.is_running() {
                deadline.checked_sub(ending::TIME_TO_CLOSE).unwrap_or(deadline)
            } else {
                deadline
            };
            first.saturating_duration_since(Instant::now())
        });
        due.into_iter().chain(leaving).min()
    }

    fn is_running(&self) -> bool {
        self.lifecycle.status() == JobStatus::Running
    }

    fn is_writing(&self) -> bool {
        self.checkpoints.as_ref().is_some_and(Coordinator::is_writing)
    }

    fn handle(&mut self, event: Event, now: i64) {
        match event {
            Event::Running(task) if self.is_current(task) => {
                self.attempt.running(task);
                self.note_task(task, TaskStatus::Running, now);
            }
            Event::EndOfData(task) if self.is_current(task) => {
                self.attempt.end_of_data(task);
                self.left_alignment(task);
            }
            Event::Ended(task, result) if self.is_current(task) => {
                self.task_ended(self.attempt.number_of(task), result, now);
            }
            Event::SplitFinished(task, split) if self.is_current(task) => self.attempt.split_finished(task, split),
            Event::Watermark(task, group, watermark) if self.is_current(task) => {
                let limits = self.alignments.report(task, &group, watermark);
                self.announce(limits);
            }
            Event::SourceFailed { attempt, error } if attempt == self.attempt.number => self.job_failed(error, now),
            Event::Snapshot(task, id, snapshot) if self.is_current(task) => {
                if let Some(checkpoints) = &mut self.checkpoints {
                    checkpoints.snapshot(task, id, snapshot);
                }
                self.checkpoint(now, |c, a| c.frozen(task, id, a));
            }
            Event::FrozenElsewhere(task, id) if self.is_current(task) => {
                self.frozen_elsewhere(task, id);
                self.checkpoint(now, |c, a| c.frozen(task, id, a));
            }
            Event::SlotExited { slot, generation, exit } => self.slot_exited(slot, generation, &exit, now),
            Event::SlotFailed { of, error } => self.slot_failed(of, error, now),
            Event::Declined(task, id, reason) if self.is_current(task) => {
                self.checkpoint(now, |c, a| c.declined(id, &reason, a));
            }
            Event::Triggered { attempt, vertex, checkpoint, enumerator } if attempt == self.attempt.number => {
                self.checkpoint(now, |c, a| c.enumerator(checkpoint, vertex, enumerator, a));
            }
            Event::Uploaded { task, checkpoint, states } if self.is_current(task) => {
                self.checkpoint(now, |c, a| c.uploaded(task, checkpoint, states, a));
            }
            Event::Stored { checkpoint, result } => {
                self.checkpoint(now, |c, a| c.stored(checkpoint, result, a, now));
                if self.checkpoints.as_ref().and_then(Coordinator::last_completed) == Some(checkpoint) {
                    self.shared.checkpoint_completed(checkpoint);
                }
            }
            Event::Asked(request) => self.asked(request, now),
            Event::Cancel => {
                tracing::info!("Cancelling job {} ({}).", self.job.name, self.job.id);
                self.life(Input::Cancel, now);
            }
            Event::Shutdown(deadline) => self.shut_down(deadline),
            // Of an attempt that is over.
            _ => {}
        }
    }

    fn is_current(&self, task: TaskId) -> bool {
        self.attempt.is_current(task)
    }

    /// Begins a snapshot that somebody asks for, or says why not.
    fn asked(&mut self, request: Request, now: i64) {
        if !self.is_running() || self.leaving.is_some() {
            let status = self.lifecycle.status();
            return request.refuse(super::ended(&self.job.id, status));
        }
        if self.checkpoints.is_none() {
            return request.refuse(Error::invalid(format!(
                "job {} runs in BATCH mode, which has neither checkpoints nor savepoints",
                self.job.id
            )));
        }
        self.checkpoint(now, |c, a| c.asked(request, a, now));
    }

    fn note_task(&self, task: TaskId, status: TaskStatus, now: i64) {
        let number = self.attempt.number_of(task);
        self.shared.note(|record| record.task(number, status, now));
    }

    /// Lets the coordinator act, and fails the job if that is what follows.
    fn checkpoint(&mut self, now: i64, act: impl FnOnce(&mut Coordinator, &Attempt) -> Option<Error>) {
        let failure = self.checkpoints.as_mut().and_then(|checkpoints| act(checkpoints, &self.attempt));
        if let Some(error) = failure {
            self.job_failed(error, now);
        }
    }

    /// Only who collects a checkpoint knows whether a snapshot that was frozen in a slot process is still wanted.
    fn frozen_elsewhere(&self, task: TaskId, id: u64) {
        if let Some(slots) = &self.slots {
            let to = self.checkpoints.as_ref().map_or(Destination::Nowhere, |c| c.destination(id));
            slots.upload(task, slots.placement.slot_of[self.attempt.number_of(task)], id, to);
        }
    }

    fn left_alignment(&mut self, task: TaskId) {
        let limits = self.alignments.ended(task);
        self.announce(limits);
    }

    fn announce(&self, limits: Vec<(TaskId, i64)>) {
        for (task, limit) in limits {
            self.attempt.send(task, Mail::MaxWatermark(limit));
        }
    }

    /// Gives an input to the life cycle and does what it says.
    fn life(&mut self, input: Input, now: i64) {
        let (strategy, failures, job) = (&mut self.strategy, &mut self.failures, &self.job);
        let before = self.lifecycle.status();
        let (shared, attempt) = (&self.shared, &self.attempt);
        let action = self.lifecycle.on(input, now, &mut |failure| {
            let Failure { error, task, regions, goes_back } = failure;
            let record = FailureRecord::new(error, task.clone(), now);
            shared.note(|known| known.failed(record));
            let answer = if *goes_back { Restart::At { time: now, attempt: 0 } } else { strategy.on_failure(now) };
            tracing::warn!("Job {} ({}) failed: {}", job.name, job.id, failures.note(error, &answer, now));
            let Restart::At { time, .. } = answer else { return None };
            let (count, what) = (attempt.tasks_of(regions).len(), if task.is_some() { "failed task " } else { "job" });
            let name = task.as_deref().unwrap_or_default();
            tracing::info!("{count} tasks will be restarted to recover the {what}{name}.");
            Some(time)
        });
        let status = self.lifecycle.status();
        if before == JobStatus::Running && status != JobStatus::Running {
            self.metrics.stopped();
            let reason = if status == JobStatus::Restarting { Reason::JobRestarts } else { Reason::JobEnds };
            if let Some(slots) = &self.slots {
                slots.stop_uploads();
            }
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.stopped(&reason, &self.attempt);
            }
        }
        self.act(action, now);
    }

    fn act(&mut self, action: Action, now: i64) {
        if !matches!(action, Action::End(_) | Action::StartTasks(_)) {
            self.set_status(self.lifecycle.status());
        }
        match action {
            Action::Nothing => {}
            Action::StopTasks(regions) => self.stop_tasks(&regions, now),
            Action::StartTasks(regions) => self.restart(&regions),
            Action::End(status) => self.end(status, now),
        }
        if self.lifecycle.starts_afresh() {
            self.attempt.take_sources().into_iter().for_each(crate::source::SourceCoordinator::abort);
        }
    }

    fn time_passed(&mut self, now: i64) {
        if self.is_running() && self.leaving.is_none() {
            let counts = self.attempt.counts();
            self.checkpoint(now, |c, a| c.time_passed(&counts, a, now));
        }
        if self.lifecycle.due().is_some_and(|at| at <= now) && !self.is_writing() {
            self.life(Input::Due, now);
        }
        self.look_after_stopping(now);
        self.leave(now);
    }

    fn set_status(&self, status: JobStatus) {
        let before = self.shared.set_status(status, self.now());
        if before != status {
            tracing::info!("Job {} ({}) switched from state {before} to {status}.", self.job.name, self.job.id);
        }
    }
}
