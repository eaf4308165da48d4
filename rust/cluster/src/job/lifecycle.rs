//! What to do when something happens to a job: a state machine without any I/O. Times are in milliseconds.
//!
//! ```text
//! Running -> (failure) -> regions stop to restart -> they wait -> Running …
//!         -> (failure) -> Stopping to fail    -> Failed
//!         -> (cancel)  -> Stopping to cancel  -> Canceled
//!         -> (process ends) -> Stopping to suspend -> Suspended
//!         -> (every task ended well) -> Finished
//! ```
//!
//! A failure stops and restarts some of the job's regions, often all; the others go on meanwhile.

use penstock_core::Error;

use super::JobStatus;

/// Something that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// The task's name, if it was one.
    pub(crate) task: Option<String>,
    /// The regions that start again because of it.
    pub(crate) regions: Vec<usize>,
    /// A checkpoint is damaged: the next attempt goes on from an older one.
    pub(crate) goes_back: bool,
}

/// Something that bears on the life of the job.
#[derive(Debug)]
pub(crate) enum Input {
    /// Tasks have ended: of these regions so many are left. With the failure that it was, unless they ended well or as
    /// they were asked to.
    TasksEnded { left: Vec<(usize, usize)>, failure: Option<Failure> },
    /// Something other than a task failed.
    Failure(Failure),
    /// The user cancels.
    Cancel,
    /// The process goes away.
    Suspend,
    /// Time has passed.
    Due,
}

/// What has to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing.
    Nothing,
    /// Ask the tasks that are left of these regions to stop.
    StopTasks(Vec<usize>),
    /// Begin the next attempt of these regions.
    StartTasks(Vec<usize>),
    /// The job is over.
    End(JobStatus),
}

/// What the restart strategy says to a failure: when to begin the next attempt, or `None` to give up.
pub(crate) type AskStrategy<'a> = &'a mut dyn FnMut(&Failure) -> Option<i64>;

/// Where a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its tasks run, or have all ended well.
    Running,
    /// Its tasks were asked to stop; the next attempt begins at this time.
    Stopping(i64),
    /// No task is left; the next attempt begins at this time.
    Waiting(i64),
}

#[derive(Debug)]
struct Region {
    phase: Phase,
    /// Tasks that have not ended.
    left: usize,
}

impl Region {
    fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }
}

/// What ends the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Fail,
    Cancel,
    Suspend,
}

/// The life of a job.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    regions: Vec<Region>,
    /// All regions start again, and together.
    together: bool,
    /// All tasks were asked to stop, and why.
    ending: Option<Ending>,
    ended: Option<JobStatus>,
    /// The last failure.
    failure: Option<Error>,
}

impl Lifecycle {
    /// A job whose regions are about to begin.
    pub(crate) fn new(regions: usize) -> Self {
        let region = || Region { phase: Phase::Running, left: 0 };
        Self {
            regions: std::iter::repeat_with(region).take(regions).collect(),
            together: false,
            ending: None,
            ended: None,
            failure: None,
        }
    }

    /// An attempt of a region with so many tasks was begun.
    pub(crate) fn started(&mut self, region: usize, tasks: usize) {
        self.regions[region] = Region { phase: Phase::Running, left: tasks };
        self.together = false;
    }

    pub(crate) fn status(&self) -> JobStatus {
        match (self.ended, self.ending) {
            (Some(status), _) => status,
            (None, Some(Ending::Fail)) => JobStatus::Failing,
            // A job that is being suspended goes on elsewhere; Flink has no word for the way there.
            (None, Some(Ending::Cancel | Ending::Suspend)) => JobStatus::Cancelling,
            (None, None) if self.regions.iter().all(Region::is_running) => JobStatus::Running,
            (None, None) => JobStatus::Restarting,
        }
    }

    /// Whether the tasks of a region are to run.
    pub(crate) fn runs(&self, region: usize) -> bool {
        self.ending.is_none() && self.ended.is_none() && self.regions[region].is_running()
    }

    /// The last failure.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// When [`Input::Due`] is to be given.
    pub(crate) fn due(&self) -> Option<i64> {
        if self.ending.is_some() || self.ended.is_some() {
            return None;
        }
        let times = self.waiting().map(|(_, at)| at);
        if !self.together {
            times.min()
        } else if self.all_wait() {
            times.max()
        } else {
            None
        }
    }

    fn waiting(&self) -> impl Iterator<Item = (usize, i64)> {
        let waits = |(index, region): (usize, &Region)| match region.phase {
            Phase::Waiting(at) => Some((index, at)),
            _ => None,
        };
        self.regions.iter().enumerate().filter_map(waits)
    }

    fn all_wait(&self) -> bool {
        self.waiting().count() == self.regions.len()
    }

    /// Whether nothing of the job is left, and all of it starts again.
    pub(crate) fn starts_afresh(&self) -> bool {
        self.together && self.all_wait()
    }

    /// Takes an input and says what has to be done.
    pub(crate) fn on(&mut self, input: Input, now: i64, ask: AskStrategy<'_>) -> Action {
        match input {
            Input::TasksEnded { left, failure } => self.tasks_ended(&left, failure, ask),
            Input::Failure(failure) if self.regions.iter().any(Region::is_running) => self.fail(failure, ask),
            Input::Cancel => self.stop(Ending::Cancel),
            Input::Suspend => self.stop(Ending::Suspend),
            Input::Due => match self.due() {
                Some(at) if at <= now => {
                    Action::StartTasks(self.waiting().filter(|(_, at)| *at <= now).map(|(region, _)| region).collect())
                }
                _ => Action::Nothing,
            },
            Input::Failure(_) => Action::Nothing,
        }
    }

    fn tasks_ended(&mut self, left: &[(usize, usize)], failure: Option<Failure>, ask: AskStrategy<'_>) -> Action {
        for &(region, left) in left {
            self.regions[region].left = left;
        }
        if self.ended.is_some() {
            return Action::Nothing;
        }
        if self.ending.is_some() {
            return self.end_if_stopped();
        }
        self.settle();
        let ran = left.iter().any(|(region, _)| self.regions[*region].is_running());
        match failure.filter(|_| ran) {
            Some(failure) => self.fail(failure, ask),
            None if self.is_finished() => self.end(JobStatus::Finished),
            None => Action::Nothing,
        }
    }

    fn is_finished(&self) -> bool {
        self.regions.iter().all(|region| region.is_running() && region.left == 0)
    }

    /// Regions of which no task is left wait for their next attempt.
    fn settle(&mut self) {
        for region in &mut self.regions {
            if let Region { phase: Phase::Stopping(at), left: 0 } = *region {
                region.phase = Phase::Waiting(at);
            }
        }
    }

    fn fail(&mut self, failure: Failure, ask: AskStrategy<'_>) -> Action {
        if self.ending.is_some() || self.ended.is_some() {
            return Action::Nothing;
        }
        // A wrong job stays wrong however often it is started.
        let restart = if matches!(failure.error, Error::Invalid(_)) { None } else { ask(&failure) };
        let Failure { error, regions, .. } = failure;
        self.failure = Some(error);
        let Some(at) = restart else { return self.stop(Ending::Fail) };
        self.together |= regions.len() == self.regions.len();
        let mut stopping = Vec::new();
        for index in regions {
            let region = &mut self.regions[index];
            match region.phase {
                Phase::Running => {
                    region.phase = Phase::Stopping(at);
                    stopping.push(index);
                }
                // Who starts again already does so when all do.
                Phase::Stopping(_) if self.together => region.phase = Phase::Stopping(at),
                Phase::Waiting(_) if self.together => region.phase = Phase::Waiting(at),
                Phase::Stopping(_) | Phase::Waiting(_) => {}
            }
        }
        self.settle();
        if stopping.is_empty() { Action::Nothing } else { Action::StopTasks(stopping) }
    }

    /// What was asked for first holds, but for a restart: nobody waits for that once the job is to end.
    fn stop(&mut self, ending: Ending) -> Action {
        if self.ending.is_some() || self.ended.is_some() {
            return Action::Nothing;
        }
        self.ending = Some(ending);
        self.stop_what_runs()
    }

    fn stop_what_runs(&mut self) -> Action {
        let running = self.regions.iter().enumerate().filter(|(_, region)| region.is_running() && region.left > 0);
        let running: Vec<usize> = running.map(|(index, _)| index).collect();
        match self.end_if_stopped() {
            Action::Nothing if !running.is_empty() => Action::StopTasks(running),
            action => action,
        }
    }

    fn end_if_stopped(&mut self) -> Action {
        match self.ending {
            Some(ending) if self.regions.iter().all(|region| region.left == 0) => self.end(match ending {
                Ending::Fail => JobStatus::Failed,
                Ending::Cancel => JobStatus::Canceled,
                Ending::Suspend => JobStatus::Suspended,
            }),
            _ => Action::Nothing,
        }
    }

    /// The tasks that are left of these regions do not stop; the job ends without them.
    pub(crate) fn give_up_on_tasks(&mut self, regions: &[usize], error: Error) -> Action {
        for region in regions {
            self.regions[*region].left = 0;
        }
        if self.ending.is_some() {
            return self.end_if_stopped();
        }
        // Their threads may still write: another attempt beside them could break what was promised.
        self.failure = Some(error);
        self.stop(Ending::Fail)
    }

    fn end(&mut self, status: JobStatus) -> Action {
        self.ended = Some(status);
        Action::End(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Job {
        life: Lifecycle,
        now: i64,
        /// When the strategy allows restarts, last first.
        restarts: Vec<i64>,
    }

    impl Job {
        /// Of one region with so many tasks.
        fn with(tasks: usize, restarts: &[i64]) -> Self {
            Self::of(&[tasks], restarts)
        }

        fn of(regions: &[usize], restarts: &[i64]) -> Self {
            let mut life = Lifecycle::new(regions.len());
            for (region, tasks) in regions.iter().enumerate() {
                life.started(region, *tasks);
            }
            Self { life, now: 0, restarts: restarts.to_vec() }
        }

        fn on(&mut self, input: Input) -> Action {
            let restarts = &mut self.restarts;
            self.life.on(input, self.now, &mut |_| restarts.pop())
        }

        fn ended(&mut self, region: usize, left: usize) -> Action {
            self.on(Input::TasksEnded { left: vec![(region, left)], failure: None })
        }

        /// A task fails, and takes these regions with it.
        fn failed(&mut self, region: usize, left: usize, error: Error, regions: &[usize]) -> Action {
            self.on(Input::TasksEnded { left: vec![(region, left)], failure: Some(failure(error, regions)) })
        }

        fn broke(&mut self, region: usize, left: usize) -> Action {
            self.failed(region, left, broken(), &[region])
        }

        fn failure(&mut self, regions: &[usize]) -> Action {
            self.on(Input::Failure(failure(broken(), regions)))
        }

        fn told(&self) -> String {
            self.life.failure().expect("a failure").to_string()
        }
    }

    fn failure(error: Error, regions: &[usize]) -> Failure {
        Failure { error, task: None, regions: regions.to_vec(), goes_back: false }
    }

    fn broken() -> Error {
        Error::external("broken")
    }

    fn stop(regions: &[usize]) -> Action {
        Action::StopTasks(regions.to_vec())
    }

    #[test]
    fn it_finishes_when_every_task_has_ended_well() {
        let mut job = Job::with(2, &[]);
        assert_eq!(job.ended(0, 1), Action::Nothing);
        assert_eq!(job.ended(0, 0), Action::End(JobStatus::Finished));
        assert_eq!(job.on(Input::Cancel), Action::Nothing);
    }

    #[test]
    fn it_restarts_after_all_tasks_have_stopped_and_the_pause_is_over() {
        let mut job = Job::with(2, &[5]);
        assert_eq!(job.broke(0, 1), stop(&[0]));
        assert_eq!(job.life.status(), JobStatus::Restarting);
        assert_eq!(job.ended(0, 0), Action::Nothing);
        assert_eq!(job.life.due(), Some(5));
        job.now = 5;
        assert_eq!(job.on(Input::Due), Action::StartTasks(vec![0]));
        job.life.started(0, 2);
        assert_eq!(job.life.status(), JobStatus::Running);
    }

    #[test]
    fn a_region_restarts_beside_others_that_run_and_finish() {
        let mut job = Job::of(&[2, 1], &[5]);
        assert_eq!(job.broke(0, 1), stop(&[0]));
        assert!(!job.life.runs(0) && job.life.runs(1));
        assert_eq!(job.ended(1, 0), Action::Nothing, "the other one has finished");
        assert_eq!(job.ended(0, 0), Action::Nothing);
        assert!(!job.life.starts_afresh());
        assert_eq!(job.on(Input::Due), Action::Nothing);
        job.now = 5;
        assert_eq!(job.on(Input::Due), Action::StartTasks(vec![0]));
        job.life.started(0, 2);
        assert_eq!(job.ended(0, 0), Action::End(JobStatus::Finished));
    }

    #[test]
    fn regions_that_fail_one_after_the_other_have_times_of_their_own() {
        let mut job = Job::of(&[1, 1, 1], &[9, 5]);
        assert_eq!(job.broke(2, 0), stop(&[2]));
        assert_eq!(job.broke(0, 0), stop(&[0]));
        job.now = 5;
        assert_eq!(job.on(Input::Due), Action::StartTasks(vec![2]));
        job.life.started(2, 1);
        assert_eq!((job.life.status(), job.life.due()), (JobStatus::Restarting, Some(9)));
    }

    #[test]
    fn what_takes_all_starts_all_together() {
        let mut job = Job::of(&[1, 1], &[9, 5]);
        assert_eq!(job.broke(0, 0), stop(&[0]));
        assert_eq!(job.failure(&[0, 1]), stop(&[1]));
        job.now = 9;
        assert_eq!(job.life.due(), None, "one is still stopping");
        assert_eq!(job.ended(1, 0), Action::Nothing);
        assert!(job.life.starts_afresh());
        assert_eq!(job.life.due(), Some(9));
        assert_eq!(job.on(Input::Due), Action::StartTasks(vec![0, 1]));
    }

    #[test]
    fn a_process_that_is_gone_is_one_failure() {
        let mut job = Job::of(&[1, 2, 1], &[5]);
        let failure = Some(failure(broken(), &[0, 1]));
        assert_eq!(job.on(Input::TasksEnded { left: vec![(0, 0), (1, 1)], failure }), stop(&[0, 1]));
        assert_eq!(job.ended(1, 0), Action::Nothing);
        assert!(job.life.runs(2) && job.restarts.is_empty());
    }

    #[test]
    fn it_fails_when_the_strategy_gives_up() {
        let mut job = Job::with(1, &[]);
        assert_eq!(job.broke(0, 0), Action::End(JobStatus::Failed));
        assert_eq!(job.told(), "broken");
        let mut job = Job::of(&[1, 1], &[]);
        assert_eq!(job.broke(0, 0), stop(&[1]), "the others stop with it");
        assert_eq!(job.ended(1, 0), Action::End(JobStatus::Failed));
    }

    #[test]
    fn a_wrong_job_is_not_restarted() {
        let mut job = Job::with(1, &[1, 1]);
        assert_eq!(job.failed(0, 0, Error::invalid("wrong"), &[0]), Action::End(JobStatus::Failed));
    }

    #[test]
    fn the_first_failure_is_the_cause() {
        let mut job = Job::with(3, &[]);
        assert_eq!(job.failure(&[0]), stop(&[0]));
        assert_eq!(job.life.status(), JobStatus::Failing);
        assert_eq!(job.failed(0, 2, Error::external("consequence"), &[0]), Action::Nothing);
        assert_eq!(job.ended(0, 1), Action::Nothing);
        assert_eq!(job.ended(0, 0), Action::End(JobStatus::Failed));
        assert_eq!(job.told(), "broken");
    }

    #[test]
    fn cancel_wins_over_a_restart() {
        let mut job = Job::of(&[2, 1], &[5]);
        assert_eq!(job.broke(0, 1), stop(&[0]));
        assert_eq!(job.on(Input::Cancel), stop(&[1]));
        assert_eq!(job.ended(0, 0), Action::Nothing);
        assert_eq!(job.ended(1, 0), Action::End(JobStatus::Canceled));

        let mut waiting = Job::with(1, &[5]);
        assert_eq!(waiting.broke(0, 0), stop(&[0]));
        assert_eq!(waiting.on(Input::Cancel), Action::End(JobStatus::Canceled));
    }

    #[test]
    fn suspending_is_no_cancel() {
        let mut job = Job::with(1, &[]);
        assert_eq!(job.on(Input::Suspend), stop(&[0]));
        assert_eq!(job.ended(0, 0), Action::End(JobStatus::Suspended));
    }

    #[test]
    fn tasks_that_do_not_stop_are_left_behind_but_never_doubled() {
        let mut job = Job::of(&[1, 1], &[5]);
        job.failure(&[0]);
        assert_eq!(job.life.give_up_on_tasks(&[0], Error::external("stuck")), stop(&[1]));
        assert_eq!(job.ended(1, 0), Action::End(JobStatus::Failed));
        assert_eq!(job.told(), "stuck");
        let mut job = Job::with(1, &[]);
        job.on(Input::Cancel);
        assert_eq!(job.life.give_up_on_tasks(&[0], broken()), Action::End(JobStatus::Canceled));
    }
}
