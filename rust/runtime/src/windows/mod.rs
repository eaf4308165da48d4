//! Windows: records are kept by key and window until a trigger says that the window's results are to be emitted.
//!
//! [`operator`] takes records and timers, [`sliced`] does so for windows that overlap and share their slices. Which
//! windows a record belongs to says [`assigner`], when they fire says [`trigger`]; windows that become one are in
//! [`merging`]. What is the user's own is asked for through [`WindowCalls`].
//!
//! State is kept by the operator's backend: of a key's window under the key's bytes with the window's behind them, in
//! the key's group, so that it goes where the key goes. Timers are registered under the same bytes, and say when they
//! fire which window they are for.

mod assigner;
mod calls;
mod merging;
mod native_state;
mod operator;
mod sliced;
mod stacks;
#[cfg(test)]
mod tests;
mod trigger;
mod window;

pub use calls::{TriggerResult, WindowCalls};
pub use window::Window;

use std::sync::Arc;

use penstock_core::{ObjectCodec, Result, TypeInfo};
use penstock_plan::{WindowContents, WindowSpec};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{StateDescriptor, StateKind};
use penstock_state::keyed::{StateCodecs, StateHandle};

use crate::context::OperatorContext;
use crate::operators::Operator;
use crate::operators::function::{FunctionParts, function_operator};

/// What a window operator has beside its functions.
pub struct WindowParts {
    /// What it does.
    pub spec: WindowSpec,
    /// The codec of what it keeps, of [`kept_type`].
    pub codec: Arc<dyn ObjectCodec>,
}

/// The operator of windows.
pub fn window_operator<F: WindowCalls + 'static>(
    calls: F,
    window: WindowParts,
    parts: FunctionParts,
) -> Box<dyn Operator> {
    let context = Arc::clone(&parts.context);
    match sliced::Slices::of(&window.spec) {
        Some(slices) => function_operator(sliced::SlicedWindows::new(calls, context, slices, window), parts),
        None => function_operator(operator::Windows::new(calls, context, window), parts),
    }
}

/// The type of what is kept of a window; `None`: any object.
#[must_use]
pub fn kept_type(spec: &WindowSpec) -> Option<TypeInfo> {
    match element_type(spec) {
        Some(element) => Some(TypeInfo::List { element: Box::new(element) }),
        None => spec.contents_type.clone(),
    }
}

/// The type of an element, where all records are kept.
fn element_type(spec: &WindowSpec) -> Option<TypeInfo> {
    if spec.contents != WindowContents::List {
        return None;
    }
    let element = spec.contents_type.clone().unwrap_or(TypeInfo::PickledByteArray);
    Some(if spec.evicts { TypeInfo::Tuple { fields: vec![element, TypeInfo::Long] } } else { element })
}

/// What is registered for the contents of windows.
#[must_use]
pub fn contents_descriptor(spec: &WindowSpec) -> StateDescriptor {
    let (kind, value) = match element_type(spec) {
        Some(element) => (StateKind::List, Some(element)),
        None => (StateKind::Value, spec.contents_type.clone()),
    };
    let declared = DeclaredTypes { value, namespaced: true, ..DeclaredTypes::default() }.text();
    // Accumulators of slices are no contents of windows: a job that goes from one to the other begins anew.
    let name = if sliced::Slices::of(spec).is_some() { "_window/slices" } else { "_window/contents" };
    StateDescriptor { name: name.to_owned(), kind, declared }
}

fn register(c: &mut OperatorContext, descriptor: &StateDescriptor, codec: Arc<dyn ObjectCodec>) -> Result<StateHandle> {
    c.keyed()?.register(descriptor, StateCodecs { value: codec, map_key: None }, None)
}
