//! Asks a source in Python for its splits, on a thread of its own: that may take long, and needs the interpreter.

use async_trait::async_trait;
use penstock_core::source::{Split, SplitEnumerator};
use penstock_core::{Error, Result};
use pyo3::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

use super::source::SourceOptions;
use super::{RUNTIME, call, load};
use crate::lane::spawn;

/// The enumerator of a source in Python. It keeps the ids of all splits that there ever were.
pub struct PyEnumerator {
    listing: Arc<Listing>,
    interval: Option<Duration>,
    /// In the order in which they were found.
    known: Vec<String>,
    /// Whose turn it was: subtasks take splits one after another, and whoever starts again gets his own back.
    turns: Mutex<HashMap<String, u32>>,
}

/// The user's source, loaded when it is first asked.
struct Listing {
    functions: Arc<Vec<u8>>,
    options: SourceOptions,
    source: Mutex<Option<Py<PyAny>>>,
}

impl PyEnumerator {
    /// One that knows what the checkpoint has.
    pub fn new(
        functions: Arc<Vec<u8>>,
        options: &SourceOptions,
        interval: Option<Duration>,
        restored: Option<&[u8]>,
    ) -> Result<Self> {
        let known = match restored {
            None => Vec::new(),
            Some(bytes) => serde_json::from_slice(bytes).map_err(|e| {
                Error::invalid(format!("the checkpoint has no splits of a source in Python, {}: {e}", options.class))
            })?,
        };
        let listing = Arc::new(Listing { functions, options: options.clone(), source: Mutex::new(None) });
        Ok(Self { listing, interval, known, turns: Mutex::default() })
    }
}

impl Listing {
    fn splits(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        call(|py| {
            let loaded = match source.take() {
                Some(loaded) => loaded,
                None => load(py, &self.functions, &self.options.function)?,
            };
            let listed = py.import(RUNTIME)?.call_method1("list_splits", (&loaded,))?.extract();
            *source = Some(loaded);
            listed
        })
    }
}

#[async_trait]
impl SplitEnumerator for PyEnumerator {
    async fn discover(&mut self) -> Result<Vec<Split>> {
        let (answer, answered) = oneshot::channel();
        let listing = Arc::clone(&self.listing);
        let name = format!("{} (splits)", listing.options.class);
        let ask = move || {
            // Nobody listens any more when the job has ended.
            let _ = answer.send(listing.splits());
        };
        // Starting a thread needs the interpreter, for which a thread of tokio's does not wait.
        let started = tokio::task::spawn_blocking(move || spawn(&name, Box::new(ask))).await;
        started.map_err(|e| Error::internal(format!("asking for splits: {e}")))??;
        let listed = answered.await.map_err(|_| Error::internal("the thread that asks for splits has ended"))??;
        let mut known: HashSet<&str> = self.known.iter().map(String::as_str).collect();
        let mut found = Vec::new();
        for (id, data) in &listed {
            if known.insert(id) {
                found.push(Split { id: id.clone(), position: 0, data: data.clone() });
            }
        }
        self.known.extend(found.iter().map(|split| split.id.clone()));
        Ok(found)
    }

    fn discovery_interval(&self) -> Option<Duration> {
        self.interval
    }

    fn owner(&self, split: &Split, parallelism: u32) -> u32 {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let next = turns.len() as u32;
        *turns.entry(split.id.clone()).or_insert(next) % parallelism
    }

    fn snapshot(&self) -> Vec<u8> {
        serde_json::to_vec(&self.known).expect("a list of texts has a JSON form")
    }
}
