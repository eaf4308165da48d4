//! What has become of the snapshots of a job: the last of them in detail, all of them in numbers. For whoever asks.

use std::collections::{BTreeMap, VecDeque};

use super::SavepointFormat;
use super::decide::Kind;
use crate::restore::RestorePoint;

/// Snapshots that are kept in detail (Flink's `web.checkpoints.history`).
const DETAILED: usize = 10;
/// Complete snapshots that the figures are of.
const SUMMARIZED: usize = 10_000;

/// What a vertex contributes to a snapshot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct VertexPart {
    /// Subtasks that take part.
    pub(crate) subtasks: u32,
    /// Subtasks whose state is stored.
    pub(crate) acknowledged: u32,
    /// Bytes of state.
    pub(crate) size: u64,
    /// Bytes of records that were on their way.
    pub(crate) persisted: u64,
    /// When the last subtask's state was stored.
    pub(crate) latest_ack: i64,
}

/// How a snapshot ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It has not.
    InProgress,
    /// It is complete.
    Completed {
        /// Where it is.
        path: String,
        /// Bytes of state in all.
        size: u64,
        /// When.
        at: i64,
        /// Whether it was removed because newer ones have taken its place.
        discarded: bool,
    },
    /// It came to nothing.
    Failed {
        /// When.
        at: i64,
        /// Why.
        reason: String,
    },
}

/// One snapshot.
#[derive(Debug, Clone)]
pub(crate) struct CheckpointRecord {
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    /// Of a savepoint.
    pub(crate) format: Option<SavepointFormat>,
    /// When it was triggered.
    pub(crate) triggered: i64,
    /// By vertex.
    pub(crate) parts: BTreeMap<usize, VertexPart>,
    pub(crate) outcome: Outcome,
}

impl CheckpointRecord {
    pub(crate) fn is_savepoint(&self) -> bool {
        self.kind != Kind::Checkpoint
    }

    /// Bytes of records that were on their way.
    pub(crate) fn persisted(&self) -> u64 {
        self.parts.values().map(|part| part.persisted).sum()
    }

    /// When the last state was stored; `None`: none yet.
    pub(crate) fn latest_ack(&self) -> Option<i64> {
        self.parts.values().filter(|part| part.acknowledged > 0).map(|part| part.latest_ack).max()
    }
}

/// What the job was started from.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    pub(crate) id: u64,
    pub(crate) at: i64,
    pub(crate) is_savepoint: bool,
    pub(crate) path: String,
}

/// Figures of complete snapshots, one of each for every snapshot.
pub(crate) struct Figures {
    /// Bytes.
    pub(crate) sizes: Vec<i64>,
    /// Milliseconds.
    pub(crate) durations: Vec<i64>,
    /// Bytes of records that were on their way.
    pub(crate) persisted: Vec<i64>,
}

/// The snapshots of one job.
#[derive(Debug, Clone, Default)]
pub(crate) struct CheckpointHistory {
    records: VecDeque<CheckpointRecord>,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) in_progress: u64,
    pub(crate) restored: u64,
    pub(crate) latest_restored: Option<Restored>,
    pub(crate) latest_completed: Option<CheckpointRecord>,
    pub(crate) latest_savepoint: Option<CheckpointRecord>,
    pub(crate) latest_failed: Option<CheckpointRecord>,
    /// Size, duration and bytes of records on their way, of those that were complete.
    figures: VecDeque<(u64, i64, u64)>,
}

impl CheckpointHistory {
    pub(crate) fn triggered(
        &mut self,
        id: u64,
        kind: Kind,
        format: Option<SavepointFormat>,
        now: i64,
        taking_part: Vec<(usize, u32)>,
    ) {
        let part = |(vertex, subtasks)| (vertex, VertexPart { subtasks, ..VertexPart::default() });
        let parts = taking_part.into_iter().map(part).collect();
        let record = CheckpointRecord { id, kind, format, triggered: now, parts, outcome: Outcome::InProgress };
        self.in_progress += 1;
        self.records.push_front(record);
        let ended = |record: &CheckpointRecord| !matches!(record.outcome, Outcome::InProgress);
        if self.records.len() > DETAILED
            && let Some(oldest) = self.records.iter().rposition(ended)
        {
            self.records.remove(oldest);
        }
    }

    pub(crate) fn acknowledged(&mut self, id: u64, vertex: usize, size: u64, persisted: u64, now: i64) {
        if let Some(part) = self.find(id).and_then(|record| record.parts.get_mut(&vertex)) {
            part.acknowledged += 1;
            part.size += size;
            part.persisted += persisted;
            part.latest_ack = now;
        }
    }

    pub(crate) fn completed(&mut self, id: u64, size: u64, path: &str, now: i64) {
        let Some(record) = self.find(id) else { return };
        record.outcome = Outcome::Completed { path: path.to_owned(), size, at: now, discarded: false };
        let record = record.clone();
        self.figures.push_back((size, now - record.triggered, record.persisted()));
        if self.figures.len() > SUMMARIZED {
            self.figures.pop_front();
        }
        (self.completed, self.in_progress) = (self.completed + 1, self.in_progress.saturating_sub(1));
        if record.is_savepoint() {
            self.latest_savepoint = Some(record);
        } else {
            self.latest_completed = Some(record);
        }
    }

    pub(crate) fn failed(&mut self, id: u64, reason: &str, now: i64) {
        let Some(record) = self.find(id) else { return };
        record.outcome = Outcome::Failed { at: now, reason: reason.to_owned() };
        self.latest_failed = Some(record.clone());
        (self.failed, self.in_progress) = (self.failed + 1, self.in_progress.saturating_sub(1));
    }

    pub(crate) fn discarded(&mut self, id: u64) {
        let latest = self.latest_completed.iter_mut().filter(|record| record.id == id);
        for record in self.records.iter_mut().filter(|record| record.id == id).chain(latest) {
            if let Outcome::Completed { discarded, .. } = &mut record.outcome {
                *discarded = true;
            }
        }
    }

    pub(crate) fn restored(&mut self, point: &RestorePoint, now: i64) {
        self.restored += 1;
        self.latest_restored = Some(Restored {
            id: point.metadata.checkpoint_id,
            at: now,
            is_savepoint: point.metadata.is_savepoint,
            path: point.folder.url(),
        });
    }

    /// The snapshots that are known in detail, newest first.
    pub(crate) fn records(&self) -> impl Iterator<Item = &CheckpointRecord> {
        self.records.iter()
    }

    /// One of them.
    pub(crate) fn record(&self, id: u64) -> Option<&CheckpointRecord> {
        let latest = [&self.latest_completed, &self.latest_savepoint, &self.latest_failed].into_iter().flatten();
        self.records.iter().chain(latest).find(|record| record.id == id)
    }

    /// Of those that were complete.
    pub(crate) fn figures(&self) -> Figures {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Figures {
            sizes: self.figures.iter().map(|(size, ..)| number(*size)).collect(),
            durations: self.figures.iter().map(|(_, duration, _)| *duration).collect(),
            persisted: self.figures.iter().map(|(.., persisted)| number(*persisted)).collect(),
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut CheckpointRecord> {
        self.records.iter_mut().find(|record| record.id == id && matches!(record.outcome, Outcome::InProgress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_known_in_detail_and_all_are_counted() {
        let mut history = CheckpointHistory::default();
        history.triggered(1, Kind::Savepoint, Some(SavepointFormat::Canonical), 0, vec![(0, 2)]);
        for id in 2..20 {
            history.triggered(id, Kind::Checkpoint, None, 10, vec![(0, 1)]);
            history.acknowledged(id, 0, 5, 2, 12);
            history.completed(id, 5, "file:///chk", 13);
        }
        assert_eq!((history.completed, history.in_progress, history.records().count()), (18, 1, DETAILED));
        assert!(history.record(1).is_some(), "what goes on is not forgotten");
        assert_eq!(history.record(19).and_then(CheckpointRecord::latest_ack), Some(12));
        history.failed(1, "it expired", 20);
        assert_eq!((history.failed, history.in_progress), (1, 0));
        assert!(
            matches!(&history.latest_failed.as_ref().unwrap().outcome, Outcome::Failed { reason, .. } if reason == "it expired")
        );
        assert_eq!(history.figures().durations, vec![3; 18]);
        assert_eq!(history.figures().persisted, vec![2; 18]);
    }

    #[test]
    fn what_was_removed_says_so() {
        let mut history = CheckpointHistory::default();
        history.triggered(1, Kind::Checkpoint, None, 0, vec![]);
        history.completed(1, 0, "file:///chk-1", 1);
        history.discarded(1);
        assert!(matches!(history.record(1).unwrap().outcome, Outcome::Completed { discarded: true, .. }));
    }
}
