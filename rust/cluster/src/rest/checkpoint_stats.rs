//! The history of a job's checkpoints in the form that Flink has it.

use penstock_plan::JobGraph;
use serde_json::{Map, Value, json};

use super::summary::summary;
use crate::checkpoint::decide::Kind;
use crate::checkpoint::{CheckpointHistory, CheckpointRecord, Figures, Outcome};

/// Counts, figures, the latest of each kind, and the last few.
pub(super) fn all(history: &CheckpointHistory, now: i64) -> Value {
    let Figures { sizes, durations, persisted } = history.figures();
    let zeros = || vec![0; sizes.len()];
    let latest = |record: &Option<CheckpointRecord>| record.as_ref().map(|record| one(record, now));
    let restored = history.latest_restored.as_ref().map(|restored| {
        json!({
            "id": restored.id,
            "restore_timestamp": restored.at,
            "is_savepoint": restored.is_savepoint,
            "external_path": restored.path,
        })
    });
    json!({
        "counts": {
            "restored": history.restored,
            "total": history.completed + history.failed + history.in_progress,
            "in_progress": history.in_progress,
            "completed": history.completed,
            "failed": history.failed,
        },
        "summary": {
            "checkpointed_size": summary(sizes.clone()),
            "state_size": summary(sizes.clone()),
            "end_to_end_duration": summary(durations),
            // Nothing is kept back while barriers are aligned.
            "alignment_buffered": summary(zeros()),
            "processed_data": summary(zeros()),
            "persisted_data": summary(persisted),
        },
        "latest": {
            "completed": latest(&history.latest_completed),
            "savepoint": latest(&history.latest_savepoint),
            "failed": latest(&history.latest_failed),
            "restored": restored,
        },
        "history": history.records().map(|record| one(record, now)).collect::<Vec<_>>(),
    })
}

/// One snapshot, with what each vertex contributes.
pub(super) fn with_tasks(record: &CheckpointRecord, graph: &JobGraph, now: i64) -> Value {
    let mut all = one(record, now);
    let mut tasks = Map::new();
    for (vertex, part) in &record.parts {
        let Some(id) = graph.vertices.get(*vertex).map(|vertex| vertex.id.to_string()) else { continue };
        let complete = part.acknowledged >= part.subtasks;
        let latest = if part.acknowledged > 0 { part.latest_ack } else { -1 };
        let status = if complete { "COMPLETED" } else { all["status"].as_str().unwrap_or("IN_PROGRESS") };
        let task = json!({
            "id": record.id,
            "status": status,
            "latest_ack_timestamp": latest,
            "checkpointed_size": part.size,
            "state_size": part.size,
            "end_to_end_duration": if latest < 0 { -1 } else { latest - record.triggered },
            "alignment_buffered": 0,
            "processed_data": 0,
            "persisted_data": part.persisted,
            "num_subtasks": part.subtasks,
            "num_acknowledged_subtasks": part.acknowledged,
        });
        tasks.insert(id, task);
    }
    all["tasks"] = tasks.into();
    all
}

fn one(record: &CheckpointRecord, now: i64) -> Value {
    let sum = |of: fn(&crate::checkpoint::VertexPart) -> u64| record.parts.values().map(of).sum::<u64>();
    let subtasks = sum(|part| part.subtasks.into());
    let acknowledged = sum(|part| part.acknowledged.into());
    let (class, status, size, end) = match &record.outcome {
        Outcome::InProgress => ("in_progress", "IN_PROGRESS", sum(|part| part.size), now),
        Outcome::Completed { size, at, .. } => ("completed", "COMPLETED", *size, *at),
        Outcome::Failed { at, .. } => ("failed", "FAILED", sum(|part| part.size), *at),
    };
    let mut value = json!({
        "className": class,
        "id": record.id,
        "status": status,
        "is_savepoint": record.is_savepoint(),
        "savepointFormat": record.format.map(crate::checkpoint::SavepointFormat::as_str),
        "trigger_timestamp": record.triggered,
        "latest_ack_timestamp": record.latest_ack().unwrap_or(-1),
        "checkpointed_size": size,
        "state_size": size,
        "end_to_end_duration": end - record.triggered,
        "alignment_buffered": 0,
        "processed_data": 0,
        "persisted_data": record.persisted(),
        "num_subtasks": subtasks,
        "num_acknowledged_subtasks": acknowledged,
        "checkpoint_type": match record.kind {
            Kind::Checkpoint => "CHECKPOINT",
            Kind::Savepoint => "SAVEPOINT",
            Kind::StopWithSavepoint => "SYNC_SAVEPOINT",
        },
        "tasks": {},
    });
    match &record.outcome {
        Outcome::InProgress => {}
        Outcome::Completed { path, discarded, .. } => {
            value["external_path"] = path.as_str().into();
            value["discarded"] = (*discarded).into();
        }
        Outcome::Failed { at, reason } => {
            value["failure_timestamp"] = (*at).into();
            value["failure_message"] = reason.as_str().into();
        }
    }
    value
}
