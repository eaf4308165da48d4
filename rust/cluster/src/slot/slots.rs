//! The slot processes of one job.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use penstock_core::config::options;
use penstock_core::{Error, Result};
use penstock_plan::ExecutionGraph;
use penstock_runtime::mailbox::{Mailbox, TaskId};
use tempfile::TempDir;

use super::console::{self, Console};
use super::message::{Deploy, Destination, FromSlot, Start, ToSlot};
use super::process::{Heartbeat, Setup, SlotProcess};
use super::{Placement, SlotHost, control, samples, scratch};
use crate::checkpoint::upload;
use crate::job::Job;
use crate::job::event::Event;
use crate::restore::{Claim, RestorePoint};

/// How long processes may take to leave when their job has ended.
const TO_LEAVE: Duration = Duration::from_secs(3);
/// How long what they have printed may take to be shown at least, where this process is about to end too.
const TO_SHOW: Duration = Duration::from_millis(100);

/// All slots of a job.
pub(crate) struct Slots {
    job: Arc<Job>,
    host: Arc<dyn SlotHost>,
    pub(crate) placement: Placement,
    heartbeat: Heartbeat,
    folder: TempDir,
    token: [u8; 16],
    /// By slot; `None`: it has to be started.
    line: Arc<Line>,
    generation: u32,
    console: Option<(Console, Receiver<()>)>,
    events: Sender<Event>,
}

/// The way to the processes. Nothing but the first message goes to any of them before all of them listen for each other.
#[derive(Default)]
struct Line(Mutex<Ends>);

#[derive(Default)]
struct Ends {
    processes: Vec<Option<SlotProcess>>,
    ready: Vec<bool>,
    waiting: Vec<(usize, Vec<u8>)>,
}

impl Line {
    fn send(&self, slot: usize, frame: Vec<u8>) {
        let mut ends = self.0.lock();
        if ends.ready.iter().all(|ready| *ready) {
            ends.deliver(slot, frame);
        } else {
            ends.waiting.push((slot, frame));
        }
    }

    fn ready(&self, slot: usize, generation: u32) {
        let mut ends = self.0.lock();
        if ends.processes[slot].as_ref().is_some_and(|process| process.generation == generation) {
            ends.ready[slot] = true;
        }
        if ends.ready.iter().all(|ready| *ready) {
            for (slot, frame) in std::mem::take(&mut ends.waiting) {
                ends.deliver(slot, frame);
            }
        }
    }

    fn each(&self, act: impl FnMut(&SlotProcess)) {
        self.0.lock().processes.iter().flatten().for_each(act);
    }
}

impl Ends {
    fn deliver(&self, slot: usize, frame: Vec<u8>) {
        if let Some(process) = &self.processes[slot] {
            process.send(frame);
        }
    }
}

impl Slots {
    /// Starts the processes; they get ready while the job is being set up.
    pub(crate) fn start(job: &Arc<Job>, host: Arc<dyn SlotHost>, events: &Sender<Event>) -> Result<Self> {
        let placement = Placement::of(&job.graph, &ExecutionGraph::new(&job.graph));
        let heartbeat = Heartbeat {
            interval: job.config.read(&options::HEARTBEAT_INTERVAL)?.max(Duration::from_millis(10)),
            timeout: job.config.read(&options::HEARTBEAT_TIMEOUT)?,
        };
        let line = Line::default();
        {
            let mut ends = line.0.lock();
            ends.processes.resize_with(placement.slots, || None);
            ends.ready.resize(placement.slots, false);
        }
        let console = Console::start(Arc::clone(&host), events.clone())?;
        let mut slots = Self {
            job: Arc::clone(job),
            host,
            placement,
            heartbeat,
            folder: scratch::folder()?,
            token: uuid::Uuid::new_v4().into_bytes(),
            line: Arc::new(line),
            generation: 0,
            console: Some(console),
            events: events.clone(),
        };
        slots.fill()?;
        Ok(slots)
    }

    /// Starts the processes that are missing.
    fn fill(&mut self) -> Result<()> {
        for slot in 0..self.placement.slots {
            let there = self.line.0.lock().processes[slot].as_ref().is_some_and(SlotProcess::is_alive);
            if !there {
                self.fill_slot(slot)?;
            }
        }
        Ok(())
    }

    fn fill_slot(&mut self, slot: usize) -> Result<()> {
        self.generation += 1;
        let generation = self.generation;
        let stacks = scratch::stacks(self.folder.path(), slot, generation);
        // The one before has left its socket.
        let _ = std::fs::remove_file(scratch::socket(self.folder.path(), slot));
        let console = self.console.as_ref().map(|(console, _)| console.clone());
        let console = console.ok_or_else(|| Error::internal("slots are started although the job has ended"))?;
        let process = SlotProcess::start(Setup {
            slot,
            generation,
            command: self.host.command(&stacks)?,
            stacks,
            heartbeat: self.heartbeat,
            io: self.job.io.clone(),
            console: console.clone(),
            events: self.events.clone(),
            hear: self.hearer(slot, generation, console),
        })?;
        let start = Start {
            job_id: self.job.id.clone(),
            job_name: self.job.name.clone(),
            graph: (*self.job.graph).clone(),
            config: self.job.config.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<BTreeMap<_, _>>(),
            slot,
            folder: self.folder.path().to_owned(),
            token: self.token,
        };
        let frame = control::frame(&ToSlot::Start(Box::new(start)), &self.job.functions)?;
        let mut ends = self.line.0.lock();
        ends.ready[slot] = false;
        ends.processes[slot] = Some(process);
        // Only now may it say that it is ready.
        ends.deliver(slot, frame);
        Ok(())
    }

    /// What is done with what a process says.
    fn hearer(&self, slot: usize, generation: u32, console: Console) -> Arc<dyn Fn(FromSlot, Vec<u8>) + Send + Sync> {
        let (line, events, metrics) = (Arc::clone(&self.line), self.events.clone(), self.job.metrics.clone());
        Arc::new(move |message, attached| {
            let result = |error: Option<Error>| error.map_or(Ok(()), Err);
            let event = match message {
                FromSlot::Ready => return line.ready(slot, generation),
                FromSlot::Pong => return,
                FromSlot::Metrics(samples) => return samples::mirror(samples, &metrics),
                FromSlot::Collected => return console.collected(attached),
                FromSlot::Log => return console.log(attached),
                FromSlot::Running(task) => Event::Running(task),
                FromSlot::EndOfData(task) => Event::EndOfData(task),
                FromSlot::Watermark { task, group, watermark } => Event::Watermark(task, group, watermark),
                FromSlot::Declined { task, checkpoint, reason } => Event::Declined(task, checkpoint, reason),
                FromSlot::Frozen { task, checkpoint } => Event::FrozenElsewhere(task, checkpoint),
                FromSlot::Uploaded { task, checkpoint, error } => {
                    let states = result(error).and_then(|()| upload::from_bytes(&attached));
                    Event::Uploaded { task, checkpoint, states }
                }
                FromSlot::Ended { task, error } => Event::Ended(task, result(error)),
                FromSlot::Failed { attempt, error } => Event::SlotFailed { attempt: Some(attempt), error },
            };
            // Nobody listens once the job has ended.
            let _ = events.send(event);
        })
    }

    /// The mailbox of a task that runs in a slot.
    pub(crate) fn mailbox(&self, task: TaskId, slot: usize) -> Mailbox {
        let line = Arc::clone(&self.line);
        Mailbox::elsewhere(Arc::new(move |mail| match control::frame(&ToSlot::Mail(task, mail), &[]) {
            Ok(frame) => line.send(slot, frame),
            Err(error) => tracing::error!("A request to a task is lost: {error}"),
        }))
    }

    /// Begins an attempt in all slots; those that are gone are replaced first.
    pub(crate) fn deploy(&mut self, attempt: u32, restore: Option<&RestorePoint>) -> Result<()> {
        self.fill()?;
        // What was kept in memory is whole in the metadata.
        let folder = restore.map(|point| point.folder.url()).filter(|url| !url.starts_with("memory:"));
        let lent = restore.is_some_and(|point| point.claim == Claim::None);
        let metadata = restore.map(|point| point.metadata.encode()).unwrap_or_default();
        let frame = control::frame(&ToSlot::Deploy(Deploy { attempt, folder, lent }), &metadata)?;
        (0..self.placement.slots).for_each(|slot| self.line.send(slot, frame.clone()));
        Ok(())
    }

    /// Says what becomes of a snapshot that a task has frozen.
    pub(crate) fn upload(&self, task: TaskId, slot: usize, checkpoint: u64, to: Destination) {
        self.tell(slot, &ToSlot::Upload { task, checkpoint, to });
    }

    /// What is being stored comes to nothing.
    pub(crate) fn stop_uploads(&self) {
        (0..self.placement.slots).for_each(|slot| self.tell(slot, &ToSlot::StopUploads));
    }

    fn tell(&self, slot: usize, message: &ToSlot) {
        match control::frame(message, &[]) {
            Ok(frame) => self.line.send(slot, frame),
            Err(error) => tracing::error!("A request to a slot is lost: {error}"),
        }
    }

    /// A process is gone. Gives whose tasks are gone with it: those of its slot, or those of all slots if the attempt had
    /// not begun; `None`: it was replaced already.
    pub(crate) fn exited(&self, slot: usize, generation: u32) -> Option<Vec<usize>> {
        let mut ends = self.line.0.lock();
        if ends.processes[slot].as_ref().is_none_or(|process| process.generation != generation) {
            return None;
        }
        ends.processes[slot] = None;
        let begun = ends.ready.iter().all(|ready| *ready);
        ends.ready[slot] = false;
        if begun {
            // What follows goes to those that are left.
            ends.ready[slot] = true;
            return Some(vec![slot]);
        }
        ends.waiting.clear();
        Some((0..self.placement.slots).collect())
    }

    /// Ends the process of a slot whose tasks do not stop.
    pub(crate) fn end_hanging(&self, slot: usize, because: &str) {
        if let Some(process) = &self.line.0.lock().processes[slot] {
            process.end_hanging(because, &self.job.io);
        }
    }

    /// The job has ended: lets the processes go, and waits until everything that they have printed was shown.
    pub(crate) fn close(&mut self, leaving: Option<Instant>, events: &Receiver<Event>) {
        let deadline = leaving.unwrap_or_else(|| Instant::now() + TO_LEAVE);
        if let Ok(frame) = control::frame(&ToSlot::Leave, &[]) {
            self.line.each(|process| process.send(frame.clone()));
        }
        self.await_exits(deadline, events);
        self.line.each(SlotProcess::kill);
        self.await_exits(Instant::now() + Duration::from_millis(500), events);
        self.line.0.lock().processes.iter_mut().for_each(|process| *process = None);
        if let Some((console, ended)) = self.console.take() {
            let left = leaving.map(|deadline| deadline.saturating_duration_since(Instant::now()).max(TO_SHOW));
            console::finish(console, &ended, left);
        }
    }

    fn await_exits(&self, deadline: Instant, events: &Receiver<Event>) {
        const LOOK: Duration = Duration::from_millis(20);
        let any_left = || self.line.0.lock().processes.iter().flatten().any(SlotProcess::is_alive);
        while any_left() && Instant::now() < deadline {
            // The end of a process is an event; whatever else comes is of a job that has ended.
            let _ = events.recv_timeout(LOOK);
        }
    }
}
