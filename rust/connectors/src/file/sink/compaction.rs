//! Joins small parts before they become visible: `FileSink.enable_compact`.
//!
//! A subtask keeps its closed parts hidden until there are enough of them, and joins those of a directory. Until the
//! joined file is committed the parts stay, so that a job that is restored can join them again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::part::DiskPart;
use super::{failed, names};

/// What a stream graph says about it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CompactionOptions {
    /// After how many checkpoints parts are joined.
    #[serde(default)]
    checkpoints: Option<u32>,
    /// From how many bytes in one directory on.
    #[serde(default)]
    bytes: Option<u64>,
    /// What stands between two parts.
    #[serde(default)]
    delimiter: Vec<u8>,
    /// Whether parts become visible one by one after all.
    #[serde(default)]
    identical: bool,
}

/// Closed parts that wait for others.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Waiting {
    parts: Vec<DiskPart>,
    /// Checkpoints since parts were joined last.
    checkpoints: u32,
}

impl Waiting {
    /// Adds what another subtask, or another life, had.
    pub(super) fn adopt(&mut self, other: Self) -> Result<()> {
        for part in &other.parts {
            let length = std::fs::metadata(&part.hidden).map_or(0, |found| found.len());
            if length < part.length {
                return Err(Error::external(format!(
                    "the part file {} of the restored checkpoint has {length} bytes, and not {}. Was its output committed by a later checkpoint, or removed?",
                    part.hidden.display(),
                    part.length
                )));
            }
        }
        self.parts.extend(other.parts);
        self.checkpoints = self.checkpoints.max(other.checkpoints);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds the parts of a checkpoint. Gives what is to become visible with it.
    pub(super) fn ripe(
        &mut self,
        closed: Vec<DiskPart>,
        options: &CompactionOptions,
        all: bool,
    ) -> Result<Vec<DiskPart>> {
        self.parts.extend(closed);
        self.checkpoints += 1;
        let by_count = options.checkpoints.is_some_and(|most| self.checkpoints >= most);
        if by_count {
            self.checkpoints = 0;
        }
        let mut directories: BTreeMap<PathBuf, Vec<DiskPart>> = BTreeMap::new();
        for part in self.parts.drain(..) {
            let directory = part.target.parent().unwrap_or(Path::new("")).to_path_buf();
            directories.entry(directory).or_default().push(part);
        }
        let mut ripe = Vec::new();
        for (directory, parts) in directories {
            let length: u64 = parts.iter().map(|part| part.length).sum();
            if all || by_count || options.bytes.is_some_and(|least| length >= least) {
                if options.identical || parts.len() == 1 {
                    ripe.extend(parts);
                } else {
                    ripe.push(join(&directory, &parts, &options.delimiter)?);
                }
            } else {
                self.parts.extend(parts);
            }
        }
        Ok(ripe)
    }
}

/// Writes parts one after another into a hidden file.
fn join(directory: &Path, parts: &[DiskPart], delimiter: &[u8]) -> Result<DiskPart> {
    let first = parts[0].target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let target = format!("{}{first}", names::COMPACTED);
    let hidden = names::hidden(directory, &target);
    let created = OpenOptions::new().write(true).create_new(true).open(&hidden);
    let mut file = created.map_err(failed("cannot create the file", &hidden))?;
    let mut length = 0;
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            file.write_all(delimiter).map_err(failed("cannot write to the file", &hidden))?;
            length += delimiter.len() as u64;
        }
        let mut source = File::open(&part.hidden).map_err(failed("cannot read the file", &part.hidden))?;
        length += std::io::copy(&mut source, &mut file).map_err(failed("cannot write to the file", &hidden))?;
    }
    file.sync_all().map_err(failed("cannot write to the file", &hidden))?;
    let replaces = parts.iter().map(|part| part.hidden.clone()).collect();
    Ok(DiskPart { hidden, target: directory.join(target), length, replaces })
}
