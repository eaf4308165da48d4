//! Keyed state as user functions see it.

use penstock_core::{Object, Result, TypeInfo};
use penstock_runtime::context::{OperatorContext, SharedContext};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{StateDescriptor, StateKind};
use penstock_state::keyed::{KeyedState, StateCodecs, StateHandle, TtlConfig};
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::context::with;
use crate::direct_method::{self, Entry};
use crate::errors::to_python;
use crate::function::shared_codec;
use crate::object::{unwrap, wrap};

/// Whose state it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The current key's.
    Key,
    /// That of the key's window in hand.
    Window,
}

impl Scope {
    /// What is registered under a name: a window's state beside the key's of the same name.
    fn described(self, name: &str, kind: StateKind, types: DeclaredTypes) -> StateDescriptor {
        let (name, namespaced) = match self {
            Self::Key => (name.to_owned(), false),
            Self::Window => (format!("window/{name}"), true),
        };
        StateDescriptor { name, kind, declared: DeclaredTypes { namespaced, ..types }.text() }
    }
}

/// A registered state of an operator.
struct StateRef {
    context: SharedContext,
    scope: Scope,
    handle: StateHandle,
}

impl StateRef {
    fn register(
        py: Python<'_>,
        context: &SharedContext,
        scope: Scope,
        descriptor: &StateDescriptor,
        codecs: StateCodecs,
        ttl_json: Option<&str>,
    ) -> PyResult<Self> {
        let ttl = ttl_json
            .map(serde_json::from_str::<TtlConfig>)
            .transpose()
            .map_err(|e| PyValueError::new_err(format!("not a time to live: {e}")))?;
        let handle = with(py, context, |c| c.keyed()?.register(descriptor, codecs, ttl))?;
        Ok(Self { context: context.clone(), scope, handle })
    }

    #[inline]
    fn use_state<R>(&self, py: Python<'_>, f: impl FnOnce(&mut KeyedState, StateHandle) -> Result<R>) -> PyResult<R> {
        let result = self.context.with(|c: &mut OperatorContext| match &mut c.keyed {
            Some(keyed) if keyed.current_key().is_some() => {
                keyed.set_namespace(if self.scope == Scope::Key { &[] } else { &c.window });
                f(keyed, self.handle)
            }
            _ => Err(penstock_core::Error::invalid(
                "keyed state can be used only within process_element and on_timer, where there is a current key",
            )),
        });
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) | Err(error) => Err(state_error(py, &error)),
        }
    }
}

/// What goes wrong with a value is a `TypeError` at the line that uses the state.
#[cold]
fn state_error(py: Python<'_>, error: &penstock_core::Error) -> PyErr {
    match error {
        penstock_core::Error::User(user) => {
            let text = user.traceback.trim().strip_prefix("TypeError: ").unwrap_or(user.traceback.trim()).to_owned();
            pyo3::exceptions::PyTypeError::new_err(text)
        }
        other => to_python(py, other),
    }
}

fn parse_type(json: Option<&str>) -> PyResult<Option<TypeInfo>> {
    json.map(serde_json::from_str).transpose().map_err(|e| PyValueError::new_err(format!("not a type: {e}")))
}

fn optional(py: Python<'_>, object: Option<Object>) -> Option<Bound<'_, PyAny>> {
    object.map(|o| unwrap(py, o))
}

/// One value per key.
#[pyclass(frozen, module = "penstock._native")]
pub struct ValueState(StateRef);

impl ValueState {
    pub fn register(
        py: Python<'_>,
        context: &SharedContext,
        scope: Scope,
        name: &str,
        type_json: Option<&str>,
        ttl_json: Option<&str>,
    ) -> PyResult<Self> {
        let value = parse_type(type_json)?;
        let declared = DeclaredTypes { value: value.clone(), ttl: ttl_json.is_some(), ..DeclaredTypes::default() };
        let descriptor = scope.described(name, StateKind::Value, declared);
        let codecs = StateCodecs { value: shared_codec(value.as_ref()), map_key: None };
        StateRef::register(py, context, scope, &descriptor, codecs, ttl_json).map(Self)
    }
}

/// Adds the methods that are called for every record.
pub fn add_direct_methods(py: Python<'_>) -> PyResult<()> {
    let doc = c"value($self, /)\n--\n\nThe current key's value; None if there is none.";
    direct_method::add::<ValueState>(py, c"value", Entry::NoArguments(value), doc)?;
    let doc = c"update($self, /, value)\n--\n\nSets the current key's value. Raises TypeError if it does not fit the declared type.";
    direct_method::add::<ValueState>(py, c"update", Entry::OneArgument(update), doc)
}

unsafe extern "C" fn value(state: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: an entry of `ValueState`.
    unsafe {
        direct_method::run::<ValueState, _>(state, |py, state| {
            let found = state.get().0.use_state(py, KeyedState::value)?;
            Ok(found.map_or_else(|| py.None().into_bound(py), |object| unwrap(py, object)))
        })
    }
}

unsafe extern "C" fn update(
    state: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    positional: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: an entry of `ValueState`, with its arguments.
    unsafe {
        direct_method::run::<ValueState, _>(state, |py, state| {
            let value = direct_method::argument(py, "value", arguments, positional, names)?;
            state.get().0.use_state(py, |keyed, handle| keyed.update(handle, wrap(value)))?;
            Ok(py.None().into_bound(py))
        })
    }
}

#[pymethods]
impl ValueState {
    /// Removes the current key's value.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.0.use_state(py, KeyedState::clear)
    }
}

/// One list per key.
#[pyclass(frozen, module = "penstock._native")]
pub struct ListState {
    state: StateRef,
    /// Whether each element has a life of its own, and so is a value of its own to the engine.
    by_element: bool,
}

impl ListState {
    pub fn register(
        py: Python<'_>,
        context: &SharedContext,
        scope: Scope,
        name: &str,
        element_json: Option<&str>,
        ttl_json: Option<&str>,
    ) -> PyResult<Self> {
        let element = parse_type(element_json)?;
        let list = TypeInfo::List { element: Box::new(element.clone().unwrap_or(TypeInfo::PickledByteArray)) };
        let by_element = ttl_json.is_some();
        let declared = DeclaredTypes { value: element.clone(), ttl: by_element, ..DeclaredTypes::default() };
        let descriptor = scope.described(name, StateKind::List, declared);
        let value = if by_element { shared_codec(element.as_ref()) } else { shared_codec(Some(&list)) };
        let state =
            StateRef::register(py, context, scope, &descriptor, StateCodecs { value, map_key: None }, ttl_json)?;
        Ok(Self { state, by_element })
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        if self.by_element {
            let elements = self.state.use_state(py, KeyedState::list_elements)?;
            return PyList::new(py, elements.into_iter().map(|element| unwrap(py, element))).map(Some);
        }
        let list = optional(py, self.state.use_state(py, KeyedState::value)?);
        list.map(|l| l.cast_into::<PyList>().map_err(Into::into)).transpose()
    }

    /// Adds elements to a list that is not in the cache, where that needs no look at it; says whether it did.
    fn appended(&self, values: &Bound<'_, PyList>) -> PyResult<bool> {
        let added = wrap(values.clone().into_any());
        self.state.use_state(values.py(), |keyed, state| keyed.append_unread(state, &added))
    }

    fn extend(&self, values: &Bound<'_, PyList>) -> PyResult<()> {
        let py = values.py();
        if self.by_element {
            let added = values.iter().map(wrap).collect();
            return self.state.use_state(py, |keyed, state| keyed.list_add(state, added));
        }
        if self.appended(values)? {
            return Ok(());
        }
        let list = match self.list(py)? {
            Some(list) => list.as_sequence().concat(values.as_sequence())?.into_any(),
            None => values.clone().into_any(),
        };
        self.state.use_state(py, |keyed, state| keyed.update(state, wrap(list)))
    }
}

#[pymethods]
impl ListState {
    /// The current key's elements.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let list = self.list(py)?.unwrap_or_else(|| PyList::empty(py));
        Ok(list.try_iter()?.into_any())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }

    /// Adds an element.
    fn add(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let one = PyList::new(py, [&value])?;
        if !self.by_element && self.appended(&one)? {
            return Ok(());
        }
        match if self.by_element { None } else { self.list(py)? } {
            Some(list) => {
                self.state.use_state(py, |keyed, state| keyed.check_value(state, &wrap(one.into_any())))?;
                list.append(value)
            }
            None => self.extend(&one),
        }
    }

    /// Adds elements.
    fn add_all(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = values.py();
        self.extend(&py.get_type::<PyList>().call1((values,))?.cast_into::<PyList>()?)
    }

    /// Replaces all elements.
    fn update(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = values.py();
        let list = py.get_type::<PyList>().call1((values,))?;
        if self.by_element {
            let new = list.cast_into::<PyList>()?.iter().map(wrap).collect();
            return self.state.use_state(py, |keyed, state| keyed.list_update(state, new));
        }
        self.state.use_state(py, |keyed, state| keyed.update(state, wrap(list)))
    }

    /// Removes all elements.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        let clear = if self.by_element { KeyedState::list_clear } else { KeyedState::clear };
        self.state.use_state(py, clear)
    }
}

/// One map per key.
#[pyclass(frozen, module = "penstock._native")]
pub struct MapState(StateRef);

impl MapState {
    pub fn register(
        py: Python<'_>,
        context: &SharedContext,
        scope: Scope,
        name: &str,
        key_json: Option<&str>,
        value_json: Option<&str>,
        ttl_json: Option<&str>,
    ) -> PyResult<Self> {
        let (key, value) = (parse_type(key_json)?, parse_type(value_json)?);
        let (map_key, ttl) = (key.clone(), ttl_json.is_some());
        let declared = DeclaredTypes { value: value.clone(), map_key, ttl, ..DeclaredTypes::default() };
        let descriptor = scope.described(name, StateKind::Map, declared);
        let codecs = StateCodecs {
            value: shared_codec(value.as_ref()),
            map_key: Some(crate::keys::map_key_codec(key.as_ref())),
        };
        StateRef::register(py, context, scope, &descriptor, codecs, ttl_json).map(Self)
    }

    fn entries<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
        let entries = self.0.use_state(py, KeyedState::map_entries)?;
        Ok(entries.into_iter().map(|(k, v)| (unwrap(py, k), unwrap(py, v))).collect())
    }
}

#[pymethods]
impl MapState {
    /// The value under a key; None if there is none.
    fn get<'py>(&self, key: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = key.py();
        Ok(optional(py, self.0.use_state(py, |keyed, state| keyed.map_get(state, &wrap(key)))?))
    }

    /// Sets the value under a key.
    fn put(&self, key: Bound<'_, PyAny>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let py = key.py();
        self.0.use_state(py, |keyed, state| keyed.map_put(state, wrap(key), wrap(value)))
    }

    /// Sets the values of a dict, or of pairs.
    fn put_all(&self, dict_value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = dict_value.py();
        let pairs = if dict_value.hasattr("items")? { dict_value.call_method0("items")? } else { dict_value.clone() };
        for pair in pairs.try_iter()? {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
            self.0.use_state(py, |keyed, state| keyed.map_put(state, wrap(key), wrap(value)))?;
        }
        Ok(())
    }

    /// Removes a key.
    fn remove(&self, key: Bound<'_, PyAny>) -> PyResult<()> {
        let py = key.py();
        self.0.use_state(py, |keyed, state| keyed.map_remove(state, &wrap(key)))
    }

    /// Whether a key is there.
    fn contains(&self, key: Bound<'_, PyAny>) -> PyResult<bool> {
        let py = key.py();
        Ok(self.0.use_state(py, |keyed, state| keyed.map_get(state, &wrap(key)))?.is_some())
    }

    /// Keys and values.
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let pairs =
            self.entries(py)?.into_iter().map(|(k, v)| PyTuple::new(py, [k, v])).collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(py, pairs)?.try_iter()?.into_any())
    }

    /// Keys.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.entries(py)?.into_iter().map(|(k, _)| k))?.try_iter()?.into_any())
    }

    /// Values.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.entries(py)?.into_iter().map(|(_, v)| v))?.try_iter()?.into_any())
    }

    /// Whether there is no key.
    fn is_empty(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.entries(py)?.is_empty())
    }

    /// Removes everything.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.0.use_state(py, KeyedState::map_clear)
    }

    fn __getitem__<'py>(&self, key: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.get(key)
    }

    fn __setitem__(&self, key: Bound<'_, PyAny>, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.put(key, value)
    }

    fn __delitem__(&self, key: Bound<'_, PyAny>) -> PyResult<()> {
        self.remove(key)
    }

    fn __contains__(&self, key: Bound<'_, PyAny>) -> PyResult<bool> {
        self.contains(key)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.keys(py)
    }
}
