//! When a window's results are emitted. The built-in triggers are here; what they keep is state of the window.

use penstock_core::Result;
use penstock_plan::WindowTrigger;
use penstock_state::keyed::StateHandle;

use super::native_state::{get, native_state, set};
use super::{TriggerResult, Window, WindowCalls};
use crate::context::{OperatorContext, SharedContext};
use crate::timers::TimeDomain;

/// A trigger with the state that it keeps of a window: a count, or when it fires next.
pub(super) struct Trigger {
    kind: WindowTrigger,
    purges: bool,
    context: SharedContext,
    state: Option<StateHandle>,
}

impl Trigger {
    pub(super) fn new(spec: &WindowTrigger, context: SharedContext) -> Self {
        let (mut kind, mut purges) = (spec, false);
        while let WindowTrigger::Purging { trigger } = kind {
            (kind, purges) = (trigger, true);
        }
        Self { kind: kind.clone(), purges, context, state: None }
    }

    pub(super) fn open(&mut self) -> Result<()> {
        let name = match self.kind {
            WindowTrigger::Count { .. } => "_window/count",
            WindowTrigger::ContinuousEventTime { .. } | WindowTrigger::ContinuousProcessingTime { .. } => {
                "_window/fire-time"
            }
            _ => return Ok(()),
        };
        self.state = Some(self.context.with(|c| native_state::<i64>(c, name, true))??);
        Ok(())
    }

    /// Whether it is the user's, of which nothing is known.
    pub(super) fn is_custom(&self) -> bool {
        self.kind == WindowTrigger::Custom
    }

    /// Whether it does nothing about a record of a window that has others and whose end has not come.
    pub(super) fn waits_for_the_end(&self) -> bool {
        matches!(self.kind, WindowTrigger::EventTime | WindowTrigger::ProcessingTime | WindowTrigger::Never)
    }

    /// Whether it counts to this number.
    pub(super) fn counts_to(&self, size: i64) -> bool {
        self.kind == WindowTrigger::Count { size }
    }

    /// A record came into the window, which is in hand from here on.
    pub(super) fn on_element(
        &self,
        calls: &mut impl WindowCalls,
        value: Option<&penstock_core::Object>,
        timestamp: i64,
        window: &Window,
    ) -> Result<TriggerResult> {
        if let (WindowTrigger::Custom, Some(value)) = (&self.kind, value) {
            self.context.with(|c| c.enter(window))??;
            return calls.on_element(value, timestamp, window);
        }
        let fires = self.context.with(|c| {
            c.enter(window)?;
            self.fires_on_element(c, timestamp, window.max_timestamp())
        })??;
        Ok(self.result(fires))
    }

    fn fires_on_element(&self, c: &mut OperatorContext, timestamp: i64, end: i64) -> Result<bool> {
        match self.kind {
            WindowTrigger::EventTime => {
                if end <= c.watermark {
                    return Ok(true);
                }
                c.register_timer(TimeDomain::EventTime, end)?;
            }
            WindowTrigger::ProcessingTime => c.register_timer(TimeDomain::ProcessingTime, end)?,
            WindowTrigger::ContinuousEventTime { interval } => {
                if end <= c.watermark {
                    return Ok(true);
                }
                c.register_timer(TimeDomain::EventTime, end)?;
                if self.kept(c)?.is_none() {
                    let start = timestamp.wrapping_sub(timestamp.rem_euclid(interval));
                    self.fire_next(c, TimeDomain::EventTime, start.wrapping_add(interval).min(end))?;
                }
            }
            WindowTrigger::ContinuousProcessingTime { interval } => {
                if self.kept(c)?.is_none() {
                    let now = c.clock.now_millis();
                    let next = (now - now.rem_euclid(interval)).wrapping_add(interval).min(end);
                    self.fire_next(c, TimeDomain::ProcessingTime, next)?;
                }
            }
            WindowTrigger::Count { size } => {
                let count = self.kept(c)?.unwrap_or(0) + 1;
                if count >= size {
                    self.forget(c)?;
                    return Ok(true);
                }
                self.keep(c, count)?;
            }
            WindowTrigger::Never | WindowTrigger::Custom | WindowTrigger::Purging { .. } => {}
        }
        Ok(false)
    }

    /// A timer of the window in hand is due.
    pub(super) fn on_time(
        &self,
        calls: &mut impl WindowCalls,
        domain: TimeDomain,
        time: i64,
        window: &Window,
    ) -> Result<TriggerResult> {
        if self.is_custom() {
            return calls.on_time(domain, time, window);
        }
        let fires = self.context.with(|c| {
            c.enter(window)?;
            self.fires_on_time(c, domain, time, window.max_timestamp())
        })??;
        Ok(self.result(fires))
    }

    fn fires_on_time(&self, c: &mut OperatorContext, domain: TimeDomain, time: i64, end: i64) -> Result<bool> {
        match (&self.kind, domain) {
            (WindowTrigger::EventTime, TimeDomain::EventTime) => Ok(time == end),
            (WindowTrigger::ProcessingTime, TimeDomain::ProcessingTime) => Ok(true),
            (WindowTrigger::ContinuousEventTime { .. }, TimeDomain::EventTime) if time == end => Ok(true),
            (WindowTrigger::ContinuousEventTime { interval }, TimeDomain::EventTime)
            | (WindowTrigger::ContinuousProcessingTime { interval }, TimeDomain::ProcessingTime) => {
                let due = self.kept(c)? == Some(time);
                if due {
                    self.fire_next(c, domain, time.saturating_add(*interval).min(end))?;
                }
                Ok(due)
            }
            _ => Ok(false),
        }
    }

    /// Windows became the one in hand.
    pub(super) fn on_merge(&self, calls: &mut impl WindowCalls, window: &Window, merged: &[Window]) -> Result<()> {
        if self.is_custom() {
            return calls.on_merge(window, merged);
        }
        self.context.with(|c| {
            let end = window.max_timestamp();
            match self.kind {
                WindowTrigger::EventTime if end > c.watermark => {
                    c.enter(window)?;
                    c.register_timer(TimeDomain::EventTime, end)
                }
                WindowTrigger::ProcessingTime if end > c.clock.now_millis() => {
                    c.enter(window)?;
                    c.register_timer(TimeDomain::ProcessingTime, end)
                }
                WindowTrigger::Count { .. } => self.merge_kept(c, window, merged, |a, b| a + b).map(|_| ()),
                WindowTrigger::ContinuousEventTime { .. } => {
                    let next = self.merge_kept(c, window, merged, i64::min)?;
                    next.map_or(Ok(()), |next| c.register_timer(TimeDomain::EventTime, next))
                }
                WindowTrigger::ContinuousProcessingTime { .. } => {
                    let next = self.merge_kept(c, window, merged, i64::min)?;
                    next.map_or(Ok(()), |next| c.register_timer(TimeDomain::ProcessingTime, next))
                }
                _ => Ok(()),
            }
        })?
    }

    fn merge_kept(
        &self,
        c: &mut OperatorContext,
        window: &Window,
        merged: &[Window],
        combine: impl Fn(i64, i64) -> i64,
    ) -> Result<Option<i64>> {
        let mut all: Option<i64> = None;
        for one in merged.iter().chain([window]) {
            c.enter(one)?;
            if let Some(kept) = self.kept(c)? {
                all = Some(all.map_or(kept, |all| combine(all, kept)));
                self.forget(c)?;
            }
        }
        if let Some(all) = all {
            self.keep(c, all)?;
        }
        Ok(all)
    }

    /// The window goes.
    pub(super) fn clear(&self, calls: &mut impl WindowCalls, window: &Window) -> Result<()> {
        if self.is_custom() {
            return calls.clear_trigger(window);
        }
        self.context.with(|c| {
            c.enter(window)?;
            match self.kind {
                WindowTrigger::EventTime => c.delete_timer(TimeDomain::EventTime, window.max_timestamp()),
                WindowTrigger::ProcessingTime => c.delete_timer(TimeDomain::ProcessingTime, window.max_timestamp()),
                WindowTrigger::ContinuousEventTime { .. } => self.clear_next(c, TimeDomain::EventTime),
                WindowTrigger::ContinuousProcessingTime { .. } => self.clear_next(c, TimeDomain::ProcessingTime),
                WindowTrigger::Count { .. } => self.forget(c),
                WindowTrigger::Never | WindowTrigger::Custom | WindowTrigger::Purging { .. } => Ok(()),
            }
        })?
    }

    fn clear_next(&self, c: &mut OperatorContext, domain: TimeDomain) -> Result<()> {
        let Some(next) = self.kept(c)? else { return Ok(()) };
        c.delete_timer(domain, next)?;
        self.forget(c)
    }

    fn fire_next(&self, c: &mut OperatorContext, domain: TimeDomain, time: i64) -> Result<()> {
        self.keep(c, time)?;
        c.register_timer(domain, time)
    }

    fn result(&self, fire: bool) -> TriggerResult {
        TriggerResult { fire, purge: fire && self.purges }
    }

    fn kept(&self, c: &mut OperatorContext) -> Result<Option<i64>> {
        self.state.map_or(Ok(None), |state| get(c, state))
    }

    fn keep(&self, c: &mut OperatorContext, number: i64) -> Result<()> {
        self.state.map_or(Ok(()), |state| set(c, state, number))
    }

    fn forget(&self, c: &mut OperatorContext) -> Result<()> {
        self.state.map_or(Ok(()), |state| c.keyed()?.remove(state))
    }
}
