//! Interval join: pairs records of one key whose event times lie within an interval of each other.
//!
//! Each side's records are kept in a map state of their key, under event time and a number. A record looks for its
//! partners among those of the other side, and stays until the watermark says that no partner can come. Pairs have the
//! later of their two times. A record behind the watermark is late: it joins nothing, and goes to a side output or is
//! counted.

use std::sync::Arc;

use penstock_core::metrics::Counter;
use penstock_core::{Error, NO_TIMESTAMP, Object, ObjectCodec, Result, TypeInfo};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{StateDescriptor, StateKind};
use penstock_state::keyed::{KeyedState, StateCodecs, StateHandle};

use super::time_key::{TimeKey, TimeKeyCodec};
use crate::chain::Outputs;
use crate::context::SharedContext;
use crate::lane::{JoinFunction, UserFunction};
use crate::timers::TimeDomain;

/// Names of the states, as Flink has them.
pub const BUFFERS: [&str; 2] = ["LEFT_BUFFER", "RIGHT_BUFFER"];

/// What one side of the join is made of.
pub struct SideParts {
    /// Codec of its records.
    pub codec: Arc<dyn ObjectCodec>,
    /// Their declared type.
    pub declared: Option<TypeInfo>,
    /// The side output of its late records.
    pub late_output: Option<String>,
}

struct Side {
    parts: SideParts,
    /// How much earlier and later than its own the times of partners may be, both inclusive.
    lower: i64,
    upper: i64,
    buffer: Option<StateHandle>,
}

impl Side {
    fn buffer(&self) -> StateHandle {
        self.buffer.expect("registered when the operator was opened")
    }

    /// How long after its own time a record may still find a partner.
    fn stays(&self) -> i64 {
        self.upper.max(0)
    }
}

/// The calls of an interval join's operator.
pub struct IntervalJoin {
    function: Box<dyn JoinFunction>,
    context: SharedContext,
    sides: [Side; 2],
    late: Counter,
}

impl IntervalJoin {
    /// Joins left records with right ones whose times are from `lower` to `upper` milliseconds after theirs.
    pub fn new(
        function: Box<dyn JoinFunction>,
        context: SharedContext,
        (lower, upper): (i64, i64),
        [left, right]: [SideParts; 2],
    ) -> Result<Self> {
        let late = context.with(|c| c.metrics.counter("numLateRecordsDropped"))?;
        let left = Side { parts: left, lower, upper, buffer: None };
        let right = Side { parts: right, lower: -upper, upper: -lower, buffer: None };
        Ok(Self { function, context, sides: [left, right], late })
    }

    fn is_late(&self, timestamp: i64) -> Result<bool> {
        self.context.with(|c| c.watermark != i64::MIN && timestamp < c.watermark)
    }

    #[cold]
    fn late(&mut self, input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if let Some(tag) = &self.sides[input].parts.late_output {
            return out.emit_side(tag, value, timestamp);
        }
        if self.late.get() == 0 {
            let operator = self.context.with(|c| c.info.operator_name.clone())?;
            tracing::warn!(
                "{operator}: a record came behind the watermark and is dropped; others are counted in \
                 numLateRecordsDropped. side_output_left_late_data(...) and side_output_right_late_data(...) keep them"
            );
        }
        self.late.add(1);
        Ok(())
    }

    /// Keeps a record until no partner can come.
    fn keep(&self, input: usize, value: Object, time: i64) -> Result<()> {
        let side = &self.sides[input];
        let until = time.saturating_add(side.stays());
        self.context.with(|c| {
            let state = c.keyed()?;
            let number = next_number(state, side.buffer(), time)?;
            state.map_put(side.buffer(), Object::from_value(TimeKey { time, number }), value)?;
            c.add_timer(TimeDomain::EventTime, until)
        })?
    }

    fn partners(&self, input: usize, timestamp: i64) -> Result<Vec<(Box<[u8]>, Object)>> {
        let side = &self.sides[input];
        let (from, to) = (timestamp.saturating_add(side.lower), timestamp.saturating_add(side.upper));
        let buffer = self.sides[1 - input].buffer();
        let within = |bytes: &[u8]| TimeKey::time_of(bytes).is_some_and(|time| from <= time && time <= to);
        self.context.with(|c| c.keyed()?.map_values_where(buffer, within))?
    }
}

/// The number of the next record of a time: those that are there have the numbers before it.
fn next_number(state: &mut KeyedState, buffer: StateHandle, time: i64) -> Result<i32> {
    let mut taken = |number: i32| state.map_contains(buffer, &TimeKey { time, number }.bytes());
    if !taken(0)? {
        return Ok(0);
    }
    let (mut taken_one, mut free) = (0, 1);
    while taken(free)? {
        (taken_one, free) = (free, free.saturating_mul(2));
    }
    while free - taken_one > 1 {
        let middle = taken_one + (free - taken_one) / 2;
        if taken(middle)? { taken_one = middle } else { free = middle }
    }
    Ok(free)
}

fn remove_all(state: &mut KeyedState, buffer: StateHandle, time: i64) -> Result<()> {
    // From the last to the first, so that what an error leaves has no gap.
    for number in (0..next_number(state, buffer, time)?).rev() {
        state.map_remove_at_once(buffer, &TimeKey { time, number }.bytes())?;
    }
    Ok(())
}

impl UserFunction for IntervalJoin {
    fn open(&mut self) -> Result<()> {
        for (side, name) in self.sides.iter_mut().zip(BUFFERS) {
            let (value, map_key) = (side.parts.declared.clone(), Some(TimeKey::declared()));
            let declared = DeclaredTypes { value, map_key, ..DeclaredTypes::default() }.text();
            let descriptor = StateDescriptor { name: name.to_owned(), kind: StateKind::Map, declared };
            let codecs = StateCodecs { value: Arc::clone(&side.parts.codec), map_key: Some(Arc::new(TimeKeyCodec)) };
            side.buffer = Some(self.context.with(|c| c.keyed()?.register(&descriptor, codecs, None))??);
        }
        self.function.open()
    }

    fn call(&mut self, input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if timestamp == NO_TIMESTAMP {
            return Err(Error::invalid(
                "an interval join needs records with event time, and one has none: call \
                 assign_timestamps_and_watermarks(...) with a timestamp assigner before key_by",
            ));
        }
        if self.is_late(timestamp)? {
            return self.late(input, value, timestamp, out);
        }
        self.keep(input, value.clone(), timestamp)?;
        for (bytes, partner) in self.partners(input, timestamp)? {
            let other = TimeKey::time_of(&bytes).unwrap_or(timestamp);
            match input {
                0 => self.function.join([&value, &partner], [timestamp, other], out)?,
                _ => self.function.join([&partner, &value], [other, timestamp], out)?,
            }
        }
        Ok(())
    }

    fn combine(&mut self, _accumulated: &Object, _value: &Object) -> Result<Object> {
        Err(Error::internal("an interval join reduces nothing"))
    }

    /// What has waited until this time goes, whichever side the timer was for.
    fn on_timer(&mut self, _domain: TimeDomain, timestamp: i64, _out: &mut Outputs) -> Result<()> {
        for side in &self.sides {
            let time = timestamp.saturating_sub(side.stays());
            self.context.with(|c| remove_all(c.keyed()?, side.buffer(), time))??;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.function.close()
    }
}
