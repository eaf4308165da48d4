//! Reads the splits that one subtask has of all sources. A source's reader is made when its first split comes, and closed
//! when the last one that it has was read.

use std::collections::BTreeMap;
use std::sync::Arc;

use penstock_core::source::{Poll, ReaderContext, Source, SourceReader, Split};
use penstock_core::{Error, Result};

use super::{inner, inner_id, outer_id};

pub(super) struct HybridReader {
    sources: Vec<Arc<dyn Source>>,
    context: ReaderContext,
    /// Readers by the numbers of their sources. There is more than one where a reader has started again and reads what
    /// others have done with.
    open: BTreeMap<usize, Open>,
    complete: bool,
}

struct Open {
    reader: Box<dyn SourceReader>,
    /// Splits that were not read to their end.
    splits: usize,
    /// The id that the engine knows of the last batch's split, behind that of the source itself.
    last_id: Option<(Arc<str>, Arc<str>)>,
}

impl Open {
    fn outer_id(&mut self, number: usize, id: &Arc<str>) -> Arc<str> {
        match &self.last_id {
            Some((inner, outer)) if Arc::ptr_eq(inner, id) => Arc::clone(outer),
            _ => {
                let outer: Arc<str> = outer_id(number, id).into();
                self.last_id = Some((Arc::clone(id), Arc::clone(&outer)));
                outer
            }
        }
    }

    fn poll(&mut self, number: usize, max_records: usize) -> Result<Poll> {
        Ok(match self.reader.poll(max_records)? {
            Poll::Batch(mut batch) => {
                batch.split = self.outer_id(number, &batch.split);
                Poll::Batch(batch)
            }
            Poll::Objects(mut batch) => {
                batch.split = self.outer_id(number, &batch.split);
                Poll::Objects(batch)
            }
            Poll::SplitFinished(id) => {
                self.splits = self.splits.saturating_sub(1);
                Poll::SplitFinished(outer_id(number, &id))
            }
            waiting @ (Poll::Pending | Poll::Finished) => waiting,
        })
    }
}

impl HybridReader {
    pub(super) fn new(sources: Vec<Arc<dyn Source>>, context: ReaderContext) -> Self {
        Self { sources, context, open: BTreeMap::new(), complete: false }
    }

    fn add(&mut self, split: &Split) -> Result<()> {
        let (number, split) = inner(split)?;
        if !self.open.contains_key(&number) {
            let source = self.sources.get(number);
            let source = source.ok_or_else(|| Error::invalid(format!("there is no source {} any more", number + 1)))?;
            let reader = source.reader(self.context.clone())?;
            self.open.insert(number, Open { reader, splits: 0, last_id: None });
        }
        let open = self.open.get_mut(&number).ok_or_else(|| Error::internal("a reader that was just made"))?;
        open.splits += 1;
        open.reader.add_splits(vec![split])
    }
}

impl SourceReader for HybridReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        splits.iter().try_for_each(|split| self.add(split))
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        for (&number, open) in &mut self.open {
            let polled = open.poll(number, max_records)?;
            if matches!(polled, Poll::SplitFinished(_)) && open.splits == 0 {
                open.reader.close();
                self.open.remove(&number);
                return Ok(polled);
            }
            if !matches!(polled, Poll::Pending | Poll::Finished) {
                return Ok(polled);
            }
        }
        Ok(if self.complete && self.open.is_empty() { Poll::Finished } else { Poll::Pending })
    }

    fn pause_splits(&mut self, paused: &[String]) {
        for (number, open) in &mut self.open {
            let inner = paused.iter().filter_map(|id| inner_id(id).ok());
            let own: Vec<String> = inner.filter(|(of, _)| of == number).map(|(_, id)| id.to_owned()).collect();
            open.reader.pause_splits(&own);
        }
    }

    fn close(&mut self) {
        for (_, mut open) in std::mem::take(&mut self.open) {
            open.reader.close();
        }
    }
}
