//! Ids of operators, under which their state is found again.
//!
//! A uid gives the id that Flink makes of it. Without one the id follows from the operator's place alone: its kind, the
//! ids and outputs it reads, and its rank among those that read the same. Function code, names, parallelism,
//! partitioning and chaining are left out on purpose: changing them keeps the state.

use penstock_core::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use crate::murmur3::murmur3_128;
use crate::stream_graph::{FunctionShape, Operator, StreamGraph, StreamNode};

/// The id of an operator, shown as 32 hexadecimal digits. The id of a vertex is that of its head.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperatorId(pub [u8; 16]);

impl OperatorId {
    /// The id that belongs to a uid.
    #[must_use]
    pub fn of_uid(uid: &str) -> Self {
        Self(murmur3_128(uid.as_bytes()))
    }
}

impl fmt::Display for OperatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for OperatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for OperatorId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid(format!("'{text}' is not an operator id: 32 hexadecimal digits are expected"));
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| wrong())?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for OperatorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OperatorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The ids of all operators by stream node. `order` has every node after its inputs.
pub(crate) fn assign(graph: &StreamGraph, order: &[usize]) -> Result<HashMap<u32, OperatorId>> {
    let mut ids: HashMap<u32, OperatorId> = HashMap::new();
    let mut owners: BTreeMap<OperatorId, &StreamNode> = BTreeMap::new();
    let mut ranks: HashMap<Vec<u8>, u32> = HashMap::new();
    for node in order.iter().map(|&index| &graph.nodes[index]) {
        let place = place_of(node, &ids);
        let rank = ranks.entry(place.clone()).and_modify(|rank| *rank += 1).or_insert(0);
        let id = match (&node.uid_hash, &node.uid) {
            (Some(hash), _) => hash.parse().map_err(|_| bad_uid_hash(node, hash))?,
            (None, Some(uid)) => OperatorId::of_uid(uid),
            (None, None) => OperatorId(murmur3_128(&[place.as_slice(), &rank.to_le_bytes()].concat())),
        };
        if let Some(other) = owners.insert(id, node) {
            return Err(duplicate(node, other, id));
        }
        ids.insert(node.id, id);
    }
    Ok(ids)
}

/// What an operator is and what it reads, as bytes.
fn place_of(node: &StreamNode, ids: &HashMap<u32, OperatorId>) -> Vec<u8> {
    let mut place = kind_of(&node.operator).into_bytes();
    for edge in &node.inputs {
        place.push(0);
        place.extend_from_slice(&ids[&edge.node].0);
        place.extend_from_slice(&edge.input.to_le_bytes());
        // The length keeps "no side output" apart from one with an empty name, and tags apart from what follows.
        let tag = edge.side.as_deref().map_or(u32::MAX, |side| side.len() as u32);
        place.extend_from_slice(&tag.to_le_bytes());
        place.extend_from_slice(edge.side.as_deref().unwrap_or_default().as_bytes());
    }
    place
}

/// Ids depend on these words: they may never change.
fn kind_of(operator: &Operator) -> String {
    match operator {
        Operator::Source { connector, .. } => format!("source:{connector}"),
        Operator::Function { shape, .. } => format!("function:{}", shape_name(*shape)),
        Operator::Batches { shape, .. } => format!("batches:{}", shape.method()),
        Operator::AsyncWait { .. } => "async_wait".to_owned(),
        Operator::IntervalJoin { .. } => "interval_join".to_owned(),
        Operator::Watermarks { .. } => "watermarks".to_owned(),
        Operator::Sink { connector, .. } => format!("sink:{connector}"),
    }
}

fn shape_name(shape: FunctionShape) -> &'static str {
    match shape {
        FunctionShape::Map => "map",
        FunctionShape::FlatMap => "flat_map",
        FunctionShape::Filter => "filter",
        FunctionShape::Process => "process",
        FunctionShape::Reduce => "reduce",
        FunctionShape::CoMap => "co_map",
        FunctionShape::CoFlatMap => "co_flat_map",
        FunctionShape::CoProcess => "co_process",
        FunctionShape::BroadcastProcess => "broadcast_process",
        FunctionShape::Window => "window",
    }
}

fn bad_uid_hash(node: &StreamNode, hash: &str) -> Error {
    Error::invalid(format!(
        "set_uid_hash('{hash}') of operator '{}': a hash of 32 hexadecimal digits is expected",
        node.name
    ))
}

fn duplicate(node: &StreamNode, other: &StreamNode, id: OperatorId) -> Error {
    let what = match &node.uid {
        Some(uid) if other.uid.as_ref() == Some(uid) => format!("the uid '{uid}'"),
        _ => format!("the id {id}"),
    };
    Error::invalid(format!(
        "operators '{}' and '{}' have {what} in common: give each operator a uid of its own, so that its state can be \
         told from the others'",
        other.name, node.name
    ))
}
