//! How many records are handed over before a call is free for them: as many as will be called with until the task has
//! its next turn at the interpreter. Calls that take long need none.

use std::time::{Duration, Instant};

/// How long it may take until the task has its turn: CPython's switch interval, and some more.
const TURN: Duration = Duration::from_millis(10);
/// More are never handed over.
const MOST: usize = 1024;

/// The rate at which calls end, measured over turns.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    since: Option<Instant>,
    ended: usize,
    records: usize,
}

impl Ahead {
    /// So many calls have ended.
    pub(super) fn ended(&mut self, calls: usize, now: Instant) {
        self.ended += calls;
        let since = *self.since.get_or_insert(now);
        let passed = now.duration_since(since);
        if passed >= TURN {
            let in_a_turn = self.ended as u128 * TURN.as_micros() / passed.as_micros();
            self.records = usize::try_from(in_a_turn).unwrap_or(MOST).min(MOST);
            (self.since, self.ended) = (Some(now), 0);
        }
    }

    /// How many records.
    pub(super) fn records(&self) -> usize {
        self.records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_end_in_a_turn() {
        let start = Instant::now();
        let (mut slow, mut fast) = (Ahead::default(), Ahead::default());
        for second in 0..3 {
            slow.ended(1, start + Duration::from_secs(second));
        }
        assert_eq!(slow.records(), 0);
        for millisecond in 0..30 {
            fast.ended(80, start + Duration::from_millis(millisecond));
        }
        assert_eq!(fast.records(), 800);
        fast.ended(1, start + Duration::from_secs(9));
        assert_eq!(fast.records(), 0);
    }
}
