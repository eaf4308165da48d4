//! The combination of the slices of a window that slides, with a fixed number of merges per slide on average.
//!
//! Two stacks make a queue: the front has, for each of the older slices, the combination from it to the youngest of the
//! front; all that is younger is one combination, the back. A slice that leaves is popped from the front. When the front
//! is empty it is made anew of all slices that are there, from the youngest to the oldest. (After Tangwongsan, Hirzel and
//! Schneider, who also treat windows that must never wait for that.)
//!
//! It can always be made of the slices, so it is not part of a snapshot.

use penstock_core::{Object, Result};

/// Combinations of the slices of one key.
#[derive(Clone, Default)]
pub(super) struct Stacks {
    /// The oldest slice last; each with the combination from it to the youngest of these.
    front: Vec<(i64, Object)>,
    /// The combination of all slices that are younger.
    back: Option<Object>,
    /// All slices that begin before this time are in the front or back.
    covered: i64,
}

/// The slices of a key, and how two combinations become one.
pub(super) trait Combine {
    /// The combination of a slice's records.
    fn slice(&mut self, start: i64) -> Result<Object>;
    /// The combination of both; neither may be changed.
    fn merge(&mut self, older: &Object, younger: &Object) -> Result<Object>;
}

impl Stacks {
    /// The combination of the slices that begin from `start` until before `end`; `starts` are those of all slices, in
    /// order. Both must not fall from call to call.
    pub(super) fn combination(
        &mut self,
        (start, end): (i64, i64),
        starts: &[i64],
        combine: &mut impl Combine,
    ) -> Result<Option<Object>> {
        while self.front.last().is_some_and(|(oldest, _)| *oldest < start) {
            self.front.pop();
        }
        if self.front.is_empty() {
            self.back = None;
            let from = starts.partition_point(|slice| *slice < start);
            let to = starts.partition_point(|slice| *slice < end);
            for &slice in starts[from..to].iter().rev() {
                let own = combine.slice(slice)?;
                let all = match self.front.last() {
                    Some((_, younger)) => combine.merge(&own, younger)?,
                    None => own,
                };
                self.front.push((slice, all));
            }
        } else {
            let from = starts.partition_point(|slice| *slice < self.covered);
            let to = starts.partition_point(|slice| *slice < end);
            for &slice in &starts[from..to] {
                let own = combine.slice(slice)?;
                self.back = Some(match &self.back {
                    Some(older) => combine.merge(older, &own)?,
                    None => own,
                });
            }
        }
        self.covered = end;
        match (self.front.last(), &self.back) {
            (Some((_, older)), Some(younger)) => combine.merge(older, younger).map(Some),
            (Some((_, all)), None) => Ok(Some(all.clone())),
            (None, all) => Ok(all.clone()),
        }
    }

    /// A slice has changed that begins at `start`.
    pub(super) fn changed(&mut self, start: i64) {
        if start < self.covered {
            *self = Self::default();
        }
    }

    /// How many combinations are kept.
    pub(super) fn len(&self) -> usize {
        self.front.len() + usize::from(self.back.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, so that the order of merges shows.
    #[derive(Default)]
    struct Texts {
        merges: usize,
    }

    impl Combine for Texts {
        fn slice(&mut self, start: i64) -> Result<Object> {
            Ok(Object::from_value(format!("{start}")))
        }

        fn merge(&mut self, older: &Object, younger: &Object) -> Result<Object> {
            self.merges += 1;
            Ok(Object::from_value(format!("{} {}", text(older), text(younger))))
        }
    }

    fn text(object: &Object) -> &str {
        object.downcast_ref::<String>().expect("a text")
    }

    #[test]
    fn every_window_has_its_slices_in_order() {
        let (mut stacks, mut texts) = (Stacks::default(), Texts::default());
        let all: Vec<i64> = (0..200).filter(|n| n % 7 != 3).collect();
        for start in 0..190 {
            let known: Vec<i64> = all.iter().copied().filter(|s| (start..start + 10).contains(s)).collect();
            let shown = known.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
            let found = stacks.combination((start, start + 10), &known, &mut texts).unwrap();
            assert_eq!(text(&found.expect("some")), shown);
        }
        assert!(texts.merges <= 3 * 190, "{} merges", texts.merges);
    }

    #[test]
    fn a_slice_that_changes_is_read_again() {
        let (mut stacks, mut texts) = (Stacks::default(), Texts::default());
        stacks.combination((0, 3), &[0, 2], &mut texts).unwrap();
        stacks.changed(1);
        let found = stacks.combination((1, 4), &[1, 2, 3], &mut texts).unwrap();
        assert_eq!(text(&found.expect("some")), "1 2 3");
        assert_eq!(stacks.combination((9, 10), &[], &mut texts).unwrap().map(|_| ()), None);
    }
}
