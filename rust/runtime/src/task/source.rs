//! The loop of a source task: raw columns become objects, get their event time, and run down the chain.
//!
//! The position of every split is that of the last record that went down the chain, so that a snapshot can be taken
//! between any two records.

mod columns;
mod current;
mod markers;
mod raw;

use indexmap::IndexMap;
use std::sync::Arc;
use std::time::Instant;

use penstock_core::clock::MAX_WATERMARK;
use penstock_core::event::{Barrier, StreamEvent};
use penstock_core::metrics::{Counter, Gauge, MetricGroup};
use penstock_core::source::{ObjectBatch, Poll, SourceReader, Split};
use penstock_core::{Error, NO_TIMESTAMP, Result};
use penstock_plan::{WatermarkGenerator, WatermarkSpec};

use super::holding::Holding;
use super::{Head, Phase, SLICE, Step, Task, TaskContext};
use crate::chain::ChainNode;
use crate::lane::{Decoder, TimestampAssigner};
use crate::operators::{OperatorState, Redistribution};
use crate::raw_columns::ColumnDecoder;
use crate::watermark::{Combined, WatermarkTracker, combine};
use current::Current;
use markers::Markers;

/// Name of the operator state of a source's splits.
pub const SPLITS_STATE: &str = "splits";
/// Most records that a reader is asked for at once.
const MAX_RECORDS: usize = 4096;

/// What a source head is made of.
pub struct SourceParts {
    /// Reads.
    pub reader: Box<dyn SourceReader>,
    /// Makes records of raw columns.
    pub decoder: SourceDecoder,
    /// The user's timestamp assigner.
    pub assigner: Option<Box<dyn TimestampAssigner>>,
    /// The strategy of `from_source`.
    pub watermarks: Option<WatermarkSpec>,
    /// How often watermarks are emitted, in milliseconds; 0: only at the end.
    pub watermark_interval_ms: i64,
    /// How often latency markers are emitted, in milliseconds; 0: never.
    pub latency_interval_ms: i64,
    /// The operator's metrics.
    pub metrics: MetricGroup,
}

/// How raw columns become records.
pub enum SourceDecoder {
    /// Of the object lane.
    Objects(Box<dyn Decoder>),
    /// Of the column lane.
    Columns(ColumnDecoder),
    /// They leave as they are: the consumer makes objects of them.
    Raw,
}

struct SplitState {
    split: Split,
    tracker: WatermarkTracker,
}

/// The head of a source task.
pub struct SourceHead {
    parts: SourceParts,
    splits: IndexMap<Arc<str>, SplitState>,
    no_more_splits: bool,
    /// Whether the job stops with a savepoint: nothing may come behind its barrier.
    stopped: bool,
    current: Option<Current>,
    next_emit: i64,
    markers: Markers,
    idle: bool,
    max_watermark: i64,
    holding: Holding,
    dropped: Counter,
    bytes: Counter,
    lag: Gauge,
}

/// The split that a batch comes from.
fn split_of<'a>(splits: &'a mut IndexMap<Arc<str>, SplitState>, split: &str) -> Result<&'a mut SplitState> {
    splits.get_mut(split).ok_or_else(|| Error::internal(format!("records of the unknown split {split}")))
}

enum Stop {
    Attention,
    BatchDone,
}

impl SourceHead {
    /// A head without splits.
    #[must_use]
    pub fn new(parts: SourceParts) -> Self {
        let (dropped, bytes) = (parts.metrics.counter("numRecordsInDropped"), parts.metrics.counter("numBytesIn"));
        let lag = parts.metrics.gauge("currentEmitEventTimeLag");
        let markers = Markers::new(parts.latency_interval_ms);
        Self {
            parts,
            splits: IndexMap::new(),
            no_more_splits: false,
            stopped: false,
            current: None,
            next_emit: 0,
            markers,
            idle: false,
            max_watermark: i64::MAX,
            holding: Holding::default(),
            dropped,
            bytes,
            lag,
        }
    }

    pub(super) fn add_splits(&mut self, splits: Vec<Split>, now: i64) -> Result<()> {
        for split in &splits {
            let (generator, idleness) = self.strategy();
            let tracker = WatermarkTracker::new(generator, idleness, now);
            self.splits.insert(Arc::from(split.id.as_str()), SplitState { split: split.clone(), tracker });
        }
        self.parts.reader.add_splits(splits)
    }

    pub(super) fn no_more_splits(&mut self) {
        self.no_more_splits = true;
        self.parts.reader.no_more_splits();
    }

    pub(super) fn set_max_watermark(&mut self, max: i64) {
        self.max_watermark = max;
        self.pause_those_ahead();
    }

    fn pause_those_ahead(&mut self) {
        let ahead = self.splits.values().filter(|s| s.tracker.watermark().is_some_and(|w| w > self.max_watermark));
        let ahead: Vec<String> = ahead.map(|s| s.split.id.clone()).collect();
        self.parts.reader.pause_splits(&ahead);
    }

    pub(super) fn close(&mut self) {
        self.parts.reader.close();
    }

    pub(super) fn clear(&mut self) {
        self.current = None;
    }

    pub(super) fn snapshot(&self) -> Result<OperatorState> {
        let elements = self.splits.values().map(|s| serde_json::to_vec(&s.split)).collect::<Result<Vec<_>, _>>();
        let elements = elements.map_err(|e| Error::internal(e.to_string()))?;
        Ok(OperatorState { name: SPLITS_STATE.to_owned(), mode: Redistribution::Split, elements })
    }

    fn strategy(&self) -> (WatermarkGenerator, Option<u64>) {
        self.parts.watermarks.as_ref().map_or((WatermarkGenerator::None, None), |s| (s.generator, s.idleness_ms))
    }

    fn has_watermarks(&self) -> bool {
        self.strategy().0 != WatermarkGenerator::None
    }

    pub(super) fn next_timer(&self) -> Option<i64> {
        self.next_watermark().into_iter().chain(self.markers.next()).min().filter(|_| !self.stopped)
    }

    fn next_watermark(&self) -> Option<i64> {
        (self.has_watermarks() && self.parts.watermark_interval_ms > 0).then_some(self.next_emit)
    }

    pub(super) fn fire_timers(&mut self, now: i64, root: &mut ChainNode, context: &TaskContext) -> Result<()> {
        if self.stopped {
            return Ok(());
        }
        self.markers.fire(now, root)?;
        if self.next_watermark().is_none_or(|at| at > now) {
            return Ok(());
        }
        self.next_emit = now + self.parts.watermark_interval_ms;
        self.emit_watermark(now, root)?;
        self.name_holder(now, root);
        let Some(alignment) = self.parts.watermarks.as_ref().and_then(|s| s.alignment.as_ref()) else { return Ok(()) };
        match combine(self.splits.values_mut().map(|s| &mut s.tracker), now) {
            Combined::Watermark(Some(time)) => context.events.watermark(context.id, &alignment.group, time),
            // An idle source holds nobody back.
            Combined::Idle => context.events.watermark(context.id, &alignment.group, MAX_WATERMARK),
            Combined::Watermark(None) => {}
        }
        self.pause_those_ahead();
        Ok(())
    }

    /// Tells which split keeps event time from going on.
    fn name_holder(&mut self, now: i64, root: &ChainNode) {
        let splits = self.splits.iter().map(|(name, state)| (name, &state.tracker));
        if let Some((split, silence)) = self.holding.name(splits, now) {
            tracing::info!(
                "{}: {split} holds the watermark, for no record has come from it for {} s. WatermarkStrategy.with_idleness(...) lets event time go on without it",
                root.id.name,
                silence / 1000
            );
        }
    }

    fn emit_watermark(&mut self, now: i64, root: &mut ChainNode) -> Result<()> {
        let combined = combine(self.splits.values_mut().map(|s| &mut s.tracker), now);
        // Without splits there is nothing to be idle, but for strategies that say when silence counts.
        let nothing_to_read = self.splits.is_empty() && self.strategy().1.is_none();
        self.set_idle(combined == Combined::Idle && !nothing_to_read, root)?;
        match combined {
            Combined::Watermark(Some(time)) => {
                self.lag.set((now - time) as f64);
                root.out.emit_watermark(time)
            }
            _ => Ok(()),
        }
    }

    fn set_idle(&mut self, idle: bool, root: &mut ChainNode) -> Result<()> {
        if idle == self.idle {
            return Ok(());
        }
        self.idle = idle;
        root.out.emit_event(if idle { &StreamEvent::Idle } else { &StreamEvent::Active })
    }

    /// Makes a batch of objects the current one; its split goes on from the place that the batch names.
    fn take_objects(&mut self, mut batch: ObjectBatch) -> Result<()> {
        let state = split_of(&mut self.splits, &batch.split)?;
        state.split.data = std::mem::take(&mut batch.data);
        state.split.position = batch.position;
        self.current = Some(Current::objects(batch));
        Ok(())
    }

    /// Sends records of the current batch down the chain until it is done or something else is to do.
    fn emit_records(
        &mut self,
        root: &mut ChainNode,
        pace: &mut super::Pace,
        signal: &crate::signal::TaskSignal,
        now_millis: i64,
    ) -> Result<Stop> {
        let Some(Current { batch, objects, row }) = &mut self.current else { return Ok(Stop::BatchDone) };
        let state = split_of(&mut self.splits, &batch.split)?;
        let start = pace.start();
        state.tracker.active(now_millis);
        let SourceDecoder::Objects(decoder) = &mut self.parts.decoder else {
            return Err(Error::internal("a source of raw columns has no objects"));
        };
        while *row < batch.len() {
            let at = *row;
            *row += 1;
            let value = match objects {
                None => decoder.decode(batch, at),
                Some(objects) => decoder.accept(batch, objects[at].clone()).map(Some),
            };
            let Some(value) = value.map_err(|e| e.located(&root.id.name, root.id.subtask, root.id.parallelism))? else {
                self.dropped.add(1);
                state.split.position = batch.positions[at];
                continue;
            };
            let mut timestamp = batch.timestamps.as_ref().map_or(NO_TIMESTAMP, |t| t[at]);
            if let Some(assigner) = &mut self.parts.assigner {
                timestamp = assigner
                    .extract(&value, timestamp)
                    .map_err(|e| e.located(&root.id.name, root.id.subtask, root.id.parallelism))?;
            }
            if timestamp != NO_TIMESTAMP {
                state.tracker.record(timestamp);
            }
            root.out.emit(value, timestamp)?;
            state.split.position = batch.positions[at];
            if let Some(now) = pace.record() {
                root.end_of_batch(now)?;
                if now.duration_since(start) > SLICE {
                    signal.raise_locally();
                }
            }
            if signal.is_raised() {
                return Ok(Stop::Attention);
            }
        }
        self.bytes.add(batch.num_bytes as i64);
        self.current = None;
        root.end_of_batch(Instant::now())?;
        Ok(Stop::BatchDone)
    }
}

impl Task {
    pub(super) fn step_source(&mut self) -> Result<Step> {
        if self.phase != Phase::Running {
            return Ok(Step::Idle);
        }
        let lane = Arc::clone(&self.context.lane);
        let now_millis = self.context.clock.now_millis();
        let deadline = Instant::now() + SLICE;
        loop {
            let Head::Source(source) = &mut self.head else {
                return Err(Error::internal("a source task has a source"));
            };
            if source.current.is_none() {
                let id = &self.root.id;
                let polled = source.parts.reader.poll(MAX_RECORDS);
                match polled.map_err(|e| e.located(&id.name, id.subtask, id.parallelism))? {
                    Poll::Batch(batch) => source.current = Some(Current::columns(batch)),
                    Poll::Objects(batch) => source.take_objects(batch)?,
                    Poll::SplitFinished(id) => {
                        source.splits.shift_remove(id.as_str());
                        self.context.events.split_finished(self.context.id, &id);
                        continue;
                    }
                    Poll::Pending => return Ok(Step::Idle),
                    Poll::Finished => return self.end_of_source().map(|()| Step::Again),
                }
            }
            let (root, pace, signal) = (&mut self.root, &mut self.pace, &self.signal);
            let mut stop = Ok(Stop::BatchDone);
            match source.parts.decoder {
                SourceDecoder::Columns(decoder) => {
                    source.emit_columns(decoder, root, now_millis)?;
                    lane.hold(&mut || stop = root.end_of_batch(Instant::now()).map(|()| Stop::BatchDone));
                }
                SourceDecoder::Raw => stop = source.emit_raw(root, signal),
                SourceDecoder::Objects(_) => {
                    lane.hold(&mut || stop = source.emit_records(root, pace, signal, now_millis));
                }
            }
            if matches!(stop?, Stop::Attention) || self.signal.is_raised() || Instant::now() > deadline {
                return Ok(Step::Again);
            }
        }
    }

    /// Ends the input where it is, and takes the savepoint that the job stops with.
    pub(super) fn stop_with_savepoint(&mut self, barrier: Barrier, drain: bool) -> Result<()> {
        self.source()?.stopped = true;
        if self.phase == Phase::Running {
            if drain {
                self.emit_last_watermark()?;
            }
            // Without checkpoints, an end that is drained is the end for good, and nobody would wait for the savepoint.
            self.end_of_data(drain && self.context.checkpointing)?;
        }
        self.take_checkpoint(barrier)
    }

    fn end_of_source(&mut self) -> Result<()> {
        self.emit_last_watermark()?;
        self.end_of_data(true)
    }

    fn emit_last_watermark(&mut self) -> Result<()> {
        let lane = Arc::clone(&self.context.lane);
        let mut result = Ok(());
        let Head::Source(source) = &mut self.head else { return Err(Error::internal("a source task has a source")) };
        let root = &mut self.root;
        source.markers.stop();
        // The watermark of an idle channel does not count.
        lane.hold(&mut || result = source.set_idle(false, root).and_then(|()| root.out.emit_watermark(MAX_WATERMARK)));
        result
    }
}
