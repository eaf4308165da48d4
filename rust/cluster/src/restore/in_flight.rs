//! Records that were on their way when an unaligned checkpoint was taken: who gets which of them, at any parallelism.
//!
//! At the same parallelism every channel gets back what it had. Otherwise keyed records go to whoever has their key group
//! now, those of round robin go with their old receiver's index, and each receiver of a broadcast takes the copies of that
//! old receiver whose broadcast state it takes. Order holds within an old channel and from epoch to epoch, and a task reads
//! all of this before anything new. Where a record's subtask has a meaning that would be lost, [`super::fit`] refuses.

use std::ops::RangeInclusive;

use penstock_core::{Result, key_group};
use penstock_plan::JobGraph;
use penstock_runtime::build::edge_name;
use penstock_runtime::exchange::in_flight::of_key_groups;
use penstock_runtime::operators::InFlight;
use penstock_state::in_flight::{ChannelElement, ChannelState, decode};
use penstock_state::{ChannelHandle, CheckpointFolder, CheckpointMetadata, OperatorState};

/// What a subtask gets over one edge.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Share {
    edge: usize,
    handles: Vec<ChannelHandle>,
    moved: Option<Moved>,
}

/// How records are handed out that do not go back to their channels.
#[derive(Debug, PartialEq, Eq)]
struct Moved {
    /// The key groups that are wanted; absent: all records.
    groups: Option<RangeInclusive<u16>>,
    /// Subtasks that send over the edge now.
    senders: u32,
}

/// What a channel had, by epoch.
type Epochs = Vec<Vec<ChannelElement>>;

/// What a subtask of a vertex gets.
pub(crate) fn shares(metadata: &CheckpointMetadata, graph: &JobGraph, vertex: usize, subtask: u32) -> Vec<Share> {
    let head = graph.vertices[vertex].head().id.to_string();
    let Some(stored) = metadata.operators.iter().find(|stored| stored.uid_hash == head) else { return Vec::new() };
    let edges = graph.inputs_of(vertex).filter_map(|(edge, _)| share(metadata, stored, graph, edge, subtask));
    edges.filter(|share| !share.handles.is_empty()).collect()
}

fn share(
    metadata: &CheckpointMetadata,
    stored: &OperatorState,
    graph: &JobGraph,
    edge: usize,
    subtask: u32,
) -> Option<Share> {
    let name = edge_name(graph, edge)?;
    let target = &graph.vertices[graph.edges[edge].target_vertex];
    let senders = graph.vertices[graph.edges[edge].source_vertex].parallelism;
    let of = |wanted: &dyn Fn(u32) -> bool| {
        let subtasks = stored.subtasks.iter().filter(|old| wanted(old.index));
        let handles = subtasks.flat_map(|old| &old.channels).filter(|handle| handle.edge == name);
        handles.cloned().collect::<Vec<_>>()
    };
    if is_as_it_was(metadata, stored, &name.from, target.parallelism, senders) {
        return Some(Share { edge, handles: of(&|old| old == subtask), moved: None });
    }
    let own = key_group::key_group_range(subtask, target.parallelism, target.max_parallelism);
    let (handles, groups) = match name.exchange.as_str() {
        "hash" => {
            let had = |old| key_group::key_group_range(old, stored.parallelism, stored.max_parallelism);
            let overlaps = |old| had(old).start() <= own.end() && own.start() <= had(old).end();
            (of(&overlaps), Some(own.clone()))
        }
        "broadcast" => (of(&|old| old == subtask % stored.parallelism.max(1)), None),
        // There is nothing but watermarks, which come again.
        "forward" | "rescale" => (Vec::new(), None),
        _ => (of(&|old| old % target.parallelism == subtask), None),
    };
    Some(Share { edge, handles, moved: Some(Moved { groups, senders }) })
}

/// Whether both sides of an edge have the parallelism that they had.
pub(super) fn is_as_it_was(
    metadata: &CheckpointMetadata,
    target: &OperatorState,
    sender: &str,
    parallelism: u32,
    senders: u32,
) -> bool {
    let from = metadata.operators.iter().find(|stored| stored.uid_hash == sender);
    target.parallelism == parallelism && from.is_some_and(|from| from.parallelism == senders)
}

/// Reads what a subtask gets.
pub(crate) async fn read(shares: Vec<Share>, folder: &CheckpointFolder) -> Result<Vec<InFlight>> {
    let mut all = Vec::new();
    for Share { edge, handles, moved } in shares {
        let mut channels = Vec::new();
        for handle in handles {
            let what = format!("what was on its way to a task, in the checkpoint at {}", folder.url());
            channels.extend(decode(&folder.read_state(&handle.location).await?, &what)?);
        }
        if let Some(moved) = moved {
            channels = moved.hand_out(channels)?;
        }
        all.push(InFlight { edge, channels });
    }
    Ok(all)
}

impl Moved {
    /// Old channels as channels of the senders that there are now. Watermarks among the records would be of channels that
    /// are not there any more; what all of them had reached at the end holds for all.
    fn hand_out(&self, old: Vec<ChannelState>) -> Result<Vec<ChannelState>> {
        let watermark = old.iter().filter_map(watermark_at_end).min().filter(|time| *time > i64::MIN);
        let mut new: Vec<Epochs> = (0..self.senders).map(|_| Epochs::new()).collect();
        for channel in old {
            let epochs = &mut new[(channel.sender % self.senders) as usize];
            let parts = channel.elements.split(|element| *element == ChannelElement::NewEpoch);
            for (epoch, part) in parts.enumerate() {
                epochs.resize_with(epochs.len().max(epoch + 1), Vec::new);
                for element in part {
                    epochs[epoch].extend(self.wanted(element)?);
                }
            }
        }
        let channels = new.into_iter().zip(0..).map(|(epochs, sender)| {
            let mut elements = epochs.join(&ChannelElement::NewEpoch);
            elements.extend(watermark.map(ChannelElement::Watermark));
            ChannelState { sender, watermark: i64::MIN, idle: false, elements }
        });
        Ok(channels.collect())
    }

    /// The records of an element that are wanted.
    fn wanted(&self, element: &ChannelElement) -> Result<Option<ChannelElement>> {
        Ok(match (element, &self.groups) {
            (ChannelElement::Records(records), Some(groups)) => {
                of_key_groups(records, groups)?.map(ChannelElement::Records)
            }
            (ChannelElement::Records(_) | ChannelElement::Columns(_), _) => Some(element.clone()),
            _ => None,
        })
    }
}

/// The watermark of a channel when all that was on its way has been read; `None`: it is idle then and does not count.
fn watermark_at_end(channel: &ChannelState) -> Option<i64> {
    let (mut watermark, mut idle) = (channel.watermark, channel.idle);
    for element in &channel.elements {
        match element {
            ChannelElement::Watermark(time) => watermark = watermark.max(*time),
            ChannelElement::Idle => idle = true,
            ChannelElement::Active => idle = false,
            ChannelElement::Records(_) | ChannelElement::Columns(_) | ChannelElement::NewEpoch => {}
        }
    }
    (!idle).then_some(watermark)
}

#[cfg(test)]
mod tests;
