//! Whether a job runs in slot processes: a decision on facts.

use penstock_core::config::{PythonExecutionMode, options};
use penstock_core::{Configuration, Result};
use penstock_plan::{Codec, JobGraph, JobVertex, Operator, Partitioner};

/// One interpreter runs one function at a time, so a job with functions and several slots gets a process for each,
/// unless `python.execution-mode` says `thread`.
pub(crate) fn wants_processes(graph: &JobGraph, config: &Configuration) -> Result<bool> {
    let mode = config.read(&options::PYTHON_EXECUTION_MODE)?;
    Ok(mode == PythonExecutionMode::Process && has_several_slots(graph) && has_functions(graph))
}

fn has_several_slots(graph: &JobGraph) -> bool {
    let apart = |pair: &[JobVertex]| pair[0].slot_sharing_group != pair[1].slot_sharing_group;
    graph.vertices.iter().any(|vertex| vertex.parallelism > 1) || graph.vertices.windows(2).any(apart)
}

fn has_functions(graph: &JobGraph) -> bool {
    let chooses =
        |partitioner: &Partitioner| matches!(partitioner, Partitioner::Hash { .. } | Partitioner::Custom { .. });
    graph.vertices.iter().any(calls) || graph.edges.iter().any(|edge| chooses(&edge.partitioner))
}

fn calls(vertex: &JobVertex) -> bool {
    vertex.operators.iter().any(|operator| match &operator.node.operator {
        Operator::Function { .. }
        | Operator::Batches { .. }
        | Operator::AsyncWait { .. }
        | Operator::IntervalJoin { .. } => true,
        Operator::Watermarks { strategy } => strategy.assigner.is_some(),
        Operator::Source { decoder, watermarks, .. } => {
            decodes(decoder) || watermarks.as_ref().is_some_and(|w| w.assigner.is_some())
        }
        Operator::Sink { encoder, .. } => {
            matches!(encoder, Some(Codec::Function { .. } | Codec::Object | Codec::Record { .. }))
        }
    })
}

/// Whether a function makes the records of a source.
fn decodes(codec: &Codec) -> bool {
    match codec {
        Codec::Function { .. } | Codec::Object => true,
        Codec::Hybrid { codecs } => codecs.iter().any(decodes),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(parallelism: u32, operator: &str, mode: Option<&str>) -> bool {
        wants_apart(parallelism, operator, mode, "default")
    }

    fn wants_apart(parallelism: u32, operator: &str, mode: Option<&str>, group: &str) -> bool {
        let json = format!(
            r#"{{"nodes": [
            {{"id": 1, "name": "n", "parallelism": 1,
              "operator": {{"kind": "source", "connector": "sequence", "options": {{"from": 1, "to": 2}}, "decoder": {{"kind": "long"}}}}}},
            {{"id": 2, "name": "it", "parallelism": {parallelism}, "inputs": [{{"node": 1, "partitioner": {{"kind": "rebalance"}}}}],
              "slot_sharing_group": "{group}", "operator": {operator}}}]}}"#
        );
        let mut config = Configuration::default();
        if let Some(mode) = mode {
            config.set("python.execution-mode", mode);
        }
        let graph = JobGraph::build(&serde_json::from_str(&json).unwrap(), &config).unwrap();
        wants_processes(&graph, &config).unwrap()
    }

    #[test]
    fn functions_and_several_slots_ask_for_processes() {
        let map = r#"{"kind": "function", "function": "f", "shape": "map"}"#;
        let print = r#"{"kind": "sink", "connector": "print"}"#;
        assert!(wants(2, map, None) && wants(2, map, Some("process")));
        assert!(!wants(1, map, Some("process")), "one slot stays in process");
        assert!(!wants(2, map, Some("thread")));
        assert!(wants_apart(1, map, None, "other"), "two groups share no slot");
        assert!(!wants(2, print, None), "nothing to run in parallel");
    }
}
