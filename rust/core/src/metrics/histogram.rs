//! How the latest observations are distributed.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

/// The shares of observations for which a summary has a bound, as Flink's reporters show them.
pub const QUANTILES: [f64; 6] = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999];

/// Looks at the last observations, a fixed number of them.
///
/// ```
/// use penstock_core::metrics::Histogram;
/// let histogram = Histogram::of_last(3);
/// for value in [1000, 1, 2, 3] {
///     histogram.update(value);
/// }
/// let summary = histogram.summary();
/// assert_eq!((summary.count, summary.quantiles[0], summary.quantiles[5]), (4, 2.0, 3.0));
/// ```
#[derive(Debug, Clone)]
pub struct Histogram(Arc<Mutex<Window>>);

#[derive(Debug)]
struct Window {
    last: VecDeque<i64>,
    size: usize,
    count: u64,
}

/// A histogram at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HistogramSummary {
    /// Number of all observations, also of those that are no longer looked at.
    pub count: u64,
    /// The bounds of [`QUANTILES`] among the last observations; 0 before the first.
    pub quantiles: [f64; QUANTILES.len()],
}

impl Histogram {
    /// A histogram of the last `size` observations, at least one.
    #[must_use]
    pub fn of_last(size: usize) -> Self {
        Self(Arc::new(Mutex::new(Window { last: VecDeque::new(), size: size.max(1), count: 0 })))
    }

    /// Adds an observation.
    pub fn update(&self, value: i64) {
        let mut window = self.0.lock();
        window.count += 1;
        if window.last.len() == window.size {
            window.last.pop_front();
        }
        window.last.push_back(value);
    }

    /// What was observed.
    #[must_use]
    pub fn summary(&self) -> HistogramSummary {
        let (count, mut last) = {
            let window = self.0.lock();
            (window.count, window.last.iter().copied().collect::<Vec<i64>>())
        };
        last.sort_unstable();
        HistogramSummary { count, quantiles: QUANTILES.map(|share| quantile(&last, share)) }
    }
}

/// The bound below which this share of the sorted values lies, between two values where it falls between them.
fn quantile(sorted: &[i64], share: f64) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return 0.0 };
    let place = share * (sorted.len() + 1) as f64;
    if place < 1.0 {
        return *first as f64;
    }
    let below = place as usize;
    match (sorted.get(below - 1), sorted.get(below)) {
        (Some(low), Some(high)) => *low as f64 + (place - below as f64) * (high - low) as f64,
        _ => *last as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_may_lie_between_two_values() {
        let of = |values: &[i64], share: f64| format!("{}", quantile(values, share));
        let values: Vec<i64> = (1..=4).collect();
        assert_eq!([of(&values, 0.5), of(&values, 0.75)], ["2.5", "3.75"]);
        assert_eq!([of(&values, 0.01), of(&values, 0.99)], ["1", "4"]);
        assert_eq!([of(&[], 0.5), of(&[7], 0.5)], ["0", "7"]);
    }
}
