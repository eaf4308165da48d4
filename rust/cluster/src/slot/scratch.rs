//! The folder in which the slots of a job listen for each other. Only its user can enter it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use penstock_core::{Error, Result};
use tempfile::TempDir;

/// Longest path of a Unix socket, with the zero at its end.
const LONGEST: usize = 108;
const PREFIX: &str = "penstock-slots-";
/// Room for the name of a socket.
const NAME: usize = 24;

/// Makes the folder, and removes those of processes that were killed.
pub(super) fn folder() -> Result<TempDir> {
    let places = [std::env::temp_dir(), PathBuf::from("/tmp")];
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let mut problem = String::new();
    for place in &places {
        if place.as_os_str().len() + prefix.len() + NAME * 2 > LONGEST {
            problem = format!("{} is too long for the path of a socket", place.display());
            continue;
        }
        sweep(place);
        let own = std::fs::Permissions::from_mode(0o700);
        match tempfile::Builder::new().prefix(&prefix).rand_bytes(6).permissions(own).tempdir_in(place) {
            Ok(folder) => return Ok(folder),
            Err(error) => problem = format!("{}: {error}", place.display()),
        }
    }
    Err(Error::external(format!("no folder can be made for the sockets of slot processes: {problem}. Set TMPDIR")))
}

/// Where a slot listens.
pub(super) fn socket(folder: &Path, slot: usize) -> PathBuf {
    folder.join(format!("slot-{slot}"))
}

/// Where a slot process writes what its threads were at when it crashed.
pub(super) fn stacks(folder: &Path, slot: usize, generation: u32) -> PathBuf {
    folder.join(format!("stacks-{slot}-{generation}"))
}

/// A process that was killed has left its folder. Others' folders cannot be removed, and need not be.
fn sweep(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|n| n.strip_prefix(PREFIX)).and_then(|n| n.split('-').next());
        if pid.is_some_and(|pid| pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_can_enter_and_what_the_dead_have_left_goes() {
        let left = std::env::temp_dir().join(format!("{PREFIX}{}-x", u32::MAX));
        std::fs::create_dir_all(&left).unwrap();
        let folder = folder().unwrap();
        assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!left.exists());
        assert!(socket(folder.path(), 9999).as_os_str().len() < LONGEST);
    }
}
