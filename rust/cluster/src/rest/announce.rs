//! Says where this process's server is, in a file that commands of the same user on this machine read.
//!
//! The file is `<runtime directory>/<process id>.json`, the directory `$XDG_RUNTIME_DIR/penstock`, or `penstock-<user id>`
//! below the folder for temporary files. Both are the user's alone. A process that died leaves its file behind; readers
//! see by its id and its time of start that it is gone.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde_json::json;

/// What others may do with a file.
const OTHERS: u32 = 0o077;

/// Writes the file.
pub(super) fn announce(address: SocketAddr) -> io::Result<()> {
    let folder = folder()?;
    let id = std::process::id();
    let text = json!({"pid": id, "started": started(id), "address": address.to_string()}).to_string();
    let (new, path) = (folder.join(format!(".{id}.new")), folder.join(format!("{id}.json")));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(new, path)
}

/// Removes the file. Readers would see that the process is gone; this is for tidiness alone.
pub(super) fn take_back() {
    if let Ok(folder) = folder() {
        // It may not be there.
        let _ = fs::remove_file(folder.join(format!("{}.json", std::process::id())));
    }
}

/// The directory, made if it is not there. It is refused where it could be somebody else's.
fn folder() -> io::Result<PathBuf> {
    let user = user();
    let folder = match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_dir()) {
        Some(dir) => dir.join("penstock"),
        None => std::env::temp_dir().join(format!("penstock-{user}")),
    };
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => check(&folder, user)?,
    }
    Ok(folder)
}

fn check(folder: &Path, user: u32) -> io::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    if metadata.is_dir() && metadata.uid() == user && metadata.permissions().mode() & OTHERS == 0 {
        return Ok(());
    }
    let text = format!("{} is not a folder of this user alone", folder.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
}

/// The user that this process runs as.
fn user() -> u32 {
    unsafe extern "C" {
        fn geteuid() -> u32;
    }
    // SAFETY: takes nothing, cannot fail.
    unsafe { geteuid() }
}

/// When a process was started, in the kernel's ticks since the machine's start; `None` where the system does not tell.
fn started(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field, the command's name in brackets, may have blanks and brackets itself.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let user = user();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(check(dir.path(), user).is_ok());
        assert!(check(dir.path(), user + 1).is_err());
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(check(dir.path(), user).unwrap_err().to_string().contains("of this user alone"));
    }

    #[test]
    fn a_process_has_a_time_of_start() {
        let own = started(std::process::id());
        assert_eq!(own.is_some(), Path::new("/proc/self/stat").exists());
        assert_eq!(own, started(std::process::id()));
    }
}
