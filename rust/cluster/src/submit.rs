//! Takes a job in: checks everything that can be checked before it runs, then starts its JobMaster.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};

use penstock_connectors::hybrid::HybridSource;
use penstock_core::metrics::Registry;
use penstock_core::sabotage::SABOTAGE;
use penstock_core::sink::Sink;
use penstock_core::source::Source;
use penstock_core::{Clock, Configuration, Error, Result};
use penstock_plan::{ExecutionGraph, JobGraph, Operator, StreamGraph, StreamNode};
use penstock_runtime::lane::ObjectLane;
use serde::Deserialize;
use serde_json::Value;

use crate::job::master::JobMaster;
use crate::job::progress::Ends;
use crate::job::{Job, JobHandle, Shared};
use crate::restart::{self, RestartStrategy};
use crate::settings::{BackendSettings, CancellationSettings, CheckpointPlace, task_settings, without_effect};
use crate::slot::{SlotHost, wants_processes};
use crate::{io, metrics, rest, restore, sabotage};

/// What is submitted.
pub struct JobSubmission {
    /// What the script has built.
    pub graph: StreamGraph,
    /// The user's functions, in the lane's own encoding.
    pub functions: Vec<u8>,
    /// The job's configuration.
    pub config: Configuration,
    /// The job's name.
    pub job_name: String,
    /// The interpreter.
    pub lane: Arc<dyn ObjectLane>,
    /// Starts slot processes; without it everything runs in this process.
    pub slots: Option<Arc<dyn SlotHost>>,
}

/// Checks a job and starts it. What is wrong with it, or out of its reach, is an error here and nothing has run or was
/// written. Waits for the network; not to be called while the interpreter is held, nor from an I/O thread.
pub fn submit(submission: JobSubmission) -> Result<JobHandle> {
    let job = Arc::new(prepare(submission)?);
    let checkpointing = job.checkpoints.as_ref().is_some_and(CheckpointPlace::is_periodic);
    let seed = u64::from_str_radix(&job.id[..16], 16).unwrap_or_default();
    let strategy = RestartStrategy::from_config(&job.config, checkpointing, seed)?;
    let (events, received) = mpsc::channel();
    let shared = Arc::new(Shared::new(job.clock.now_millis()));
    let ends = Arc::new(Ends::of(&job.graph));
    let handle = JobHandle {
        job_id: job.id.clone(),
        job: Arc::clone(&job),
        shared: Arc::clone(&shared),
        events: events.clone(),
        metrics: job.metrics.clone(),
        ends: Arc::clone(&ends),
    };
    tracing::info!("Job {} is submitted.", job.id);
    rest::serve(&job.config, &job.io)?;
    metrics::report(&job)?;
    JobMaster::new(job, shared, ends, strategy, events, received).start()?;
    rest::add(&handle);
    Ok(handle)
}

fn prepare(submission: JobSubmission) -> Result<Job> {
    let JobSubmission { graph, functions, config, job_name, lane, slots } = submission;
    let id = uuid::Uuid::new_v4().simple().to_string();
    // What needs no network comes first.
    let mut job_graph = JobGraph::build(&graph, &config)?;
    let checkpoints = CheckpointPlace::read(&config, job_graph.mode, &id)?;
    let checkpointing = checkpoints.as_ref().is_some_and(CheckpointPlace::is_periodic);
    let tasks = task_settings(&config, job_graph.mode, checkpointing)?;
    let ignored = without_effect(&config);
    if !ignored.is_empty() {
        tracing::warn!("Accepted, but without effect in this version: {}.", ignored.join(", "));
    }
    let (backend, cancellation) = (BackendSettings::read(&config, 1)?, CancellationSettings::read(&config)?);
    RestartStrategy::from_config(&config, checkpointing, 0)?;
    let regions = restart::regions(&config, &ExecutionGraph::new(&job_graph))?;
    let host = if wants_processes(&job_graph, &config)? { slots } else { None };
    let functions = Arc::new(functions);
    let (sources, sinks) = connectors(graph.nodes.iter(), &config, Some((&lane, &functions)))?;
    let io = io::runtime()?;

    if let Some(checkpoints) = checkpoints.as_ref().filter(|place| place.is_periodic()) {
        io.block_on(checkpoints.storage.check_writable())?;
    }
    sources.values().try_for_each(|source| source.preflight())?;
    sinks.values().try_for_each(|sink| sink.preflight())?;
    let two_phase_sink = sinks.values().any(|sink| sink.is_two_phase());
    let recovery = restore::Facts::read(&config, two_phase_sink)?;
    let (restored, passed_over) = io.block_on(restore::at_start(&config, recovery, &job_name))?;
    let restored = sabotage::restored(tasks.sabotage, restored);
    if let Some(restored) = &restored {
        let ignore = config.read(&penstock_core::config::options::RESTORE_IGNORE_UNCLAIMED)?;
        for dropped in restore::fit(&mut job_graph, &restored.metadata, ignore)? {
            tracing::warn!("{dropped}");
        }
    }
    lane.configure(&config);
    Ok(Job {
        id,
        name: job_name,
        graph: Arc::new(job_graph),
        regions,
        functions,
        config,
        lane,
        host,
        sources,
        sinks,
        tasks,
        backend,
        cancellation,
        checkpoints,
        restored,
        recovery,
        passed_over,
        clock: Clock::System,
        io,
        metrics: Registry::default(),
    })
}

/// Name of the connector whose sources and sinks are written in the lane's language.
const OF_LANE: &str = "python";

/// Name of the connector that reads others one after another.
const HYBRID: &str = "hybrid";

pub(crate) type Sources = HashMap<u32, Arc<dyn Source>>;
pub(crate) type Sinks = HashMap<u32, Arc<dyn Sink>>;

/// The lane, with the functions among which its sources and sinks are.
type Written<'a> = (&'a Arc<dyn ObjectLane>, &'a Arc<Vec<u8>>);

/// Makes the connectors of all ends of a job. A sink without an encoder takes objects and is the lane's. Without the lane,
/// what is written in its language is left out.
pub(crate) fn connectors<'a>(
    nodes: impl Iterator<Item = &'a StreamNode>,
    config: &Configuration,
    lane: Option<Written<'_>>,
) -> Result<(Sources, Sinks)> {
    let (mut sources, mut sinks) = (Sources::new(), Sinks::new());
    let sabotage = config.read(&SABOTAGE)?;
    for node in nodes {
        let located = |error: Error| match error {
            Error::Invalid(text) => Error::Invalid(format!("'{}': {text}", node.name)),
            other => other,
        };
        match &node.operator {
            Operator::Source { connector, options, .. } => {
                if let Some(source) = source(connector, options, config, lane).map_err(located)? {
                    sources.insert(node.id, source);
                }
            }
            Operator::Sink { connector, options, encoder: Some(_) } => {
                let sink = match (connector.as_str(), lane) {
                    (OF_LANE, None) => continue,
                    (OF_LANE, Some((lane, functions))) => lane.sink(functions, options),
                    _ => penstock_connectors::sink(connector, options, config),
                };
                sinks.insert(node.id, sabotage::sink(sabotage, sink.map_err(located)?));
            }
            Operator::Sink { connector, encoder: None, .. }
                if !matches!(connector.as_str(), "print" | "collect" | "discard") =>
            {
                return Err(Error::invalid(format!(
                    "'{}': there is no sink '{connector}' that takes objects",
                    node.name
                )));
            }
            _ => {}
        }
    }
    Ok((sources, sinks))
}

/// Makes a source, with all that it consists of; `None` where that needs the lane, and it is not there.
fn source(
    connector: &str,
    options: &Value,
    config: &Configuration,
    lane: Option<Written<'_>>,
) -> Result<Option<Arc<dyn Source>>> {
    match (connector, lane) {
        (OF_LANE, None) => Ok(None),
        (OF_LANE, Some((lane, functions))) => lane.source(functions, options).map(Some),
        (HYBRID, _) => {
            let parts: Vec<Part> = serde_json::from_value(options["sources"].clone())
                .map_err(|e| Error::internal(format!("the sources of a hybrid source: {e}")))?;
            let parts = parts.iter().map(|part| source(&part.connector, &part.options, config, lane));
            match parts.collect::<Result<Option<Vec<_>>>>()? {
                None => Ok(None),
                Some(parts) => Ok(Some(Arc::new(HybridSource::new(parts)?))),
            }
        }
        _ => penstock_connectors::source(connector, options, config).map(Some),
    }
}

/// A source of a hybrid source.
#[derive(Deserialize)]
struct Part {
    connector: String,
    options: Value,
}
