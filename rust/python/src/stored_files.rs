//! Files of buckets for `penstock.models`, fetched with what the job is configured with.

use penstock_core::{Configuration, Error, Result};
use penstock_state::storage::StoredFile;
use pyo3::prelude::*;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::errors::to_python;

/// What the last job of this process is configured with: tasks do not tell which of several jobs asks.
static CONFIGURED: Mutex<Option<Configuration>> = Mutex::new(None);

/// A job is about to run in this process.
pub fn configure(config: &Configuration) {
    *CONFIGURED.lock().unwrap_or_else(PoisonError::into_inner) = Some(config.clone());
}

/// The file, with the job's options above those that are given.
fn file(url: &str, config: HashMap<String, String>) -> Result<StoredFile> {
    let mut options: Configuration = config.into_iter().collect();
    if let Some(job) = &*CONFIGURED.lock().unwrap_or_else(PoisonError::into_inner) {
        job.iter().for_each(|(key, value)| options.set(key, value));
    }
    StoredFile::open(url, &options)
}

/// Version and length of the file at a URL, if there is one.
#[pyfunction]
pub fn stored_file_version(
    py: Python<'_>,
    url: &str,
    config: HashMap<String, String>,
) -> PyResult<Option<(String, u64)>> {
    let found = py.detach(|| {
        let file = file(url, config)?;
        penstock_cluster::runtime()?.block_on(file.version())
    });
    Ok(found.map_err(|e: Error| to_python(py, &e))?.map(|version| (version.tag, version.length)))
}

/// Copies the file at a URL; false if it has another version than this one.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 makes owned arguments")]
pub fn copy_stored_file(
    py: Python<'_>,
    url: &str,
    version: &str,
    path: PathBuf,
    config: HashMap<String, String>,
) -> PyResult<bool> {
    let copied = py.detach(|| {
        let file = file(url, config)?;
        penstock_cluster::runtime()?.block_on(file.copy_to(&path, version))
    });
    copied.map_err(|e: Error| to_python(py, &e))
}
