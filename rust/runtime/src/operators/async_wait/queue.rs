//! Records that wait for their results, and the watermarks between them.
//!
//! The queue is cut into segments. Within a segment results leave as they come, and no segment begins before the one in
//! front of it is empty. Watermarks cut segments; where results keep the order of the records, each record is a segment of
//! its own.

use std::collections::VecDeque;

use penstock_core::Object;

/// A record that waits for its result.
pub(super) struct Waiting {
    /// The record.
    pub(super) value: Object,
    /// Its bytes, where the function could change it.
    pub(super) bytes: Option<Vec<u8>>,
    /// Its event time.
    pub(super) timestamp: i64,
}

/// What may leave the queue.
pub(super) enum Ready {
    /// A record with what its call returned.
    Result { record: Waiting, returned: Object },
    /// All records before the watermark have left.
    Watermark(i64),
}

struct Entry {
    record: Waiting,
    segment: u64,
    returned: Option<Object>,
}

#[derive(Default)]
struct Segment {
    /// Records that have not left.
    left: usize,
    /// Numbers of those that have a result, in the order in which it came.
    done: VecDeque<u64>,
    closed: bool,
    /// What follows when all have left.
    watermark: Option<i64>,
}

/// The queue of an operator.
pub(super) struct WaitingQueue {
    ordered: bool,
    /// By number; `None`: it has left.
    entries: VecDeque<Option<Entry>>,
    /// Number of the first of them.
    first_entry: u64,
    len: usize,
    segments: VecDeque<Segment>,
    first_segment: u64,
}

impl WaitingQueue {
    pub(super) fn new(ordered: bool) -> Self {
        let (entries, segments) = (VecDeque::new(), VecDeque::new());
        Self { ordered, entries, first_entry: 0, len: 0, segments, first_segment: 0 }
    }

    /// How many records wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether neither a record nor a watermark waits.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0 && self.segments.iter().all(|segment| segment.watermark.is_none())
    }

    /// Adds a record; returns its number. Numbers follow each other.
    pub(super) fn push(&mut self, record: Waiting) -> u64 {
        if self.segments.back().is_none_or(|last| last.closed) {
            self.segments.push_back(Segment::default());
        }
        let segment = self.first_segment + self.segments.len() as u64 - 1;
        if let Some(last) = self.segments.back_mut() {
            last.left += 1;
            last.closed = self.ordered;
        }
        self.entries.push_back(Some(Entry { record, segment, returned: None }));
        self.len += 1;
        self.first_entry + self.entries.len() as u64 - 1
    }

    /// Adds a watermark behind all records so far.
    pub(super) fn push_watermark(&mut self, time: i64) {
        if self.segments.is_empty() {
            self.segments.push_back(Segment::default());
        }
        if let Some(last) = self.segments.back_mut() {
            last.closed = true;
            last.watermark = Some(time);
        }
    }

    /// The record of this number, if it waits.
    pub(super) fn get(&self, number: u64) -> Option<&Waiting> {
        let index = usize::try_from(number.checked_sub(self.first_entry)?).ok()?;
        self.entries.get(index)?.as_ref().map(|entry| &entry.record)
    }

    /// A record's call has returned.
    pub(super) fn complete(&mut self, number: u64, returned: Object) {
        let Some(index) = number.checked_sub(self.first_entry) else { return };
        if let Some(Some(entry)) = self.entries.get_mut(index as usize) {
            entry.returned = Some(returned);
            self.segments[(entry.segment - self.first_segment) as usize].done.push_back(number);
        }
    }

    /// Whether something may leave.
    pub(super) fn has_ready(&self) -> bool {
        self.segments
            .front()
            .is_some_and(|first| !first.done.is_empty() || first.left == 0 && first.watermark.is_some())
    }

    /// What leaves next.
    pub(super) fn next(&mut self) -> Option<Ready> {
        let first = self.segments.front_mut()?;
        let Some(number) = first.done.pop_front() else {
            let time = first.watermark.filter(|_| first.left == 0)?;
            self.leave_segment();
            return Some(Ready::Watermark(time));
        };
        first.left -= 1;
        if first.left == 0 && first.closed && first.watermark.is_none() {
            self.leave_segment();
        }
        let entry = self.entries[(number - self.first_entry) as usize].take();
        self.len -= 1;
        while matches!(self.entries.front(), Some(None)) {
            self.entries.pop_front();
            self.first_entry += 1;
        }
        let Entry { record, returned, .. } = entry?;
        Some(Ready::Result { record, returned: returned? })
    }

    fn leave_segment(&mut self) {
        self.segments.pop_front();
        self.first_segment += 1;
    }

    /// The records, in the order in which they came.
    pub(super) fn records(&self) -> impl Iterator<Item = &Waiting> {
        self.entries.iter().flatten().map(|entry| &entry.record)
    }

    /// The numbers and values of records from this number on.
    pub(super) fn from(&self, number: u64) -> impl Iterator<Item = (u64, &Object)> {
        let skipped = number.saturating_sub(self.first_entry) as usize;
        let numbered = (self.first_entry..).zip(&self.entries).skip(skipped);
        numbered.filter_map(|(number, entry)| Some((number, &entry.as_ref()?.record.value)))
    }

    /// The number that the next record gets.
    pub(super) fn next_number(&self) -> u64 {
        self.first_entry + self.entries.len() as u64
    }

    /// Gives everything up.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.ordered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &mut WaitingQueue, value: i64) -> u64 {
        queue.push(Waiting { value: Object::from_value(value), bytes: None, timestamp: value })
    }

    /// Completes these records and says what leaves: records, and watermarks with a W.
    fn leaving(queue: &mut WaitingQueue, completed: &[u64]) -> String {
        for number in completed {
            queue.complete(*number, Object::from_value(0_i64));
        }
        let mut left = Vec::new();
        while queue.has_ready() {
            match queue.next() {
                Some(Ready::Result { record, .. }) => left.push(record.timestamp.to_string()),
                Some(Ready::Watermark(time)) => left.push(format!("W{time}")),
                None => break,
            }
        }
        left.join(" ")
    }

    fn filled(ordered: bool) -> WaitingQueue {
        let mut queue = WaitingQueue::new(ordered);
        assert_eq!([push(&mut queue, 10), push(&mut queue, 11)], [0, 1]);
        queue.push_watermark(20);
        queue.push_watermark(25);
        assert_eq!([push(&mut queue, 30), push(&mut queue, 31)], [2, 3]);
        queue.push_watermark(40);
        queue
    }

    #[test]
    fn results_overtake_each_other_between_watermarks_only() {
        let mut queue = filled(false);
        assert_eq!(leaving(&mut queue, &[3, 1]), "11");
        assert_eq!(queue.records().map(|r| r.timestamp).collect::<Vec<_>>(), [10, 30, 31]);
        assert_eq!(leaving(&mut queue, &[0]), "10 W25 31");
        assert_eq!(leaving(&mut queue, &[2]), "30 W40");
        assert!(queue.is_empty());
        assert_eq!(push(&mut queue, 50), 4);
        assert_eq!(leaving(&mut queue, &[4]), "50");
    }

    #[test]
    fn ordered_results_wait_for_those_before() {
        let mut queue = filled(true);
        assert_eq!(leaving(&mut queue, &[3, 1, 2]), "");
        assert_eq!(queue.len(), 4);
        assert_eq!(leaving(&mut queue, &[0]), "10 11 W25 30 31 W40");
        assert!(queue.is_empty());
        assert_eq!(push(&mut queue, 50), 4);
        assert_eq!(leaving(&mut queue, &[4]), "50");
    }
}
