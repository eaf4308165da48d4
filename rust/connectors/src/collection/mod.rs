//! Values that the job script brings along, as bytes.

use std::sync::Arc;

use arrow_array::{Array, BinaryArray};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use penstock_core::source::{Boundedness, Poll, RawBatch, ReaderContext, Source, SourceReader, Split, SplitEnumerator};
use penstock_core::{Error, Result};
use serde::Deserialize;

use crate::fixed_splits::FixedSplits;

/// What a stream graph says about a collection.
#[derive(Debug, Deserialize)]
pub struct CollectionOptions {
    /// The values, each in base64.
    pub elements: Vec<String>,
}

/// The values, in order, in one split.
pub struct CollectionSource {
    elements: Arc<BinaryArray>,
}

impl CollectionSource {
    /// Decodes the values.
    pub fn new(options: &CollectionOptions) -> Result<Self> {
        let decoded: std::result::Result<Vec<_>, _> =
            options.elements.iter().map(|text| STANDARD.decode(text)).collect();
        let decoded = decoded.map_err(|e| Error::internal(format!("an element of a collection is not base64: {e}")))?;
        Ok(Self { elements: Arc::new(BinaryArray::from_iter_values(decoded)) })
    }
}

impl Source for CollectionSource {
    fn boundedness(&self) -> Boundedness {
        Boundedness::Bounded
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        let split = Split { id: "0".to_owned(), position: 0, data: Vec::new() };
        Ok(Box::new(FixedSplits::new(vec![split], restored)))
    }

    fn reader(&self, _context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(CollectionReader { elements: Arc::clone(&self.elements), split: None, complete: false }))
    }
}

struct CollectionReader {
    elements: Arc<BinaryArray>,
    /// The split, if it is this subtask's and not read to its end, and the next index.
    split: Option<(Arc<str>, usize)>,
    complete: bool,
}

impl SourceReader for CollectionReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        for split in splits {
            self.split = Some((split.id.into(), split.position as usize));
        }
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        let Some((id, next)) = &mut self.split else {
            return Ok(if self.complete { Poll::Finished } else { Poll::Pending });
        };
        let count = self.elements.len().saturating_sub(*next).min(max_records.max(1));
        if count == 0 {
            let id = id.to_string();
            self.split = None;
            return Ok(Poll::SplitFinished(id));
        }
        let values = self.elements.slice(*next, count);
        let num_bytes = (0..count).map(|i| values.value(i).len() as u64).sum();
        let positions = (*next as i64 + 1..=(*next + count) as i64).collect();
        *next += count;
        Ok(Poll::Batch(RawBatch {
            split: Arc::clone(id),
            values: Arc::new(values),
            keys: None,
            timestamps: None,
            positions,
            num_bytes,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;

    fn reader(position: i64) -> CollectionReader {
        let options = CollectionOptions { elements: ["YQ==", "YmI=", "Y2Nj"].map(str::to_owned).to_vec() };
        let elements = CollectionSource::new(&options).unwrap().elements;
        CollectionReader { elements, split: Some((Arc::from("0"), position as usize)), complete: true }
    }

    fn batch(poll: Poll) -> (Vec<Vec<u8>>, Vec<i64>) {
        let Poll::Batch(batch) = poll else { panic!("{poll:?}") };
        (batch.values.as_binary::<i32>().iter().map(|v| v.unwrap().to_vec()).collect(), batch.positions)
    }

    #[test]
    fn values_come_in_order_with_their_positions() {
        let mut reader = reader(0);
        assert_eq!(batch(reader.poll(2).unwrap()), (vec![b"a".to_vec(), b"bb".to_vec()], vec![1, 2]));
        assert_eq!(batch(reader.poll(2).unwrap()), (vec![b"ccc".to_vec()], vec![3]));
        assert!(matches!(reader.poll(2).unwrap(), Poll::SplitFinished(id) if id == "0"));
        assert!(matches!(reader.poll(2).unwrap(), Poll::Finished));
    }

    #[test]
    fn a_restored_split_goes_on() {
        assert_eq!(batch(reader(2).poll(9).unwrap()), (vec![b"ccc".to_vec()], vec![3]));
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        assert!(CollectionSource::new(&CollectionOptions { elements: vec!["?".to_owned()] }).is_err());
    }
}
