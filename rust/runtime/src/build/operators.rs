//! From the plan of an operator to the operator.

use std::sync::Arc;

use penstock_core::config::RuntimeMode;
use penstock_core::sabotage::Sabotage;
use penstock_core::sink::WriterContext;
use penstock_core::task_cell::TaskCell;
use penstock_core::{Clock, Error, Result, TypeInfo};
use penstock_plan::{ChainedOperator, Codec, FunctionShape, JobGraph, Operator as Plan, Partitioner, WatermarkSpec};
use penstock_state::keyed::{CacheBudget, KeyedState, StateCodecs};

use super::Builder;
use super::outputs::output_type;
use crate::broadcast_state::{BroadcastState, Declaration};
use crate::chain::Outputs;
use crate::context::OperatorContext;
use crate::joins::interval::{IntervalJoin, SideParts};
use crate::lane::{AsyncCall, BatchCall, FunctionCall, ObjectSinkSpec};
use crate::model_versions::ModelVersions;
use crate::operators::Operator;
use crate::operators::async_wait::{AsyncWaitOperator, AsyncWaitParts};
use crate::operators::batches::{BatchBounds, BatchesOperator};
use crate::operators::function::{FunctionParts, function_operator};
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
            Plan::AsyncWait { .. } => self.async_wait(operator),
            Plan::IntervalJoin { .. } => self.interval_join(operator),
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
            self.give_keys(&mut context, operator, window.is_some())?;
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
                let batch = self.job.graph.mode == RuntimeMode::Batch;
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
            input_type: input_type(&self.job.graph, operator, 0),
            output_type: node.output_type.as_ref(),
            emits_columns: self.lanes.emits_columns(node.id),
            context: &context,
        };
        let bounds = BatchBounds { batch_size: *batch_size as usize, max_wait_ms: *max_wait_ms as i64 };
        let function = self.functions.batch_function(function, &call)?;
        Ok(Box::new(BatchesOperator::new(function, context, Arc::clone(&self.lane), &self.job.clock, bounds)))
    }

    /// Gives a context the state and the timers of keys, or of windows of keys.
    fn give_keys(&mut self, context: &mut OperatorContext, operator: &ChainedOperator, of_windows: bool) -> Result<()> {
        let mut backend = (self.parts.backends)(operator)?;
        let key_type = self.key_type();
        let codec = self.functions.codec(key_type)?;
        context.timers = Timers::restore(&mut *backend, codec, key_type, of_windows, &operator.node.name)?;
        let sabotage = self.job.settings.sabotage;
        if sabotage == Some(Sabotage::LoseTimer) {
            context.timers = std::mem::take(&mut context.timers).losing();
        }
        let most = self.job.settings.object_cache_bytes;
        let slot = CacheBudget::of_slot(&self.job.job_id, self.parts.id.subtask, most);
        context.checkpointing = self.job.settings.checkpointing;
        let mut state = KeyedState::new(backend, self.clock_of_states(), most).within(&slot);
        if sabotage == Some(Sabotage::SkipWriteBack) {
            state = state.without_write_back();
        }
        context.keyed = Some(state.of_operator(&operator.node.name));
        Ok(())
    }

    /// What lives of states are measured by. It stands still in batch mode, where nothing expires, as in Flink: results
    /// do not depend on how long the job takes.
    fn clock_of_states(&self) -> Clock {
        match self.job.graph.mode {
            RuntimeMode::Batch => Clock::manual(self.job.clock.now_millis()),
            RuntimeMode::Streaming | RuntimeMode::Automatic => self.job.clock.clone(),
        }
    }

    fn interval_join(&mut self, operator: &ChainedOperator) -> Result<Box<dyn Operator>> {
        let node = &operator.node;
        let Plan::IntervalJoin { function, lower, upper, left_late_output, right_late_output } = &node.operator else {
            return Err(Error::internal("an interval join has a function"));
        };
        let mut context = OperatorContext::new(self.info(operator), self.job.clock.clone(), self.metrics(operator));
        self.give_keys(&mut context, operator, false)?;
        let context = Arc::new(TaskCell::new(context));
        let side_outputs: Vec<_> = node.side_outputs.iter().map(|s| (s.tag.clone(), s.output_type.clone())).collect();
        let call = FunctionCall {
            shape: FunctionShape::CoProcess,
            keyed: true,
            output_type: node.output_type.as_ref(),
            side_outputs: &side_outputs,
        };
        let function = self.functions.join_function(function, &call, &context)?;
        let side = |input: u32, late_output: &Option<String>| {
            let declared = input_type(&self.job.graph, operator, input).cloned();
            let codec = self.functions.codec(declared.as_ref())?;
            Ok::<_, Error>(SideParts { codec, declared, late_output: late_output.clone() })
        };
        let sides = [side(0, left_late_output)?, side(1, right_late_output)?];
        let join = IntervalJoin::new(function, Arc::clone(&context), (*lower, *upper), sides)?;
        let lane = Arc::clone(&self.lane);
        let parts = FunctionParts { context, lane, reduce: None, uses_context: false, without_key: None };
        Ok(function_operator(join, parts))
    }

    fn async_wait(&mut self, operator: &ChainedOperator) -> Result<Box<dyn Operator>> {
        let Plan::AsyncWait { function, retry, timeout_ms, capacity, ordered } = &operator.node.operator else {
            return Err(Error::internal("an asynchronous operator has a function"));
        };
        let (info, clock) = (self.info(operator), self.job.clock.clone());
        let context = Arc::new(TaskCell::new(OperatorContext::new(info, clock, self.metrics(operator))));
        let call = AsyncCall {
            function,
            retry: retry.as_deref(),
            timeout_ms: *timeout_ms,
            capacity: *capacity,
            output_type: operator.node.output_type.as_ref(),
        };
        let mailbox = self.parts.mailbox.clone();
        let parts = AsyncWaitParts {
            function: self.functions.async_function(&call, context, mailbox.signal())?,
            lane: Arc::clone(&self.lane),
            mailbox,
            codec: self.functions.codec(input_type(&self.job.graph, operator, 0))?,
            capacity: *capacity,
            ordered: *ordered,
            keeps_bytes: self.job.settings.checkpointing && !self.job.settings.object_reuse,
        };
        Ok(Box::new(AsyncWaitOperator::new(parts, &self.restored(operator))?))
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
        let input_type = input_type(&self.job.graph, operator, 0);
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
            Codec::Object => SinkEncoder::AsItIs,
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

/// Declared type of an input's records; of the first of several streams that are one input.
fn input_type<'a>(graph: &'a JobGraph, operator: &ChainedOperator, number: u32) -> Option<&'a TypeInfo> {
    let input = operator.node.inputs.iter().find(|input| input.input == number)?;
    let upstream = graph.vertices.iter().flat_map(|v| &v.operators).find(|o| o.node.id == input.node)?;
    output_type(upstream, input.side.as_deref())
}
