//! A process that serves as a slot: takes attempts of regions and requests from its job's master, until that is gone.

mod attempt;
mod parent;
mod port;
mod report;

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use parking_lot::Mutex;
use penstock_core::{Clock, Configuration, Error, Result};
use penstock_plan::{ChainedOperator, ExecutionGraph, Subtask};
use penstock_runtime::exchange::socket::Listener;
use penstock_runtime::lane::ObjectLane;
use penstock_runtime::mailbox::{Mail, Mailbox, TaskId};
use penstock_state::CheckpointMetadata;

pub use port::SlotPort;

use super::message::{Deploy, FromSlot, Start, ToSlot};
use super::{Placement, control, scratch};
use crate::job::Job;
use crate::restore::Facts;
use crate::settings::{BackendSettings, CancellationSettings, CheckpointPlace, task_settings};
use crate::{io, restart, submit};
use attempt::Attempt;

/// The slot that this process serves as.
pub struct Slot {
    port: SlotPort,
    requests: Receiver<(ToSlot, Vec<u8>)>,
    stopped: Arc<Stopped>,
}

/// The newest attempts of tasks that were asked to stop: they wait for nobody any more.
#[derive(Default)]
struct Stopped(Mutex<HashMap<(usize, u32), u32>>);

impl Stopped {
    fn note(&self, task: TaskId) {
        let mut newest = self.0.lock();
        let attempt = newest.entry((task.vertex, task.subtask)).or_default();
        *attempt = task.attempt.max(*attempt);
    }

    fn any(&self, tasks: &[TaskId]) -> bool {
        let newest = self.0.lock();
        tasks
            .iter()
            .any(|task| newest.get(&(task.vertex, task.subtask)).is_some_and(|attempt| *attempt >= task.attempt))
    }
}

impl Slot {
    /// Takes over the control connection. From here on this process ends when its parent does.
    pub fn connect(control: UnixStream) -> Result<Self> {
        parent::die_with_it();
        let reading =
            control.try_clone().map_err(|e| Error::external(format!("the control connection is not there: {e}")))?;
        let port = SlotPort::start(control)?;
        let (sender, requests) = channel();
        let (answers, stopped) = (port.clone(), Arc::<Stopped>::default());
        let stopping = Arc::clone(&stopped);
        let run = move || {
            let mut reading = std::io::BufReader::new(reading);
            loop {
                match control::read::<ToSlot>(&mut reading) {
                    Ok(Some((ToSlot::Ping, _))) => answers.send(&FromSlot::Pong, &[]),
                    Ok(Some((message, attached))) => {
                        if let ToSlot::Mail(task, Mail::Cancel) = &message {
                            stopping.note(*task);
                        }
                        // The slot has left.
                        if sender.send((message, attached)).is_err() {
                            return;
                        }
                    }
                    Ok(None) => parent::leave_at_once("the process that it belongs to is gone"),
                    Err(error) => parent::leave_at_once(&error.to_string()),
                }
            }
        };
        std::thread::Builder::new()
            .name("slot-control".to_owned())
            .spawn(run)
            .map_err(|e| Error::external(format!("the thread of the control connection could not be started: {e}")))?;
        Ok(Self { port, requests, stopped })
    }

    /// For what is to be said besides.
    #[must_use]
    pub fn port(&self) -> SlotPort {
        self.port.clone()
    }

    /// Serves until the job is over.
    pub fn serve(self, lane: Arc<dyn ObjectLane>) -> Result<()> {
        let Ok((ToSlot::Start(start), functions)) = self.requests.recv() else {
            return Err(Error::internal("a slot that was not told what to run"));
        };
        let mut server = Server::new(*start, functions, lane, &self)?;
        self.port.send(&FromSlot::Ready, &[]);
        while let Ok((message, attached)) = self.requests.recv() {
            match message {
                ToSlot::Deploy(deploy) => server.deploy(&deploy, &attached)?,
                ToSlot::Mail(task, mail) => server.with_attempt(task, |attempt| attempt.mail(task, mail)),
                ToSlot::Upload { task, checkpoint, to } => {
                    server.with_attempt(task, |attempt| attempt.upload(task, checkpoint, &to));
                }
                ToSlot::StopUploads => server.attempts.values_mut().for_each(Attempt::stop_uploads),
                ToSlot::Leave => break,
                ToSlot::Start(_) | ToSlot::Ping => {}
            }
        }
        self.port.close();
        Ok(())
    }
}

struct Server {
    job: Arc<Job>,
    graph: ExecutionGraph,
    slots: Slots,
    port: SlotPort,
    /// By region.
    attempts: HashMap<usize, Attempt>,
}

/// Where the slots of the job are.
struct Slots {
    placement: Placement,
    own: usize,
    token: [u8; 16],
    folder: std::path::PathBuf,
    listener: Listener,
    stopped: Arc<Stopped>,
}

impl Server {
    fn new(start: Start, functions: Vec<u8>, lane: Arc<dyn ObjectLane>, slot: &Slot) -> Result<Self> {
        let Start { slot: own, folder, token, .. } = &start;
        let listener = Listener::bind(&scratch::socket(folder, *own), *token)?;
        let (own, folder, token) = (*own, folder.clone(), *token);
        let job = job(start, functions, lane)?;
        let graph = ExecutionGraph::new(&job.graph);
        let placement = Placement::of(&job.graph, &graph);
        let slots = Slots { placement, own, token, folder, listener, stopped: Arc::clone(&slot.stopped) };
        Ok(Self { job: Arc::new(job), graph, slots, port: slot.port(), attempts: HashMap::new() })
    }

    fn deploy(&mut self, deploy: &Deploy, metadata: &[u8]) -> Result<()> {
        let restored = match metadata {
            [] => None,
            bytes => Some(CheckpointMetadata::decode(bytes, "what an attempt goes on from")?),
        };
        // Everything of the attempt before goes.
        self.attempts.remove(&deploy.region);
        let begun = Attempt::begin(&self.job, &self.graph, &self.slots, &self.port, deploy, restored)?;
        self.attempts.extend(begun.map(|attempt| (deploy.region, attempt)));
        Ok(())
    }

    /// Lets the attempt act that a task may be of.
    fn with_attempt(&mut self, task: TaskId, act: impl FnOnce(&mut Attempt)) {
        let is_task = |s: &Subtask| (s.vertex, s.index) == (task.vertex, task.subtask);
        let region = self.graph.subtasks.iter().position(is_task).map(|subtask| self.job.regions.of[subtask]);
        if let Some(attempt) = region.and_then(|region| self.attempts.get_mut(&region)) {
            act(attempt);
        }
    }
}

/// The job as it was where it was submitted; it was checked there.
fn job(start: Start, functions: Vec<u8>, lane: Arc<dyn ObjectLane>) -> Result<Job> {
    let Start { job_id: id, job_name: name, graph, config, .. } = start;
    let config: Configuration = config.into_iter().collect();
    let checkpoints = CheckpointPlace::read(&config, graph.mode, &id)?;
    let checkpointing = checkpoints.as_ref().is_some_and(CheckpointPlace::is_periodic);
    let tasks = task_settings(&config, graph.mode, checkpointing)?;
    let execution = ExecutionGraph::new(&graph);
    let slots = Placement::of(&graph, &execution).slots as u32;
    let nodes = graph.vertices.iter().flat_map(|vertex| &vertex.operators).map(|ChainedOperator { node, .. }| node);
    let functions = Arc::new(functions);
    let (sources, sinks) = submit::connectors(nodes, &config, Some((&lane, &functions)))?;
    lane.configure(&config);
    Ok(Job {
        regions: restart::regions(&config, &execution)?,
        backend: BackendSettings::read(&config, slots)?,
        cancellation: CancellationSettings::read(&config)?,
        id,
        name,
        graph: Arc::new(graph),
        functions,
        config,
        lane,
        host: None,
        sources,
        sinks,
        tasks,
        checkpoints,
        restored: None,
        // Decisions are the JobMaster's.
        recovery: Facts::default(),
        passed_over: 0,
        clock: Clock::System,
        io: io::runtime()?,
        metrics: penstock_core::metrics::Registry::default(),
    })
}

/// Mailboxes of the tasks of this slot.
type Mailboxes = HashMap<TaskId, Mailbox>;
