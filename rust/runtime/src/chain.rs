//! A chain: operators of one task, linked so that a record runs depth-first. What an operator emits passes the rest
//! of the chain before the operator goes on.

mod columns;
mod latency;
mod raw;

pub use latency::{LatencySettings, LatencyStats};

use std::sync::Arc;
use std::time::Instant;

use penstock_core::event::StreamEvent;
use penstock_core::metrics::{Counter, MetricGroup};
use penstock_core::{Error, Object, ObjectCodec, Result};

use crate::operators::Operator;
use crate::output::ChannelWriter;

/// Where an operator's records go.
pub enum Edge {
    /// Into an operator of the same task.
    Chained(Box<ChainNode>),
    /// Into other tasks.
    Channels(Box<ChannelWriter>),
}

/// An operator with its outputs.
pub struct ChainNode {
    /// Who it is.
    pub id: OperatorIdentity,
    /// What it does.
    pub operator: Box<dyn Operator>,
    /// Where its records go.
    pub out: Outputs,
    records_in: u64,
    records_in_total: Counter,
    latency: Option<Box<LatencyStats>>,
}

/// Names of an operator.
#[derive(Debug, Clone)]
pub struct OperatorIdentity {
    /// The operator's id, 32 hexadecimal digits.
    pub uid_hash: String,
    /// The operator's name.
    pub name: String,
    /// Index of the subtask.
    pub subtask: u32,
    /// Number of subtasks.
    pub parallelism: u32,
}

/// The outputs of an operator.
pub struct Outputs {
    main: Vec<Edge>,
    side: Vec<(String, Vec<Edge>)>,
    /// Makes a copy for each consumer where there are several; `None`: all get the same object.
    isolation: Option<Arc<dyn ObjectCodec>>,
    records_out: u64,
    records_out_total: Counter,
    /// The last watermark that was emitted.
    watermark: i64,
    /// Where the last latency marker went.
    marker_edge: usize,
}

impl ChainNode {
    /// Links an operator to its outputs.
    #[must_use]
    pub fn new(
        id: OperatorIdentity,
        operator: Box<dyn Operator>,
        main: Vec<Edge>,
        side: Vec<(String, Vec<Edge>)>,
        metrics: &MetricGroup,
    ) -> Self {
        let records_out_total = metrics.counter("numRecordsOut");
        let out = Outputs {
            main,
            side,
            isolation: None,
            records_out: 0,
            records_out_total,
            watermark: i64::MIN,
            marker_edge: 0,
        };
        Self { id, operator, out, records_in: 0, records_in_total: metrics.counter("numRecordsIn"), latency: None }
    }

    /// Gives each of several consumers of the main output its own copy of what can be changed.
    #[must_use]
    pub fn isolating(mut self, codec: Arc<dyn ObjectCodec>) -> Self {
        self.out.isolation = Some(codec);
        self
    }

    /// Takes a record.
    #[inline]
    pub fn process(&mut self, input: usize, value: Object, timestamp: i64) -> Result<()> {
        self.records_in += 1;
        match self.operator.process(input, value, timestamp, &mut self.out) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.located(error)),
        }
    }

    #[cold]
    fn located(&self, error: Error) -> Error {
        error.located(&self.id.name, self.id.subtask, self.id.parallelism)
    }

    /// No record of the current key follows.
    pub fn end_of_key(&mut self) -> Result<()> {
        let ended = self.operator.end_of_key(&mut self.out);
        ended.map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))
    }

    /// Takes an event. Watermarks and idleness go through the operator, which decides what it passes on.
    pub fn handle(&mut self, event: &StreamEvent) -> Result<()> {
        let result = match event {
            StreamEvent::Watermark(time) => self.operator.watermark(*time, &mut self.out),
            StreamEvent::EndOfData { drain } => {
                self.operator.end_of_data(*drain, &mut self.out).and_then(|()| self.out.emit_event(event))
            }
            StreamEvent::LatencyMarker { .. } => self.handle_marker(event),
            StreamEvent::Idle => self.operator.flush(&mut self.out).and_then(|()| self.out.emit_event(event)),
            other => self.out.emit_event(other),
        };
        result.map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))
    }

    /// Calls `visit` for every operator of the chain, this one first.
    pub fn for_each(
        &mut self,
        visit: &mut dyn FnMut(&OperatorIdentity, &mut dyn Operator, &mut Outputs) -> Result<()>,
    ) -> Result<()> {
        visit(&self.id, &mut *self.operator, &mut self.out)
            .map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))?;
        for edge in self.out.edges_mut() {
            if let Edge::Chained(node) = edge {
                node.for_each(visit)?;
            }
        }
        Ok(())
    }

    /// Opens every operator, the last of the chain first, so that whatever an operator emits finds its consumers open.
    pub fn open(&mut self) -> Result<()> {
        for edge in self.out.edges_mut() {
            match edge {
                Edge::Chained(node) => node.open()?,
                Edge::Channels(writer) => writer
                    .partitioning()
                    .open()
                    .map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))?,
            }
        }
        self.operator.open().map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))
    }

    /// Closes every operator, this one first, also after a failure; the first error counts.
    pub fn close(&mut self) -> Result<()> {
        let mut first = self.operator.close();
        for edge in self.out.edges_mut() {
            first = first.and(match edge {
                Edge::Chained(node) => node.close(),
                Edge::Channels(writer) => writer.partitioning().close(),
            });
        }
        first.map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))
    }

    /// Calls `visit` for every channel writer of the chain.
    pub fn for_each_writer(&mut self, visit: &mut dyn FnMut(&mut ChannelWriter) -> Result<()>) -> Result<()> {
        for edge in self.out.edges_mut() {
            match edge {
                Edge::Chained(node) => node.for_each_writer(visit)?,
                Edge::Channels(writer) => visit(writer)?,
            }
        }
        Ok(())
    }

    /// Whether every channel and every sink takes another record.
    pub fn has_capacity(&mut self) -> bool {
        self.operator.has_capacity() && self.out.has_capacity()
    }

    /// Whether every operator could go on at once after a barrier.
    pub fn is_ready_for_barrier(&mut self) -> bool {
        let chained = |edge: &mut Edge| match edge {
            Edge::Chained(node) => node.is_ready_for_barrier(),
            Edge::Channels(_) => true,
        };
        self.operator.is_ready_for_barrier() && self.out.edges_mut().all(chained)
    }

    /// Brings counters up to date, and sends batches whose time has come.
    pub fn end_of_batch(&mut self, now: Instant) -> Result<()> {
        self.records_in_total.add(std::mem::take(&mut self.records_in) as i64);
        self.operator.end_of_batch()?;
        self.out.end_of_batch(now)
    }

    /// When the next batch has to be sent, or the next timer of processing time is due.
    pub fn flush_deadline(&mut self) -> Option<Instant> {
        let mut first: Option<Instant> = None;
        let visit = &mut |writer: &mut ChannelWriter| {
            first = first.into_iter().chain(writer.flush_deadline()).min();
            Ok(())
        };
        self.for_each_writer(visit).ok()?;
        first
    }
}

impl Outputs {
    /// Emits a record to the main output.
    #[inline]
    pub fn emit(&mut self, value: Object, timestamp: i64) -> Result<()> {
        self.records_out += 1;
        // The way of most records, kept short so that it becomes part of the operator's code.
        match self.main.as_mut_slice() {
            [Edge::Chained(node)] => node.process(0, value, timestamp),
            _ => self.emit_elsewhere(value, timestamp),
        }
    }

    #[inline(never)]
    fn emit_elsewhere(&mut self, value: Object, timestamp: i64) -> Result<()> {
        match self.main.as_mut_slice() {
            [] => Ok(()),
            [only] => push(only, value, timestamp),
            several => send(several, self.isolation.as_deref(), value, timestamp),
        }
    }

    /// Emits a record to a side output. Nobody has to listen.
    pub fn emit_side(&mut self, tag: &str, value: Object, timestamp: i64) -> Result<()> {
        match self.side.iter_mut().find(|(t, _)| t == tag) {
            Some((_, edges)) => send(edges, None, value, timestamp),
            None => Ok(()),
        }
    }

    /// Emits a watermark; one that does not grow is left out.
    pub fn emit_watermark(&mut self, time: i64) -> Result<()> {
        if time <= self.watermark {
            return Ok(());
        }
        self.watermark = time;
        self.emit_event(&StreamEvent::Watermark(time))
    }

    /// Emits an event to every output.
    pub fn emit_event(&mut self, event: &StreamEvent) -> Result<()> {
        for edge in self.edges_mut() {
            match edge {
                Edge::Chained(node) => node.handle(event)?,
                Edge::Channels(writer) => writer.broadcast_event(event)?,
            }
        }
        Ok(())
    }

    /// Whether everything behind takes another record.
    pub fn has_capacity(&mut self) -> bool {
        self.edges_mut().all(|edge| match edge {
            Edge::Chained(node) => node.has_capacity(),
            Edge::Channels(writer) => writer.has_capacity(),
        })
    }

    /// Brings counters up to date, and sends batches whose time has come.
    pub fn end_of_batch(&mut self, now: Instant) -> Result<()> {
        self.records_out_total.add(std::mem::take(&mut self.records_out) as i64);
        for edge in self.edges_mut() {
            match edge {
                Edge::Chained(node) => node.end_of_batch(now)?,
                Edge::Channels(writer) => writer.flush_due(now)?,
            }
        }
        Ok(())
    }

    fn edges_mut(&mut self) -> impl Iterator<Item = &mut Edge> {
        self.main.iter_mut().chain(self.side.iter_mut().flat_map(|(_, edges)| edges.iter_mut()))
    }
}

fn send(edges: &mut [Edge], isolation: Option<&dyn ObjectCodec>, value: Object, timestamp: i64) -> Result<()> {
    let Some((last, others)) = edges.split_last_mut() else { return Ok(()) };
    // All copies are made before the first consumer sees the value and may change it.
    let mut copies = Vec::with_capacity(others.len());
    for _ in others.iter() {
        copies.push(match isolation {
            Some(codec) => codec.isolate(value.clone())?,
            None => value.clone(),
        });
    }
    for (edge, copy) in others.iter_mut().zip(copies) {
        push(edge, copy, timestamp)?;
    }
    push(last, value, timestamp)
}

#[inline]
fn push(edge: &mut Edge, value: Object, timestamp: i64) -> Result<()> {
    match edge {
        Edge::Chained(node) => node.process(0, value, timestamp),
        Edge::Channels(writer) => writer.push(value, timestamp),
    }
}
