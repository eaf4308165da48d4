//! What has failed, and what starts again because of it.

use penstock_core::{Error, Result};

use super::JobMaster;
use crate::checkpoint::Coordinator;
use crate::job::lifecycle::{Failure, Input};
use crate::job::record::TaskStatus;
use crate::restart::{Facts, Failed, regions_to_restart};
use crate::slot::SlotExit;

impl JobMaster {
    pub(super) fn task_ended(&mut self, number: usize, result: Result<()>, now: i64) {
        if !self.attempt.is_left(number) {
            return;
        }
        let task = self.attempt.id_of(number);
        let runs = self.lifecycle.runs(self.attempt.region_of(number));
        let well = result.is_ok();
        let left = self.tasks_left(&[number], well, if runs { TaskStatus::Failed } else { TaskStatus::Canceled }, now);
        let failure = match result {
            Ok(()) => None,
            Err(error) if runs => Some(self.failure_of(error, vec![number])),
            Err(error) => {
                if !matches!(error, Error::Cancelled) {
                    tracing::debug!("A task failed while it was being stopped: {error}");
                }
                None
            }
        };
        self.life(Input::TasksEnded { left, failure }, now);
        if well && self.is_running() {
            self.checkpoint(now, |c, a| c.finished(task, a));
        }
    }

    /// Tasks have ended. Gives how many are left of their regions.
    fn tasks_left(&mut self, numbers: &[usize], well: bool, or: TaskStatus, now: i64) -> Vec<(usize, usize)> {
        let mut left = Vec::new();
        for &number in numbers {
            let (task, region) = (self.attempt.id_of(number), self.attempt.region_of(number));
            self.note_task(task, if well { TaskStatus::Finished } else { or }, now);
            let of_region = self.attempt.ended(number, well);
            self.left_alignment(task);
            if of_region == 0 {
                self.stopping.ended(region);
            }
            left.push((region, of_region));
        }
        left
    }

    /// A slot process is gone, and its tasks with it.
    pub(super) fn slot_exited(&mut self, slot: usize, generation: u32, exit: &SlotExit, now: i64) {
        let Some(slots) = &self.slots else { return };
        let Some(gone) = slots.exited(slot, generation) else { return };
        let is_gone = |number: &usize| gone.takes(self.attempt.region_of(*number), slots.placement.slot_of[*number]);
        let numbers: Vec<usize> = self.attempt.numbers_left().into_iter().filter(is_gone).collect();
        let ran: Vec<usize> =
            numbers.iter().copied().filter(|number| self.lifecycle.runs(self.attempt.region_of(*number))).collect();
        // This is what the job fails with; if nothing ran there, nobody would hear of it otherwise.
        if ran.is_empty() {
            tracing::error!("{exit}");
        }
        let mut left = Vec::new();
        for &number in &numbers {
            let status = if ran.contains(&number) { TaskStatus::Failed } else { TaskStatus::Canceled };
            left.extend(self.tasks_left(&[number], false, status, now));
        }
        let failure = if ran.is_empty() { None } else { Some(self.failure_of(exit.error(), ran)) };
        self.life(Input::TasksEnded { left, failure }, now);
    }

    /// What ties slots together failed: for a region, or for all.
    pub(super) fn slot_failed(&mut self, of: Option<(usize, u32)>, error: Error, now: i64) {
        let Some((region, attempt)) = of else { return self.job_failed(error, now) };
        if self.attempt.attempt_of(region) == attempt && self.lifecycle.runs(region) {
            let failed = Failed::Subtasks(self.attempt.tasks_of(&[region]));
            let failure = self.failure(error, None, &failed);
            self.life(Input::Failure(failure), now);
        }
    }

    /// Something failed that belongs to all tasks.
    pub(super) fn job_failed(&mut self, error: Error, now: i64) {
        if !self.job.regions.all().into_iter().any(|region| self.lifecycle.runs(region)) {
            return;
        }
        let failure = self.failure(error, None, &Failed::Job);
        self.life(Input::Failure(failure), now);
    }

    /// Tasks that ran failed.
    fn failure_of(&mut self, error: Error, tasks: Vec<usize>) -> Failure {
        let error = match error {
            Error::Cancelled => Error::internal("a task was stopped although nobody asked for it"),
            error => error,
        };
        let name = self.attempt.name_of(tasks[0]).to_owned();
        self.failure(error, Some(name), &Failed::Subtasks(tasks))
    }

    /// Decides what starts again.
    fn failure(&mut self, error: Error, task: Option<String>, failed: &Failed) -> Failure {
        let (error, goes_back) = self.look_for_damage(error);
        let ending = self.checkpoints.as_ref().is_some_and(Coordinator::is_ending);
        let regions = regions_to_restart(&self.job.regions, failed, Facts { ending, goes_back });
        Failure { error, task, regions, goes_back }
    }
}
