//! The outputs of an operator: chained operators, and writers into the channels of an edge.

use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use penstock_core::task_cell::TaskCell;
use penstock_core::{Error, ObjectCodec, Result, TypeInfo};
use penstock_plan::{ChainedOperator, JobEdge, JobVertex, Operator as Plan, OutputTarget, Partitioner};
use penstock_state::in_flight::ChannelState;

use super::{Builder, ReceivingEnd};
use crate::chain::{Edge, OperatorIdentity};
use crate::context::{OperatorContext, SharedContext, TaskInfo};
use crate::exchange::EdgeCodecs;
use crate::gate::{GateInput, InputGate};
use crate::lane::KeySelector;
use crate::operators::InFlight;
use crate::output::{ChannelWriter, Partitioning};
use crate::raw_records::RecordMaker;

type Sides = Vec<(String, Vec<Edge>)>;

impl Builder<'_> {
    pub(super) fn outputs(&mut self, operator: &ChainedOperator) -> Result<(Vec<Edge>, Sides)> {
        let (mut main, mut sides) = (Vec::new(), Sides::new());
        for output in &operator.outputs {
            let edge = match output.target {
                OutputTarget::Chained(next) => Edge::Chained(Box::new(self.node(&self.vertex.operators[next])?)),
                OutputTarget::Edge(index) => Edge::Channels(Box::new(self.writer(operator, index)?)),
            };
            match &output.side {
                None => main.push(edge),
                Some(tag) => match sides.iter_mut().find(|(t, _)| t == tag) {
                    Some((_, edges)) => edges.push(edge),
                    None => sides.push((tag.clone(), vec![edge])),
                },
            }
        }
        Ok((main, sides))
    }

    fn writer(&mut self, operator: &ChainedOperator, index: usize) -> Result<ChannelWriter> {
        let job = self.job;
        let edge = &job.graph.edges[index];
        let mut senders =
            self.parts.senders.remove(&index).ok_or_else(|| Error::internal("an edge without channels"))?;
        if !self.native {
            let codecs = self.edge_codecs(edge, operator)?;
            for sender in &mut senders {
                sender.use_codecs(codecs.clone());
            }
        }
        let raw = self.lanes.is_raw(index);
        let partitioning = if raw { Partitioning::One(0) } else { self.partitioning(edge, operator)? };
        let signal = self.parts.mailbox.signal().clone();
        let mut writer = ChannelWriter::new(partitioning, senders, Arc::clone(&self.lane), signal).buffer_timeout(
            match operator.node.buffer_timeout_ms {
                // Negative: only when a batch is full.
                Some(millis) => u64::try_from(millis).ok().map(Duration::from_millis),
                None => job.settings.buffer_timeout,
            },
        );
        if job.settings.serialize_exchange {
            writer = writer.serializing_columns();
        }
        if raw || self.lanes.emits_columns(operator.node.id) {
            return Ok(writer);
        }
        let codec = self.channel_codec(operator, edge.side.as_deref())?;
        if !job.settings.object_reuse {
            writer = writer.isolating(Arc::clone(&codec));
        }
        if job.settings.serialize_exchange {
            writer = writer.serializing(codec);
        }
        Ok(writer)
    }

    /// The gate over the subtask's channels.
    pub(super) fn gate(&mut self) -> Result<InputGate> {
        let mut inputs = Vec::new();
        let mut in_flight = self.in_flight()?;
        for ReceivingEnd { mut receiver, edge: index, sender: from } in std::mem::take(&mut self.parts.receivers) {
            let edge = &self.job.graph.edges[index];
            let sender = self.job.graph.vertices[edge.source_vertex].operators.iter();
            let sender = sender.clone().find(|operator| operator.node.id == edge.source_node);
            let sender = sender.ok_or_else(|| Error::internal("an edge without a sender"))?;
            let codecs = if self.native { None } else { Some(self.edge_codecs(edge, sender)?) };
            if let Some(codecs) = &codecs {
                receiver.use_codecs(codecs.clone());
            }
            if self.lanes.is_raw(index) {
                receiver.use_maker(self.record_maker(edge, sender)?);
            }
            let restored = in_flight.remove(&(index, from));
            let input = edge.input as usize;
            inputs.push(GateInput { receiver, input, edge: index, sender: from, codecs, restored });
        }
        if !in_flight.is_empty() {
            return Err(Error::internal("records were on their way over a channel that is not there"));
        }
        Ok(InputGate::new(inputs))
    }

    /// What was on its way, by edge and sender.
    fn in_flight(&mut self) -> Result<HashMap<(usize, u32), ChannelState>> {
        let Some(read) = self.parts.in_flight.take() else { return Ok(HashMap::new()) };
        let (mut read, mut result) = (Some(read), Ok(Vec::new()));
        // Reading may take long; other tasks need the interpreter meanwhile.
        self.lane.release(&mut || {
            if let Some(read) = read.take() {
                result = read();
            }
        });
        let channels =
            |one: InFlight| one.channels.into_iter().map(move |channel| ((one.edge, channel.sender), channel));
        Ok(result?.into_iter().flat_map(channels).collect())
    }

    fn edge_codecs(&self, edge: &JobEdge, sender: &ChainedOperator) -> Result<EdgeCodecs> {
        let key = match &edge.partitioner {
            Partitioner::Hash { key_type, .. } => Some(self.functions.key_codec(key_type.as_ref())?),
            _ => None,
        };
        Ok(EdgeCodecs { value: self.channel_codec(sender, edge.side.as_deref())?, key })
    }

    /// Makes records with keys of what a source sends as it was read.
    fn record_maker(&mut self, edge: &JobEdge, source: &ChainedOperator) -> Result<RecordMaker> {
        let Plan::Source { decoder, .. } = &source.node.operator else {
            return Err(Error::internal("raw records come from a source"));
        };
        let decoder = self.functions.decoder(decoder, source.node.output_type.as_ref())?;
        let selector = self.key_selector(edge, source)?;
        let (uid_hash, name) = (source.id.to_string(), source.node.name.clone());
        Ok(RecordMaker::new(OperatorIdentity { uid_hash, name, subtask: 0, parallelism: 1 }, decoder, selector))
    }

    /// The codec of what an operator sends to other tasks. Of its subtasks one may say that it is slow.
    pub(super) fn channel_codec(&self, sender: &ChainedOperator, side: Option<&str>) -> Result<Arc<dyn ObjectCodec>> {
        let named = (self.parts.id.subtask == 0).then_some(sender.node.name.as_str());
        self.functions.channel_codec(output_type(sender, side), named)
    }

    /// What functions see that run between an operator of a vertex and the next.
    fn plain_context(&self, vertex: &JobVertex, operator: &ChainedOperator) -> SharedContext {
        let (task_name, max_parallelism) = (vertex.name.clone(), vertex.max_parallelism);
        let info = TaskInfo { task_name, max_parallelism, ..self.info(operator) };
        let metrics = self.metrics_in(vertex, operator);
        Arc::new(TaskCell::new(OperatorContext::new(info, self.job.clock.clone(), metrics)))
    }

    fn key_selector(&mut self, edge: &JobEdge, operator: &ChainedOperator) -> Result<Box<dyn KeySelector>> {
        let Partitioner::Hash { selector, key_type } = &edge.partitioner else {
            return Err(Error::internal("an edge without keys"));
        };
        let vertices = &self.job.graph.vertices;
        let context = self.plain_context(&vertices[edge.source_vertex], operator);
        let max_parallelism = vertices[edge.target_vertex].max_parallelism;
        self.functions.key_selector(selector, key_type.as_ref(), max_parallelism, &context)
    }

    fn partitioning(&mut self, edge: &JobEdge, operator: &ChainedOperator) -> Result<Partitioning> {
        let subtask = self.parts.id.subtask;
        let max_parallelism = self.job.graph.vertices[edge.target_vertex].max_parallelism;
        Ok(match &edge.partitioner {
            Partitioner::Forward { .. } | Partitioner::Global => Partitioning::One(0),
            Partitioner::Rebalance | Partitioner::Rescale => match self.job.settings.least_loaded_of {
                Some(among) => Partitioning::LeastLoaded { last: subtask as usize, among },
                None => Partitioning::RoundRobin(subtask as usize),
            },
            Partitioner::Shuffle => Partitioning::Random(Box::new(StdRng::seed_from_u64(u64::from(subtask)))),
            Partitioner::Broadcast => Partitioning::Broadcast,
            Partitioner::Hash { .. } => {
                Partitioning::Hash { selector: self.key_selector(edge, operator)?, max_parallelism }
            }
            Partitioner::Custom { partitioner, selector } => {
                let context = self.plain_context(self.vertex, operator);
                Partitioning::Custom(self.functions.partitioner(partitioner, selector, &context)?)
            }
        })
    }
}

/// Declared type of an operator's main output, or of a side output.
pub(super) fn output_type<'a>(operator: &'a ChainedOperator, side: Option<&str>) -> Option<&'a TypeInfo> {
    match side {
        None => operator.node.output_type.as_ref(),
        Some(tag) => operator.node.side_outputs.iter().find(|s| s.tag == tag)?.output_type.as_ref(),
    }
}
