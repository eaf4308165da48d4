//! Reads the files of one subtask, one after the other, on a thread of its own: while the task works on a batch, the
//! next one is read, unpacked and made into columns.

use penstock_core::source::{Poll, RawBatch, ReaderContext, SourceReader, Split};
use penstock_core::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};

use super::open::Opener;

/// How many batches are read ahead.
const AHEAD: usize = 2;
/// Most records in a batch.
const MAX_RECORDS: usize = 4096;

/// What the thread gives.
enum Read {
    Batch(RawBatch),
    SplitFinished(String),
    Failed(Error),
}

pub(super) struct FileReader {
    /// Files that the thread is to read; dropped, it ends.
    splits: Option<Sender<Split>>,
    read: Option<Receiver<Read>>,
    /// Files that were handed to the thread and are not finished.
    waiting: usize,
    complete: bool,
}

impl FileReader {
    pub(super) fn start(opener: Opener, context: &ReaderContext) -> Result<Self> {
        let (splits, to_read) = channel();
        let (give, read) = sync_channel(AHEAD);
        let reading = Reading { opener, give, wake: context.wake.clone() };
        std::thread::Builder::new()
            .name(format!("file-reader-{}", context.subtask))
            .spawn(move || reading.run(&to_read))
            .map_err(|e| Error::external(format!("no thread could be started: {e}")))?;
        Ok(Self { splits: Some(splits), read: Some(read), waiting: 0, complete: false })
    }
}

impl SourceReader for FileReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        let Some(sender) = &self.splits else { return Err(Error::internal("the reader is closed")) };
        for split in splits {
            self.waiting += 1;
            // The thread ends before that only where it has failed, which the next poll says.
            let _ = sender.send(split);
        }
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, _max_records: usize) -> Result<Poll> {
        if self.waiting == 0 {
            return Ok(if self.complete { Poll::Finished } else { Poll::Pending });
        }
        let Some(read) = &self.read else { return Err(Error::internal("the reader is closed")) };
        match read.try_recv() {
            Ok(Read::Batch(batch)) => Ok(Poll::Batch(batch)),
            Ok(Read::SplitFinished(id)) => {
                self.waiting -= 1;
                Ok(Poll::SplitFinished(id))
            }
            Ok(Read::Failed(error)) => Err(error),
            Err(TryRecvError::Empty) => Ok(Poll::Pending),
            Err(TryRecvError::Disconnected) => Err(Error::internal("the thread that reads files has ended")),
        }
    }

    /// The thread ends when it has read its next batch; nobody waits for it.
    fn close(&mut self) {
        self.splits = None;
        self.read = None;
    }
}

/// What runs on the thread.
struct Reading {
    opener: Opener,
    give: SyncSender<Read>,
    wake: penstock_core::source::Wake,
}

impl Reading {
    fn run(&self, splits: &Receiver<Split>) {
        for split in splits {
            // Libraries check much of a file, but perhaps not all.
            let read = catch_unwind(AssertUnwindSafe(|| self.split(&split)));
            let read = read.unwrap_or_else(|_| Err(Stop::Failed(damaged(&split))));
            if let Err(Stop::Failed(error)) = read {
                let _ = self.give(Read::Failed(error));
                return;
            }
        }
    }

    fn split(&self, split: &Split) -> std::result::Result<(), Stop> {
        let mut file = self.opener.open(split)?;
        while let Some(batch) = file.next(MAX_RECORDS)? {
            self.give(Read::Batch(batch))?;
        }
        self.give(Read::SplitFinished(split.id.clone()))
    }

    fn give(&self, read: Read) -> std::result::Result<(), Stop> {
        self.give.send(read).map_err(|_| Stop::Closed)?;
        (self.wake)();
        Ok(())
    }
}

fn damaged(split: &Split) -> Error {
    Error::external(format!("the file {} cannot be read: it is damaged", split.id))
}

/// Why a file is not read to its end.
enum Stop {
    Failed(Error),
    /// Nobody takes what is read any more.
    Closed,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

#[cfg(test)]
mod tests;
