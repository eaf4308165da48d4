//! Which windows a record belongs to, by the built-in assigners.

use penstock_core::{Error, NO_TIMESTAMP};
use penstock_plan::WindowAssigner;

use super::Window;

/// Appends the windows of a record at `time`: event time or the machine's, as the assigner wants it.
pub(super) fn time_windows(assigner: &WindowAssigner, time: i64, windows: &mut Vec<Window>) {
    match *assigner {
        WindowAssigner::Tumbling { size, offset, .. } => {
            let start = start_of(time, offset, size);
            windows.push(Window::Time { start, end: start.wrapping_add(size) });
        }
        WindowAssigner::Sliding { size, slide, offset, .. } => {
            let mut start = start_of(time, offset, slide);
            while start > time.saturating_sub(size) {
                windows.push(Window::Time { start, end: start.wrapping_add(size) });
                match start.checked_sub(slide) {
                    Some(before) => start = before,
                    None => break,
                }
            }
        }
        _ => windows.push(Window::Global),
    }
}

/// Where the window begins that `time` is in.
#[inline]
pub(super) fn start_of(time: i64, offset: i64, size: i64) -> i64 {
    time.wrapping_sub(time.wrapping_sub(offset).rem_euclid(size))
}

/// Whether windows by this assigner ask for a time that a record does not have.
#[inline]
pub(super) fn lacks_time(assigner: &WindowAssigner, timestamp: i64) -> bool {
    let asks = matches!(
        assigner,
        WindowAssigner::Tumbling { event_time: true, .. } | WindowAssigner::Sliding { event_time: true, .. }
    );
    asks && timestamp == NO_TIMESTAMP
}

#[cold]
pub(super) fn no_timestamp(operator: &str) -> Error {
    Error::invalid(format!(
        "a record without a timestamp came to operator '{operator}', which has windows of event time: call \
         assign_timestamps_and_watermarks(...) with a timestamp assigner before key_by, or use windows of processing time"
    ))
}

/// The numbers of the count windows that the record at `index` (from 0) of its key belongs to.
pub(super) fn count_windows(index: i64, size: i64, slide: i64, windows: &mut Vec<Window>) {
    let mut number = index / slide;
    while number >= 0 && index < number * slide + size {
        windows.push(Window::Count(number));
        number -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(assigner: &WindowAssigner, time: i64) -> Vec<(i64, i64)> {
        let mut windows = Vec::new();
        time_windows(assigner, time, &mut windows);
        let time = |w: &Window| match w {
            Window::Time { start, end } => (*start, *end),
            other => panic!("{other:?}"),
        };
        windows.iter().map(time).collect()
    }

    #[test]
    fn tumbling_with_offset_and_before_the_epoch() {
        let of = |size, offset| WindowAssigner::Tumbling { event_time: true, size, offset };
        assert_eq!(times(&of(10, 0), 19), [(10, 20)]);
        assert_eq!(times(&of(10, 3), 12), [(3, 13)]);
        assert_eq!(times(&of(10, -3), 7), [(7, 17)]);
        assert_eq!(times(&of(10, 0), -1), [(-10, 0)]);
    }

    #[test]
    fn sliding_from_the_latest_back() {
        let of = |size, slide, offset| WindowAssigner::Sliding { event_time: true, size, slide, offset };
        assert_eq!(times(&of(10, 5, 0), 7), [(5, 15), (0, 10)]);
        assert_eq!(times(&of(10, 5, 1), 5), [(1, 11), (-4, 6)]);
        assert_eq!(times(&of(7, 3, 0), 6), [(6, 13), (3, 10), (0, 7)]);
        assert_eq!(times(&of(2, 5, 0), 3), [], "between two windows");
    }

    #[test]
    fn by_count() {
        let of = |index, size, slide| {
            let mut windows = Vec::new();
            count_windows(index, size, slide, &mut windows);
            windows.iter().map(|w| if let Window::Count(n) = w { *n } else { -1 }).collect::<Vec<_>>()
        };
        assert_eq!(of(0, 3, 1), [0]);
        assert_eq!(of(4, 3, 1), [4, 3, 2]);
        assert_eq!(of(4, 2, 3), [1]);
        assert_eq!(of(5, 2, 3), [0; 0], "between two windows");
    }

    #[test]
    fn without_a_timestamp() {
        let of = |event_time| WindowAssigner::Tumbling { event_time, size: 10, offset: 0 };
        assert!(
            lacks_time(&of(true), NO_TIMESTAMP) && !lacks_time(&of(true), 0) && !lacks_time(&of(false), NO_TIMESTAMP)
        );
        let error = no_timestamp("windows").to_string();
        assert!(error.contains("'windows'") && error.contains("assign_timestamps_and_watermarks"), "{error}");
    }
}
