//! The slot processes of one job.

use std::collections::{BTreeMap, BTreeSet};
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
use super::line::{Beginning, Gone, Line};
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
    ways: Arc<Ways>,
    generation: u32,
    console: Option<(Console, Receiver<()>)>,
    events: Sender<Event>,
}

/// The way to the processes.
struct Ways(Mutex<Ends>);

struct Ends {
    /// By slot; `None`: it has to be started.
    processes: Vec<Option<SlotProcess>>,
    line: Line,
}

impl Ways {
    fn to(slots: usize) -> Self {
        let mut processes = Vec::new();
        processes.resize_with(slots, || None);
        Self(Mutex::new(Ends { processes, line: Line::new(slots) }))
    }

    fn send(&self, slot: usize, frame: Vec<u8>, beginning: Option<Beginning>) {
        let mut ends = self.0.lock();
        ends.line.push(slot, frame, beginning);
        ends.deliver();
    }

    fn ready(&self, slot: usize, generation: u32) {
        let mut ends = self.0.lock();
        if ends.processes[slot].as_ref().is_some_and(|process| process.generation == generation) {
            ends.line.ready(slot);
            ends.deliver();
        }
    }

    fn each(&self, act: impl FnMut(&SlotProcess)) {
        self.0.lock().processes.iter().flatten().for_each(act);
    }
}

impl Ends {
    fn deliver(&mut self) {
        for (slot, frame) in self.line.due() {
            if let Some(process) = &self.processes[slot] {
                process.send(frame);
            }
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
        let ways = Ways::to(placement.slots);
        let console = Console::start(Arc::clone(&host), events.clone())?;
        let mut slots = Self {
            job: Arc::clone(job),
            host,
            placement,
            heartbeat,
            folder: scratch::folder()?,
            token: uuid::Uuid::new_v4().into_bytes(),
            ways: Arc::new(ways),
            generation: 0,
            console: Some(console),
            events: events.clone(),
        };
        slots.fill(0..slots.placement.slots, &|_| true)?;
        Ok(slots)
    }

    /// Starts the processes of these slots that are missing. One that has ended, and is not known to have, is replaced if
    /// its slot is idle: otherwise its tasks have to be missed first.
    fn fill(&mut self, slots: impl IntoIterator<Item = usize>, is_idle: &dyn Fn(usize) -> bool) -> Result<()> {
        for slot in slots {
            let is_missing = match &self.ways.0.lock().processes[slot] {
                None => true,
                Some(process) => !process.is_alive() && is_idle(slot),
            };
            if is_missing {
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
        let mut ends = self.ways.0.lock();
        ends.line.starting(slot);
        // Only when this is unlocked may it say that it is ready.
        ends.processes[slot].insert(process).send(frame);
        Ok(())
    }

    /// What is done with what a process says.
    fn hearer(&self, slot: usize, generation: u32, console: Console) -> Arc<dyn Fn(FromSlot, Vec<u8>) + Send + Sync> {
        let (ways, events, metrics) = (Arc::clone(&self.ways), self.events.clone(), self.job.metrics.clone());
        Arc::new(move |message, attached| {
            let result = |error: Option<Error>| error.map_or(Ok(()), Err);
            let event = match message {
                FromSlot::Ready => return ways.ready(slot, generation),
                FromSlot::Pong => return,
                FromSlot::Metrics(samples) => return samples::mirror(samples, &metrics),
                FromSlot::Collected => return console.collected(attached),
                FromSlot::Log => return console.log(attached),
                FromSlot::Running(task) => Event::Running(task),
                FromSlot::EndOfData(task) => Event::EndOfData(task),
                FromSlot::SplitFinished { task, split } => Event::SplitFinished(task, split),
                FromSlot::Watermark { task, group, watermark } => Event::Watermark(task, group, watermark),
                FromSlot::Declined { task, checkpoint, reason } => Event::Declined(task, checkpoint, reason),
                FromSlot::Frozen { task, checkpoint } => Event::FrozenElsewhere(task, checkpoint),
                FromSlot::Uploaded { task, checkpoint, error } => {
                    let states = result(error).and_then(|()| upload::from_bytes(&attached));
                    Event::Uploaded { task, checkpoint, states }
                }
                FromSlot::Ended { task, error } => Event::Ended(task, result(error)),
                FromSlot::Failed { region, attempt, error } => Event::SlotFailed { of: Some((region, attempt)), error },
            };
            // Nobody listens once the job has ended.
            let _ = events.send(event);
        })
    }

    /// The mailbox of a task that runs in a slot.
    pub(crate) fn mailbox(&self, task: TaskId, slot: usize) -> Mailbox {
        let ways = Arc::clone(&self.ways);
        Mailbox::elsewhere(Arc::new(move |mail| match control::frame(&ToSlot::Mail(task, mail), &[]) {
            Ok(frame) => ways.send(slot, frame, None),
            Err(error) => tracing::error!("A request to a task is lost: {error}"),
        }))
    }

    /// Begins attempts of regions, each with its number, in all their slots; those that are gone are replaced first.
    /// `is_idle` says of a slot that no task of it is thought to run.
    pub(crate) fn deploy(
        &mut self,
        regions: &[(usize, u32)],
        restore: Option<&RestorePoint>,
        is_idle: &dyn Fn(usize) -> bool,
    ) -> Result<()> {
        // What was kept in memory is whole in the metadata.
        let folder = restore.map(|point| point.folder.url()).filter(|url| !url.starts_with("memory:"));
        let lent = restore.is_some_and(|point| point.claim == Claim::None);
        let metadata = restore.map(|point| point.metadata.encode()).unwrap_or_default();
        let mut beginnings = Vec::new();
        for &(region, attempt) in regions {
            let deploy = Deploy { region, attempt, folder: folder.clone(), lent };
            let frame = control::frame(&ToSlot::Deploy(deploy), &metadata)?;
            beginnings.push((frame, Beginning { region, slots: self.slots_of(region) }));
        }
        for (_, beginning) in &beginnings {
            self.fill(beginning.slots.iter().copied(), is_idle)?;
        }
        for (frame, beginning) in beginnings {
            for &slot in &beginning.slots {
                self.ways.send(slot, frame.clone(), Some(beginning.clone()));
            }
        }
        Ok(())
    }

    fn slots_of(&self, region: usize) -> Vec<usize> {
        let slots: BTreeSet<usize> =
            self.job.regions.members(region).map(|subtask| self.placement.slot_of[subtask]).collect();
        slots.into_iter().collect()
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
            Ok(frame) => self.ways.send(slot, frame, None),
            Err(error) => tracing::error!("A request to a slot is lost: {error}"),
        }
    }

    /// A process is gone. Gives whose tasks are gone with it; `None`: it was replaced already.
    pub(crate) fn exited(&self, slot: usize, generation: u32) -> Option<Gone> {
        let mut ends = self.ways.0.lock();
        if ends.processes[slot].as_ref().is_none_or(|process| process.generation != generation) {
            return None;
        }
        ends.processes[slot] = None;
        let gone = ends.line.gone(slot);
        ends.deliver();
        Some(gone)
    }

    /// Ends the process of a slot whose tasks do not stop.
    pub(crate) fn end_hanging(&self, slot: usize, because: &str) {
        if let Some(process) = &self.ways.0.lock().processes[slot] {
            process.end_hanging(because, &self.job.io);
        }
    }

    /// The job has ended: lets the processes go, and waits until everything that they have printed was shown.
    pub(crate) fn close(&mut self, leaving: Option<Instant>, events: &Receiver<Event>) {
        let deadline = leaving.unwrap_or_else(|| Instant::now() + TO_LEAVE);
        if let Ok(frame) = control::frame(&ToSlot::Leave, &[]) {
            self.ways.each(|process| process.send(frame.clone()));
        }
        self.await_exits(deadline, events);
        self.ways.each(SlotProcess::kill);
        self.await_exits(Instant::now() + Duration::from_millis(500), events);
        self.ways.0.lock().processes.iter_mut().for_each(|process| *process = None);
        if let Some((console, ended)) = self.console.take() {
            let left = leaving.map(|deadline| deadline.saturating_duration_since(Instant::now()).max(TO_SHOW));
            console::finish(console, &ended, left);
        }
    }

    fn await_exits(&self, deadline: Instant, events: &Receiver<Event>) {
        const LOOK: Duration = Duration::from_millis(20);
        let any_left = || self.ways.0.lock().processes.iter().flatten().any(SlotProcess::is_alive);
        while any_left() && Instant::now() < deadline {
            // The end of a process is an event; whatever else comes is of a job that has ended.
            let _ = events.recv_timeout(LOOK);
        }
    }
}
