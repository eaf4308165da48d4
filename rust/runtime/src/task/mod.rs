//! A task: one thread that runs a chain of operators over its input.
//!
//! Between two records the task looks at its [`TaskSignal`]: mail has come, or an output is full. It then leaves the
//! rest of the batch where it is, gives up the interpreter, does what is asked or waits, and goes on.

mod checkpoint;
mod holding;
mod network;
mod overtaking;
mod pace;
mod sorted;
mod source;

pub use sorted::{SortSettings, Sorting};
pub use source::{SPLITS_STATE, SourceDecoder, SourceHead, SourceParts};

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::event::{Barrier, StreamEvent};
use penstock_core::{Clock, Error, Result};

use crate::chain::ChainNode;
use crate::gate::InputGate;
use crate::lane::ObjectLane;
use crate::mailbox::{Mail, Mailbox, TaskEvents, TaskId};
use crate::signal::TaskSignal;
use network::NetworkHead;
use pace::Pace;

/// Longest time that a task keeps the interpreter, or leaves its mail and timers alone.
const SLICE: Duration = Duration::from_millis(5);

/// Where a task's records come from.
pub enum Head {
    /// A connector.
    Source(Box<SourceHead>),
    /// Other tasks.
    Network(Box<NetworkHead>),
}

impl Head {
    /// A head that reads from other tasks. With `sorting` records wait for the end of data (BATCH).
    #[must_use]
    pub fn network(gate: InputGate, sorting: Option<(Sorting, SortSettings)>) -> Self {
        Self::Network(Box::new(NetworkHead::new(gate, sorting)))
    }
}

/// What a task needs from around it.
pub struct TaskContext {
    /// Which subtask it is.
    pub id: TaskId,
    /// Requests to it.
    pub mailbox: Mailbox,
    /// Where it reports.
    pub events: Arc<dyn TaskEvents>,
    /// The interpreter.
    pub lane: Arc<dyn ObjectLane>,
    /// Processing time.
    pub clock: Clock,
    /// Whether the end of the job waits for a last checkpoint.
    pub checkpointing: bool,
}

/// One subtask of a vertex.
pub struct Task {
    context: TaskContext,
    root: ChainNode,
    head: Head,
    signal: TaskSignal,
    pace: Pace,
    phase: Phase,
    /// Barriers that a source was asked for and has not sent.
    asked: VecDeque<Barrier>,
}

/// How far a task is with its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Reading.
    Running,
    /// All data was read; waits for the checkpoint that makes it final. Holds the number of the first barrier after
    /// the end, once that has come.
    AwaitingLastCheckpoint(Option<u64>),
    /// Done.
    Finished,
}

/// What comes next after a look at the input.
enum Step {
    /// More may be there at once.
    Again,
    /// Nothing is there; wait.
    Idle,
}

impl Task {
    /// Puts a task together.
    #[must_use]
    pub fn new(context: TaskContext, root: ChainNode, head: Head) -> Self {
        let signal = context.mailbox.signal().clone();
        Self { context, root, head, signal, pace: Pace::default(), phase: Phase::Running, asked: VecDeque::new() }
    }

    /// Runs the task to its end and reports it. Call it on the task's own thread.
    pub fn run(mut self) {
        let (id, events) = (self.context.id, Arc::clone(&self.context.events));
        let result = self.open().and_then(|()| {
            events.running(id);
            self.run_loop()
        });
        let closed = self.close();
        drop(self);
        events.ended(id, result.and(closed));
    }

    /// Opens every operator, and then what records pass before the first.
    fn open(&mut self) -> Result<()> {
        self.root.open()?;
        self.head.open()
    }

    /// Closes every operator, also after a failure; the first error counts.
    fn close(&mut self) -> Result<()> {
        let closed = self.head.close().and(self.root.close());
        let lane = Arc::clone(&self.context.lane);
        // Objects that wait in the head are given back while the interpreter is held.
        lane.hold(&mut || self.head.clear());
        closed
    }

    fn run_loop(&mut self) -> Result<()> {
        while self.phase != Phase::Finished {
            self.signal.lower();
            self.read_mail()?;
            self.take_asked_when_ready()?;
            self.look_ahead()?;
            if self.phase == Phase::Finished {
                break;
            }
            self.fire_timers()?;
            self.take_completed()?;
            if !self.root.has_capacity() {
                self.wait()?;
                continue;
            }
            let step = match &mut self.head {
                Head::Network(_) => self.step_network()?,
                Head::Source(_) => self.step_source()?,
            };
            if matches!(step, Step::Idle) {
                self.end_of_batch()?;
                self.wait()?;
            }
        }
        self.root.for_each_writer(&mut |writer| writer.broadcast_event(&StreamEvent::EndOfPartition))
    }

    fn read_mail(&mut self) -> Result<()> {
        while let Some(mail) = self.context.mailbox.take() {
            match mail {
                Mail::Cancel => return Err(Error::Cancelled),
                Mail::CheckpointComplete(id) => self.checkpoint_complete(id)?,
                Mail::TriggerCheckpoint(barrier) => self.asked.push_back(barrier),
                Mail::StopWithSavepoint { barrier, drain } => {
                    self.take_asked()?;
                    self.stop_with_savepoint(barrier, drain)?;
                }
                Mail::AddSplits(splits) => {
                    // The enumerator has written down that these were not handed out yet.
                    self.take_asked()?;
                    let now = self.context.clock.now_millis();
                    let added = self.source()?.add_splits(splits, now);
                    let id = &self.root.id;
                    added.map_err(|e| e.located(&id.name, id.subtask, id.parallelism))?;
                }
                Mail::NoMoreSplits => self.source()?.no_more_splits(),
                Mail::MaxWatermark(max) => self.source()?.set_max_watermark(max),
            }
        }
        Ok(())
    }

    fn source(&mut self) -> Result<&mut SourceHead> {
        match &mut self.head {
            Head::Source(source) => Ok(source),
            Head::Network(_) => Err(Error::internal("a task that is no source got a source's mail")),
        }
    }

    /// Sleeps until woken, or until a timer, a flush or a watermark is due.
    fn wait(&mut self) -> Result<()> {
        let now = Instant::now();
        self.end_of_batch()?;
        let flush = self.root.flush_deadline();
        let timer = self.next_timer().into_iter().chain(self.overtaking_from()).min();
        let timer = timer.map(|at| now + Duration::from_millis((at - self.context.clock.now_millis()).max(0) as u64));
        if let Head::Network(head) = &mut self.head {
            head.about_to_sleep();
        }
        self.signal.sleep(flush.into_iter().chain(timer).min());
        Ok(())
    }

    fn next_timer(&mut self) -> Option<i64> {
        let mut first = match &self.head {
            Head::Source(source) => source.next_timer(),
            Head::Network(_) => None,
        };
        let visit = &mut |_: &_, operator: &mut dyn crate::operators::Operator, _: &mut _| {
            first = first.into_iter().chain(operator.next_timer()).min();
            Ok(())
        };
        self.root.for_each(visit).ok()?;
        first
    }

    fn fire_timers(&mut self) -> Result<()> {
        let now = self.context.clock.now_millis();
        if self.next_timer().is_none_or(|at| at > now) {
            return Ok(());
        }
        let lane = Arc::clone(&self.context.lane);
        let mut result = Ok(());
        lane.hold(&mut || {
            result = self
                .head
                .fire_timers(now, &mut self.root, &self.context)
                .and_then(|()| self.root.for_each(&mut |_, operator, out| operator.fire_timers(now, out)));
        });
        result
    }

    /// Emits what operators have begun outside the task and what has ended there.
    fn take_completed(&mut self) -> Result<()> {
        let mut any = false;
        self.root.for_each(&mut |_, operator, _| {
            any |= operator.has_completed();
            Ok(())
        })?;
        if !any {
            return Ok(());
        }
        let lane = Arc::clone(&self.context.lane);
        let mut result = Ok(());
        lane.hold(&mut || result = self.root.for_each(&mut |_, operator, out| operator.take_completed(out)));
        result
    }

    fn end_of_batch(&mut self) -> Result<()> {
        let lane = Arc::clone(&self.context.lane);
        let mut result = Ok(());
        lane.hold(&mut || result = self.root.end_of_batch(Instant::now()));
        result
    }

    /// All data was read: operators emit what they kept, and the job's last checkpoint is waited for. Without `drain`
    /// the job's last savepoint follows, also where there are no checkpoints.
    fn end_of_data(&mut self, drain: bool) -> Result<()> {
        let lane = Arc::clone(&self.context.lane);
        let mut result = Ok(());
        lane.hold(&mut || result = self.root.handle(&StreamEvent::EndOfData { drain }));
        result?;
        self.end_of_batch()?;
        if self.context.checkpointing || !drain {
            self.phase = Phase::AwaitingLastCheckpoint(None);
        } else {
            self.root.for_each(&mut |_, operator, _| operator.commit_at_end())?;
            self.phase = Phase::Finished;
        }
        if matches!(self.head, Head::Source(_)) {
            self.context.events.end_of_data(self.context.id);
        }
        Ok(())
    }
}

impl Head {
    fn open(&mut self) -> Result<()> {
        match self {
            Self::Source(_) => Ok(()),
            Self::Network(network) => network.gate.open(),
        }
    }

    fn close(&mut self) -> Result<()> {
        match self {
            Self::Source(source) => {
                source.close();
                Ok(())
            }
            Self::Network(network) => network.gate.close(),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Source(source) => source.clear(),
            Self::Network(network) => network.clear(),
        }
    }

    fn fire_timers(&mut self, now: i64, root: &mut ChainNode, context: &TaskContext) -> Result<()> {
        match self {
            Self::Source(source) => source.fire_timers(now, root, context),
            Self::Network(_) => Ok(()),
        }
    }
}
