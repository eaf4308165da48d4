//! Sliding windows of event time whose accumulators can be merged: records are added to the accumulator of one slice, and
//! a window is the combination of its slices, which [`stacks`](super::stacks) finds without merging all of them each time.
//!
//! A key has a timer for its next window alone; whichever fires registers the one after it.

use std::sync::Arc;

use parking_lot::Mutex;
use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use penstock_plan::{WindowAssigner, WindowContents, WindowSpec, WindowTrigger};
use penstock_state::keyed::StateHandle;
use penstock_state::wire::{Reader, put_varint};

use super::assigner::{no_timestamp, start_of};
use super::native_state::{Stored, get, native_state, set};
use super::operator::{LateRecords, timer_window};
use super::stacks::{Combine, Stacks};
use super::{Window, WindowCalls, WindowParts, contents_descriptor, register};
use crate::chain::Outputs;
use crate::context::{OperatorContext, SharedContext};
use crate::lane::UserFunction;
use crate::timers::TimeDomain;

/// The most slices that a slide may have: beyond, it is cheaper to add a record to each of its few windows.
const MOST_SLICES_OF_A_SLIDE: i64 = 16;

/// How sliding windows are cut into slices. All in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slices {
    size: i64,
    slide: i64,
    offset: i64,
    /// Length of a slice.
    length: i64,
}

impl Slices {
    /// The slices of these windows, where they are worth it and change no result.
    pub(super) fn of(spec: &WindowSpec) -> Option<Self> {
        let WindowAssigner::Sliding { event_time: true, size, slide, offset } = spec.assigner else { return None };
        let plain = spec.trigger == WindowTrigger::EventTime && spec.allowed_lateness == 0 && !spec.evicts;
        let length = greatest_common_divisor(size, slide);
        let worth_it = size > slide && slide / length <= MOST_SLICES_OF_A_SLIDE;
        let mergeable = spec.slices && spec.contents == WindowContents::Aggregate;
        (plain && worth_it && mergeable).then_some(Self { size, slide, offset, length })
    }

    fn slice(&self, start: i64) -> Window {
        Window::Time { start, end: start.wrapping_add(self.length) }
    }

    /// The end of the last window that has the slice.
    fn last_end(&self, start: i64) -> i64 {
        start_of(start, self.offset, self.slide).saturating_add(self.size)
    }

    /// The end of the first window that has the slice and is not over at `watermark`.
    fn next_end(&self, start: i64, watermark: i64) -> i64 {
        let from = start.saturating_add(self.length).saturating_sub(self.size);
        let first = start_of(from.saturating_add(self.slide - 1), self.offset, self.slide).saturating_add(self.size);
        if first > watermark.saturating_add(1) {
            return first;
        }
        let over = watermark.saturating_add(2).saturating_sub(first);
        first.saturating_add((over + self.slide - 1) / self.slide * self.slide)
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The slices of a key that have records, in order, with combinations of them.
#[derive(Clone, Default)]
struct KeySlices {
    starts: Vec<i64>,
    stacks: Stacks,
}

impl Stored for Arc<Mutex<KeySlices>> {
    fn declared() -> TypeInfo {
        TypeInfo::List { element: Box::new(TypeInfo::Long) }
    }

    fn put(&self, out: &mut Vec<u8>) {
        let slices = self.lock();
        put_varint(out, slices.starts.len() as u64);
        for start in &slices.starts {
            out.push(1);
            start.put(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut starts = Vec::new();
        for _ in 0..reader.varint()? {
            reader.u8()?;
            starts.push(i64::read(reader)?);
        }
        Ok(Self::new(Mutex::new(KeySlices { starts, ..KeySlices::default() })))
    }

    fn is_shared() -> bool {
        true
    }

    fn size(&self) -> usize {
        let slices = self.lock();
        slices.starts.len() * 8 + slices.stacks.len() * 96
    }
}

type SharedSlices = Arc<Mutex<KeySlices>>;

/// Windows that share their slices.
pub(super) struct SlicedWindows<F> {
    calls: F,
    context: SharedContext,
    parts: WindowParts,
    slices: Slices,
    /// Accumulators of slices.
    accumulators: Option<StateHandle>,
    /// The slices of a key.
    of_key: Option<StateHandle>,
    late: LateRecords,
}

impl<F: WindowCalls> SlicedWindows<F> {
    pub(super) fn new(calls: F, context: SharedContext, slices: Slices, parts: WindowParts) -> Self {
        let late = LateRecords { side: parts.spec.late_output.clone(), dropped: None };
        Self { calls, context, parts, slices, accumulators: None, of_key: None, late }
    }

    fn with<R>(&self, run: impl FnOnce(&mut OperatorContext) -> Result<R>) -> Result<R> {
        self.context.with(run)?
    }

    fn accumulators(&self) -> StateHandle {
        self.accumulators.expect("registered when the operator was opened")
    }

    /// The slices of the current key.
    fn of_key(&self) -> Result<SharedSlices> {
        let state = self.of_key.ok_or_else(|| Error::internal("slices without a state"))?;
        self.with(|c| {
            c.keyed()?.set_namespace(&[]);
            Ok(get::<SharedSlices>(c, state)?.unwrap_or_default())
        })
    }

    fn keep_of_key(&self, slices: SharedSlices) -> Result<()> {
        let Some(state) = self.of_key else { return Ok(()) };
        let is_empty = slices.lock().starts.is_empty();
        self.with(|c| {
            c.keyed()?.set_namespace(&[]);
            if is_empty { c.keyed()?.remove(state) } else { set(c, state, slices) }
        })
    }

    fn register_window(&self, c: &mut OperatorContext, end: i64) -> Result<()> {
        c.enter(&Window::Time { start: end.wrapping_sub(self.slices.size), end })?;
        c.add_timer(TimeDomain::EventTime, end.wrapping_sub(1))
    }

    /// A slice has got its first record, or one after windows have seen it.
    #[inline(never)]
    fn slice_changed(&self, start: i64, is_new: bool) -> Result<()> {
        let shared = self.of_key()?;
        {
            let mut slices = shared.lock();
            slices.stacks.changed(start);
            if let Err(at) = slices.starts.binary_search(&start) {
                slices.starts.insert(at, start);
            }
        }
        self.keep_of_key(shared)?;
        if !is_new {
            return Ok(());
        }
        self.with(|c| {
            let end = self.slices.next_end(start, c.watermark);
            self.register_window(c, end)
        })
    }

    /// What is left for windows after this one.
    fn advance(&self, shared: SharedSlices, end: i64) -> Result<()> {
        let slices = self.slices;
        let next_start = end.wrapping_sub(slices.size).saturating_add(slices.slide);
        let gone: Vec<i64> = {
            let mut held = shared.lock();
            let kept = held.starts.partition_point(|start| *start < next_start);
            held.starts.drain(..kept).collect()
        };
        let first = shared.lock().starts.first().copied();
        let accumulators = self.accumulators();
        self.with(|c| {
            for start in gone {
                c.enter(&slices.slice(start))?;
                c.in_window()?.remove(accumulators)?;
            }
            match first {
                Some(first) => self.register_window(c, slices.next_end(first, end.wrapping_sub(1))),
                None => Ok(()),
            }
        })?;
        self.keep_of_key(shared)
    }
}

impl<F: WindowCalls> UserFunction for SlicedWindows<F> {
    fn open(&mut self) -> Result<()> {
        let (descriptor, codec) = (contents_descriptor(&self.parts.spec), Arc::clone(&self.parts.codec));
        let (accumulators, of_key, dropped) = self.with(|c| {
            let accumulators = register(c, &descriptor, codec)?;
            let of_key = native_state::<SharedSlices>(c, "_window/slices-of-key", false)?;
            Ok((accumulators, of_key, LateRecords::counter(c)))
        })?;
        (self.accumulators, self.of_key, self.late.dropped) = (Some(accumulators), Some(of_key), Some(dropped));
        self.calls.open()
    }

    #[inline]
    fn call(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if timestamp == penstock_core::NO_TIMESTAMP {
            return Err(no_timestamp(&self.with(|c| Ok(c.info.operator_name.clone()))?));
        }
        let (slices, accumulators) = (self.slices, self.accumulators());
        let start = start_of(timestamp, slices.offset, slices.length);
        let (old, watermark) = self.with(|c| {
            let watermark = c.watermark;
            if slices.last_end(start).wrapping_sub(1) <= watermark {
                return Ok((None, None));
            }
            c.enter(&slices.slice(start))?;
            Ok((c.in_window()?.value(accumulators)?, Some(watermark)))
        })?;
        let Some(watermark) = watermark else { return self.late.take(&self.context, value, timestamp, out) };
        let is_new = old.is_none();
        let new = match old {
            Some(old) => self.calls.add(old, value, timestamp)?,
            None => self.calls.first(value, timestamp)?,
        };
        self.with(|c| c.in_window()?.update_fitting(accumulators, new))?;
        // A window that has fired may have seen the slice only if its end has passed.
        let was_seen = start.saturating_add(slices.length) <= watermark.saturating_add(1);
        if is_new || was_seen { self.slice_changed(start, is_new) } else { Ok(()) }
    }

    fn combine(&mut self, _accumulated: &Object, _value: &Object) -> Result<Object> {
        Err(Error::internal("a window operator combines by itself"))
    }

    fn on_timer(&mut self, _domain: TimeDomain, time: i64, out: &mut Outputs) -> Result<()> {
        let window = self.with(timer_window)?;
        let Window::Time { start, end } = window else { return Ok(()) };
        let shared = self.of_key()?;
        let accumulator = {
            let mut slices = shared.lock();
            let KeySlices { starts, stacks } = &mut *slices;
            let mut combine = Accumulators {
                calls: &mut self.calls,
                context: &self.context,
                codec: &*self.parts.codec,
                state: self.accumulators.ok_or_else(|| Error::internal("slices without a state"))?,
                slices: self.slices,
            };
            let found = stacks.combination((start, end), starts, &mut combine)?;
            found.map(|found| combine.own(&found)).transpose()?
        };
        if let Some(accumulator) = accumulator {
            self.with(|c| c.enter(&window))?;
            self.calls.fire(&window, &accumulator, time, out)?;
            self.with(|c| c.enter(&window))?;
            self.calls.clear(&window)?;
        }
        self.advance(shared, end)
    }

    fn close(&mut self) -> Result<()> {
        self.calls.close()
    }
}

/// The accumulators of a key's slices.
struct Accumulators<'a, F> {
    calls: &'a mut F,
    context: &'a SharedContext,
    codec: &'a dyn ObjectCodec,
    state: StateHandle,
    slices: Slices,
}

impl<F> Accumulators<'_, F> {
    /// An accumulator that user code may change.
    fn own(&self, accumulator: &Object) -> Result<Object> {
        let accumulator = accumulator.clone();
        if self.codec.is_mutable(&accumulator) { self.codec.isolate(accumulator) } else { Ok(accumulator) }
    }
}

impl<F: WindowCalls> Combine for Accumulators<'_, F> {
    fn slice(&mut self, start: i64) -> Result<Object> {
        let found = self.context.with(|c| {
            c.enter(&self.slices.slice(start))?;
            c.in_window()?.value(self.state)
        })??;
        found.ok_or_else(|| Error::internal("a slice has no accumulator"))
    }

    fn merge(&mut self, older: &Object, younger: &Object) -> Result<Object> {
        let (older, younger) = (self.own(older)?, self.own(younger)?);
        self.calls.merge(older, younger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_windows() {
        let slices = Slices { size: 60, slide: 20, offset: 0, length: 20 };
        assert_eq!((slices.next_end(40, i64::MIN), slices.last_end(40)), (60, 100));
        assert_eq!(slices.next_end(40, 58), 60);
        assert_eq!((slices.next_end(40, 59), slices.next_end(40, 79)), (80, 100));
        let uneven = Slices { size: 10, slide: 4, offset: 1, length: 2 };
        // [-3, 7), [1, 11) and [5, 15) are the windows around; the slice is [5, 7).
        assert_eq!((uneven.next_end(5, i64::MIN), uneven.last_end(5)), (7, 15));
        assert_eq!((uneven.next_end(5, 6), uneven.next_end(5, 7)), (11, 11));
    }
}
