//! What `penstock run --watch` needs of the engine: a look at a job without running it, and a journal.

use penstock_core::{Configuration, Error};
use penstock_state::storage::Journal;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::HashMap;

use crate::errors::to_python;
use crate::job::parse_graph;

/// What a job would be, as JSON; raises what is wrong with it. Nothing is run, and nobody is asked.
#[pyfunction]
pub fn describe_job(py: Python<'_>, graph_json: &str, config: HashMap<String, String>) -> PyResult<String> {
    let config: Configuration = config.into_iter().collect();
    let described = penstock_cluster::describe(&parse_graph(graph_json)?, &config);
    described.map(|value| value.to_string()).map_err(|e| to_python(py, &e))
}

/// Why states of a running job would not fit a new one; both are the `operators` of what `describe_job` has said.
#[pyfunction]
pub fn incompatible_states(py: Python<'_>, running: &str, new: &str) -> PyResult<Vec<String>> {
    penstock_cluster::incompatible_states(running, new).map_err(|e| to_python(py, &e))
}

/// The newest entry of the journal in a folder, with its number.
#[pyfunction]
pub fn journal_newest<'py>(
    py: Python<'py>,
    folder: &str,
    config: HashMap<String, String>,
) -> PyResult<Option<(u64, Bound<'py, PyBytes>)>> {
    let newest = py.detach(|| {
        let journal = Journal::open(folder, &config.into_iter().collect())?;
        penstock_cluster::runtime()?.block_on(journal.newest())
    });
    let newest = newest.map_err(|e: Error| to_python(py, &e))?;
    Ok(newest.map(|(number, entry)| (number, PyBytes::new(py, &entry))))
}

/// Writes an entry of the journal in a folder. A number that was given already is an error.
#[pyfunction]
pub fn journal_append(
    py: Python<'_>,
    folder: &str,
    number: u64,
    entry: Vec<u8>,
    config: HashMap<String, String>,
) -> PyResult<()> {
    let written = py.detach(|| {
        let journal = Journal::open(folder, &config.into_iter().collect())?;
        penstock_cluster::runtime()?.block_on(journal.append(number, entry.into()))
    });
    written.map_err(|e: Error| to_python(py, &e))
}
