//! Starts the tasks of an attempt: mailboxes, channels, threads.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender as EventSender;

use penstock_core::{Error, Result, key_group, kill_point};
use penstock_plan::{ChainedOperator, ExecutionGraph, Operator};
use penstock_runtime::build::{BackendFactory, InFlightReader, JobContext, ReceivingEnd, SubtaskParts, build_task};
use penstock_runtime::channel::channel;
use penstock_runtime::exchange::Sender;
use penstock_runtime::mailbox::{Mailbox, TaskEvents, TaskId};
use penstock_state::{BackendContext, KeyedHandle, create_backend, restore_keyed};

use super::Job;
use super::attempt::Attempt;
use super::event::{Event, Reporter};
use crate::restore::{RestorePoint, Share, SubtaskRestore, for_source, for_subtask, read_in_flight};
use crate::sabotage;
use crate::slot::Slots;
use crate::source::{SourceCoordinator, SourceStart};

/// Longest name of a thread, in characters.
const LONGEST_NAME: usize = 100;

/// Starts an attempt, from a checkpoint if there is one. An error comes before anything has been started.
pub(super) fn deploy(
    job: &Arc<Job>,
    graph: &ExecutionGraph,
    number: u32,
    restore: Option<&RestorePoint>,
    events: &EventSender<Event>,
) -> Result<Attempt> {
    let mailboxes: Vec<Mailbox> = graph.subtasks.iter().map(|_| Mailbox::default()).collect();
    let names: Vec<String> = graph.subtasks.iter().map(|s| task_name(job, s.vertex, s.index)).collect();
    let mut attempt = Attempt::new(number, graph, &mailboxes, names.clone(), |vertex| is_source(job, vertex));
    let starts = source_starts(job, graph, number, restore, &mailboxes)?;

    let context = Arc::new(job_context(job, Arc::new(Reporter(events.clone()))));
    let mut channels = channels(graph, &mailboxes);
    for (index, subtask) in graph.subtasks.iter().enumerate() {
        let id = TaskId { vertex: subtask.vertex, subtask: subtask.index, attempt: number };
        let restored = restore
            .map(|point| for_subtask(&point.metadata, &job.graph, subtask.vertex, subtask.index))
            .unwrap_or_default();
        let SubtaskRestore { operators, keyed, in_flight } = restored;
        let parts = SubtaskParts {
            id,
            mailbox: mailboxes[index].clone(),
            receivers: std::mem::take(&mut channels.receivers[index]),
            senders: std::mem::take(&mut channels.senders[index]),
            restored: operators,
            backends: backends(job, id, restore, keyed),
            in_flight: in_flight_reader(job, restore, in_flight),
        };
        spawn(job, &context, parts, &format!("{}#{number}", names[index]));
    }
    for start in starts {
        attempt.add_source(start.vertex, SourceCoordinator::start(start, &job.io, events.clone()));
    }
    Ok(attempt)
}

/// Starts an attempt in slot processes.
pub(super) fn deploy_to_slots(
    job: &Arc<Job>,
    graph: &ExecutionGraph,
    number: u32,
    restore: Option<&RestorePoint>,
    events: &EventSender<Event>,
    slots: &mut Slots,
) -> Result<Attempt> {
    let id = |vertex, subtask| TaskId { vertex, subtask, attempt: number };
    let placed = graph.subtasks.iter().zip(&slots.placement.slot_of);
    let mailboxes: Vec<Mailbox> = placed.map(|(s, slot)| slots.mailbox(id(s.vertex, s.index), *slot)).collect();
    let names = graph.subtasks.iter().map(|s| task_name(job, s.vertex, s.index)).collect();
    let mut attempt = Attempt::new(number, graph, &mailboxes, names, |vertex| is_source(job, vertex));
    let starts = source_starts(job, graph, number, restore, &mailboxes)?;
    slots.deploy(number, restore)?;
    for start in starts {
        attempt.add_source(start.vertex, SourceCoordinator::start(start, &job.io, events.clone()));
    }
    Ok(attempt)
}

fn is_source(job: &Job, vertex: usize) -> bool {
    matches!(job.graph.vertices[vertex].head().node.operator, Operator::Source { .. })
}

/// `name (2/4)`, with a long name cut.
pub(crate) fn task_name(job: &Job, vertex: usize, index: u32) -> String {
    let vertex = &job.graph.vertices[vertex];
    let mut name: String = vertex.name.chars().take(LONGEST_NAME).collect();
    if name.len() < vertex.name.len() {
        name.push('…');
    }
    format!("{name} ({}/{})", index + 1, vertex.parallelism)
}

/// Makes the enumerators, which may find that a checkpoint does not fit them.
fn source_starts(
    job: &Arc<Job>,
    graph: &ExecutionGraph,
    attempt: u32,
    restore: Option<&RestorePoint>,
    mailboxes: &[Mailbox],
) -> Result<Vec<SourceStart>> {
    let _io = job.io.enter();
    let mut starts = Vec::new();
    for vertex in (0..job.graph.vertices.len()).filter(|&vertex| is_source(job, vertex)) {
        let head = job.graph.vertices[vertex].head();
        let source = job.sources.get(&head.node.id).ok_or_else(|| Error::internal("a source that was not made"))?;
        let (known, restored) = match restore {
            Some(point) => for_source(&point.metadata, head)?,
            None => (None, Vec::new()),
        };
        let enumerator = source.enumerator(job.graph.vertices[vertex].parallelism, known.as_deref())?;
        let readers = graph
            .subtasks
            .iter()
            .zip(mailboxes)
            .filter(|(s, _)| s.vertex == vertex)
            .map(|(_, mailbox)| mailbox.clone())
            .collect();
        starts.push(SourceStart { attempt, vertex, name: head.node.display_name(), enumerator, restored, readers });
    }
    Ok(starts)
}

/// What the tasks of an attempt share in this process.
pub(crate) fn job_context(job: &Arc<Job>, events: Arc<dyn TaskEvents>) -> JobContext {
    JobContext {
        graph: Arc::clone(&job.graph),
        job_id: job.id.clone(),
        job_name: job.name.clone(),
        functions: Arc::clone(&job.functions),
        sources: job.sources.clone(),
        sinks: job.sinks.clone(),
        settings: job.tasks.clone(),
        lane: Arc::clone(&job.lane),
        clock: job.clock.clone(),
        events,
        metrics: job.metrics.clone(),
        io: job.io.clone(),
    }
}

/// The ends of all channels, by subtask.
struct Channels {
    receivers: Vec<Vec<ReceivingEnd>>,
    senders: Vec<HashMap<usize, Vec<Sender>>>,
}

fn channels(graph: &ExecutionGraph, mailboxes: &[Mailbox]) -> Channels {
    let mut receivers: Vec<Vec<ReceivingEnd>> = mailboxes.iter().map(|_| Vec::new()).collect();
    let mut senders: Vec<HashMap<usize, Vec<Sender>>> = mailboxes.iter().map(|_| HashMap::new()).collect();
    for one in &graph.channels {
        let (sender, receiver) = channel(mailboxes[one.source].signal(), mailboxes[one.target].signal());
        senders[one.source].entry(one.edge).or_default().push(sender);
        receivers[one.target].push(ReceivingEnd { receiver, edge: one.edge, sender: graph.subtasks[one.source].index });
    }
    Channels { receivers, senders }
}

/// Reads what was on its way to a subtask, on the task's thread.
pub(crate) fn in_flight_reader(
    job: &Arc<Job>,
    restore: Option<&RestorePoint>,
    shares: Vec<Share>,
) -> Option<InFlightReader> {
    let (job, folder) = (Arc::clone(job), restore?.folder.clone());
    if shares.is_empty() {
        return None;
    }
    Some(Box::new(move || {
        let mut in_flight = job.io.block_on(read_in_flight(shares, &folder))?;
        sabotage::in_flight(job.tasks.sabotage, &mut in_flight);
        Ok(in_flight)
    }))
}

/// Makes state backends on the task's thread, filled with what the checkpoint has for it.
pub(crate) fn backends(
    job: &Arc<Job>,
    id: TaskId,
    restore: Option<&RestorePoint>,
    mut keyed: HashMap<String, Vec<KeyedHandle>>,
) -> BackendFactory {
    let (job, point) = (Arc::clone(job), restore.cloned());
    Box::new(move |operator: &ChainedOperator| {
        let vertex = &job.graph.vertices[id.vertex];
        let key_groups = key_group::key_group_range(id.subtask, vertex.parallelism, vertex.max_parallelism);
        let context = BackendContext {
            operator: operator.node.name.clone(),
            subtask: id.subtask,
            key_groups: key_groups.clone(),
            max_parallelism: vertex.max_parallelism,
            tmp_dirs: job.backend.tmp_dirs.clone(),
            processes: job.backend.processes,
            config: job.config.clone(),
        };
        let mut backend = create_backend(job.backend.kind, &context)?;
        let id_of_operator = operator.id.to_string();
        let handles = keyed.remove(&id_of_operator).unwrap_or_default();
        let wanted =
            sabotage::key_groups(job.tasks.sabotage, point.as_ref(), &id_of_operator, id.subtask, vertex, key_groups);
        if let Some(RestorePoint { folder, .. }) = point.as_ref().filter(|_| !handles.is_empty() && !wanted.is_empty())
        {
            // Reading may take long; other tasks need the interpreter meanwhile.
            let mut restored = Ok(());
            job.lane.release(&mut || {
                restored = job.io.block_on(restore_keyed(&mut *backend, folder, &handles, wanted.clone())).map(|_| ());
            });
            restored?;
            kill_point::hit("restored-keyed");
        }
        Ok(backend)
    })
}

/// Starts a task's thread. However it ends, its end is reported.
pub(crate) fn spawn(job: &Arc<Job>, context: &Arc<JobContext>, parts: SubtaskParts, name: &str) {
    let (id, context) = (parts.id, Arc::clone(context));
    let events = Arc::clone(&context.events);
    let on_thread = Arc::clone(&events);
    let run = move || {
        let body = AssertUnwindSafe(|| match build_task(&context, parts) {
            Ok(task) => task.run(),
            Err(error) => context.events.ended(id, Err(error)),
        });
        if let Err(panic) = catch_unwind(body) {
            on_thread.ended(id, Err(Error::internal(format!("a task panicked: {}", panic_text(&*panic)))));
        }
    };
    if let Err(error) = job.lane.spawn(name, Box::new(run)) {
        events.ended(id, Err(error));
    }
}

/// What a panic says.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
