//! Random numbers that follow from a seed, so that a restart can be replayed.

/// `SplitMix64`: small, and good enough to keep jobs from restarting in step.
#[derive(Debug, Clone)]
pub(super) struct Jitter {
    state: u64,
}

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number from -1 up to, but not including, 1.
    pub(super) fn next(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::Jitter;

    #[test]
    fn numbers_are_spread_over_the_whole_range() {
        let mut jitter = Jitter::new(1);
        let numbers: Vec<f64> = (0..1_000).map(|_| jitter.next()).collect();
        assert!(numbers.iter().all(|n| (-1.0..1.0).contains(n)));
        let mean = numbers.iter().sum::<f64>() / 1_000.0;
        assert!(mean.abs() < 0.1, "{mean}");
        assert!(numbers.iter().any(|&n| n < -0.9) && numbers.iter().any(|&n| n > 0.9));
    }
}
