//! The window operator.
//!
//! A record is added to the contents of its windows, then the trigger is asked. A window fires by a record or by a
//! timer; when its time and the allowed lateness are over, a timer removes all that is kept of it. A record all of whose
//! windows are gone is late: it goes to a side output or is counted.

use penstock_core::metrics::Counter;
use penstock_core::{Error, NO_TIMESTAMP, Object, Result};
use penstock_plan::{WindowAssigner, WindowSpec};
use penstock_state::keyed::StateHandle;
use std::sync::Arc;

use super::assigner::{count_windows, lacks_time, no_timestamp, time_windows};
use super::merging::{self, Merge};
use super::native_state::{get, native_state, set};
use super::trigger::Trigger;
use super::{Window, WindowCalls, WindowParts, contents_descriptor, register};
use crate::chain::Outputs;
use crate::context::{OperatorContext, SharedContext};
use crate::lane::UserFunction;
use crate::timers::TimeDomain;

/// The windows of a key that may merge, each with the one under which its contents are.
type WindowSet = Arc<Vec<(Window, Window)>>;

/// Windows with contents of their own each.
pub(super) struct Windows<F> {
    calls: F,
    context: SharedContext,
    parts: WindowParts,
    trigger: Trigger,
    contents: Option<StateHandle>,
    /// How many records of the key there were, for count windows; or the key's windows, where they merge.
    of_key: Option<StateHandle>,
    late: LateRecords,
    /// Those of the record at hand; kept for its memory.
    assigned: Vec<Window>,
}

impl<F: WindowCalls> Windows<F> {
    pub(super) fn new(calls: F, context: SharedContext, parts: WindowParts) -> Self {
        let trigger = Trigger::new(&parts.spec.trigger, Arc::clone(&context));
        let late = LateRecords { side: parts.spec.late_output.clone(), dropped: None };
        Self { calls, context, parts, trigger, contents: None, of_key: None, late, assigned: Vec::new() }
    }

    fn spec(&self) -> &WindowSpec {
        &self.parts.spec
    }

    fn contents(&self) -> StateHandle {
        self.contents.expect("registered when the operator was opened")
    }

    /// Uses the context.
    #[inline]
    fn with<R>(&self, run: impl FnOnce(&mut OperatorContext) -> Result<R>) -> Result<R> {
        self.context.with(run)?
    }

    fn assign(&mut self, value: &Object, timestamp: i64) -> Result<()> {
        self.assigned.clear();
        let event_time = self.spec().assigner.is_event_time();
        let time = if event_time { timestamp } else { self.with(|c| Ok(c.clock.now_millis()))? };
        match self.parts.spec.assigner {
            WindowAssigner::Session { gap, .. } => {
                let gap = match gap {
                    Some(gap) => gap,
                    None => self.calls.session_gap(value)?,
                };
                self.assigned.push(Window::Time { start: time, end: time.saturating_add(gap) });
            }
            WindowAssigner::CountTumbling { size } => {
                let index = self.count_record()?;
                count_windows(index, size, size, &mut self.assigned);
            }
            WindowAssigner::CountSliding { size, slide } => {
                let index = self.count_record()?;
                count_windows(index, size, slide, &mut self.assigned);
            }
            WindowAssigner::Custom { .. } => self.assigned = self.calls.assign(value, timestamp)?,
            ref assigner if lacks_time(assigner, time) => {
                return Err(no_timestamp(&self.with(|c| Ok(c.info.operator_name.clone()))?));
            }
            ref assigner => time_windows(assigner, time, &mut self.assigned),
        }
        Ok(())
    }

    /// How many records of the key there were before this one.
    fn count_record(&self) -> Result<i64> {
        let Some(state) = self.of_key else { return Ok(0) };
        self.with(|c| {
            c.keyed()?.set_namespace(&[]);
            let before = get::<i64>(c, state)?.unwrap_or(0);
            set(c, state, before + 1)?;
            Ok(before)
        })
    }

    /// Adds a record to a window whose contents are kept under `state`, and does what the trigger says.
    fn add(&mut self, window: &Window, state: &Window, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        let contents = self.contents();
        let (old, has_ended) = self.with(|c| {
            c.enter(state)?;
            let has_ended = window.max_timestamp() <= c.watermark;
            Ok((c.in_window()?.value(contents)?, has_ended))
        })?;
        let known = old.is_some();
        let for_trigger = self.trigger.is_custom().then(|| value.clone());
        let new = match old {
            Some(old) => self.calls.add(old, value, timestamp)?,
            None => self.calls.first(value, timestamp)?,
        };
        self.with(|c| c.in_window()?.update_fitting(contents, new))?;
        // Its timers are registered already, and nothing else is to do.
        if known && !has_ended && self.trigger.waits_for_the_end() && window == state {
            return Ok(());
        }
        let mut result = self.trigger.on_element(&mut self.calls, for_trigger.as_ref(), timestamp, window)?;
        result.purge |= result.fire && self.is_full_when_it_fires();
        if result.fire {
            self.fire(window, state, timestamp, out)?;
        }
        self.with(|c| {
            if result.purge {
                c.enter(state)?;
                c.in_window()?.remove(contents)?;
            }
            self.register_cleanup(c, window)
        })
    }

    /// Whether no record comes to a window that has fired: a count window that fires when it is full.
    fn is_full_when_it_fires(&self) -> bool {
        match self.spec().assigner {
            WindowAssigner::CountTumbling { size } | WindowAssigner::CountSliding { size, .. } => {
                self.trigger.counts_to(size)
            }
            _ => false,
        }
    }

    /// Emits the results of a window.
    fn fire(&mut self, window: &Window, state: &Window, timestamp: i64, out: &mut Outputs) -> Result<()> {
        let handle = self.contents();
        let contents = self.with(|c| {
            c.enter(state)?;
            let contents = c.in_window()?.value(handle)?;
            c.enter(window)?;
            Ok(contents)
        })?;
        let Some(contents) = contents else { return Ok(()) };
        if self.calls.fire(window, &contents, timestamp, out)? {
            return Ok(());
        }
        self.with(|c| {
            c.enter(state)?;
            c.in_window()?.remove(handle)
        })
    }

    /// When nothing is kept of a window any more; `None`: never.
    fn cleanup_time(&self, window: &Window) -> Option<i64> {
        let (end, spec) = (window.max_timestamp(), self.spec());
        let time = if spec.assigner.is_event_time() { end.saturating_add(spec.allowed_lateness) } else { end };
        (time != i64::MAX).then_some(time)
    }

    fn domain(&self) -> TimeDomain {
        if self.spec().assigner.is_event_time() { TimeDomain::EventTime } else { TimeDomain::ProcessingTime }
    }

    fn register_cleanup(&self, c: &mut OperatorContext, window: &Window) -> Result<()> {
        let Some(time) = self.cleanup_time(window) else { return Ok(()) };
        c.enter(window)?;
        c.register_timer(self.domain(), time)
    }

    fn is_late(&self, window: &Window) -> Result<bool> {
        if !self.spec().assigner.is_event_time() {
            return Ok(false);
        }
        let time = self.cleanup_time(window);
        self.with(|c| Ok(time.unwrap_or(i64::MAX) <= c.watermark))
    }

    /// A record of which no window is left, or that belongs to none.
    fn skipped(&mut self, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if !self.spec().assigner.is_event_time() {
            return Ok(());
        }
        let (lateness, context) = (self.spec().allowed_lateness, Arc::clone(&self.context));
        if timestamp.saturating_add(lateness) > context.with(|c| c.watermark)? {
            return Ok(());
        }
        self.late.take(&context, value, timestamp, out)
    }

    /// Where windows merge: those of the key.
    fn window_set(&self) -> Result<WindowSet> {
        let state = self.of_key.ok_or_else(|| Error::internal("windows merge without a set of them"))?;
        self.with(|c| {
            c.keyed()?.set_namespace(&[]);
            Ok(get::<WindowSet>(c, state)?.unwrap_or_default())
        })
    }

    fn keep_window_set(&self, before: &WindowSet, after: Vec<(Window, Window)>) -> Result<()> {
        let Some(state) = self.of_key.filter(|_| **before != after) else { return Ok(()) };
        self.with(|c| {
            c.keyed()?.set_namespace(&[]);
            if after.is_empty() { c.keyed()?.remove(state) } else { set(c, state, Arc::new(after)) }
        })
    }

    fn add_merging(&mut self, value: &Object, timestamp: i64, out: &mut Outputs) -> Result<bool> {
        let before = self.window_set()?;
        let mut windows = before.to_vec();
        let mut kept = false;
        for new in std::mem::take(&mut self.assigned) {
            let merges = match self.spec().assigner {
                WindowAssigner::Custom { .. } => {
                    let all: Vec<Window> = windows.iter().map(|(w, _)| w.clone()).chain([new.clone()]).collect();
                    self.calls.merge_windows(&all)?
                }
                _ => merging::overlapping(&windows, &new),
            };
            let (actual, merges) = merging::add(&mut windows, &new, merges)?;
            for merge in merges {
                self.merge(&merge)?;
            }
            if self.is_late(&actual)? {
                windows.retain(|(window, _)| *window != actual);
                continue;
            }
            kept = true;
            let found = windows.iter().find(|(window, _)| *window == actual);
            let state = found.map(|(_, state)| state.clone()).ok_or_else(|| Error::internal("a window was lost"))?;
            // What the trigger and the functions do may fail; the set is as it was then, and so is the checkpoint.
            self.add(&actual, &state, value.clone(), timestamp, out)?;
        }
        self.keep_window_set(&before, windows)?;
        Ok(kept)
    }

    /// Windows have become one: their trigger's state, timers and contents do so, too.
    fn merge(&mut self, merge: &Merge) -> Result<()> {
        self.check_merge(&merge.result)?;
        self.with(|c| c.enter(&merge.result))?;
        self.trigger.on_merge(&mut self.calls, &merge.result, &merge.merged)?;
        for gone in merge.merged.iter().filter(|w| **w != merge.result) {
            self.with(|c| c.enter(gone))?;
            self.trigger.clear(&mut self.calls, gone)?;
            if let Some(time) = self.cleanup_time(gone) {
                self.with(|c| {
                    c.enter(gone)?;
                    c.delete_timer(self.domain(), time)
                })?;
            }
        }
        self.merge_contents(merge)
    }

    fn merge_contents(&mut self, merge: &Merge) -> Result<()> {
        let handle = self.contents();
        let mut all: Option<Object> = None;
        for window in &merge.merged_states {
            let taken = self.with(|c| {
                c.enter(window)?;
                c.in_window()?.take(handle)
            })?;
            all = match (all, taken) {
                (Some(all), Some(taken)) => Some(self.calls.merge(all, taken)?),
                (all, taken) => all.or(taken),
            };
        }
        let Some(all) = all else { return Ok(()) };
        let kept = self.with(|c| {
            c.enter(&merge.state)?;
            c.in_window()?.value(handle)
        })?;
        let merged = match kept {
            Some(kept) => self.calls.merge(kept, all)?,
            None => all,
        };
        self.with(|c| {
            c.enter(&merge.state)?;
            c.in_window()?.update_fitting(handle, merged)
        })
    }

    /// A window that exists is not over.
    fn check_merge(&self, result: &Window) -> Result<()> {
        let (clock, now) = if self.spec().assigner.is_event_time() {
            ("watermark", self.with(|c| Ok(c.watermark))?)
        } else {
            ("processing time", self.with(|c| Ok(c.clock.now_millis()))?)
        };
        match self.cleanup_time(result) {
            Some(time) if time <= now => Err(Error::invalid(format!(
                "the window assigner merged windows into one that is over: it ends at {}, and the {clock} is {now}",
                result.max_timestamp()
            ))),
            _ => Ok(()),
        }
    }

    /// Removes everything that is kept of a window.
    fn remove(&mut self, window: &Window, state: &Window) -> Result<()> {
        let contents = self.contents();
        self.with(|c| {
            c.enter(state)?;
            c.in_window()?.remove(contents)?;
            c.enter(window)
        })?;
        self.trigger.clear(&mut self.calls, window)?;
        self.with(|c| c.enter(window))?;
        self.calls.clear(window)
    }
}

impl<F: WindowCalls> UserFunction for Windows<F> {
    fn open(&mut self) -> Result<()> {
        let (descriptor, codec) = (contents_descriptor(self.spec()), Arc::clone(&self.parts.codec));
        let assigner = self.spec().assigner.clone();
        let (contents, of_key, dropped) = self.with(|c| {
            let contents = register(c, &descriptor, codec)?;
            let of_key = match &assigner {
                WindowAssigner::CountTumbling { .. } | WindowAssigner::CountSliding { .. } => {
                    Some(native_state::<i64>(c, "_window/records", false)?)
                }
                merging if merging.is_merging() => Some(native_state::<WindowSet>(c, "_window/merging", false)?),
                _ => None,
            };
            Ok((contents, of_key, LateRecords::counter(c)))
        })?;
        (self.contents, self.of_key, self.late.dropped) = (Some(contents), of_key, Some(dropped));
        self.trigger.open()?;
        self.calls.open()
    }

    #[inline]
    fn call(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        self.assign(&value, timestamp)?;
        if self.spec().assigner.is_merging() {
            let kept = self.add_merging(&value, timestamp, out)?;
            return if kept { Ok(()) } else { self.skipped(value, timestamp, out) };
        }
        let windows = std::mem::take(&mut self.assigned);
        let mut kept = false;
        for window in &windows {
            if self.is_late(window)? {
                continue;
            }
            kept = true;
            self.add(window, window, value.clone(), timestamp, out)?;
        }
        self.assigned = windows;
        if kept { Ok(()) } else { self.skipped(value, timestamp, out) }
    }

    fn combine(&mut self, _accumulated: &Object, _value: &Object) -> Result<Object> {
        Err(Error::internal("a window operator combines by itself"))
    }

    fn on_timer(&mut self, domain: TimeDomain, time: i64, out: &mut Outputs) -> Result<()> {
        let window = self.with(timer_window)?;
        let mut state = window.clone();
        let merging = self.spec().assigner.is_merging();
        if merging {
            // A timer of a window that has merged since is one that a trigger did not delete.
            match self.window_set()?.iter().find(|(actual, _)| *actual == window) {
                Some((_, kept)) => state = kept.clone(),
                None => return Ok(()),
            }
        }
        self.with(|c| c.enter(&window))?;
        let result = self.trigger.on_time(&mut self.calls, domain, time, &window)?;
        if result.fire {
            let timestamp = if domain == TimeDomain::EventTime { time } else { NO_TIMESTAMP };
            self.fire(&window, &state, timestamp, out)?;
        }
        if result.purge {
            let contents = self.contents();
            self.with(|c| {
                c.enter(&state)?;
                c.in_window()?.remove(contents)
            })?;
        }
        if domain != self.domain() || self.cleanup_time(&window) != Some(time) {
            return Ok(());
        }
        self.remove(&window, &state)?;
        if !merging {
            return Ok(());
        }
        let before = self.window_set()?;
        let after = before.iter().filter(|(actual, _)| *actual != window).cloned().collect();
        self.keep_window_set(&before, after)
    }

    fn close(&mut self) -> Result<()> {
        self.calls.close()
    }
}

const LATE_RECORDS_DROPPED: &str = "numLateRecordsDropped";

/// What becomes of records that come too late.
pub(super) struct LateRecords {
    pub side: Option<String>,
    pub dropped: Option<Counter>,
}

impl LateRecords {
    /// The counter of a window operator.
    pub(super) fn counter(c: &mut OperatorContext) -> Counter {
        c.metrics.counter(LATE_RECORDS_DROPPED)
    }

    pub(super) fn take(&self, context: &SharedContext, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        if let Some(tag) = &self.side {
            return out.emit_side(tag, value, timestamp);
        }
        let Some(dropped) = &self.dropped else { return Ok(()) };
        if dropped.get() == 0 {
            let operator = context.with(|c| c.info.operator_name.clone())?;
            tracing::warn!(
                "Operator '{operator}' drops a record that is late, the first of this attempt; {LATE_RECORDS_DROPPED} \
                 counts them, side_output_late_data(...) keeps them."
            );
        }
        dropped.add(1);
        Ok(())
    }
}

/// The window whose timer fires; it stands behind the key.
pub(super) fn timer_window(c: &mut OperatorContext) -> Result<Window> {
    let keyed = c.keyed()?;
    let (window, length) = Window::parse(keyed.current_key_ref().bytes)?;
    keyed.split_namespace(length);
    Ok(window)
}
