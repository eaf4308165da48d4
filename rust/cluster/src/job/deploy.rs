//! Starts tasks: mailboxes, channels, threads; and says what their sources go on from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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
use super::event::{Event, Reporter};
use crate::restore::{RestorePoint, Share, SubtaskRestore, for_source, for_subtask, read_in_flight};
use crate::sabotage;
use crate::source::{Reset, SourceStart};

/// Longest name of a thread, in characters.
const LONGEST_NAME: usize = 100;

/// Starts tasks as threads of this process, with all the channels among them, from a checkpoint if there is one. Gives
/// where they are reached.
pub(super) fn deploy(
    job: &Arc<Job>,
    graph: &ExecutionGraph,
    tasks: &[(usize, TaskId)],
    restore: Option<&RestorePoint>,
    events: &EventSender<Event>,
) -> Vec<Mailbox> {
    let mailboxes: HashMap<usize, Mailbox> = tasks.iter().map(|(number, _)| (*number, Mailbox::default())).collect();
    let context = Arc::new(job_context(job, Arc::new(Reporter(events.clone()))));
    let mut channels = channels(graph, &mailboxes);
    for &(number, id) in tasks {
        let restored =
            restore.map(|point| for_subtask(&point.metadata, &job.graph, id.vertex, id.subtask)).unwrap_or_default();
        let SubtaskRestore { operators, keyed, in_flight } = restored;
        let parts = SubtaskParts {
            id,
            mailbox: mailboxes[&number].clone(),
            receivers: std::mem::take(&mut channels.receivers[number]),
            senders: std::mem::take(&mut channels.senders[number]),
            restored: operators,
            backends: backends(job, id, restore, keyed),
            in_flight: in_flight_reader(job, restore, in_flight),
        };
        let name = task_name(job, id.vertex, id.subtask);
        spawn(job, &context, parts, &format!("{name}#{}", id.attempt));
    }
    tasks.iter().map(|(number, _)| mailboxes[number].clone()).collect()
}

pub(super) fn is_source(job: &Job, vertex: usize) -> bool {
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

/// Makes the enumerators of all sources, which may find that a checkpoint does not fit them. Whoever starts them says
/// where their readers are.
pub(super) fn source_starts(job: &Arc<Job>, attempt: u32, restore: Option<&RestorePoint>) -> Result<Vec<SourceStart>> {
    let _io = job.io.enter();
    let mut starts = Vec::new();
    for vertex in (0..job.graph.vertices.len()).filter(|&vertex| is_source(job, vertex)) {
        let head = job.graph.vertices[vertex].head();
        let source = job.sources.get(&head.node.id).ok_or_else(|| Error::internal("a source that was not made"))?;
        let (known, restored) = match restore {
            Some(point) => for_source(&point.metadata, head)?,
            None => (None, Vec::new()),
        };
        starts.push(SourceStart {
            attempt,
            vertex,
            name: head.node.display_name(),
            enumerator: source.enumerator(job.graph.vertices[vertex].parallelism, known.as_deref())?,
            checkpoint: restore.map_or(0, |point| point.metadata.checkpoint_id),
            restored,
            readers: Vec::new(),
        });
    }
    Ok(starts)
}

/// What the readers among these tasks go on from when they start again, by vertex. Whoever tells the sources says where
/// they are.
pub(super) fn resets(
    job: &Job,
    tasks: &[(usize, TaskId)],
    restore: Option<&RestorePoint>,
) -> Result<BTreeMap<usize, Reset>> {
    let mut resets = BTreeMap::new();
    let vertices: BTreeSet<usize> = tasks.iter().map(|(_, task)| task.vertex).collect();
    for vertex in vertices.into_iter().filter(|&vertex| is_source(job, vertex)) {
        let (checkpoint, positions) = match restore {
            Some(point) => {
                let (_, positions) = for_source(&point.metadata, job.graph.vertices[vertex].head())?;
                (point.metadata.checkpoint_id, positions)
            }
            None => (0, Vec::new()),
        };
        resets.insert(vertex, Reset { readers: Vec::new(), checkpoint, positions });
    }
    Ok(resets)
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

/// The ends of the channels among some tasks, by subtask.
struct Channels {
    receivers: Vec<Vec<ReceivingEnd>>,
    senders: Vec<HashMap<usize, Vec<Sender>>>,
}

fn channels(graph: &ExecutionGraph, mailboxes: &HashMap<usize, Mailbox>) -> Channels {
    let mut receivers: Vec<Vec<ReceivingEnd>> = graph.subtasks.iter().map(|_| Vec::new()).collect();
    let mut senders: Vec<HashMap<usize, Vec<Sender>>> = graph.subtasks.iter().map(|_| HashMap::new()).collect();
    for one in &graph.channels {
        let (Some(source), Some(target)) = (mailboxes.get(&one.source), mailboxes.get(&one.target)) else { continue };
        let (sender, receiver) = channel(source.signal(), target.signal());
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
