//! Keyed reduce: keeps one value per key and combines every record with it.
//!
//! In STREAMING mode every record emits the new value. In BATCH mode, where the records of a key come together, each key
//! emits its value once, after its last record.

use penstock_core::clock::MAX_WATERMARK;
use penstock_core::event::Barrier;
use penstock_core::{Keys, Object, Result, TypeInfo};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{KeyRef, StateDescriptor, StateKind};
use penstock_state::keyed::{StateCodecs, StateHandle};

use super::{Operator, OperatorSnapshot};
use crate::chain::Outputs;
use crate::context::{OperatorContext, SharedContext};
use crate::lane::UserFunction;

/// The name of what a reduce keeps.
pub const REDUCE_STATE: &str = "_op_state";

/// What a reduce has beside its function.
pub struct ReduceParts {
    /// Codecs of the kept value.
    pub codecs: StateCodecs,
    /// Its declared type.
    pub declared: Option<TypeInfo>,
    /// Whether it is emitted at the end of the key alone.
    pub batch: bool,
}

/// The operator of `reduce`, and of `sum`, `min`, `max` and theirs, which are reduces.
pub struct ReduceOperator<F> {
    function: F,
    context: SharedContext,
    codecs: StateCodecs,
    declared: DeclaredTypes,
    state: Option<StateHandle>,
    /// Whether a value is emitted at the end of its key alone.
    batch: bool,
}

impl<F: UserFunction> ReduceOperator<F> {
    /// Wraps a reduce function.
    #[must_use]
    pub fn new(function: F, context: SharedContext, parts: ReduceParts) -> Self {
        let ReduceParts { codecs, declared, batch } = parts;
        let declared = DeclaredTypes { value: declared, ..DeclaredTypes::default() };
        Self { function, context, codecs, declared, state: None, batch }
    }

    fn state(&self) -> StateHandle {
        self.state.expect("registered when the operator was opened")
    }
}

impl<F: UserFunction> Operator for ReduceOperator<F> {
    fn open(&mut self) -> Result<()> {
        let descriptor =
            StateDescriptor { name: REDUCE_STATE.to_owned(), kind: StateKind::Value, declared: self.declared.text() };
        let codecs = self.codecs.clone();
        self.state = Some(self.context.with(|c| c.keyed()?.register(&descriptor, codecs, None))??);
        self.function.open()
    }

    #[inline]
    fn set_key(&mut self, object: Object, key: KeyRef<'_>, _timestamp: i64) -> Result<()> {
        self.context.with(|c| c.keyed().map(|k| k.set_key(object, key)))?
    }

    #[inline]
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        let state = self.state();
        let old = self.context.with(|c| c.keyed()?.value(state))??;
        let new = match &old {
            Some(old) => self.function.combine(old, &value)?,
            None => value,
        };
        let kept = new.clone();
        // Records were held against the type where they were emitted, and results where the function returned them.
        self.context.with(|c| c.keyed()?.update_fitting(state, kept))??;
        if self.batch { Ok(()) } else { out.emit(new, timestamp) }
    }

    fn end_of_key(&mut self, out: &mut Outputs) -> Result<()> {
        let state = self.state();
        let value = self.context.with(|c| c.keyed()?.value(state))??;
        self.context.with(|c| c.keyed()?.end_of_key())??;
        match value {
            Some(value) => out.emit(value, MAX_WATERMARK),
            None => Ok(()),
        }
    }

    fn snapshot(&mut self, barrier: &Barrier) -> Result<OperatorSnapshot> {
        self.context.with(|c| {
            Ok(OperatorSnapshot { keyed: Some(c.keyed()?.freeze(barrier.native)?), ..OperatorSnapshot::default() })
        })?
    }

    fn end_of_batch(&mut self) -> Result<()> {
        self.context.with(OperatorContext::write_ahead)?
    }

    fn prefetch(&mut self, keys: &Keys) -> Result<()> {
        self.context.with(|c| c.keyed()?.prefetch(keys))?
    }

    fn checkpoint_complete(&mut self, checkpoint_id: u64) -> Result<()> {
        self.context.with(|c| c.keyed().map(|keyed| keyed.checkpoint_complete(checkpoint_id)))?
    }

    fn close(&mut self) -> Result<()> {
        let result = self.function.close();
        self.context.with(|c| c.keyed().map(penstock_state::keyed::KeyedState::clear_cache))??;
        result
    }
}
