//! The vertices of a job, with the states and counts of their tasks.

use std::collections::HashMap;

use penstock_core::metrics::MetricValue;
use serde_json::{Map, Value, json};

use crate::job::JobHandle;
use crate::job::record::{Record, TaskRecord, TaskStatus};

/// Every state of a task that Flink has.
pub(super) const ALL_STATES: [&str; 10] = [
    "CREATED",
    "SCHEDULED",
    "DEPLOYING",
    "RUNNING",
    "FINISHED",
    "CANCELING",
    "CANCELED",
    "FAILED",
    "RECONCILING",
    "INITIALIZING",
];

/// How many of these tasks are in a state.
pub(super) fn count<'a>(tasks: impl Iterator<Item = &'a TaskRecord>, state: &str) -> usize {
    tasks.filter(|task| task.status.as_str() == state).count()
}

/// Every vertex of a job, and how many are in each state.
pub(super) fn of_job(handle: &JobHandle, record: &Record, now: i64) -> (Vec<Value>, Map<String, Value>) {
    let counts = Counts::of(handle);
    let mut states = Vec::new();
    let mut vertices = Vec::new();
    for (index, vertex) in handle.job.graph.vertices.iter().enumerate() {
        let tasks: Vec<&TaskRecord> = record.tasks.iter().filter(|task| task.vertex == index).collect();
        let status = status_of(&tasks);
        states.push(status);
        let started = tasks.iter().map(|task| task.started).min();
        let ended = tasks.iter().map(|task| task.ended).collect::<Option<Vec<i64>>>().and_then(|e| e.into_iter().max());
        let by_state: Map<String, Value> =
            ALL_STATES.iter().map(|state| ((*state).to_owned(), count(tasks.iter().copied(), state).into())).collect();
        vertices.push(json!({
            "id": vertex.id,
            "slotSharingGroupId": group_id(&vertex.slot_sharing_group),
            "name": vertex.name,
            "maxParallelism": vertex.max_parallelism,
            "parallelism": vertex.parallelism,
            "status": status,
            "start-time": started.unwrap_or(-1),
            "end-time": ended.unwrap_or(-1),
            "duration": started.map_or(-1, |at| ended.unwrap_or(now) - at),
            "tasks": by_state,
            "metrics": counts.of_vertex(handle, index),
        }));
    }
    let counted = ALL_STATES
        .iter()
        .map(|state| ((*state).to_owned(), states.iter().filter(|s| s == &state).count().into()))
        .collect();
    (vertices, counted)
}

/// The state of a vertex follows from those of its tasks, as Flink has it: one that failed counts most.
fn status_of(tasks: &[&TaskRecord]) -> &'static str {
    let any = |status| tasks.iter().any(|task| task.status == status);
    let all = |status| !tasks.is_empty() && tasks.iter().all(|task| task.status == status);
    if any(TaskStatus::Failed) {
        "FAILED"
    } else if any(TaskStatus::Canceling) {
        "CANCELING"
    } else if any(TaskStatus::Canceled) {
        "CANCELED"
    } else if any(TaskStatus::Initializing) {
        "INITIALIZING"
    } else if all(TaskStatus::Finished) {
        "FINISHED"
    } else if tasks.is_empty() {
        "CREATED"
    } else {
        "RUNNING"
    }
}

/// Flink gives each group an id; ours follows from its name.
fn group_id(name: &str) -> String {
    penstock_plan::OperatorId::of_uid(name).to_string()
}

/// Records and bytes, by the operators' ids.
struct Counts(HashMap<(String, String), i64>);

impl Counts {
    fn of(handle: &JobHandle) -> Self {
        let mut counts = HashMap::new();
        for sample in handle.metrics().snapshot() {
            let MetricValue::Counter(value) = sample.value else { continue };
            let operator = sample.scope.iter().find(|(key, _)| key == "operator_id");
            if let (Some((_, id)), true) = (operator, sample.groups.is_empty()) {
                *counts.entry((id.clone(), sample.name)).or_default() += value;
            }
        }
        Self(counts)
    }

    fn get(&self, operator: &str, name: &str) -> i64 {
        self.0.get(&(operator.to_owned(), name.to_owned())).copied().unwrap_or(0)
    }

    /// What a vertex reads is what its head reads; what it writes is what leaves by those that call nobody.
    fn of_vertex(&self, handle: &JobHandle, index: usize) -> Value {
        let graph = &handle.job.graph;
        let vertex = &graph.vertices[index];
        let head = vertex.head().id.to_string();
        let (reads, writes) = (graph.inputs_of(index).next().is_some(), graph.outputs_of(index));
        let mut senders: Vec<u32> = writes.map(|(_, edge)| edge.source_node).collect();
        senders.dedup();
        let sent = vertex.operators.iter().filter(|operator| senders.contains(&operator.node.id));
        let written: i64 = sent.map(|operator| self.get(&operator.id.to_string(), "numRecordsOut")).sum();
        json!({
            "read-bytes": if reads { 0 } else { self.get(&head, "numBytesIn") },
            "read-bytes-complete": true,
            "write-bytes": 0,
            "write-bytes-complete": true,
            "read-records": if reads { self.get(&head, "numRecordsIn") } else { 0 },
            "read-records-complete": true,
            "write-records": written,
            "write-records-complete": true,
            "accumulated-backpressured-time": 0,
            "accumulated-idle-time": 0,
            "accumulated-busy-time": "NaN",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_vertex_follows_from_its_tasks() {
        use TaskStatus::{Canceled, Failed, Finished, Initializing, Running};
        let status = |states: &[TaskStatus]| {
            let tasks: Vec<TaskRecord> =
                states.iter().map(|&status| TaskRecord { vertex: 0, status, started: 0, ended: None }).collect();
            status_of(&tasks.iter().collect::<Vec<_>>())
        };
        assert_eq!(status(&[Running, Failed]), "FAILED");
        assert_eq!(status(&[Finished, Canceled]), "CANCELED");
        assert_eq!(status(&[Running, Initializing]), "INITIALIZING");
        assert_eq!(status(&[Finished, Running]), "RUNNING");
        assert_eq!(status(&[Finished, Finished]), "FINISHED");
        assert_eq!(status(&[]), "CREATED");
    }
}
