//! State of the window operator's own, whose values are Rust's and never reach user code.

use std::any::type_name;
use std::marker::PhantomData;
use std::sync::Arc;

use penstock_core::{Error, Object, ObjectCodec, Result, TypeInfo};
use penstock_state::DeclaredTypes;
use penstock_state::backend::{StateDescriptor, StateKind};
use penstock_state::keyed::StateHandle;
use penstock_state::wire::{Reader, put_bytes, put_varint};

use super::{Window, register};
use crate::context::OperatorContext;

/// A value that has bytes, in those of a declared type.
pub(super) trait Stored: Clone + Send + Sync + 'static {
    fn declared() -> TypeInfo;
    fn put(&self, out: &mut Vec<u8>);
    fn read(reader: &mut Reader<'_>) -> Result<Self>;
    /// Whether whoever was handed the value may have changed it.
    fn is_shared() -> bool {
        false
    }
    fn size(&self) -> usize;
}

/// Registers a state of such values: one per key, or per key and window.
pub(super) fn native_state<T: Stored>(c: &mut OperatorContext, name: &str, namespaced: bool) -> Result<StateHandle> {
    let declared = DeclaredTypes { value: Some(T::declared()), namespaced, ..DeclaredTypes::default() }.text();
    let descriptor = StateDescriptor { name: name.to_owned(), kind: StateKind::Value, declared };
    register(c, &descriptor, Arc::new(NativeCodec::<T>(PhantomData)))
}

/// The value of the current key.
pub(super) fn get<T: Stored>(c: &mut OperatorContext, state: StateHandle) -> Result<Option<T>> {
    let object = c.keyed()?.value(state)?;
    object.map(|object| own::<T>(&object).cloned()).transpose()
}

/// Sets the value of the current key.
pub(super) fn set<T: Stored>(c: &mut OperatorContext, state: StateHandle, value: T) -> Result<()> {
    c.keyed()?.update_fitting(state, Object::from_value(value))
}

fn own<T: Stored>(object: &Object) -> Result<&T> {
    object.downcast_ref().ok_or_else(|| Error::internal(format!("a state of {} has another value", type_name::<T>())))
}

struct NativeCodec<T>(PhantomData<fn() -> T>);

impl<T: Stored> ObjectCodec for NativeCodec<T> {
    fn check(&self, value: &Object) -> Result<()> {
        own::<T>(value).map(|_| ())
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Result<()> {
        own::<T>(value)?.put(out);
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Object> {
        T::read(&mut Reader::new(bytes, "state of a window operator")).map(Object::from_value)
    }

    fn isolate(&self, value: Object) -> Result<Object> {
        Ok(value)
    }

    fn is_mutable(&self, _value: &Object) -> bool {
        T::is_shared()
    }

    fn memory_size(&self, value: &Object) -> usize {
        own::<T>(value).map_or(0, Stored::size)
    }
}

/// A count, or a time.
impl Stored for i64 {
    fn declared() -> TypeInfo {
        TypeInfo::Long
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self::from_be_bytes)
    }

    fn size(&self) -> usize {
        8
    }
}

/// Windows, each with the one under which its contents are kept.
impl Stored for Arc<Vec<(Window, Window)>> {
    fn declared() -> TypeInfo {
        let bytes = TypeInfo::PrimitiveArray { element: Box::new(TypeInfo::Byte) };
        let pair = TypeInfo::Tuple { fields: vec![bytes.clone(), bytes] };
        TypeInfo::List { element: Box::new(pair) }
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_varint(out, self.len() as u64);
        let mut bytes = Vec::new();
        for (window, state) in self.iter() {
            out.push(1);
            for window in [window, state] {
                bytes.clear();
                window.put(&mut bytes);
                out.push(1);
                put_bytes(out, &bytes);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut windows = Vec::new();
        for _ in 0..reader.varint()? {
            reader.u8()?;
            let mut window = || -> Result<Window> {
                reader.u8()?;
                Ok(Window::parse(reader.bytes()?)?.0)
            };
            windows.push((window()?, window()?));
        }
        Ok(Self::new(windows))
    }

    fn size(&self) -> usize {
        self.len() * size_of::<(Window, Window)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let windows = vec![
            (Window::Time { start: 1, end: 30 }, Window::Time { start: 1, end: 10 }),
            (Window::Custom { data: Arc::from(&[7][..]), max_timestamp: 3 }, Window::Global),
        ];
        let mut bytes = Vec::new();
        Arc::new(windows.clone()).put(&mut bytes);
        let read = <Arc<Vec<(Window, Window)>> as Stored>::read(&mut Reader::new(&bytes, "windows")).unwrap();
        assert_eq!(*read, windows);
        assert!(<Arc<Vec<(Window, Window)>> as Stored>::read(&mut Reader::new(&bytes[..9], "windows")).is_err());
    }
}
