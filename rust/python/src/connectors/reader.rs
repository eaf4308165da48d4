//! Reads the splits of one subtask of a source in Python, in turn, on the task's thread.

use penstock_core::Result;
use penstock_core::source::{Poll, ReaderContext, SourceReader, Split};
use pyo3::prelude::*;

use super::call;
use super::split::{OpenSplit, Polled};
use crate::errors;

/// The reader of a source in Python.
pub struct PyReader {
    source: Py<PyAny>,
    context: ReaderContext,
    splits: Vec<OpenSplit>,
    /// Whose turn it is.
    next: usize,
    complete: bool,
}

impl PyReader {
    /// A reader without splits, with a copy of the source of its own.
    pub fn new(source: Py<PyAny>, context: ReaderContext) -> Self {
        Self { source, context, splits: Vec::new(), next: 0, complete: false }
    }

    /// Asks the split at this place; nothing where it has nothing.
    fn ask(&mut self, at: usize, max_records: usize) -> Result<Option<Poll>> {
        let split = &mut self.splits[at];
        let polled = call(|py| split.poll(py, max_records))?;
        match polled {
            // All of it was dropped, for it was given before.
            Polled::Records(batch) if batch.objects.is_empty() => Ok(None),
            Polled::Records(batch) => Ok(Some(Poll::Objects(batch))),
            Polled::Nothing => {
                call(|py| split.wait(py, &self.context.io, &self.context.wake))?;
                Ok(None)
            }
            Polled::End => {
                split.check_end()?;
                let split = self.splits.remove(at);
                call(|py| split.close(py))?;
                Ok(Some(Poll::SplitFinished(split.id.to_string())))
            }
        }
    }
}

impl SourceReader for PyReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        let subtask = (self.context.subtask, self.context.parallelism);
        for split in splits {
            let opened = call(|py| OpenSplit::open(py, &self.source, split, subtask, self.context.wake.clone()))?;
            self.splits.push(opened);
        }
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        if self.splits.is_empty() {
            return Ok(if self.complete { Poll::Finished } else { Poll::Pending });
        }
        for _ in 0..self.splits.len() {
            let at = self.next % self.splits.len();
            self.next = at + 1;
            while self.splits[at].is_ready() {
                if let Some(poll) = self.ask(at, max_records)? {
                    return Ok(poll);
                }
            }
        }
        Ok(Poll::Pending)
    }

    fn pause_splits(&mut self, paused: &[String]) {
        for split in &mut self.splits {
            split.paused = paused.iter().any(|id| **id == *split.id);
        }
    }

    fn close(&mut self) {
        Python::attach(|py| {
            for split in self.splits.drain(..) {
                if let Err(error) = split.close(py) {
                    tracing::warn!("closing the reader of {} failed: {}", split.id, errors::traceback(py, &error));
                }
            }
        });
    }
}
