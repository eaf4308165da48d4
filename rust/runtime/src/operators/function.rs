//! Calls a user function for every record: map, flat map, filter, process, and their keyed and two-input kinds.
//!
//! A record sets key and time in the context, then the function is called and emits. A watermark first fires the
//! event-time timers that are due, earliest first, and then goes on. At the end of data pending timers of processing
//! time are dropped, as in Flink.

use std::sync::Arc;

use penstock_core::clock::MAX_WATERMARK;
use penstock_core::event::Barrier;
use penstock_core::{Keys, NO_TIMESTAMP, Object, Result};
use penstock_state::backend::KeyRef;
use penstock_state::keyed::KeyedState;

use super::reduce::{ReduceOperator, ReduceParts};
use super::{Operator, OperatorSnapshot, OperatorState, Redistribution};
use crate::broadcast_state::BROADCAST_TYPES_STATE;
use crate::chain::Outputs;
use crate::context::{OperatorContext, SharedContext};
use crate::lane::{ObjectLane, UserFunction};
use crate::timers::TimeDomain;

/// What a function operator has beside its function.
pub struct FunctionParts {
    /// Key, time, state and timers.
    pub context: SharedContext,
    /// The interpreter.
    pub lane: Arc<dyn ObjectLane>,
    /// For reduce.
    pub reduce: Option<ReduceParts>,
    /// Whether the context has to learn the time of each record in `process`.
    pub uses_context: bool,
    /// The input whose records have no key although the operator has: what is broadcast.
    pub without_key: Option<usize>,
}

/// The operator of a function.
pub fn function_operator<F: UserFunction + 'static>(function: F, parts: FunctionParts) -> Box<dyn Operator> {
    let FunctionParts { context, lane, reduce, uses_context, without_key } = parts;
    if let Some(reduce) = reduce {
        return Box::new(ReduceOperator::new(function, context, reduce));
    }
    Box::new(FunctionOperator { function, context, lane, uses_context, without_key, timers_stopped: false })
}

/// The operator of a user function.
pub struct FunctionOperator<F> {
    function: F,
    context: SharedContext,
    lane: Arc<dyn ObjectLane>,
    uses_context: bool,
    without_key: Option<usize>,
    timers_stopped: bool,
}

impl<F: UserFunction> FunctionOperator<F> {
    fn fire(&mut self, domain: TimeDomain, now: i64, out: &mut Outputs) -> Result<()> {
        loop {
            let due = self.context.with(|c| {
                let timer = c.timers.pop_due(domain, now)?;
                c.timestamp = if domain == TimeDomain::EventTime { timer.timestamp } else { NO_TIMESTAMP };
                if let Some(keyed) = &mut c.keyed {
                    keyed.set_key(timer.key_object, KeyRef { group: timer.group, bytes: &timer.key });
                }
                Some(timer.timestamp)
            })?;
            match due {
                Some(timestamp) => self.function.on_timer(domain, timestamp, out)?,
                None => return Ok(()),
            }
        }
    }
}

impl<F: UserFunction> Operator for FunctionOperator<F> {
    fn open(&mut self) -> Result<()> {
        self.function.open()
    }

    #[inline]
    fn set_key(&mut self, object: Object, key: KeyRef<'_>, timestamp: i64) -> Result<()> {
        self.context.with(|c| {
            c.timestamp = timestamp;
            if let Some(keyed) = &mut c.keyed {
                keyed.set_key(object, key);
            }
        })
    }

    #[inline]
    fn process(&mut self, input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if self.uses_context {
            let without_key = self.without_key == Some(input);
            self.context.with(|c| {
                c.timestamp = timestamp;
                if let Some(keyed) = c.keyed.as_mut().filter(|_| without_key) {
                    keyed.leave_key();
                }
            })?;
        }
        self.function.call(input, value, timestamp, out)
    }

    fn watermark(&mut self, time: i64, out: &mut Outputs) -> Result<()> {
        let due = self.context.with(|c| {
            c.watermark = time;
            c.timers.next(TimeDomain::EventTime).is_some_and(|next| next <= time)
        })?;
        if due {
            let lane = Arc::clone(&self.lane);
            let mut result = Ok(());
            lane.hold(&mut || result = self.fire(TimeDomain::EventTime, time, out));
            result?;
        }
        out.emit_watermark(time)
    }

    /// All timers of the key fire, of processing time too, and its state is forgotten, as in Flink's BATCH mode.
    fn end_of_key(&mut self, out: &mut Outputs) -> Result<()> {
        self.context.with(|c| (c.watermark, c.key_has_ended) = (MAX_WATERMARK, true))?;
        self.fire(TimeDomain::EventTime, MAX_WATERMARK, out)?;
        self.fire(TimeDomain::ProcessingTime, MAX_WATERMARK, out)?;
        self.context.with(|c| {
            (c.watermark, c.key_has_ended) = (i64::MIN, false);
            c.keyed.as_mut().map_or(Ok(()), KeyedState::end_of_key)
        })?
    }

    fn next_timer(&mut self) -> Option<i64> {
        if self.timers_stopped {
            return None;
        }
        self.context.with(|c| c.timers.next(TimeDomain::ProcessingTime)).ok()?
    }

    fn fire_timers(&mut self, now: i64, out: &mut Outputs) -> Result<()> {
        if self.timers_stopped {
            return Ok(());
        }
        self.fire(TimeDomain::ProcessingTime, now, out)
    }

    fn end_of_data(&mut self, _drain: bool, _out: &mut Outputs) -> Result<()> {
        self.timers_stopped = true;
        Ok(())
    }

    fn snapshot(&mut self, barrier: &Barrier) -> Result<OperatorSnapshot> {
        self.context.with(|c| {
            let keyed = match &mut c.keyed {
                Some(keyed) => {
                    c.timers.write_back(keyed.backend())?;
                    Some(keyed.freeze(barrier.native)?)
                }
                None => None,
            };
            let (mut operator, mut types) = (Vec::new(), Vec::new());
            for state in &c.broadcast {
                let (name, mode) = (state.name().to_owned(), Redistribution::Broadcast);
                let elements = state.snapshot()?;
                if !elements.is_empty() {
                    types.push(state.declaration().to_bytes());
                }
                operator.push(OperatorState { name, mode, elements });
            }
            if !types.is_empty() {
                let (name, mode) = (BROADCAST_TYPES_STATE.to_owned(), Redistribution::Broadcast);
                operator.push(OperatorState { name, mode, elements: types });
            }
            operator.extend(c.models.snapshot()?);
            Ok(OperatorSnapshot { keyed, operator, ..OperatorSnapshot::default() })
        })?
    }

    fn end_of_batch(&mut self) -> Result<()> {
        self.context.with(OperatorContext::write_ahead)?
    }

    fn prefetch(&mut self, keys: &Keys) -> Result<()> {
        self.context.with(|c| c.keyed.as_mut().map_or(Ok(()), |keyed| keyed.prefetch(keys)))?
    }

    fn checkpoint_complete(&mut self, checkpoint_id: u64) -> Result<()> {
        self.context.with(|c| {
            if let Some(keyed) = &mut c.keyed {
                keyed.checkpoint_complete(checkpoint_id);
            }
        })
    }

    fn close(&mut self) -> Result<()> {
        let result = self.function.close();
        self.context.with(|c| {
            if let Some(keyed) = &mut c.keyed {
                keyed.clear_cache();
            }
        })?;
        result
    }
}
