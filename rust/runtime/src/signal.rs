//! How a task is told that something waits for it: one flag to look at between records, one place to sleep.

use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

#[derive(Default)]
struct Inner {
    /// Looked at between records: mail is there, or an output is full.
    attention: AtomicBool,
    /// Whether the task sleeps; its producers then flush at once.
    idle: AtomicBool,
    woken: Mutex<bool>,
    wakeup: Condvar,
}

/// The signal of one task; clones are the same signal.
#[derive(Clone, Default)]
pub struct TaskSignal(Arc<Inner>);

impl TaskSignal {
    /// Asks the task to stop between two records, and wakes it.
    pub fn raise(&self) {
        self.0.attention.store(true, Ordering::Release);
        self.wake();
    }

    /// Asks the own task to stop between two records.
    pub fn raise_locally(&self) {
        self.0.attention.store(true, Ordering::Release);
    }

    /// Whether somebody asked since the last [`TaskSignal::lower`].
    #[inline]
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.attention.load(Ordering::Relaxed)
    }

    /// Takes the request back, before looking at what was asked for.
    pub fn lower(&self) {
        self.0.attention.store(false, Ordering::Release);
    }

    /// Wakes the task if it sleeps.
    pub fn wake(&self) {
        *self.0.woken.lock() = true;
        self.0.wakeup.notify_one();
    }

    /// Sleeps until woken or until the deadline. A wake-up since the last sleep makes it return at once.
    pub fn sleep(&self, deadline: Option<Instant>) {
        let mut woken = self.0.woken.lock();
        if !*woken {
            self.0.idle.store(true, Ordering::Release);
            match deadline {
                Some(deadline) => {
                    self.0.wakeup.wait_until(&mut woken, deadline);
                }
                None => self.0.wakeup.wait(&mut woken),
            }
            self.0.idle.store(false, Ordering::Release);
        }
        *woken = false;
    }

    /// Whether the task sleeps.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.0.idle.load(Ordering::Acquire)
    }
}
