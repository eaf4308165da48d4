//! The decisions of the checkpoint coordinator, without clock, threads or storage: facts go in as calls (with the time
//! in milliseconds where it matters), [`Decision`]s come out, and the JobMaster carries them out.
//!
//! The life of a checkpoint: [`CheckpointPlanner::next_trigger`] says when; [`CheckpointPlanner::begin`] gives its
//! number; every task acknowledges; [`Decision::Write`] asks for `_metadata`; once that is stored
//! [`CheckpointPlanner::written`] completes it. At each step it may be aborted instead.
//!
//! ```
//! use penstock_cluster::checkpoint::decide::{CheckpointPlanner, CheckpointSettings, Decision, Kind, Tasks, Trigger};
//! use penstock_core::Configuration;
//! let mut config = Configuration::default();
//! config.set("execution.checkpointing.interval", "10 s");
//! let mut planner = CheckpointPlanner::new(CheckpointSettings::from_config(&config).unwrap());
//! planner.job_started(0);
//! let tasks = Tasks { running: 2, ..Tasks::default() };
//! assert_eq!(planner.next_trigger(&tasks, 0), Trigger::At(10_000));
//! assert_eq!(planner.next_trigger(&tasks, 10_000), Trigger::Now);
//! let id = planner.begin(Kind::Checkpoint, [0, 1], 10_000);
//! assert_eq!(planner.acknowledged(id, 0), []);
//! assert_eq!(planner.acknowledged(id, 1), [Decision::Write { id, kind: Kind::Checkpoint }]);
//! assert_eq!(planner.written(id, 10_200), [Decision::Complete { id, kind: Kind::Checkpoint }]);
//! assert_eq!(planner.next_trigger(&tasks, 10_200), Trigger::At(20_000));
//! ```

mod alignment;
mod pending;
mod settings;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, VecDeque};

pub use alignment::Barriers;
use pending::Pending;
pub use settings::CheckpointSettings;
pub use words::{Decision, Kind, Reason, Tasks, Trigger, Waiting};

/// Decides about the checkpoints and savepoints of one job, over all its restarts.
#[derive(Debug)]
pub struct CheckpointPlanner {
    settings: CheckpointSettings,
    /// Number of the next snapshot; numbers are never used again.
    next_id: u64,
    /// When the next periodic checkpoint is due; `None` before the job has started.
    next_due: Option<i64>,
    /// When the last snapshot was complete, for the pause after it.
    last_completion: Option<i64>,
    pending: BTreeMap<u64, Pending>,
    /// Complete checkpoints that are kept, oldest first.
    completed: VecDeque<u64>,
    /// Failures in a row.
    failures: u32,
}

impl CheckpointPlanner {
    /// A planner for a job without history.
    #[must_use]
    pub fn new(settings: CheckpointSettings) -> Self {
        Self {
            settings,
            next_id: 1,
            next_due: None,
            last_completion: None,
            pending: BTreeMap::new(),
            completed: VecDeque::new(),
            failures: 0,
        }
    }

    /// The job starts from a snapshot with this number. `owned`: it is a checkpoint of this job, or claimed by it, so
    /// that it is discarded when newer ones have taken its place.
    pub fn restored_from(&mut self, id: u64, owned: bool) {
        self.next_id = self.next_id.max(id + 1);
        if owned && !self.completed.contains(&id) {
            self.completed.push_back(id);
        }
    }

    /// A complete checkpoint has turned out to be damaged: it is the first to go.
    pub fn damaged(&mut self, id: u64) {
        if let Some(position) = self.completed.iter().position(|known| *known == id) {
            self.completed.remove(position);
            self.completed.push_front(id);
        }
    }

    /// The tasks of the job begin to run, for the first time or after a restart.
    pub fn job_started(&mut self, now: i64) {
        self.next_due = self.settings.interval.map(|interval| now + interval);
    }

    /// The job fails and will restart, or ends: nothing goes on but what is being written. A restart has to wait until
    /// [`Self::writing`] is empty, because it has to know which checkpoint is the last complete one.
    pub fn job_stopped(&mut self, reason: &Reason) -> Vec<Decision> {
        self.next_due = None;
        let aborted: Vec<u64> =
            self.pending.iter().filter(|(_, pending)| !pending.writing).map(|(id, _)| *id).collect();
        aborted.into_iter().filter_map(|id| self.abort(id, reason.clone())).collect()
    }

    /// Whether a periodic checkpoint is to be triggered. To be asked again at the time it names, and after every event.
    #[must_use]
    pub fn next_trigger(&self, tasks: &Tasks, now: i64) -> Trigger {
        let Some(due) = self.next_due else { return Trigger::Off };
        if self.is_stopping() {
            return Trigger::Wait(Waiting::JobIsStopping);
        }
        if tasks.finished > 0 && !self.settings.after_tasks_finish {
            return Trigger::Wait(Waiting::TasksHaveFinished);
        }
        if tasks.running == 0 || tasks.starting > 0 {
            return Trigger::Wait(Waiting::TasksAreNotRunning);
        }
        let due = if tasks.at_end_of_data { now } else { due.max(self.end_of_pause()) };
        if due > now {
            Trigger::At(due)
        } else if self.pending.len() >= self.settings.max_concurrent as usize {
            Trigger::Wait(Waiting::OthersArePending)
        } else {
            Trigger::Now
        }
    }

    /// A snapshot is triggered; `tasks` are those that have to acknowledge it, at least one.
    pub fn begin(&mut self, kind: Kind, tasks: impl IntoIterator<Item = usize>, now: i64) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        if kind == Kind::Checkpoint {
            self.next_due = self.next_due.map(|due| self.next_beat(due, now));
        }
        self.pending.insert(id, Pending::new(kind, tasks, now.saturating_add(self.settings.timeout)));
        id
    }

    /// A task has stored its part.
    pub fn acknowledged(&mut self, id: u64, task: usize) -> Vec<Decision> {
        let Some(pending) = self.pending.get_mut(&id) else {
            return if self.completed.contains(&id) { vec![] } else { vec![Decision::DiscardPart { id, task }] };
        };
        if pending.acknowledged(task) { vec![Decision::Write { id, kind: pending.kind }] } else { vec![] }
    }

    /// Something of a snapshot went wrong: a task declined it, its upload failed, `_metadata` could not be written.
    pub fn failed(&mut self, id: u64, reason: Reason) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if let Some(pending) = self.pending.get_mut(&id) {
            let kind = pending.kind;
            let reason = if pending.subsumed { Reason::Subsumed } else { reason };
            let verdict = self.verdict(id, kind, &reason);
            decisions.extend(self.abort(id, reason));
            decisions.extend(verdict);
        }
        decisions
    }

    /// `_metadata` is stored: the snapshot is complete.
    pub fn written(&mut self, id: u64, now: i64) -> Vec<Decision> {
        match self.pending.get(&id) {
            None => return vec![],
            Some(pending) if pending.subsumed => return self.abort(id, Reason::Subsumed).into_iter().collect(),
            Some(_) => {}
        }
        let kind = self.pending.remove(&id).expect("it was just found").kind;
        self.last_completion = Some(now);
        if kind == Kind::Savepoint {
            return vec![Decision::SavepointDone { id }];
        }
        let mut decisions = vec![Decision::Complete { id, kind }];
        decisions.extend(self.subsume_before(id));
        if kind == Kind::Checkpoint {
            self.failures = 0;
            self.completed.push_back(id);
            while self.completed.len() > self.settings.num_retained as usize {
                decisions.extend(self.completed.pop_front().map(|id| Decision::Discard { id }));
            }
        }
        decisions
    }

    /// Aborts what has taken too long. To be called at [`Self::next_timeout`].
    pub fn time_passed(&mut self, now: i64) -> Vec<Decision> {
        let late: Vec<u64> =
            self.pending.iter().filter(|(_, p)| p.timeout().is_some_and(|at| at <= now)).map(|(id, _)| *id).collect();
        late.into_iter().flat_map(|id| self.failed(id, Reason::Expired)).collect()
    }

    /// When the next pending snapshot runs out of time. What is being written does not: its storage has limits of its
    /// own, and an abort could not tell whether `_metadata` exists.
    #[must_use]
    pub fn next_timeout(&self) -> Option<i64> {
        self.pending.values().filter_map(Pending::timeout).min()
    }

    /// Snapshots whose `_metadata` is being written.
    #[must_use]
    pub fn writing(&self) -> Vec<u64> {
        self.pending.iter().filter(|(_, pending)| pending.writing).map(|(id, _)| *id).collect()
    }

    /// Complete checkpoints that are kept, oldest first.
    pub fn completed(&self) -> impl Iterator<Item = u64> {
        self.completed.iter().copied()
    }

    /// Whether the job stops with a savepoint that is not complete.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.pending.values().any(|pending| pending.kind == Kind::StopWithSavepoint)
    }

    fn end_of_pause(&self) -> i64 {
        self.last_completion.map_or(i64::MIN, |time| time.saturating_add(self.settings.min_pause))
    }

    /// The next time on the beat of the interval that lies in the future. Beats that were missed are left out, but for
    /// one: after a long checkpoint the next follows at once.
    fn next_beat(&self, due: i64, now: i64) -> i64 {
        let interval = self.settings.interval.unwrap_or(i64::MAX);
        if now < due { due } else { due + ((now - due) / interval + 1) * interval }
    }

    /// Older pending checkpoints are of no use once a newer one is complete. Savepoints are for their requesters.
    fn subsume_before(&mut self, id: u64) -> Vec<Decision> {
        let older: Vec<u64> =
            self.pending.range(..id).filter(|(_, p)| p.kind == Kind::Checkpoint).map(|(id, _)| *id).collect();
        let mut decisions = Vec::new();
        for older in older {
            let pending = self.pending.get_mut(&older).expect("it was just found");
            if pending.writing {
                // Its `_metadata` may appear at any moment: it is aborted when the storage has answered.
                pending.subsumed = true;
            } else {
                decisions.extend(self.abort(older, Reason::Subsumed));
            }
        }
        decisions
    }

    fn abort(&mut self, id: u64, reason: Reason) -> Option<Decision> {
        let pending = self.pending.remove(&id)?;
        Some(Decision::Abort { id, kind: pending.kind, reason })
    }

    /// Whether the job has to fail with this snapshot.
    fn verdict(&mut self, id: u64, kind: Kind, reason: &Reason) -> Option<Decision> {
        match kind {
            Kind::Savepoint => None,
            Kind::StopWithSavepoint => {
                let message =
                    format!("stop-with-savepoint failed, and the job is no longer running as it was: {reason}");
                Some(Decision::FailJob { message })
            }
            Kind::Checkpoint if !reason.counts() => None,
            Kind::Checkpoint => {
                self.failures += 1;
                if self.failures <= self.settings.tolerable_failures {
                    return None;
                }
                self.failures = 0;
                let message = format!(
                    "checkpoint {id} failed, and execution.checkpointing.tolerable-failed-checkpoints is {}: {reason}",
                    self.settings.tolerable_failures
                );
                Some(Decision::FailJob { message })
            }
        }
    }
}
