//! Makes part files visible: gives them their final names, or completes their uploads.

use std::path::{Path, PathBuf};

use penstock_core::sink::{Committable, Committer};
use penstock_core::{Error, Result};

use super::failed;
use super::part::{DiskPart, PartFile, delete, sync_directory};
use super::place::Place;
use super::writer::PART_VERSION;
use crate::encoding;

pub(super) struct FileCommitter {
    pub(super) place: Place,
}

impl Committer for FileCommitter {
    fn commit(&mut self, committables: &[Committable]) -> Result<()> {
        crate::kill_point("file-before-commit");
        for (number, committable) in committables.iter().enumerate() {
            if number > 0 {
                crate::kill_point("file-between-commits");
            }
            let part: PartFile = encoding::decode("a part file", PART_VERSION, &committable.0)?;
            self.commit_part(&part)?;
        }
        crate::kill_point("file-after-commit");
        Ok(())
    }
}

impl FileCommitter {
    fn commit_part(&self, part: &PartFile) -> Result<()> {
        match (part, &self.place) {
            (PartFile::Disk(part), _) => commit(part),
            (PartFile::Upload(part), Place::Bucket(uploads)) => uploads.complete(part),
            (PartFile::Upload(part), Place::Disk(_)) => Err(Error::invalid(format!(
                "the checkpoint has output that waits to be committed to {}, but the sink writes to a disk now; keep its path",
                part.target
            ))),
        }
    }
}

fn commit(part: &DiskPart) -> Result<()> {
    rename(part)?;
    // Last: until the joined file is there, a restored job may need them.
    part.replaces.iter().for_each(|joined| delete(joined));
    Ok(())
}

/// Gives a part its final name.
fn rename(part: &DiskPart) -> Result<()> {
    if !part.hidden.exists() {
        // An earlier try, perhaps of an earlier life, got as far as the renaming.
        return if part.target.exists() { Ok(()) } else { Err(lost(part)) };
    }
    let target = free_name(&part.target);
    std::fs::rename(&part.hidden, &target).map_err(failed("cannot give its final name to", &part.hidden))?;
    sync_directory(&target)
}

/// Another job may have taken the name; what it wrote is not replaced.
fn free_name(target: &Path) -> PathBuf {
    if !target.exists() {
        return target.to_owned();
    }
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let other = target.with_file_name(format!("{name}-{}", uuid::Uuid::new_v4()));
    tracing::warn!(
        "the file {} exists already; is another job writing to this directory? Writing {} instead",
        target.display(),
        other.display()
    );
    other
}

fn lost(part: &DiskPart) -> Error {
    Error::external(format!(
        "a part file that a checkpoint contains is gone: there is neither {} nor {}",
        part.hidden.display(),
        part.target.display()
    ))
}
