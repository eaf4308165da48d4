//! Smallest, largest, mean and percentiles of some numbers, in the form that Flink has them.

use serde_json::{Value, json};

/// The figures of these numbers; all 0 if there are none.
pub(super) fn summary(mut values: Vec<i64>) -> Value {
    values.sort_unstable();
    let average = if values.is_empty() { 0 } else { values.iter().sum::<i64>() / values.len() as i64 };
    let at = |p: f64| percentile(&values, p);
    json!({
        "min": values.first().copied().unwrap_or(0),
        "max": values.last().copied().unwrap_or(0),
        "avg": average,
        "p50": at(50.0),
        "p90": at(90.0),
        "p95": at(95.0),
        "p99": at(99.0),
        "p999": at(99.9),
    })
}

/// Between the two nearest values, of sorted ones.
fn percentile(sorted: &[i64], p: f64) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return 0.0 };
    let position = p * (sorted.len() as f64 + 1.0) / 100.0;
    let below = position.floor() as usize;
    if below < 1 {
        *first as f64
    } else if below >= sorted.len() {
        *last as f64
    } else {
        let (lower, upper) = (sorted[below - 1] as f64, sorted[below] as f64);
        lower + (position - position.floor()) * (upper - lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_the_nearest_values() {
        let of = summary((1..=10).collect());
        assert_eq!((of["p50"].as_f64(), of["p90"].as_f64(), of["p99"].as_f64()), (Some(5.5), Some(9.9), Some(10.0)));
        assert_eq!((of["min"].as_i64(), of["avg"].as_i64(), of["max"].as_i64()), (Some(1), Some(5), Some(10)));
        assert_eq!(summary(vec![])["p50"].as_f64(), Some(0.0));
    }
}
