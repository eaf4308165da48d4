//! What is written while the files of a checkpoint are being linked.
//!
//! A checkpoint's files are those of one moment, so between that moment and the last link nothing may be added to the
//! database. Writing memtables out and linking takes tens of milliseconds, in which the task is not to stand still: it
//! happens on a thread, and what the task writes meanwhile is kept here. Reads look here first. Once the files are
//! linked, every write takes some of what is kept with it to the database.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use penstock_core::{Error, Result};

/// Bytes that are kept before a write waits for the links.
const MOST: usize = 16 << 20;
/// What an entry takes beside its key and value.
const ENTRY_OVERHEAD: usize = 96;
/// Entries that a write takes to the database beside itself.
const TAKEN: usize = 8;

/// Entries by their keys as RocksDB stores them; `None` was deleted.
pub(super) type Kept = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Links that are under way, and what was written since their moment.
#[derive(Default)]
pub(super) struct Linking {
    /// Absent once they are made.
    thread: Option<JoinHandle<()>>,
    /// By the number of the state.
    kept: Vec<Kept>,
    bytes: usize,
}

impl Linking {
    /// Runs `make` on a thread of its own. What it made is received at the other end; until it is done, or has failed,
    /// [`is_closed`](Self::is_closed) tells to keep away from the database.
    pub(super) fn start<T: Send + 'static>(
        make: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<(Self, Receiver<Result<T>>)> {
        let (sender, receiver) = sync_channel(1);
        let run = move || {
            // An error is for the checkpoint; if nobody waits for it any more, neither do they for what was made.
            let _ = sender.send(make());
        };
        let thread = std::thread::Builder::new().name("rocksdb-links".to_owned()).spawn(run);
        let thread = thread.map_err(|e| Error::external(format!("cannot start a thread for a checkpoint: {e}")))?;
        Ok((Self { thread: Some(thread), kept: Vec::new(), bytes: 0 }, receiver))
    }

    /// Whether the database must not be written to. Waits where too much is kept already.
    pub(super) fn is_closed(&mut self) -> bool {
        match &self.thread {
            None => false,
            Some(thread) if !thread.is_finished() && self.bytes < MOST => true,
            Some(_) => {
                self.wait();
                false
            }
        }
    }

    /// Waits for the links.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that linked the files of a checkpoint has panicked");
        }
    }

    /// Whether nothing is kept, nor will be.
    pub(super) fn is_over(&self) -> bool {
        self.thread.is_none() && self.kept.iter().all(Kept::is_empty)
    }

    /// Keeps a write for later.
    pub(super) fn keep(&mut self, state: usize, key: Vec<u8>, value: Option<Vec<u8>>) {
        if self.kept.len() <= state {
            self.kept.resize_with(state + 1, Kept::default);
        }
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len) + ENTRY_OVERHEAD;
        self.kept[state].insert(key, value);
    }

    /// Forgets what is kept of a key, which is written anew.
    pub(super) fn forget(&mut self, state: usize, key: &[u8]) {
        if let Some(kept) = self.kept.get_mut(state) {
            kept.remove(key);
        }
    }

    /// What is kept of a state.
    pub(super) fn of(&self, state: usize) -> Option<&Kept> {
        self.kept.get(state).filter(|kept| !kept.is_empty())
    }

    /// Some of what is kept, to go to the database: state, key and value.
    pub(super) fn take_some(&mut self) -> Vec<(usize, Vec<u8>, Option<Vec<u8>>)> {
        let mut taken = Vec::with_capacity(TAKEN);
        for (state, kept) in self.kept.iter_mut().enumerate() {
            while taken.len() < TAKEN
                && let Some((key, value)) = kept.pop_first()
            {
                taken.push((state, key, value));
            }
        }
        taken
    }
}

impl Drop for Linking {
    /// The database is not closed, nor its directory removed, by a thread that nobody waits for.
    fn drop(&mut self) {
        self.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_closed_until_the_links_are_made() {
        let (go, wait) = sync_channel::<()>(0);
        let (mut linking, made) = Linking::start(move || {
            let _ = wait.recv();
            Ok(7)
        })
        .expect("started");
        assert!(linking.is_closed());
        linking.keep(2, vec![1], Some(vec![2]));
        assert_eq!(linking.of(2), Some(&Kept::from([(vec![1], Some(vec![2]))])));
        assert_eq!(linking.of(1), None);
        go.send(()).expect("it waits");
        assert_eq!(made.recv().expect("sent").expect("made"), 7);
        linking.wait();
        assert!(!linking.is_closed() && !linking.is_over());
        assert_eq!(linking.take_some(), [(2, vec![1], Some(vec![2]))]);
        assert!(linking.is_over());
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let (mut linking, _made) = Linking::start(|| Ok(())).expect("started");
        linking.keep(0, vec![0; MOST], None);
        assert!(!linking.is_closed(), "it has waited");
    }
}
