//! The types of state that a job's graph tells: those of keys, of what a reduce keeps, and of broadcast state. What a
//! function registers when it is opened is not known before it runs.

use penstock_core::{Error, Result};
use penstock_plan::{ChainedOperator, FunctionShape, JobGraph, Operator, Partitioner};
use penstock_runtime::operators::reduce::REDUCE_STATE;
use penstock_runtime::timers::EVENT_TIMERS_STATE;
use penstock_runtime::windows::contents_descriptor;
use penstock_state::evolution::Conversion;
use penstock_state::{DeclaredTypes, StateDescriptor, StateKind};
use serde::Deserialize;

/// The states of an operator, as far as the graph tells their types.
pub(super) fn known(job: &JobGraph, vertex: usize, operator: &ChainedOperator) -> Vec<StateDescriptor> {
    let Operator::Function { shape, keyed, broadcast_states, window, .. } = &operator.node.operator else {
        return Vec::new();
    };
    let described = |name: &str, kind, types: DeclaredTypes| StateDescriptor {
        name: name.to_owned(),
        kind,
        declared: types.text(),
    };
    let mut states = Vec::new();
    if *keyed {
        // Every keyed operator has timers, and they know the type of its keys.
        let mut types = job.inputs_of(vertex).filter_map(|(_, edge)| match &edge.partitioner {
            Partitioner::Hash { key_type, .. } => Some(key_type.clone()),
            _ => None,
        });
        let key = types.next().flatten();
        states.push(described(
            EVENT_TIMERS_STATE,
            StateKind::Timers,
            DeclaredTypes { key, namespaced: window.is_some(), ..DeclaredTypes::default() },
        ));
    }
    if *shape == FunctionShape::Reduce {
        let value = operator.node.output_type.clone();
        states.push(described(REDUCE_STATE, StateKind::Value, DeclaredTypes { value, ..DeclaredTypes::default() }));
    }
    if let Some(window) = window {
        states.push(contents_descriptor(window));
    }
    for spec in broadcast_states {
        let (map_key, value) = (spec.key_type.clone(), spec.value_type.clone());
        let types = DeclaredTypes { map_key, value, ..DeclaredTypes::default() };
        states.push(described(&spec.name, StateKind::Map, types));
    }
    states
}

/// What is read of a description.
#[derive(Deserialize)]
struct Described {
    id: String,
    name: String,
    states: Vec<StateDescriptor>,
}

/// Why states of a running job would not fit a new one. Both are the `operators` of what
/// [`describe`](super::describe) has said, as JSON.
pub fn incompatible_states(running: &str, new: &str) -> Result<Vec<String>> {
    let read = |text: &str| -> Result<Vec<Described>> {
        serde_json::from_str(text).map_err(|e| Error::invalid(format!("the description of a job cannot be read: {e}")))
    };
    let (running, new) = (read(running)?, read(new)?);
    let mut found = Vec::new();
    for operator in &new {
        let Some(before) = running.iter().find(|before| before.id == operator.id) else { continue };
        for state in &operator.states {
            let Some(was) = before.states.iter().find(|was| was.name == state.name) else { continue };
            if let Err(error) = Conversion::between(was, state, &operator.name) {
                found.push(error.to_string());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::Configuration;
    use serde_json::json;

    fn operators(key: &str, value: &str) -> String {
        let graph = json!({"nodes": [
            {"id": 1, "name": "numbers", "uid": "source", "parallelism": 1,
             "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 2}, "decoder": {"kind": "long"}}},
            {"id": 2, "name": "sum", "uid": "sum", "parallelism": 1, "output_type": {"type": value},
             "inputs": [{"node": 1, "partitioner": {"kind": "hash", "selector": "k", "key_type": {"type": key}}}],
             "operator": {"kind": "function", "function": "f", "shape": "reduce", "keyed": true}}]});
        let described = crate::describe(&serde_json::from_value(graph).unwrap(), &Configuration::default()).unwrap();
        described["operators"].to_string()
    }

    #[test]
    fn types_that_cannot_follow_are_named() {
        let running = operators("INT", "INT");
        let against = |key, value| incompatible_states(&running, &operators(key, value)).unwrap();
        assert_eq!(against("INT", "INT"), [""; 0]);
        assert_eq!(against("INT", "LONG"), [""; 0], "it widens");
        let text = against("INT", "STRING").join("; ");
        for part in ["state '_op_state' of operator 'sum'", "type INT", "declared as STRING"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = against("STRING", "INT").join("; ");
        assert!(text.contains("the key of operator 'sum' has the type keys INT"), "{text}");
    }
}
