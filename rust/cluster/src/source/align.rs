//! Watermark alignment: a source may be ahead of the slowest of its group by so much and no more. A decision on facts.

use std::collections::{BTreeMap, HashMap};

use penstock_plan::{JobGraph, Operator};
use penstock_runtime::mailbox::TaskId;

/// Who may read how far.
#[derive(Debug, Default)]
pub(crate) struct Alignments {
    groups: HashMap<String, Group>,
    /// How far sources may be ahead, in milliseconds, by vertex.
    drifts: HashMap<usize, i64>,
}

#[derive(Debug, Default)]
struct Group {
    watermarks: BTreeMap<TaskId, i64>,
    announced: Option<i64>,
}

impl Alignments {
    pub(crate) fn of(graph: &JobGraph) -> Self {
        let drift = |(vertex, operator): (usize, &Operator)| match operator {
            Operator::Source { watermarks: Some(strategy), .. } => {
                Some((vertex, strategy.alignment.as_ref()?.max_drift_ms as i64))
            }
            _ => None,
        };
        let heads = graph.vertices.iter().map(|v| &v.head().node.operator).enumerate();
        Self { groups: HashMap::new(), drifts: heads.filter_map(drift).collect() }
    }

    /// A task of a group reports how far it is. Gives what has to be announced: up to which event time who may read.
    pub(crate) fn report(&mut self, task: TaskId, group: &str, watermark: i64) -> Vec<(TaskId, i64)> {
        let group = self.groups.entry(group.to_owned()).or_default();
        if group.watermarks.insert(task, watermark).is_none() {
            // A task that is new has not heard what was announced.
            group.announced = None;
        }
        group.announce(&self.drifts)
    }

    /// A task has ended and holds nobody back.
    pub(crate) fn ended(&mut self, task: TaskId) -> Vec<(TaskId, i64)> {
        let drifts = &self.drifts;
        let left =
            self.groups.values_mut().filter_map(|group| group.watermarks.remove(&task).map(|_| group.announce(drifts)));
        left.flatten().collect()
    }
}

impl Group {
    fn announce(&mut self, drifts: &HashMap<usize, i64>) -> Vec<(TaskId, i64)> {
        let slowest = self.watermarks.values().min().copied();
        if slowest == self.announced {
            return Vec::new();
        }
        self.announced = slowest;
        let Some(slowest) = slowest else { return Vec::new() };
        let limit = |task: &TaskId| slowest.saturating_add(drifts.get(&task.vertex).copied().unwrap_or(i64::MAX));
        self.watermarks.keys().map(|task| (*task, limit(task))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(vertex: usize) -> TaskId {
        TaskId { vertex, subtask: 0, attempt: 0 }
    }

    fn alignments() -> Alignments {
        Alignments { groups: HashMap::new(), drifts: HashMap::from([(0, 10), (1, 50)]) }
    }

    #[test]
    fn everybody_hears_when_the_slowest_moves() {
        let mut alignments = alignments();
        assert_eq!(alignments.report(task(0), "g", 100), [(task(0), 110)]);
        assert_eq!(alignments.report(task(1), "g", 40), [(task(0), 50), (task(1), 90)]);
        assert_eq!(alignments.report(task(0), "g", 105), []);
        assert_eq!(alignments.report(task(1), "g", 60), [(task(0), 70), (task(1), 110)]);
    }

    #[test]
    fn groups_are_apart_and_the_end_of_a_task_frees_the_others() {
        let mut alignments = alignments();
        alignments.report(task(0), "g", 100);
        alignments.report(task(1), "h", 5);
        assert_eq!(alignments.ended(task(1)), []);
        alignments.report(task(1), "g", 50);
        assert_eq!(alignments.ended(task(1)), [(task(0), 110)]);
    }
}
