//! How a backend is made.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use penstock_core::config::StateBackendKind;
use penstock_core::{Configuration, Error, Result};

use crate::backend::KeyedStateBackend;
use crate::hashmap::HashMapBackend;
use crate::rocksdb::RocksDbBackend;

/// What a backend has to know of the subtask it serves.
#[derive(Debug, Clone)]
pub struct BackendContext {
    /// Name of the operator, for directory names and errors.
    pub operator: String,
    /// Index of the subtask, from 0.
    pub subtask: u32,
    /// The key groups of the subtask.
    pub key_groups: RangeInclusive<u16>,
    /// Number of key groups of the operator.
    pub max_parallelism: u32,
    /// Where temporary files go; one of them is taken, by subtask. [`Configuration::tmp_dirs`] lists them.
    pub tmp_dirs: Vec<PathBuf>,
    /// How many processes run the job's tasks side by side: what is configured for all of them is divided.
    pub processes: u32,
    /// The job's configuration, for `state.backend.rocksdb.*`.
    pub config: Configuration,
}

impl BackendContext {
    /// One of the temporary directories, another for each subtask.
    pub(crate) fn temporary_directory(&self) -> PathBuf {
        let dirs = &self.tmp_dirs;
        dirs.get(self.subtask as usize % dirs.len().max(1)).cloned().unwrap_or_else(std::env::temp_dir)
    }
}

/// Makes an empty backend of the kind that `state.backend.type` names.
pub fn create_backend(kind: StateBackendKind, context: &BackendContext) -> Result<Box<dyn KeyedStateBackend>> {
    let (first, last) = (*context.key_groups.start(), *context.key_groups.end());
    if first > last || u32::from(last) >= context.max_parallelism {
        return Err(Error::internal(format!(
            "operator '{}' cannot have the key groups {first} to {last} of {}",
            context.operator, context.max_parallelism
        )));
    }
    Ok(match kind {
        StateBackendKind::Hashmap => {
            let backend = HashMapBackend::new(context.key_groups.clone());
            Box::new(backend.with_temporary_directory(context.temporary_directory()))
        }
        StateBackendKind::Rocksdb => Box::new(RocksDbBackend::open(context)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_groups_beyond_the_maximum_are_refused() {
        let (operator, config) = ("count".to_owned(), Configuration::default());
        let context = BackendContext {
            operator,
            subtask: 0,
            key_groups: 0..=128,
            max_parallelism: 128,
            tmp_dirs: Vec::new(),
            processes: 1,
            config,
        };
        assert!(matches!(create_backend(StateBackendKind::Hashmap, &context), Err(Error::Internal(_))));
    }
}
