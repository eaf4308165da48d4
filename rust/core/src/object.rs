//! One value of the object lane. The engine owns it, moves it and drops it, and never looks inside.
//!
//! The shape is that of [`std::task::RawWaker`]: a pointer and a table of functions, so that the engine needs to know
//! neither the language of the values nor a type parameter. In production the pointer is a Python object; tests of the
//! engine use [`Object::from_value`].

use std::any::TypeId;
use std::fmt;
use std::ptr::NonNull;

/// How to share and free what an [`Object`] points to.
#[derive(Debug)]
pub struct ObjectVTable {
    /// Makes another owner of the same value.
    pub clone: unsafe fn(NonNull<()>) -> NonNull<()>,
    /// Gives up one owner.
    pub drop: unsafe fn(NonNull<()>),
    /// Tells which Rust type is behind the pointer, where it is one; `None` for foreign values.
    pub rust_type: Option<fn() -> TypeId>,
}

/// An owned, opaque value.
pub struct Object {
    data: NonNull<()>,
    vtable: &'static ObjectVTable,
}

// SAFETY: whoever builds an `Object` with `from_raw` promises that clone and drop may run on any thread.
unsafe impl Send for Object {}
// SAFETY: shared access only ever clones, and clone may run on any thread.
unsafe impl Sync for Object {}

impl Object {
    /// Takes over one owner of a foreign value.
    ///
    /// # Safety
    /// `data` must be valid for the functions of `vtable`, and both functions must be callable on any thread.
    #[inline]
    #[must_use]
    pub unsafe fn from_raw(data: NonNull<()>, vtable: &'static ObjectVTable) -> Self {
        Self { data, vtable }
    }

    /// Gives the ownership back to the caller.
    #[inline]
    #[must_use]
    pub fn into_raw(self) -> NonNull<()> {
        let data = self.data;
        std::mem::forget(self);
        data
    }

    /// The pointer, still owned by this object.
    #[inline]
    #[must_use]
    pub fn as_raw(&self) -> NonNull<()> {
        self.data
    }

    /// Wraps a Rust value; used by the engine's own tests.
    #[must_use]
    pub fn from_value<T: Clone + Send + Sync + 'static>(value: T) -> Self {
        let data = NonNull::from(Box::leak(Box::new(value))).cast();
        Self { data, vtable: rust_vtable::<T>() }
    }

    /// Looks at a value wrapped by [`Object::from_value`].
    #[must_use]
    pub fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        let rust_type = self.vtable.rust_type?;
        // SAFETY: the type id says that the pointer came from a `Box<T>`.
        (rust_type() == TypeId::of::<T>()).then(|| unsafe { self.data.cast::<T>().as_ref() })
    }
}

impl Clone for Object {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: `data` belongs to `vtable` by construction.
        Self { data: unsafe { (self.vtable.clone)(self.data) }, vtable: self.vtable }
    }
}

impl Drop for Object {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `data` belongs to `vtable` and is dropped once.
        unsafe { (self.vtable.drop)(self.data) }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Object")
    }
}

struct RustValue<T>(std::marker::PhantomData<T>);

impl<T: Clone + Send + Sync + 'static> RustValue<T> {
    const VTABLE: ObjectVTable = ObjectVTable {
        // SAFETY (both): only reachable through an `Object` made by `from_value::<T>`.
        clone: |p| NonNull::from(Box::leak(Box::new(unsafe { p.cast::<T>().as_ref() }.clone()))).cast(),
        drop: |p| drop(unsafe { Box::from_raw(p.cast::<T>().as_ptr()) }),
        rust_type: Some(TypeId::of::<T>),
    };
}

fn rust_vtable<T: Clone + Send + Sync + 'static>() -> &'static ObjectVTable {
    &RustValue::<T>::VTABLE
}

#[cfg(test)]
mod tests {
    use super::Object;
    use std::sync::Arc;

    #[test]
    fn owners_are_counted() {
        let inner = Arc::new(7);
        let first = Object::from_value(Arc::clone(&inner));
        let second = first.clone();
        assert_eq!(Arc::strong_count(&inner), 3);
        drop(first);
        assert_eq!(**second.downcast_ref::<Arc<i32>>().expect("an Arc"), 7);
        drop(second);
        assert_eq!(Arc::strong_count(&inner), 1);
    }

    #[test]
    fn another_type_is_not_given_out() {
        assert!(Object::from_value(1_i64).downcast_ref::<String>().is_none());
    }
}
