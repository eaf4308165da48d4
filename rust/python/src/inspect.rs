//! Checkpoints and savepoints as `penstock.state_reader` looks into them: bytes alone, nothing is unpickled here.

use penstock_core::{Configuration, Result};
use penstock_state::snapshot::{Entry, EntryReader};
use penstock_state::{
    CheckpointFolder, CheckpointMetadata, CheckpointStorage, DeclaredTypes, KeyedHandle, OperatorState,
    StateDescriptor, StateKind,
};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::errors::to_python;

/// Opens the checkpoint or savepoint at a path or URL and reads its `_metadata`.
#[pyfunction]
pub fn open_checkpoint(py: Python<'_>, path: &str, config: HashMap<String, String>) -> PyResult<StoredCheckpoint> {
    let config: Configuration = config.into_iter().collect();
    let opened = py.detach(|| -> Result<StoredCheckpoint> {
        let folder = CheckpointStorage::checkpoint_at(path, &config)?;
        let metadata = penstock_cluster::runtime()?.block_on(folder.read_metadata())?;
        let temporary = config.tmp_dirs()?.into_iter().next().unwrap_or_else(std::env::temp_dir);
        Ok(StoredCheckpoint { folder, metadata, temporary })
    });
    opened.map_err(|e| to_python(py, &e))
}

/// A checkpoint or savepoint.
#[pyclass(frozen, module = "penstock._native")]
pub struct StoredCheckpoint {
    folder: CheckpointFolder,
    metadata: CheckpointMetadata,
    /// Where the files of databases are collected while they are read.
    temporary: PathBuf,
}

#[pymethods]
impl StoredCheckpoint {
    /// Everything in `_metadata` but the content of states, as JSON.
    fn describe(&self) -> String {
        let m = &self.metadata;
        serde_json::json!({
            "url": self.folder.url(),
            "format_version": m.format_version,
            "job_id": m.job_id,
            "job_name": m.job_name,
            "checkpoint_id": m.checkpoint_id,
            "timestamp": m.timestamp,
            "is_savepoint": m.is_savepoint,
            "operators": m.operators.iter().map(described).collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// The keyed states of an operator: (name, kind, declared types, those in words).
    fn keyed_states(&self, py: Python<'_>, uid_hash: &str) -> PyResult<Vec<(String, String, String, String)>> {
        let entries = self.stored(uid_hash, None)?;
        let states = py.detach(|| entries.states()).map_err(|e| to_python(py, &e))?;
        let described = |s: StateDescriptor| {
            let words = DeclaredTypes::words(s.kind, &s.declared);
            (s.name, kind_name(s.kind).to_owned(), s.declared, words)
        };
        Ok(states.into_iter().map(described).collect())
    }

    /// The elements of an operator state: (subtask, bytes).
    fn elements<'py>(&self, py: Python<'py>, uid_hash: &str, state: &str) -> PyResult<Vec<(u32, Bound<'py, PyBytes>)>> {
        let mut found = Vec::new();
        for subtask in &self.operator(uid_hash)?.subtasks {
            for entry in subtask.operator_states.iter().filter(|s| s.name == state) {
                found.extend(entry.elements.iter().map(|e| (subtask.index, PyBytes::new(py, e))));
            }
        }
        Ok(found)
    }

    /// What the operator's coordinator keeps, a source's enumerator for example.
    fn coordinator<'py>(&self, py: Python<'py>, uid_hash: &str) -> PyResult<Option<Bound<'py, PyBytes>>> {
        Ok(self.operator(uid_hash)?.coordinator.as_ref().map(|bytes| PyBytes::new(py, bytes)))
    }

    /// The entries of an operator's keyed states, or of one of them.
    #[pyo3(signature = (uid_hash, state = None))]
    fn entries(&self, uid_hash: &str, state: Option<String>) -> PyResult<StoredEntries> {
        self.stored(uid_hash, state)
    }
}

impl StoredCheckpoint {
    fn stored(&self, uid_hash: &str, state: Option<String>) -> PyResult<StoredEntries> {
        let handles = self.operator(uid_hash)?.subtasks.iter().flat_map(|s| s.keyed.iter().cloned()).collect();
        let (folder, temporary) = (self.folder.clone(), self.temporary.clone());
        Ok(StoredEntries { folder, handles, temporary, state, position: Mutex::default() })
    }

    fn operator(&self, uid_hash: &str) -> PyResult<&OperatorState> {
        let found = self.metadata.operators.iter().find(|o| o.uid_hash == uid_hash);
        found.ok_or_else(|| PyKeyError::new_err(format!("the checkpoint has no operator {uid_hash}")))
    }
}

fn described(operator: &OperatorState) -> serde_json::Value {
    let mut states: Vec<serde_json::Value> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for entry in operator.subtasks.iter().flat_map(|s| &s.operator_states) {
        if names.contains(&entry.name.as_str()) {
            continue;
        }
        names.push(&entry.name);
        let of_name = || operator.subtasks.iter().flat_map(|s| &s.operator_states).filter(|s| s.name == entry.name);
        states.push(serde_json::json!({
            "name": entry.name,
            "mode": format!("{:?}", entry.mode).to_ascii_lowercase(),
            "elements": of_name().map(|s| s.elements.len()).sum::<usize>(),
            "bytes": of_name().flat_map(|s| &s.elements).map(Vec::len).sum::<usize>(),
        }));
    }
    serde_json::json!({
        "uid_hash": operator.uid_hash,
        "uid": operator.uid,
        "name": operator.name,
        "parallelism": operator.parallelism,
        "max_parallelism": operator.max_parallelism,
        "coordinator_bytes": operator.coordinator.as_ref().map(Vec::len),
        "keyed_bytes": operator.subtasks.iter().flat_map(|s| &s.keyed).map(|k| k.length).sum::<u64>(),
        "finished_subtasks": operator.subtasks.iter().filter(|s| s.finished).count(),
        "operator_states": states,
    })
}

fn kind_name(kind: StateKind) -> &'static str {
    match kind {
        StateKind::Value => "value",
        StateKind::List => "list",
        StateKind::Map => "map",
        StateKind::Timers => "timers",
    }
}

/// Entries of keyed state, a batch at a time.
#[pyclass(frozen, module = "penstock._native")]
pub struct StoredEntries {
    folder: CheckpointFolder,
    handles: Vec<KeyedHandle>,
    temporary: PathBuf,
    /// The state that is wanted; all if absent.
    state: Option<String>,
    position: Mutex<Position>,
}

/// How far the reading is.
#[derive(Default)]
struct Position {
    next_handle: usize,
    open: Option<EntryReader>,
}

impl StoredEntries {
    fn reader(&self, handle: &KeyedHandle) -> Result<EntryReader> {
        penstock_cluster::runtime()?.block_on(EntryReader::open(&self.folder, handle, &self.temporary))
    }

    /// The states of all files, in the order in which they come.
    fn states(&self) -> Result<Vec<StateDescriptor>> {
        let mut found: Vec<StateDescriptor> = Vec::new();
        for handle in &self.handles {
            let reader = self.reader(handle)?;
            for state in reader.states() {
                if found.iter().all(|known| known.name != state.name) {
                    found.push(state.clone());
                }
            }
        }
        Ok(found)
    }

    /// Up to `most` entries with the names of their states; none at the end. `enough` bytes end a batch too.
    fn read(&self, most: usize, enough: usize) -> Result<Vec<(String, String, Entry)>> {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let runtime = penstock_cluster::runtime()?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < most && bytes < enough {
            let Some(open) = &mut position.open else {
                let Some(handle) = self.handles.get(position.next_handle) else { break };
                let opened = self.reader(handle)?;
                position.next_handle += 1;
                // Without the state there is nothing to fetch.
                let has_it = |wanted: &String| opened.states().iter().any(|state| state.name == *wanted);
                if self.state.as_ref().is_none_or(has_it) {
                    position.open = Some(opened);
                }
                continue;
            };
            let Some(entry) = runtime.block_on(open.next())? else {
                position.open = None;
                continue;
            };
            let StateDescriptor { name, declared, .. } = &open.states()[entry.state];
            if self.state.as_ref().is_none_or(|wanted| wanted == name) {
                bytes += entry.key.len() + entry.map_key.len() + entry.value.len();
                batch.push((name.clone(), declared.clone(), entry));
            }
        }
        Ok(batch)
    }
}

#[pymethods]
impl StoredEntries {
    /// The next entries: (state, its declared types in this file, key group, key, map key, value). An empty list is the end.
    fn batch<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyList>> {
        const ENOUGH: usize = 16 << 20;
        let entries = py.detach(|| self.read(most.max(1), ENOUGH)).map_err(|e| to_python(py, &e))?;
        py.check_signals()?;
        let rows = entries.into_iter().map(|(state, declared, entry)| {
            let Entry { group, key, map_key, value, .. } = entry;
            let bytes = |b: &[u8]| PyBytes::new(py, b).into_any();
            PyTuple::new(
                py,
                [
                    state.into_pyobject(py)?.into_any(),
                    declared.into_pyobject(py)?.into_any(),
                    group.into_pyobject(py)?.into_any(),
                    bytes(&key),
                    bytes(&map_key),
                    bytes(&value),
                ],
            )
        });
        PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
    }
}
