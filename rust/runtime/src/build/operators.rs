//! From the plan of an operator to the operator.

use std::sync::Arc;

use penstock_core::sabotage::Sabotage;
use penstock_core::sink::WriterContext;
use penstock_core::task_cell::TaskCell;
use penstock_core::{Error, Result, TypeInfo};
use penstock_plan::{ChainedOperator, Codec, FunctionShape, JobGraph, Operator as Plan, Partitioner, WatermarkSpec};
use penstock_state::keyed::{CacheBudget, KeyedState, StateCodecs};

use super::Builder;
use super::outputs::output_type;
use crate::broadcast_state::{BroadcastState, Declaration};
use crate::chain::Outputs;
use crate::context::OperatorContext;
use crate::lane::{BatchCall, FunctionCall, ObjectSinkSpec};
use crate::model_versions::ModelVersions;
use crate::operators::Operator;
use crate::operators::batches::{BatchBounds, BatchesOperator};
use crate::operators::function::FunctionParts;
use crate::operators::object_sink::{DiscardOperator, ObjectSinkOperator};
use crate::operators::reduce::ReduceParts;
use crate::operators::sink::{SinkEncoder, SinkOperator, WRITER_STATE};
use crate::operators::watermarks::WatermarksOperator;
use crate::timers::Timers;
use crate::watermark::WatermarkTracker;
use crate::windows::{WindowParts, kept_type};

/// Stands for a source in its chain: the task itself reads and emits.
struct SourceOperator;

impl Operator for SourceOperator {
    fn process(
        &mut self,
        _input: usize,
        value: penstock_core::Object,
        timestamp: i64,
        out: &mut Outputs,
    ) -> Result<()> {
        out.emit(value, timestamp)
    }
}

impl Builder<'_> {
    pub(super) fn operator(&mut self, operator: &ChainedOperator) -> Result<Box<dyn Operator>> {
        match &operator.node.operator {
            Plan::Source { .. } => Ok(Box::new(SourceOperator)),
            Plan::Function { .. } => self.function(operator),
            Plan::Batches { .. } => self.batches(operator),
            Plan::Watermarks { strategy } => self.watermarks(strategy),
            Plan::Sink { .. } => self.sink(operator),
        }
    }

    fn function(&mut self, operator: &ChainedOperator) -> Result<Box<dyn Operator>> {
        let node = &operator.node;
        let Plan::Function { function, shape, keyed, broadcast_states, window } = &node.operator else {
            return Err(Error::internal("a function operator has a function"));
        };
        let mut context = OperatorContext::new(self.info(operator), self.job.clock.clone(), self.metrics(operator));
        if *keyed {
            let mut backend = (self.parts.backends)(operator)?;
            let key_type = self.key_type();
            let codec = self.functions.codec(key_type)?;
            context.timers = Timers::restore(&mut *backend, codec, key_type, window.is_some(), &operator.node.name)?;
            let sabotage = self.job.settings.sabotage;
            if sabotage == Some(Sabotage::LoseTimer) {
                context.timers = context.timers.losing();
            }
            let most = self.job.settings.object_cache_bytes;
            let slot = CacheBudget::of_slot(&self.job.job_id, self.parts.id.subtask, most);
            context.checkpointing = self.job.settings.checkpointing;
            let mut state = KeyedState::new(backend, self.job.clock.clone(), most).within(&slot);
            if sabotage == Some(Sabotage::SkipWriteBack) {
                state = state.without_write_back();
            }
            context.keyed = Some(state.of_operator(&operator.node.name));
        }
        let restored = self.restored(operator);
        context.models = ModelVersions::restore(&restored)?;
        for spec in broadcast_states {
            let codecs =
                (self.functions.codec(spec.key_type.as_ref())?, self.functions.codec(spec.value_type.as_ref())?);
            let declared = Declaration::new(&spec.name, spec.key_type.as_ref(), spec.value_type.as_ref());
            let mut state = BroadcastState::new(declared, codecs.0, codecs.1);
            state.restore(&restored, &node.name)?;
            context.broadcast.push(state);
        }
        let context = Arc::new(TaskCell::new(context));
        let side_outputs: Vec<_> = node.side_outputs.iter().map(|s| (s.tag.clone(), s.output_type.clone())).collect();
        let call = FunctionCall {
            shape: *shape,
            keyed: *keyed,
            output_type: node.output_type.as_ref(),
            side_outputs: &side_outputs,
        };
        let reduce = match shape {
            FunctionShape::Reduce => {
                let codecs = StateCodecs { value: self.functions.codec(node.output_type.as_ref())?, map_key: None };
                let batch = self.job.graph.mode == penstock_core::config::RuntimeMode::Batch;
                Some(ReduceParts { codecs, declared: node.output_type.clone(), batch })
            }
            _ => None,
        };
        // A keyed function learns its record's time together with the key; what is broadcast has no key.
        let uses_context = match shape {
            FunctionShape::Process | FunctionShape::CoProcess => !*keyed,
            FunctionShape::BroadcastProcess => true,
            _ => false,
        };
        let without_key = (*shape == FunctionShape::BroadcastProcess).then_some(1);
        let parts = FunctionParts { context, lane: Arc::clone(&self.lane), reduce, uses_context, without_key };
        let Some(window) = window else { return self.functions.function(function, &call, parts) };
        let codec = self.functions.codec(kept_type(window).as_ref())?;
        self.functions.window(function, &call, WindowParts { spec: (**window).clone(), codec }, parts)
    }

    fn batches(&mut self, operator: &ChainedOperator) -> Result<Box<dyn Operator>> {
        let node = &operator.node;
        let Plan::Batches { function, shape, form, batch_size, max_wait_ms } = &node.operator else {
            return Err(Error::internal("an operator of batches has a function"));
        };
        let mut context = OperatorContext::new(self.info(operator), self.job.clock.clone(), self.metrics(operator));
        context.models = ModelVersions::restore(&self.restored(operator))?;
        let context = Arc::new(TaskCell::new(context));
        let call = BatchCall {
            shape: *shape,
            form,
            input_type: input_type(&self.job.graph, operator),
            output_type: node.output_type.as_ref(),
            emits_columns: self.lanes.emits_columns(node.id),
            context: &context,
        };
        let bounds = BatchBounds { batch_size: *batch_size as usize, max_wait_ms: *max_wait_ms as i64 };
        let function = self.functions.batch_function(function, &call)?;
        Ok(Box::new(BatchesOperator::new(function, context, Arc::clone(&self.lane), &self.job.clock, bounds)))
    }

    /// Declared type of the key that the head's records have.
    fn key_type(&self) -> Option<&TypeInfo> {
        self.job.graph.inputs_of(self.parts.id.vertex).find_map(|(_, edge)| match &edge.partitioner {
            Partitioner::Hash { key_type, .. } => key_type.as_ref(),
            _ => None,
        })
    }

    fn watermarks(&mut self, strategy: &WatermarkSpec) -> Result<Box<dyn Operator>> {
        let assigner = strategy.assigner.as_deref().map(|name| self.functions.timestamp_assigner(name)).transpose()?;
        let clock = &self.job.clock;
        let tracker = WatermarkTracker::new(strategy.generator, strategy.idleness_ms, clock.now_millis());
        Ok(Box::new(WatermarksOperator::new(assigner, tracker, clock, self.job.settings.watermark_interval_ms)))
    }

    fn sink(&mut self, operator: &ChainedOperator) -> Result<Box<dyn Operator>> {
        let Plan::Sink { connector, options, encoder } = &operator.node.operator else {
            return Err(Error::internal("a sink operator has a sink"));
        };
        let input_type = input_type(&self.job.graph, operator);
        if connector == "discard" {
            return Ok(Box::new(DiscardOperator));
        }
        let Some(encoder) = encoder else {
            let (subtask, parallelism) = (self.parts.id.subtask, self.vertex.parallelism);
            let spec = ObjectSinkSpec { connector, options, input_type, subtask, parallelism };
            let sink = self.functions.object_sink(&spec)?;
            return Ok(Box::new(ObjectSinkOperator::new(sink, &self.metrics(operator))));
        };
        let sink = self
            .job
            .sinks
            .get(&operator.node.id)
            .cloned()
            .ok_or_else(|| Error::internal("a connector's sink that was not made"))?;
        let columns = self.lanes.reads_columns(&operator.node);
        let encoder = match encoder {
            Codec::Record { topic, .. } if columns => SinkEncoder::Columns { topic: topic.clone() },
            _ if columns => SinkEncoder::Columns { topic: None },
            _ => SinkEncoder::Objects(self.functions.encoder(encoder, input_type)?),
        };
        let restored = self.restored(operator);
        let signal = self.parts.mailbox.signal().clone();
        let context = WriterContext {
            subtask: self.parts.id.subtask,
            parallelism: self.vertex.parallelism,
            attempt: self.parts.id.attempt,
            job_id: self.job.job_id.clone(),
            restored_checkpoint: restored.checkpoint_id,
            restored_state: restored.elements(WRITER_STATE).to_vec(),
            checkpointing: self.job.settings.checkpointing,
            wake: Arc::new(move || signal.wake()),
            io: self.job.io.clone(),
            metrics: self.metrics(operator),
        };
        Ok(Box::new(SinkOperator::new(sink, context, encoder, &restored)))
    }
}

/// Declared type of what an operator reads first.
fn input_type<'a>(graph: &'a JobGraph, operator: &ChainedOperator) -> Option<&'a TypeInfo> {
    let input = operator.node.inputs.first()?;
    let upstream = graph.vertices.iter().flat_map(|v| &v.operators).find(|o| o.node.id == input.node)?;
    output_type(upstream, input.side.as_deref())
}
