//! How many bytes of live objects a slot may hold, over all the operators that share it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// The limit of a slot, and what is used of it.
///
/// Each user may have what the others leave, and its equal share in any case. Who holds more than its share from
/// before others came gives it back when it next grows or takes a snapshot, so that until then a slot may hold up to
/// twice its limit.
///
/// ```
/// use penstock_state::keyed::CacheBudget;
/// let slot = CacheBudget::new(100);
/// let (mut first, mut second) = (slot.join(), slot.join());
/// assert_eq!(first.allowed(80), 100);
/// assert_eq!(second.allowed(10), 50);
/// assert_eq!(first.allowed(80), 90);
/// drop(second);
/// assert_eq!(first.allowed(80), 100);
/// ```
#[derive(Debug)]
pub struct CacheBudget {
    max: usize,
    used: AtomicUsize,
    users: AtomicUsize,
}

/// By job and slot.
type Slots = HashMap<(String, u32), Weak<CacheBudget>>;

impl CacheBudget {
    /// A limit of so many bytes.
    #[must_use]
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, used: AtomicUsize::new(0), users: AtomicUsize::new(0) })
    }

    /// The budget that the subtasks `slot` of a job share in this process.
    #[must_use]
    pub fn of_slot(job_id: &str, slot: u32, max: usize) -> Arc<Self> {
        static SLOTS: Mutex<Option<Slots>> = Mutex::new(None);
        let mut slots = SLOTS.lock();
        let slots = slots.get_or_insert_default();
        slots.retain(|_, budget| budget.strong_count() > 0);
        let key = (job_id.to_owned(), slot);
        if let Some(budget) = slots.get(&key).and_then(Weak::upgrade) {
            return budget;
        }
        let budget = Self::new(max);
        slots.insert(key, Arc::downgrade(&budget));
        budget
    }

    /// One more user.
    #[must_use]
    pub fn join(self: &Arc<Self>) -> CacheShare {
        self.users.fetch_add(1, Ordering::Relaxed);
        CacheShare { budget: Arc::clone(self), used: 0 }
    }
}

/// What one user has of a budget.
#[derive(Debug)]
pub struct CacheShare {
    budget: Arc<CacheBudget>,
    used: usize,
}

impl CacheShare {
    /// How many bytes the user may hold, which now holds `used`.
    pub fn allowed(&mut self, used: usize) -> usize {
        let budget = &self.budget;
        let all = if used >= self.used {
            budget.used.fetch_add(used - self.used, Ordering::Relaxed) + (used - self.used)
        } else {
            budget.used.fetch_sub(self.used - used, Ordering::Relaxed) - (self.used - used)
        };
        self.used = used;
        let others = all.saturating_sub(used);
        let share = budget.max / budget.users.load(Ordering::Relaxed).max(1);
        share.max(budget.max.saturating_sub(others))
    }
}

impl Drop for CacheShare {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.used, Ordering::Relaxed);
        self.budget.users.fetch_sub(1, Ordering::Relaxed);
    }
}
