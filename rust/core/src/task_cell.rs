//! State that belongs to one task thread but is reachable from objects that user code holds.
//!
//! ```
//! use penstock_core::task_cell::TaskCell;
//! let cell = TaskCell::new(1);
//! assert_eq!(cell.with(|n| { *n += 1; *n }).unwrap(), 2);
//! ```

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

/// Gives access to the thread that used it first, and to no other.
#[derive(Debug)]
pub struct TaskCell<T> {
    owner: AtomicUsize,
    busy: Cell<bool>,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lets only the owner thread in; a cell that was never used may move to another thread.
unsafe impl<T: Send> Send for TaskCell<T> {}
// SAFETY: as above; `busy` and `value` are touched only after the owner check.
unsafe impl<T: Send> Sync for TaskCell<T> {}

thread_local! {
    static MARK: u8 = const { 0 };
}

/// Tells living threads apart: where a thread's own variable lies. A thread may get the place of one that has ended,
/// which then cannot be in the cell any more.
#[inline]
fn this_thread() -> usize {
    MARK.with(|mark| std::ptr::from_ref(mark) as usize)
}

impl<T> TaskCell<T> {
    /// A cell without an owner; the first `with` makes its thread the owner.
    pub fn new(value: T) -> Self {
        Self { owner: AtomicUsize::new(0), busy: Cell::new(false), value: UnsafeCell::new(value) }
    }

    /// Runs `f` with the value. An error on any thread but the owner, and when called from within itself.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R> {
        let thread = this_thread();
        if self.owner.load(Ordering::Relaxed) != thread {
            self.claim(thread)?;
        }
        if self.busy.replace(true) {
            return Err(Error::internal("state was used while it was being read or written"));
        }
        let guard = Busy(&self.busy);
        // SAFETY: only the owner thread gets here, and `busy` keeps it from getting here twice.
        let result = f(unsafe { &mut *self.value.get() });
        drop(guard);
        Ok(result)
    }

    #[cold]
    fn claim(&self, thread: usize) -> Result<()> {
        match self.owner.compare_exchange(0, thread, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::invalid(
                "state, timers and the context of a function can be used only from the thread that calls the function",
            )),
        }
    }
}

struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::TaskCell;
    use std::sync::Arc;

    #[test]
    fn another_thread_is_refused() {
        let cell = Arc::new(TaskCell::new(0));
        cell.with(|n| *n = 5).expect("owner");
        let other = Arc::clone(&cell);
        let refused = std::thread::spawn(move || other.with(|n| *n).is_err()).join().expect("joined");
        assert!(refused);
    }

    #[test]
    fn use_within_use_is_refused() {
        let cell = TaskCell::new(0);
        let inner = cell.with(|_| cell.with(|n| *n).is_err()).expect("outer");
        assert!(inner);
        assert!(cell.with(|n| *n).is_ok());
    }
}
