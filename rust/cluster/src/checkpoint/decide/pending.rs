//! A snapshot that is not complete.

use std::collections::BTreeSet;

use super::words::Kind;

#[derive(Debug)]
pub(super) struct Pending {
    pub kind: Kind,
    /// Tasks that have not acknowledged.
    waiting_for: BTreeSet<usize>,
    times_out: i64,
    /// Whether `_metadata` is being written.
    pub writing: bool,
    /// Whether a newer one was complete before `_metadata` was written.
    pub subsumed: bool,
}

impl Pending {
    pub fn new(kind: Kind, tasks: impl IntoIterator<Item = usize>, times_out: i64) -> Self {
        Self { kind, waiting_for: tasks.into_iter().collect(), times_out, writing: false, subsumed: false }
    }

    /// True once, when the last task has acknowledged. A second acknowledgement of a task changes nothing.
    pub fn acknowledged(&mut self, task: usize) -> bool {
        let last = self.waiting_for.remove(&task) && self.waiting_for.is_empty();
        self.writing |= last;
        last
    }

    pub fn timeout(&self) -> Option<i64> {
        (!self.writing).then_some(self.times_out)
    }
}
