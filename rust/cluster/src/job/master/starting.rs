//! How tasks are started: all of a job, or those of the regions that start again while others run.

use std::sync::Arc;

use penstock_core::Result;
use penstock_runtime::mailbox::{Mailbox, TaskId};

use super::JobMaster;
use crate::checkpoint::Coordinator;
use crate::job::JobStatus;
use crate::job::deploy::{deploy, resets, source_starts};
use crate::job::progress::Totals;
use crate::restore::RestorePoint;
use crate::slot::Slots;
use crate::source::{Alignments, SourceCoordinator};

impl JobMaster {
    /// Begins the next attempt of regions of which nothing is left.
    pub(super) fn restart(&mut self, regions: &[usize]) {
        let tasks = self.attempt.tasks_of(regions);
        let counted = self.forget_metrics(&tasks);
        let restarts = self.shared.restarted(&counted);
        self.metrics.restarted(restarts);
        for task in tasks {
            self.attempt.next(task);
        }
        if self.is_all(regions) {
            self.attempt.number += 1;
        }
        self.start_tasks(regions);
    }

    /// Takes the metrics of attempts that are over away, and gives what they have counted.
    fn forget_metrics(&self, tasks: &[usize]) -> Totals {
        let mut gone = Vec::new();
        for &task in tasks {
            let id = self.attempt.id_of(task);
            let vertex = self.job.graph.vertices[id.vertex].id.to_string();
            gone.extend(self.job.metrics.take(&[
                ("job_id", &self.job.id),
                ("task_id", &vertex),
                ("subtask_index", &id.subtask.to_string()),
                ("task_attempt_num", &id.attempt.to_string()),
            ]));
        }
        Totals::count(&gone, &self.ends)
    }

    fn is_all(&self, regions: &[usize]) -> bool {
        regions.len() == self.job.regions.count
    }

    /// Starts the tasks of regions, from the newest checkpoint.
    pub(super) fn start_tasks(&mut self, regions: &[usize]) {
        let now = self.now();
        let point = match &self.checkpoints {
            Some(checkpoints) => checkpoints.latest().cloned(),
            None => self.job.restored.clone(),
        };
        self.log_start(regions, point.as_ref());
        self.restored_from = self.latest();
        let tasks: Vec<(usize, TaskId)> =
            self.attempt.tasks_of(regions).into_iter().map(|number| (number, self.attempt.id_of(number))).collect();
        let started = if self.is_all(regions) {
            self.start_all(&tasks, point.as_ref())
        } else {
            self.start_some(&tasks, point.as_ref())
        };
        if let Err(error) = started {
            for region in regions {
                self.lifecycle.started(*region, 0);
            }
            return self.job_failed(error, now);
        }
        let vertices = tasks.iter().map(|(number, task)| (*number, task.vertex));
        self.shared.note(|record| record.started(vertices, now));
        for &region in regions {
            self.lifecycle.started(region, self.job.regions.members(region).count());
        }
        if self.is_running() {
            self.metrics.running(now);
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.started(now);
            }
        }
        self.set_status(self.lifecycle.status());
    }

    fn log_start(&self, regions: &[usize], point: Option<&RestorePoint>) {
        let job = &self.job.id;
        let what = if self.is_all(regions) {
            format!("job {job}")
        } else {
            format!("{} tasks of job {job}", self.attempt.tasks_of(regions).len())
        };
        match point {
            Some(point) => tracing::info!("Restoring {what} from {}.", point.describe()),
            None if self.lifecycle.status() == JobStatus::Restarting => {
                tracing::info!("Starting {what} again from the beginning: no checkpoint was completed.");
            }
            None => {}
        }
    }

    /// Starts everything. An error comes before anything was started.
    fn start_all(&mut self, tasks: &[(usize, TaskId)], restore: Option<&RestorePoint>) -> Result<()> {
        self.alignments = Alignments::of(&self.job.graph);
        let starts = source_starts(&self.job, self.attempt.number, restore)?;
        let mailboxes = self.deploy(tasks, restore)?;
        self.note_started(tasks, mailboxes);
        for mut start in starts {
            let vertex = start.vertex;
            start.readers = self.attempt.mailboxes_of(vertex);
            self.attempt.add_source(vertex, SourceCoordinator::start(start, &self.job.io, self.events.clone()));
        }
        Ok(())
    }

    /// Starts tasks beside others that run; their sources go on. An error comes before anything was started.
    fn start_some(&mut self, tasks: &[(usize, TaskId)], restore: Option<&RestorePoint>) -> Result<()> {
        let mut resets = resets(&self.job, tasks, restore)?;
        let mailboxes = self.deploy(tasks, restore)?;
        for ((_, task), mailbox) in tasks.iter().zip(&mailboxes) {
            if let Some(reset) = resets.get_mut(&task.vertex) {
                reset.readers.push((task.subtask, mailbox.clone()));
            }
        }
        self.note_started(tasks, mailboxes);
        for (vertex, reset) in resets {
            self.attempt.reset_source(vertex, reset);
        }
        Ok(())
    }

    fn note_started(&mut self, tasks: &[(usize, TaskId)], mailboxes: Vec<Mailbox>) {
        for ((number, _), mailbox) in tasks.iter().zip(mailboxes) {
            self.attempt.started(*number, mailbox);
        }
    }

    /// Starts tasks here, or in slot processes, which are started too where they are missing. Gives where they are
    /// reached.
    fn deploy(&mut self, tasks: &[(usize, TaskId)], restore: Option<&RestorePoint>) -> Result<Vec<Mailbox>> {
        let (job, graph, events) = (&self.job, &self.graph, &self.events);
        let Some(host) = &job.host else { return Ok(deploy(job, graph, tasks, restore, events)) };
        let slots = match &mut self.slots {
            Some(slots) => slots,
            none => none.insert(Slots::start(job, Arc::clone(host), events)?),
        };
        let mut regions: Vec<(usize, u32)> = Vec::new();
        for (number, task) in tasks {
            let region = job.regions.of[*number];
            if !regions.iter().any(|(known, _)| *known == region) {
                regions.push((region, task.attempt));
            }
        }
        let (attempt, slot_of) = (&self.attempt, slots.placement.slot_of.clone());
        let is_idle = |slot: usize| !attempt.numbers_left().into_iter().any(|number| slot_of[number] == slot);
        slots.deploy(&regions, restore, &is_idle)?;
        Ok(tasks.iter().map(|(number, task)| slots.mailbox(*task, slot_of[*number])).collect())
    }

    /// The number of the checkpoint that an attempt goes on from that begins now.
    pub(super) fn latest(&self) -> Option<u64> {
        self.checkpoints.as_ref().and_then(Coordinator::latest).map(|point| point.metadata.checkpoint_id)
    }
}
