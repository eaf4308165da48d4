//! One attempt of a region in a slot: its channels, its tasks, and what they have frozen.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::Sender as Until;
use std::time::{Duration, Instant};

use penstock_core::metrics::Registry;
use penstock_core::{Error, Result};
use penstock_plan::ExecutionGraph;
use penstock_runtime::build::{ReceivingEnd, SubtaskParts};
use penstock_runtime::channel::channel;
use penstock_runtime::exchange::Sender;
use penstock_runtime::exchange::socket::{Channels, Connection, Greeting, Purpose, connect};
use penstock_runtime::mailbox::{Mail, Mailbox, TaskEvents, TaskId};
use penstock_state::{CheckpointMetadata, CheckpointStorage};
use tokio::task::JoinSet;

use super::super::message::{Deploy, Destination};
use super::super::scratch;
use super::report::Reporter;
use super::{Mailboxes, SlotPort, Slots};
use crate::checkpoint::upload;
use crate::job::Job;
use crate::job::deploy::{backends, in_flight_reader, job_context, spawn, task_name};
use crate::restore::{Claim, RestorePoint, SubtaskRestore, for_subtask};

/// How long another slot may take to connect.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether anybody still waits for the attempt.
const LOOK: Duration = Duration::from_millis(50);

/// A running attempt. Dropping it leaves its tasks alone; they were asked to stop before.
pub(super) struct Attempt {
    job: Arc<Job>,
    mailboxes: Mailboxes,
    reporter: Arc<Reporter>,
    uploads: JoinSet<()>,
    _metrics: Until<()>,
}

/// The ends of the channels of one subtask.
#[derive(Default)]
struct ChannelEnds {
    receivers: Vec<ReceivingEnd>,
    senders: HashMap<usize, Vec<Sender>>,
}

impl Attempt {
    /// Begins an attempt. What goes wrong ends its tasks; `None` in that case.
    pub(super) fn begin(
        job: &Arc<Job>,
        graph: &ExecutionGraph,
        slots: &Slots,
        port: &SlotPort,
        deploy: &Deploy,
        restored: Option<CheckpointMetadata>,
    ) -> Result<Option<Self>> {
        let own = |index: &usize| slots.placement.slot_of[*index] == slots.own;
        let id = |index: usize| {
            let subtask = &graph.subtasks[index];
            TaskId { vertex: subtask.vertex, subtask: subtask.index, attempt: deploy.attempt }
        };
        let tasks: Vec<usize> = job.regions.members(deploy.region).filter(own).collect();
        let mailboxes: Mailboxes = tasks.iter().map(|&index| (id(index), Mailbox::default())).collect();
        let metrics = Registry::default();
        let reporter = Reporter::new(port.clone(), (deploy.region, deploy.attempt), metrics.clone());
        let mailbox = |index: usize| &mailboxes[&id(index)];
        let point = restored.map(|metadata| restore_point(job, deploy, metadata)).transpose();
        let meeting = Meeting {
            slots,
            purpose: Purpose { region: deploy.region as u32, attempt: deploy.attempt },
            tasks: tasks.iter().map(|&index| id(index)).collect(),
        };
        let laid_out = point.and_then(|point| Ok((point, channels(job, graph, &meeting, &reporter, &mailbox)?)));
        let (point, mut ends) = match laid_out {
            Ok(laid_out) => laid_out,
            Err(error) => {
                for index in tasks {
                    reporter.ended(id(index), Err(error.clone()));
                }
                return Ok(None);
            }
        };
        let mut context = job_context(job, Arc::<Reporter>::clone(&reporter));
        context.metrics = metrics;
        let context = Arc::new(context);
        for index in tasks {
            let task = id(index);
            let restored = point.as_ref().map(|p| for_subtask(&p.metadata, &job.graph, task.vertex, task.subtask));
            let SubtaskRestore { operators, keyed, in_flight } = restored.unwrap_or_default();
            let ChannelEnds { receivers, senders } = ends.remove(&index).unwrap_or_default();
            let parts = SubtaskParts {
                id: task,
                mailbox: mailboxes[&task].clone(),
                receivers,
                senders,
                restored: operators,
                backends: backends(job, task, point.as_ref(), keyed),
                in_flight: in_flight_reader(job, point.as_ref(), in_flight),
            };
            let name = task_name(job, task.vertex, task.subtask);
            spawn(job, &context, parts, &format!("{name}#{}", deploy.attempt));
        }
        let until = reporter.tell_metrics_regularly()?;
        Ok(Some(Self { job: Arc::clone(job), mailboxes, reporter, uploads: JoinSet::new(), _metrics: until }))
    }

    pub(super) fn mail(&mut self, task: TaskId, mail: Mail) {
        if let Some(mailbox) = self.mailboxes.get(&task) {
            mailbox.send(mail);
        }
    }

    /// Stores a snapshot that a task has frozen, or lets it go.
    pub(super) fn upload(&mut self, task: TaskId, checkpoint: u64, to: &Destination) {
        let Some(snapshot) = self.reporter.take_frozen(task, checkpoint) else { return };
        let Some(place) = &self.job.checkpoints else { return };
        let folder = match to {
            Destination::Nowhere => return,
            Destination::Checkpoint => Ok(place.job.checkpoint(checkpoint)),
            Destination::Savepoint(url) => CheckpointStorage::checkpoint_at(url, &self.job.config),
        };
        // Without a place that outlives this process, its master keeps everything.
        let inline = *to == Destination::Checkpoint && !place.storage.is_durable();
        let limit = if inline { usize::MAX } else { place.inline_limit };
        let (reporter, graph) = (Arc::clone(&self.reporter), Arc::clone(&self.job.graph));
        while self.uploads.try_join_next().is_some() {}
        let store = async move {
            let stored = match folder {
                Ok(folder) => upload::store(snapshot, task.subtask, &graph, &folder, limit).await,
                Err(error) => Err(error),
            };
            reporter.uploaded(task, checkpoint, stored.map(upload::to_bytes));
        };
        self.uploads.spawn_on(store, &self.job.io);
    }

    pub(super) fn stop_uploads(&mut self) {
        self.uploads.abort_all();
    }
}

fn restore_point(job: &Job, deploy: &Deploy, metadata: CheckpointMetadata) -> Result<RestorePoint> {
    let folder = match &deploy.folder {
        Some(url) if deploy.lent => CheckpointStorage::checkpoint_at(url, &job.config)?.lent(),
        Some(url) => CheckpointStorage::checkpoint_at(url, &job.config)?,
        // All state is in the metadata.
        None => CheckpointStorage::in_memory().for_job(&job.id)?.checkpoint(metadata.checkpoint_id),
    };
    Ok(RestorePoint { metadata: Arc::new(metadata), folder, claim: Claim::None, older: Vec::new() })
}

/// Connects to the slots that this one shares channels of the region with, and lays out all of these.
fn channels<'a>(
    job: &Job,
    graph: &ExecutionGraph,
    meeting: &Meeting<'_>,
    reporter: &Arc<Reporter>,
    mailbox: &dyn Fn(usize) -> &'a Mailbox,
) -> Result<HashMap<usize, ChannelEnds>> {
    let slots = meeting.slots;
    let slot_of = |subtask: usize| slots.placement.slot_of[subtask];
    let region = meeting.purpose.region as usize;
    let of_region = || graph.channels.iter().enumerate().filter(|(_, one)| job.regions.of[one.source] == region);
    let mut peers = BTreeSet::new();
    for (_, one) in of_region() {
        let (from, to) = (slot_of(one.source), slot_of(one.target));
        if from != to && (from == slots.own || to == slots.own) {
            peers.insert(if from == slots.own { to } else { from });
        }
    }
    let mut connections: HashMap<usize, Channels> = HashMap::new();
    for peer in peers {
        connections.insert(peer, meeting.connection(peer, job)?);
    }
    let mut ends: HashMap<usize, ChannelEnds> = HashMap::new();
    for (number, one) in of_region() {
        let (from, to, number) = (slot_of(one.source), slot_of(one.target), number as u32);
        let (sender, receiver) = if from == slots.own && to == slots.own {
            let (sender, receiver) = channel(mailbox(one.source).signal(), mailbox(one.target).signal());
            (Some(sender), Some(receiver))
        } else if from == slots.own {
            let peer = connections.get_mut(&to);
            (peer.map(|peer| peer.outlet(number, mailbox(one.source).signal())), None)
        } else if to == slots.own {
            let peer = connections.get_mut(&from);
            (None, peer.map(|peer| peer.inlet(number, mailbox(one.target).signal())))
        } else {
            (None, None)
        };
        if let Some(sender) = sender {
            ends.entry(one.source).or_default().senders.entry(one.edge).or_default().push(sender);
        }
        if let Some(receiver) = receiver {
            ends.entry(one.target).or_default().receivers.push(ReceivingEnd {
                receiver,
                edge: one.edge,
                sender: graph.subtasks[one.source].index,
            });
        }
    }
    for (peer, connection) in connections {
        connection.start(peer, Arc::<Reporter>::clone(reporter))?;
    }
    Ok(ends)
}

/// How the slots of a region find each other for an attempt.
struct Meeting<'a> {
    slots: &'a Slots,
    purpose: Purpose,
    /// The tasks of this slot.
    tasks: Vec<TaskId>,
}

impl Meeting<'_> {
    /// The connection to another slot: of two, the one with the higher number connects.
    fn connection(&self, peer: usize, job: &Job) -> Result<Channels> {
        let Slots { own, token, folder, .. } = self.slots;
        let stream = if peer < *own {
            let greeting = Greeting { token: *token, purpose: self.purpose, from: *own as u32 };
            connect(&scratch::socket(folder, peer), &greeting)?
        } else {
            self.await_connection(peer)?
        };
        Connection::open(stream, Arc::clone(&job.lane))
    }

    fn await_connection(&self, peer: usize) -> Result<std::os::unix::net::UnixStream> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.slots.listener.accept(self.purpose, peer as u32, LOOK) {
                Some(stream) => return Ok(stream),
                None if self.slots.stopped.any(&self.tasks) => return Err(Error::Cancelled),
                None if Instant::now() > deadline => {
                    let (peer, seconds) = (peer + 1, PATIENCE.as_secs());
                    return Err(Error::external(format!("slot process {peer} did not connect within {seconds} s")));
                }
                None => {}
            }
        }
    }
}
