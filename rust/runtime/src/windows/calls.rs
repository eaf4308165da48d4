//! What a window operator asks of the user's functions. The interpreter is held.

use penstock_core::{Error, Object, Result};

use super::Window;
use crate::chain::Outputs;
use crate::timers::TimeDomain;

/// What becomes of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TriggerResult {
    /// Its results are emitted.
    pub fire: bool,
    /// Its contents are dropped.
    pub purge: bool,
}

impl TriggerResult {
    /// Nothing.
    pub const CONTINUE: Self = Self { fire: false, purge: false };
    /// Its results are emitted.
    pub const FIRE: Self = Self { fire: true, purge: false };
}

/// The functions of a window operator.
///
/// While one of them runs, the key's state and the window's can be reached through the operator's context.
pub trait WindowCalls: Send {
    /// Called once before everything else.
    fn open(&mut self) -> Result<()>;
    /// Called once at the end, also after a failure.
    fn close(&mut self) -> Result<()>;

    /// The contents of a window with this record alone.
    fn first(&mut self, value: Object, timestamp: i64) -> Result<Object>;
    /// The contents with one more record.
    fn add(&mut self, contents: Object, value: Object, timestamp: i64) -> Result<Object>;
    /// The contents of two windows as those of one. What is given may be changed.
    fn merge(&mut self, contents: Object, others: Object) -> Result<Object>;
    /// Emits the results of a window. Where there is an evictor, it changes `contents`; says whether anything is left.
    fn fire(&mut self, window: &Window, contents: &Object, timestamp: i64, out: &mut Outputs) -> Result<bool>;
    /// The window goes, and the function's state with it.
    fn clear(&mut self, window: &Window) -> Result<()>;

    /// The gap behind a record's session, in milliseconds.
    fn session_gap(&mut self, _value: &Object) -> Result<i64> {
        Err(not_there())
    }
    /// The windows of a record, by the user's assigner.
    fn assign(&mut self, _value: &Object, _timestamp: i64) -> Result<Vec<Window>> {
        Err(not_there())
    }
    /// What the user's assigner makes of windows: each result with those that become it.
    fn merge_windows(&mut self, _windows: &[Window]) -> Result<Vec<(Window, Vec<Window>)>> {
        Err(not_there())
    }

    /// A record came into a window, for the user's trigger.
    fn on_element(&mut self, _value: &Object, _timestamp: i64, _window: &Window) -> Result<TriggerResult> {
        Err(not_there())
    }
    /// A timer of the window is due, for the user's trigger.
    fn on_time(&mut self, _domain: TimeDomain, _time: i64, _window: &Window) -> Result<TriggerResult> {
        Err(not_there())
    }
    /// Windows became one, for the user's trigger.
    fn on_merge(&mut self, _window: &Window, _merged: &[Window]) -> Result<()> {
        Err(not_there())
    }
    /// The window goes, and the user's trigger's state with it.
    fn clear_trigger(&mut self, _window: &Window) -> Result<()> {
        Err(not_there())
    }
}

fn not_there() -> Error {
    Error::internal("a window operator has no such function")
}
