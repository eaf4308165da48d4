//! What a function's context shows and changes: key, time, state, timers.

use std::collections::HashMap;
use std::sync::Arc;

use penstock_core::metrics::MetricGroup;
use penstock_core::task_cell::TaskCell;
use penstock_core::{Clock, Error, NO_TIMESTAMP, Object, Result};
use penstock_state::keyed::KeyedState;

use crate::broadcast_state::BroadcastState;
use crate::model_versions::ModelVersions;
use crate::timers::{TimeDomain, Timers};
use crate::windows::Window;

/// Who a subtask is.
#[derive(Debug, Clone)]
pub struct TaskInfo {
    /// The operator's name.
    pub operator_name: String,
    /// Name of the task: the chain's operators joined with arrows.
    pub task_name: String,
    /// Index of the subtask, from 0.
    pub subtask: u32,
    /// Number of subtasks.
    pub parallelism: u32,
    /// Number of key groups.
    pub max_parallelism: u32,
    /// How often the task was started before.
    pub attempt: u32,
    /// Id of the job.
    pub job_id: String,
    /// Parameters that the job has for all functions.
    pub job_parameters: Arc<HashMap<String, String>>,
}

/// The context of one operator subtask.
pub struct OperatorContext {
    /// Who it is.
    pub info: TaskInfo,
    /// Event time of the record being processed.
    pub timestamp: i64,
    /// The operator's watermark.
    pub watermark: i64,
    /// Processing time.
    pub clock: Clock,
    /// State per key, where the operator has keys.
    pub keyed: Option<KeyedState>,
    /// The window in hand, as the namespace of its state; empty in operators without windows.
    pub window: Vec<u8>,
    /// Whether the current key has ended (BATCH), so that its functions register no timer any more.
    pub key_has_ended: bool,
    /// Whether snapshots are taken.
    pub checkpointing: bool,
    /// Timers, where the operator has keys.
    pub timers: Timers,
    /// Broadcast states by name.
    pub broadcast: Vec<BroadcastState>,
    /// Versions of the models that the function uses.
    pub models: ModelVersions,
    /// The operator's metrics.
    pub metrics: MetricGroup,
}

/// The context as the operator and user code share it.
pub type SharedContext = Arc<TaskCell<OperatorContext>>;

impl OperatorContext {
    /// A context without keys.
    #[must_use]
    pub fn new(info: TaskInfo, clock: Clock, metrics: MetricGroup) -> Self {
        let (timestamp, watermark) = (NO_TIMESTAMP, i64::MIN);
        Self {
            info,
            timestamp,
            watermark,
            clock,
            keyed: None,
            window: Vec::new(),
            key_has_ended: false,
            checkpointing: false,
            timers: Timers::default(),
            broadcast: Vec::new(),
            models: ModelVersions::default(),
            metrics,
        }
    }

    /// Writes state ahead of the next snapshot, if there will be one.
    pub fn write_ahead(&mut self) -> Result<()> {
        self.keyed.as_mut().filter(|_| self.checkpointing).map_or(Ok(()), KeyedState::write_ahead)
    }

    /// Keyed state, or an error that says why there is none.
    pub fn keyed(&mut self) -> Result<&mut KeyedState> {
        let name = &self.info.operator_name;
        self.keyed.as_mut().ok_or_else(|| {
            Error::invalid(format!("keyed state and timers need a keyed stream: call key_by(...) before '{name}'"))
        })
    }

    /// Takes a window in hand: state and timers are those of the current key's window.
    #[inline]
    pub fn enter(&mut self, window: &Window) -> Result<()> {
        self.window.clear();
        window.put(&mut self.window);
        self.in_window().map(|_| ())
    }

    /// Keyed state of the window in hand; where there are no windows, of the key.
    #[inline]
    pub fn in_window(&mut self) -> Result<&mut KeyedState> {
        let Self { keyed: Some(keyed), window, .. } = self else { return self.keyed() };
        keyed.set_namespace(window);
        Ok(keyed)
    }

    /// Registers a timer of the current key, and of the window in hand, for a function or trigger. When the key has ended
    /// its last timers are firing, and further ones do not come, as in Flink's BATCH mode.
    pub fn register_timer(&mut self, domain: TimeDomain, timestamp: i64) -> Result<()> {
        if self.key_has_ended { self.current_key().map(|_| ()) } else { self.add_timer(domain, timestamp) }
    }

    /// Registers a timer of the current key, and of the window in hand.
    pub fn add_timer(&mut self, domain: TimeDomain, timestamp: i64) -> Result<()> {
        let object = self.current_key()?;
        self.in_window()?;
        if let Self { keyed: Some(keyed), timers, .. } = self {
            timers.register(domain, timestamp, keyed.current_key_ref(), object);
        }
        Ok(())
    }

    /// Deletes a timer of the current key, and of the window in hand.
    pub fn delete_timer(&mut self, domain: TimeDomain, timestamp: i64) -> Result<()> {
        self.current_key()?;
        self.in_window()?;
        if let Self { keyed: Some(keyed), timers, .. } = self {
            timers.delete(domain, timestamp, keyed.current_key_ref());
        }
        Ok(())
    }

    /// The key of the record or timer being processed.
    pub fn current_key(&mut self) -> Result<Object> {
        let key = self.keyed()?.current_key().cloned();
        key.ok_or_else(|| Error::invalid("there is no current key outside of process_element and on_timer"))
    }

    /// The broadcast state of this name.
    pub fn broadcast_state(&mut self, name: &str) -> Result<&mut BroadcastState> {
        let known: Vec<_> = self.broadcast.iter().map(|s| s.name().to_owned()).collect();
        self.broadcast.iter_mut().find(|s| s.name() == name).ok_or_else(|| {
            Error::invalid(format!(
                "the broadcast state '{name}' was not given to broadcast(...); known are: {}",
                known.join(", ")
            ))
        })
    }
}
