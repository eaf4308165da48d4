//! Threads that open transactions for a writer that is gone.
//!
//! Opening cannot be interrupted, so a thread may outlive the attempt of its writer; and whoever opens a transaction fences
//! the one that is open under the same name. So the writer of the next attempt, which uses the same names, waits for such
//! threads to end before it begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use penstock_core::{Error, Result};

static THREADS: Mutex<Vec<Arc<Names>>> = Mutex::new(Vec::new());
static ENDED: Condvar = Condvar::new();

/// The names that a thread uses.
struct Names {
    prefix: String,
    subtask: u32,
    /// Whether the writer is gone.
    left: AtomicBool,
}

/// A writer's thread. Dropping this says that the writer is gone.
pub(super) struct OfWriter(Arc<Names>);

/// What the thread has of it. Dropped at its end.
pub(super) struct OfThread(Arc<Names>);

/// A thread begins to use the names of a subtask.
pub(super) fn begin(prefix: &str, subtask: u32) -> (OfWriter, OfThread) {
    let names = Arc::new(Names { prefix: prefix.to_owned(), subtask, left: AtomicBool::new(false) });
    THREADS.lock().push(Arc::clone(&names));
    (OfWriter(Arc::clone(&names)), OfThread(names))
}

impl OfThread {
    /// Whether nobody has a use for what the thread does.
    pub(super) fn is_left(&self) -> bool {
        self.0.left.load(Ordering::Acquire)
    }
}

impl Drop for OfWriter {
    fn drop(&mut self) {
        self.0.left.store(true, Ordering::Release);
    }
}

impl Drop for OfThread {
    fn drop(&mut self) {
        THREADS.lock().retain(|names| !Arc::ptr_eq(names, &self.0));
        ENDED.notify_all();
    }
}

/// Returns when no thread whose writer is gone uses these names any more.
pub(super) fn wait_for_ends(prefix: &str, subtask: u32, timeout: Duration) -> Result<()> {
    let deadline = Instant::now() + timeout;
    let of_others =
        |names: &Arc<Names>| names.subtask == subtask && names.prefix == prefix && names.left.load(Ordering::Acquire);
    let mut threads = THREADS.lock();
    while threads.iter().any(of_others) {
        if ENDED.wait_until(&mut threads, deadline).timed_out() {
            return Err(Error::external(format!(
                "the attempt before is still opening Kafka transactions of '{prefix}' for subtask {subtask} after {} s",
                timeout.as_secs()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_next_writer_waits_for_a_thread_that_was_left() {
        let (writer, thread) = begin("left", 1);
        wait_for_ends("left", 1, LONG).unwrap();
        assert!(!thread.is_left());
        drop(writer);
        assert!(thread.is_left());
        wait_for_ends("left", 2, LONG).unwrap();
        wait_for_ends("other", 1, LONG).unwrap();
        let error = wait_for_ends("left", 1, Duration::ZERO).unwrap_err().to_string();
        assert!(error.contains("'left' for subtask 1"), "{error}");
        let ending = std::thread::spawn(move || drop(thread));
        wait_for_ends("left", 1, LONG).unwrap();
        ending.join().unwrap();
    }
}
