//! Which subtask runs in which slot, as Flink's slot sharing has it: the subtasks of one index of all vertices of a slot
//! sharing group share a slot. Computed from the graph on both sides.

use penstock_plan::{ExecutionGraph, JobGraph};

/// Where everything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The slot of each subtask, in the order of [`ExecutionGraph::subtasks`].
    pub(crate) slot_of: Vec<usize>,
    /// How many slots there are.
    pub(crate) slots: usize,
}

impl Placement {
    pub(crate) fn of(job: &JobGraph, graph: &ExecutionGraph) -> Self {
        let mut groups: Vec<(&str, u32)> = Vec::new();
        for vertex in &job.vertices {
            match groups.iter_mut().find(|(name, _)| *name == vertex.slot_sharing_group) {
                Some((_, slots)) => *slots = (*slots).max(vertex.parallelism),
                None => groups.push((&vertex.slot_sharing_group, vertex.parallelism)),
            }
        }
        let first_of = |group: &str| -> usize {
            groups.iter().take_while(|(name, _)| *name != group).map(|(_, slots)| *slots as usize).sum()
        };
        let slot = |vertex: usize, index: u32| first_of(&job.vertices[vertex].slot_sharing_group) + index as usize;
        Self {
            slot_of: graph.subtasks.iter().map(|subtask| slot(subtask.vertex, subtask.index)).collect(),
            slots: groups.iter().map(|(_, slots)| *slots as usize).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;

    fn slots(groups: [&str; 3]) -> (Vec<usize>, usize) {
        let node = |id: u32, group: &str, parallelism: u32| {
            let input = if id == 1 {
                String::new()
            } else {
                format!(r#""inputs": [{{"node": {}, "partitioner": {{"kind": "rebalance"}}}}],"#, id - 1)
            };
            let operator = if id == 1 {
                r#"{"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 2}, "decoder": {"kind": "long"}}"#
            } else {
                r#"{"kind": "function", "function": "f", "shape": "map"}"#
            };
            format!(
                r#"{{"id": {id}, "name": "n{id}", "parallelism": {parallelism}, "slot_sharing_group": "{group}", {input} "operator": {operator}}}"#
            )
        };
        let json = format!(
            r#"{{"nodes": [{}, {}, {}]}}"#,
            node(1, groups[0], 1),
            node(2, groups[1], 3),
            node(3, groups[2], 2)
        );
        let job = JobGraph::build(&serde_json::from_str(&json).unwrap(), &Configuration::default()).unwrap();
        let placement = Placement::of(&job, &ExecutionGraph::new(&job));
        (placement.slot_of, placement.slots)
    }

    #[test]
    fn subtasks_of_one_index_share_a_slot_within_their_group() {
        assert_eq!(slots(["default", "default", "default"]), (vec![0, 0, 1, 2, 0, 1], 3));
        assert_eq!(slots(["a", "b", "a"]), (vec![0, 2, 3, 4, 0, 1], 5));
    }
}
