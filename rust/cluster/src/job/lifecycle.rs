//! What to do when something happens to a job: a state machine without any I/O. Times are in milliseconds.
//!
//! ```text
//! Running -> (failure) -> Stopping to restart -> Waiting -> Running …
//!         -> (failure) -> Stopping to fail    -> Failed
//!         -> (cancel)  -> Stopping to cancel  -> Canceled
//!         -> (process ends) -> Stopping to suspend -> Suspended
//!         -> (every task ended well) -> Finished
//! ```

use penstock_core::{Error, Result};

use super::JobStatus;

/// Something that bears on the life of the job.
#[derive(Debug)]
pub(crate) enum Input {
    /// A task has ended; so many are left.
    TaskEnded(Result<()>, usize),
    /// Something other than a task failed.
    Failure(Error),
    /// The user cancels.
    Cancel,
    /// The process goes away.
    Suspend,
    /// Time has passed.
    Due,
}

/// What has to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing.
    Nothing,
    /// Ask the tasks that are left to stop.
    StopTasks,
    /// Begin the next attempt.
    StartTasks,
    /// The job is over.
    End(JobStatus),
}

/// What the restart strategy says to a failure: when to begin the next attempt, or `None` to give up.
pub(crate) type AskStrategy<'a> = &'a mut dyn FnMut(&Error) -> Option<i64>;

#[derive(Debug)]
enum Phase {
    Running,
    /// Tasks were asked to stop; what follows when they have.
    Stopping(After),
    /// No task is left; the next attempt begins at this time.
    Waiting(i64),
    Ended(JobStatus),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Restart(i64),
    Fail,
    Cancel,
    Suspend,
}

/// The life of a job.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    phase: Phase,
    /// Tasks that have not ended.
    left: usize,
    /// The failure that ended the last attempt.
    failure: Option<Error>,
}

impl Lifecycle {
    /// A job whose first attempt is about to begin.
    pub(crate) fn new() -> Self {
        Self { phase: Phase::Running, left: 0, failure: None }
    }

    /// An attempt with so many tasks was begun.
    pub(crate) fn started(&mut self, tasks: usize) {
        (self.phase, self.left) = (Phase::Running, tasks);
    }

    pub(crate) fn status(&self) -> JobStatus {
        match self.phase {
            Phase::Running => JobStatus::Running,
            Phase::Stopping(After::Restart(_)) | Phase::Waiting(_) => JobStatus::Restarting,
            Phase::Stopping(After::Fail) => JobStatus::Failing,
            // A job that is being suspended goes on elsewhere; Flink has no word for the way there.
            Phase::Stopping(After::Cancel | After::Suspend) => JobStatus::Cancelling,
            Phase::Ended(status) => status,
        }
    }

    /// The failure that ended the last attempt.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// When [`Input::Due`] is to be given.
    pub(crate) fn due(&self) -> Option<i64> {
        match self.phase {
            Phase::Waiting(until) => Some(until),
            _ => None,
        }
    }

    /// Takes an input and says what has to be done.
    pub(crate) fn on(&mut self, input: Input, now: i64, ask: AskStrategy<'_>) -> Action {
        match input {
            Input::TaskEnded(result, left) => self.task_ended(result, left, ask),
            Input::Failure(error) if matches!(self.phase, Phase::Running) => self.fail(error, ask),
            Input::Cancel => self.stop(After::Cancel),
            Input::Suspend => self.stop(After::Suspend),
            Input::Due => match self.phase {
                Phase::Waiting(until) if until <= now => Action::StartTasks,
                _ => Action::Nothing,
            },
            Input::Failure(_) => Action::Nothing,
        }
    }

    fn task_ended(&mut self, result: Result<()>, left: usize, ask: AskStrategy<'_>) -> Action {
        self.left = left;
        match (&self.phase, result) {
            (Phase::Running, Ok(())) if left == 0 => self.end(JobStatus::Finished),
            (Phase::Running, Err(Error::Cancelled)) => {
                self.fail(Error::internal("a task was stopped although nobody asked for it"), ask)
            }
            (Phase::Running, Err(error)) => self.fail(error, ask),
            (Phase::Stopping(_), _) if left == 0 => self.stopped(),
            _ => Action::Nothing,
        }
    }

    fn fail(&mut self, error: Error, ask: AskStrategy<'_>) -> Action {
        // A wrong job stays wrong however often it is started.
        let restart = if matches!(error, Error::Invalid(_)) { None } else { ask(&error) };
        self.failure = Some(error);
        self.stop(restart.map_or(After::Fail, After::Restart))
    }

    /// What was asked for first holds, but for a restart: nobody waits for that once the job is to end.
    fn stop(&mut self, after: After) -> Action {
        match self.phase {
            Phase::Ended(_) | Phase::Stopping(After::Fail | After::Cancel | After::Suspend) => Action::Nothing,
            Phase::Stopping(After::Restart(_)) => {
                self.phase = Phase::Stopping(after);
                Action::Nothing
            }
            Phase::Running | Phase::Waiting(_) => {
                self.phase = Phase::Stopping(after);
                if self.left == 0 { self.stopped() } else { Action::StopTasks }
            }
        }
    }

    fn stopped(&mut self) -> Action {
        match self.phase {
            Phase::Stopping(After::Restart(at)) => {
                self.phase = Phase::Waiting(at);
                Action::Nothing
            }
            Phase::Stopping(After::Fail) => self.end(JobStatus::Failed),
            Phase::Stopping(After::Cancel) => self.end(JobStatus::Canceled),
            Phase::Stopping(After::Suspend) => self.end(JobStatus::Suspended),
            _ => Action::Nothing,
        }
    }

    /// The tasks that are left do not stop; the job ends without them.
    pub(crate) fn give_up_on_tasks(&mut self, error: Error) -> Action {
        self.left = 0;
        if let Phase::Stopping(After::Restart(_)) = self.phase {
            // Their threads may still write: another attempt beside them could break what was promised.
            self.failure = Some(error);
            self.phase = Phase::Stopping(After::Fail);
        }
        self.stopped()
    }

    fn end(&mut self, status: JobStatus) -> Action {
        self.phase = Phase::Ended(status);
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
        fn with(tasks: usize, restarts: &[i64]) -> Self {
            let mut life = Lifecycle::new();
            life.started(tasks);
            Self { life, now: 0, restarts: restarts.to_vec() }
        }

        fn on(&mut self, input: Input) -> Action {
            let restarts = &mut self.restarts;
            self.life.on(input, self.now, &mut |_| restarts.pop())
        }
    }

    fn broken() -> Error {
        Error::external("broken")
    }

    #[test]
    fn it_finishes_when_every_task_has_ended_well() {
        let mut job = Job::with(2, &[]);
        assert_eq!(job.on(Input::TaskEnded(Ok(()), 1)), Action::Nothing);
        assert_eq!(job.on(Input::TaskEnded(Ok(()), 0)), Action::End(JobStatus::Finished));
        assert_eq!(job.on(Input::Cancel), Action::Nothing);
    }

    #[test]
    fn it_restarts_after_all_tasks_have_stopped_and_the_pause_is_over() {
        let mut job = Job::with(2, &[5]);
        assert_eq!(job.on(Input::TaskEnded(Err(broken()), 1)), Action::StopTasks);
        assert_eq!(job.life.status(), JobStatus::Restarting);
        assert_eq!(job.on(Input::TaskEnded(Err(Error::Cancelled), 0)), Action::Nothing);
        assert_eq!(job.on(Input::Due), Action::Nothing);
        assert_eq!(job.life.due(), Some(5));
        job.now = 5;
        assert_eq!(job.on(Input::Due), Action::StartTasks);
        job.life.started(2);
        assert_eq!(job.life.status(), JobStatus::Running);
    }

    #[test]
    fn it_fails_when_the_strategy_gives_up() {
        let mut job = Job::with(1, &[]);
        assert_eq!(job.on(Input::TaskEnded(Err(broken()), 0)), Action::End(JobStatus::Failed));
        assert_eq!(job.life.failure().expect("a failure").to_string(), "broken");
    }

    #[test]
    fn a_wrong_job_is_not_restarted() {
        let mut job = Job::with(1, &[1, 1]);
        assert_eq!(job.on(Input::TaskEnded(Err(Error::invalid("wrong")), 0)), Action::End(JobStatus::Failed));
    }

    #[test]
    fn the_first_failure_is_the_cause() {
        let mut job = Job::with(3, &[]);
        assert_eq!(job.on(Input::Failure(broken())), Action::StopTasks);
        assert_eq!(job.life.status(), JobStatus::Failing);
        assert_eq!(job.on(Input::TaskEnded(Err(Error::external("consequence")), 2)), Action::Nothing);
        assert_eq!(job.on(Input::TaskEnded(Err(Error::Cancelled), 1)), Action::Nothing);
        assert_eq!(job.on(Input::TaskEnded(Ok(()), 0)), Action::End(JobStatus::Failed));
        assert_eq!(job.life.failure().expect("a failure").to_string(), "broken");
    }

    #[test]
    fn cancel_wins_over_a_restart() {
        let mut job = Job::with(2, &[5]);
        assert_eq!(job.on(Input::TaskEnded(Err(broken()), 1)), Action::StopTasks);
        assert_eq!(job.on(Input::Cancel), Action::Nothing);
        assert_eq!(job.on(Input::TaskEnded(Err(Error::Cancelled), 0)), Action::End(JobStatus::Canceled));

        let mut waiting = Job::with(1, &[5]);
        assert_eq!(waiting.on(Input::TaskEnded(Err(broken()), 0)), Action::Nothing);
        assert_eq!(waiting.on(Input::Cancel), Action::End(JobStatus::Canceled));
    }

    #[test]
    fn suspending_is_no_cancel() {
        let mut job = Job::with(1, &[]);
        assert_eq!(job.on(Input::Suspend), Action::StopTasks);
        assert_eq!(job.on(Input::TaskEnded(Err(Error::Cancelled), 0)), Action::End(JobStatus::Suspended));
    }

    #[test]
    fn tasks_that_do_not_stop_are_left_behind_but_never_doubled() {
        let mut job = Job::with(1, &[5]);
        job.on(Input::Failure(broken()));
        assert_eq!(job.life.give_up_on_tasks(Error::external("stuck")), Action::End(JobStatus::Failed));
        assert_eq!(job.life.failure().expect("a failure").to_string(), "stuck");
        let mut job = Job::with(1, &[]);
        job.on(Input::Cancel);
        assert_eq!(job.life.give_up_on_tasks(broken()), Action::End(JobStatus::Canceled));
    }
}
