//! Sources one after another: when all splits of one were read to their end, those of the next are handed out.
//!
//! A split's id is that of its source behind the source's number: `1|topic-0`.

mod enumerator;
mod reader;

use std::sync::Arc;

use penstock_core::source::{Boundedness, ReaderContext, Source, SourceReader, Split, SplitEnumerator};
use penstock_core::{Error, Result};

use enumerator::HybridEnumerator;
use reader::HybridReader;

/// Several sources; all but the last of them end.
pub struct HybridSource {
    sources: Vec<Arc<dyn Source>>,
}

impl HybridSource {
    /// Sources in the order in which they are read.
    pub fn new(sources: Vec<Arc<dyn Source>>) -> Result<Self> {
        let Some((_, first)) = sources.split_last() else {
            return Err(Error::internal("a hybrid source of no sources"));
        };
        if let Some(endless) = first.iter().position(|source| source.boundedness() == Boundedness::Unbounded) {
            return Err(Error::invalid(format!(
                "source {} of a hybrid source never ends, so the next one would never be read: only the last may be \
                 unbounded",
                endless + 1
            )));
        }
        Ok(Self { sources })
    }
}

impl Source for HybridSource {
    fn boundedness(&self) -> Boundedness {
        self.sources.last().map_or(Boundedness::Bounded, |last| last.boundedness())
    }

    fn preflight(&self) -> Result<()> {
        self.sources.iter().try_for_each(|source| source.preflight())
    }

    fn enumerator(&self, parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        Ok(Box::new(HybridEnumerator::new(self.sources.clone(), parallelism, restored)?))
    }

    fn reader(&self, context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(HybridReader::new(self.sources.clone(), context)))
    }
}

/// A split of the source with this number, as the engine knows it.
fn outer(number: usize, split: Split) -> Split {
    Split { id: outer_id(number, &split.id), ..split }
}

fn outer_id(number: usize, id: &str) -> String {
    format!("{number}|{id}")
}

/// The number of the source that a split is of, and the split as that source knows it.
fn inner(split: &Split) -> Result<(usize, Split)> {
    let (number, id) = inner_id(&split.id)?;
    Ok((number, Split { id: id.to_owned(), ..split.clone() }))
}

fn inner_id(id: &str) -> Result<(usize, &str)> {
    let parts = id.split_once('|').and_then(|(number, id)| Some((number.parse().ok()?, id)));
    parts.ok_or_else(|| Error::invalid(format!("'{id}' is no split of a hybrid source; was the source another one?")))
}

#[cfg(test)]
mod tests;
