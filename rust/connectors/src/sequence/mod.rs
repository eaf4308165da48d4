//! All whole numbers from one to another, in as many splits as there are subtasks.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::Int64Array;
use penstock_core::source::{Boundedness, Poll, RawBatch, ReaderContext, Source, SourceReader, Split, SplitEnumerator};
use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::fixed_splits::FixedSplits;

const VERSION: u8 = 1;

/// What a stream graph says about a sequence.
#[derive(Debug, Deserialize)]
pub struct SequenceOptions {
    /// The first number.
    pub from: i64,
    /// The last number, included.
    pub to: i64,
}

/// The numbers `from..=to`.
pub struct SequenceSource {
    from: i64,
    to: i64,
}

/// What a split covers. Its position is how many of its numbers were given, so that it cannot overflow.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Range {
    first: i64,
    last: i64,
}

impl SequenceSource {
    /// Checks the options.
    pub fn new(options: &SequenceOptions) -> Result<Self> {
        if options.from > options.to {
            return Err(Error::invalid(format!(
                "'from' must be <= 'to', but a sequence was asked for from {} to {}",
                options.from, options.to
            )));
        }
        Ok(Self { from: options.from, to: options.to })
    }

    /// As Flink cuts it: the first splits have one number more where it does not divide evenly.
    fn ranges(&self, parallelism: u32) -> Vec<Range> {
        let total = i128::from(self.to) - i128::from(self.from) + 1;
        let (each, extra) = (total / i128::from(parallelism), total % i128::from(parallelism));
        let mut next = i128::from(self.from);
        let sizes = (0..i128::from(parallelism)).map(|i| each + i128::from(i < extra));
        let ranges = sizes.filter(|size| *size > 0).map(|size| {
            let range = Range { first: next as i64, last: (next + size - 1) as i64 };
            next += size;
            range
        });
        ranges.collect()
    }
}

impl Source for SequenceSource {
    fn boundedness(&self) -> Boundedness {
        Boundedness::Bounded
    }

    fn enumerator(&self, parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        let ranges = self.ranges(parallelism).into_iter().enumerate();
        let splits =
            ranges.map(|(i, range)| Split { id: i.to_string(), position: 0, data: encoding::encode(VERSION, &range) });
        Ok(Box::new(FixedSplits::new(splits.collect(), restored)))
    }

    fn reader(&self, _context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(SequenceReader { splits: VecDeque::new(), complete: false }))
    }
}

struct OpenSplit {
    id: Arc<str>,
    range: Range,
    given: u64,
}

impl OpenSplit {
    fn left(&self) -> u128 {
        (i128::from(self.range.last) - i128::from(self.range.first) + 1) as u128 - u128::from(self.given)
    }

    fn next(&mut self, count: usize) -> RawBatch {
        let start = self.range.first.wrapping_add(self.given as i64);
        let values = Int64Array::from_iter_values((0..count as i64).map(|i| start.wrapping_add(i)));
        let positions = (1..=count as u64).map(|i| (self.given + i) as i64).collect();
        self.given += count as u64;
        let num_bytes = 8 * count as u64;
        RawBatch {
            split: Arc::clone(&self.id),
            values: Arc::new(values),
            keys: None,
            timestamps: None,
            positions,
            num_bytes,
        }
    }
}

struct SequenceReader {
    splits: VecDeque<OpenSplit>,
    complete: bool,
}

impl SourceReader for SequenceReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        for split in splits {
            let range = encoding::decode("a split of a sequence", VERSION, &split.data)?;
            self.splits.push_back(OpenSplit { id: split.id.into(), range, given: split.position as u64 });
        }
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        let Some(split) = self.splits.front_mut() else {
            return Ok(if self.complete { Poll::Finished } else { Poll::Pending });
        };
        if split.left() == 0 {
            let id = split.id.to_string();
            self.splits.pop_front();
            return Ok(Poll::SplitFinished(id));
        }
        let count = split.left().min(max_records.max(1) as u128) as usize;
        Ok(Poll::Batch(split.next(count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    fn source(from: i64, to: i64) -> SequenceSource {
        SequenceSource::new(&SequenceOptions { from, to }).unwrap()
    }

    fn ends(source: &SequenceSource, parallelism: u32) -> Vec<(i64, i64)> {
        source.ranges(parallelism).iter().map(|r| (r.first, r.last)).collect()
    }

    fn read(reader: &mut SequenceReader) -> Vec<i64> {
        let mut numbers = Vec::new();
        loop {
            match reader.poll(3).unwrap() {
                Poll::Batch(batch) => numbers.extend(batch.values.as_primitive::<Int64Type>().values()),
                Poll::SplitFinished(_) => {}
                Poll::Objects(_) => panic!("numbers are no objects"),
                Poll::Finished | Poll::Pending => return numbers,
            }
        }
    }

    #[test]
    fn the_first_splits_have_one_more() {
        assert_eq!(ends(&source(1, 10), 4), [(1, 3), (4, 6), (7, 8), (9, 10)]);
        assert_eq!(ends(&source(1, 2), 4), [(1, 1), (2, 2)]);
        assert_eq!(ends(&source(i64::MIN, i64::MAX), 2), [(i64::MIN, -1), (0, i64::MAX)]);
    }

    #[test]
    fn backwards_is_an_error() {
        assert!(SequenceSource::new(&SequenceOptions { from: 2, to: 1 }).is_err());
    }

    #[test]
    fn a_split_goes_on_after_its_position() {
        let mut reader = SequenceReader { splits: VecDeque::new(), complete: true };
        let data = encoding::encode(VERSION, &Range { first: i64::MAX - 5, last: i64::MAX });
        reader.add_splits(vec![Split { id: "0".to_owned(), position: 2, data }]).unwrap();
        assert_eq!(read(&mut reader), (i64::MAX - 3..=i64::MAX).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn splits_are_given_once_over_all_lives() {
        let mut enumerator = source(0, 9).enumerator(2, None).unwrap();
        let splits = enumerator.discover().await.unwrap();
        assert_eq!(splits.iter().map(|s| enumerator.owner(s, 2)).collect::<Vec<_>>(), [0, 1]);
        assert!(enumerator.discover().await.unwrap().is_empty());
        let mut next_life = source(0, 9).enumerator(2, Some(&enumerator.snapshot())).unwrap();
        assert!(next_life.discover().await.unwrap().is_empty());
    }
}
