//! Names of part files.

use std::path::{Path, PathBuf};

/// What names of files begin with that were joined of several parts.
pub(super) const COMPACTED: &str = "compacted-";

/// What all names of a sink have in common.
#[derive(Debug, Clone)]
pub(super) struct PartNames {
    pub(super) prefix: String,
    pub(super) suffix: String,
}

impl PartNames {
    /// The final name.
    pub(super) fn target(&self, subtask: u32, number: u64) -> String {
        format!("{}-{subtask}-{number}{}", self.prefix, self.suffix)
    }

    /// A name that nobody else gives a part.
    pub(super) fn unique(&self, random: &str, subtask: u32, number: u64) -> String {
        format!("{}-{random}-{subtask}-{number}{}", self.prefix, self.suffix)
    }

    /// The first number that no file of this subtask in a directory has, hidden ones included.
    pub(super) fn first_free(&self, directory: &Path, subtask: u32) -> std::io::Result<u64> {
        let entries = match std::fs::read_dir(directory) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut free = 0;
        for entry in entries {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| self.number(name, subtask));
            free = free.max(number.map_or(0, |n| n + 1));
        }
        Ok(free)
    }

    fn number(&self, name: &str, subtask: u32) -> Option<u64> {
        let name = match name.strip_prefix('.') {
            Some(hidden) => hidden.split_once(".inprogress.")?.0,
            None => name,
        };
        let name = name.strip_prefix(COMPACTED).unwrap_or(name);
        let number = name.strip_prefix(&format!("{}-{subtask}-", self.prefix))?.strip_suffix(&self.suffix)?;
        number.parse().ok()
    }
}

/// The name until the part is committed.
pub(super) fn hidden(directory: &Path, target: &str) -> PathBuf {
    directory.join(format!(".{target}.inprogress.{}", uuid::Uuid::new_v4()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_use_are_not_used_again() {
        let dir = tempfile::tempdir().unwrap();
        let names = PartNames { prefix: "part".to_owned(), suffix: ".txt".to_owned() };
        assert_eq!(names.first_free(&dir.path().join("none"), 0).unwrap(), 0);
        for file in ["part-0-3.txt", ".part-0-7.txt.inprogress.abc", "part-1-20.txt", "part-0-30.csv", "other"] {
            std::fs::write(dir.path().join(file), "").unwrap();
        }
        assert_eq!(names.first_free(dir.path(), 0).unwrap(), 8);
        assert_eq!(names.target(0, 8), "part-0-8.txt");
    }
}
