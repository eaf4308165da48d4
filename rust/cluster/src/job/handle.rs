//! The handle of a running job, as whoever submitted it holds it.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use penstock_core::Error;
use penstock_core::metrics::Registry;

use super::JobStatus;
use super::event::Event;
use super::progress::{Ends, Progress, Totals};

/// How a job ended.
#[derive(Debug, Clone)]
pub enum JobResult {
    /// All its input was processed.
    Finished {
        /// From its submission to its end.
        net_runtime_ms: u64,
    },
    /// It failed, and was not to be restarted. A user's error shows the traceback first.
    Failed(Error),
    /// Somebody cancelled it.
    Canceled,
    /// [`JobHandle::shutdown`] stopped it; it can go on from its last checkpoint.
    Suspended,
}

/// What the JobMaster tells all handles.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Notified when the result is there.
    ended: Condvar,
}

struct State {
    status: JobStatus,
    result: Option<JobResult>,
    /// The last completed checkpoint and when it was completed.
    checkpoint: Option<(u64, Instant)>,
    restarts: u32,
    /// What earlier attempts have counted.
    earlier: Totals,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let state = State {
            status: JobStatus::Initializing,
            result: None,
            checkpoint: None,
            restarts: 0,
            earlier: Totals::default(),
        };
        Self { state: Mutex::new(state), ended: Condvar::new() }
    }

    pub(crate) fn status(&self) -> JobStatus {
        self.state.lock().status
    }

    /// Sets the status; gives the one before.
    pub(crate) fn set_status(&self, status: JobStatus) -> JobStatus {
        std::mem::replace(&mut self.state.lock().status, status)
    }

    pub(crate) fn end(&self, status: JobStatus, result: JobResult) {
        let mut state = self.state.lock();
        state.status = status;
        state.result = Some(result);
        self.ended.notify_all();
    }

    pub(crate) fn checkpoint_completed(&self, id: u64) {
        self.state.lock().checkpoint = Some((id, Instant::now()));
    }

    /// The job starts again; `counted` is what the attempt that ended has counted.
    pub(crate) fn restarted(&self, counted: &Totals) -> u32 {
        let mut state = self.state.lock();
        state.restarts += 1;
        state.earlier = counted.plus(&state.earlier);
        state.restarts
    }
}

/// A job that was submitted. Clones are the same job; it goes on when all are dropped.
#[derive(Clone)]
pub struct JobHandle {
    pub(crate) job_id: String,
    pub(crate) shared: Arc<Shared>,
    pub(crate) events: Sender<Event>,
    pub(crate) metrics: Registry,
    pub(crate) ends: Arc<Ends>,
}

impl JobHandle {
    /// The job's id, 32 hexadecimal digits.
    #[must_use]
    pub fn job_id(&self) -> &str {
        &self.job_id
    }

    /// Where the job is in its life.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        self.shared.status()
    }

    /// Waits for the end; `None` if it has not come after `timeout`. Not to be called while the interpreter is held.
    #[must_use]
    pub fn wait(&self, timeout: Option<Duration>) -> Option<JobResult> {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let mut state = self.shared.state.lock();
        while state.result.is_none() {
            match deadline {
                None => self.shared.ended.wait(&mut state),
                Some(deadline) => {
                    if self.shared.ended.wait_until(&mut state, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        state.result.clone()
    }

    /// Asks the job to end for good, and does not wait for it. Its checkpoints go unless
    /// `execution.checkpointing.externalized-checkpoint-retention` keeps them.
    pub fn cancel(&self) {
        self.send(Event::Cancel);
    }

    /// Stops the job because the process ends, within `deadline`: checkpoints stay, a checkpoint that is complete is
    /// committed if time allows. Whether everything has stopped in time; the process may exit in either case.
    #[must_use]
    pub fn shutdown(&self, deadline: Duration) -> bool {
        self.send(Event::Shutdown(Instant::now() + deadline));
        self.wait(Some(deadline)).is_some()
    }

    /// The job's metrics.
    #[must_use]
    pub fn metrics(&self) -> &Registry {
        &self.metrics
    }

    /// How far the job is, for people who watch it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let now = Totals::count(&self.metrics.snapshot(), &self.ends);
        let state = self.shared.state.lock();
        Progress::new(&now.plus(&state.earlier), state.checkpoint.map(|(id, at)| (id, at.elapsed())), state.restarts)
    }

    fn send(&self, event: Event) {
        // A job that has ended needs no stopping.
        let _ = self.events.send(event);
    }
}
