//! The handle of a running job, as whoever submitted it holds it.

use std::sync::Arc;
use std::sync::mpsc::{SendError, Sender};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use penstock_core::config::options;
use penstock_core::metrics::Registry;
use penstock_core::{Error, Result};
use penstock_state::CheckpointStorage;
use tokio::sync::oneshot;

use super::event::Event;
use super::progress::{Ends, Progress, Totals};
use super::record::{Record, TaskStatus};
use super::{Job, JobStatus};
use crate::checkpoint::{CheckpointHistory, Request, SavepointRequest};
use crate::io;

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
    record: Record,
}

impl Shared {
    pub(crate) fn new(now: i64) -> Self {
        let mut record = Record { submitted: now, ..Record::default() };
        record.entered(JobStatus::Initializing, now);
        let state = State {
            status: JobStatus::Initializing,
            result: None,
            checkpoint: None,
            restarts: 0,
            earlier: Totals::default(),
            record,
        };
        Self { state: Mutex::new(state), ended: Condvar::new() }
    }

    pub(crate) fn status(&self) -> JobStatus {
        self.state.lock().status
    }

    /// Sets the status; gives the one before.
    pub(crate) fn set_status(&self, status: JobStatus, now: i64) -> JobStatus {
        let mut state = self.state.lock();
        let before = std::mem::replace(&mut state.status, status);
        if before != status {
            state.record.entered(status, now);
        }
        before
    }

    /// Notes something about the job.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Record)) {
        note(&mut self.state.lock().record);
    }

    /// Notes something about its checkpoints.
    pub(crate) fn checkpoints(&self, note: impl FnOnce(&mut CheckpointHistory)) {
        note(&mut self.state.lock().record.checkpoints);
    }

    /// The job's status and what is known of it.
    pub(crate) fn record(&self) -> (JobStatus, Record) {
        let state = self.state.lock();
        (state.status, state.record.clone())
    }

    pub(crate) fn end(&self, status: JobStatus, result: JobResult, now: i64) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.status, status) != status {
            state.record.entered(status, now);
        }
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

/// Why a job cannot be asked for anything.
pub(crate) fn ended(job_id: &str, status: JobStatus) -> Error {
    Error::external(format!("job {job_id} does not run: it is {status}"))
}

/// The answer to something that a job was asked for. Dropping it takes nothing back.
pub struct Answer<T>(oneshot::Receiver<Result<T>>);

impl<T> Answer<T> {
    /// Waits for it. Not to be called on an I/O thread, nor while the interpreter is held.
    pub fn wait(self) -> Result<T> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(unanswered()))
    }

    /// Waits for it for at most so long; `None`: it is not there yet. It is given once. Not to be called on an I/O
    /// thread, nor while the interpreter is held.
    pub fn wait_for(&mut self, timeout: Duration) -> Option<Result<T>> {
        let io = match io::runtime() {
            Ok(io) => io,
            Err(error) => return Some(Err(error)),
        };
        let receiver = &mut self.0;
        let received = io.block_on(async { tokio::time::timeout(timeout, receiver).await });
        received.ok().map(|answer| answer.unwrap_or_else(|_| Err(unanswered())))
    }

    pub(crate) async fn received(self) -> Result<T> {
        self.0.await.unwrap_or_else(|_| Err(unanswered()))
    }
}

fn unanswered() -> Error {
    Error::external("the job has ended before it answered")
}

/// A job that was submitted. Clones are the same job; it goes on when all are dropped.
#[derive(Clone)]
pub struct JobHandle {
    pub(crate) job_id: String,
    pub(crate) job: Arc<Job>,
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

    /// Whether all tasks have opened their functions and none has ended, so that a snapshot can be taken.
    #[must_use]
    pub fn all_tasks_run(&self) -> bool {
        let state = self.shared.state.lock();
        let tasks = &state.record.tasks;
        !tasks.is_empty() && tasks.iter().all(|task| task.status == TaskStatus::Running)
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

    /// Asks for a savepoint. The answer is its path: when it is complete, or with the job's end if the job is to end
    /// with it.
    #[must_use]
    pub fn savepoint(&self, request: SavepointRequest) -> Answer<String> {
        let (reply, answer) = oneshot::channel();
        let job = self.clone();
        // A directory that cannot be written is found before the job is touched.
        self.job.io.spawn(async move {
            match job.savepoint_directory(&request).await {
                Ok(directory) => {
                    let request = SavepointRequest { directory: Some(directory), ..request };
                    job.ask(Request::Savepoint(request, reply));
                }
                // Whoever asked may be gone.
                Err(error) => drop(reply.send(Err(error))),
            }
        });
        Answer(answer)
    }

    /// Where a savepoint is to go.
    async fn savepoint_directory(&self, request: &SavepointRequest) -> Result<String> {
        let config = &self.job.config;
        let status = self.status();
        if status.is_terminal() {
            return Err(ended(&self.job_id, status));
        }
        let default = config.read(&options::SAVEPOINT_DIR)?;
        let directory = request.directory.clone().or(default).ok_or_else(|| {
            Error::invalid(format!("no directory for the savepoint: name one, or set {}", options::SAVEPOINT_DIR.key()))
        })?;
        CheckpointStorage::open(&directory, config)?.check_writable_for_savepoints().await?;
        Ok(directory)
    }

    /// Asks for a checkpoint outside of the interval. The answer is its number, when it is complete.
    #[must_use]
    pub fn checkpoint(&self) -> Answer<u64> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Checkpoint(reply));
        Answer(answer)
    }

    fn ask(&self, request: Request) {
        if let Err(SendError(Event::Asked(request))) = self.events.send(Event::Asked(request)) {
            request.refuse(ended(&self.job_id, self.status()));
        }
    }

    fn send(&self, event: Event) {
        // A job that has ended needs no stopping.
        let _ = self.events.send(event);
    }
}
