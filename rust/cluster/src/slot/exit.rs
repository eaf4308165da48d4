//! How a slot process has ended, in words.

use std::fmt;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use penstock_core::Error;

/// Most of what is shown of a process that crashed.
const MOST: u64 = 64 << 10;

/// A slot process that is gone.
#[derive(Debug)]
pub(crate) struct SlotExit {
    pub(super) slot: usize,
    pub(super) pid: u32,
    pub(super) status: Option<ExitStatus>,
    /// Why it was ended, where that was decided here.
    pub(super) because: Option<String>,
    /// What its threads were at.
    pub(super) stacks: String,
}

impl SlotExit {
    pub(crate) fn error(&self) -> Error {
        Error::external(self.to_string())
    }
}

impl fmt::Display for SlotExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot process {} (pid {}) ", self.slot + 1, self.pid)?;
        match (&self.because, self.status.and_then(|status| status.signal())) {
            (Some(because), _) => write!(f, "was ended: {because}")?,
            (None, Some(signal)) => write!(f, "was killed by {}", signal_name(signal))?,
            (None, None) => match self.status.and_then(|status| status.code()) {
                Some(code) => write!(f, "has exited with status {code} although its tasks were running")?,
                None => write!(f, "is gone")?,
            },
        }
        if !self.stacks.is_empty() {
            write!(f, "\nWhat its threads were at:\n{}", self.stacks.trim_end())?;
        }
        Ok(())
    }
}

/// What a process has written about its threads; empty if it wrote nothing.
pub(super) fn read_stacks(path: &Path) -> String {
    let mut text = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut text));
    if read.is_err() {
        return String::new();
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL (by somebody, or because memory was short)",
        libc::SIGSEGV => "SIGSEGV (a crash in native code)",
        libc::SIGTERM => "SIGTERM",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: i32, because: Option<&str>, stacks: &str) -> String {
        let status = Some(ExitStatus::from_raw(raw));
        SlotExit { slot: 1, pid: 77, status, because: because.map(str::to_owned), stacks: stacks.to_owned() }
            .to_string()
    }

    #[test]
    fn it_is_said_which_process_and_how() {
        assert!(text(9, None, "").starts_with("slot process 2 (pid 77) was killed by SIGKILL"));
        assert!(text(3 << 8, None, "").contains("status 3"));
        let hung = text(6, Some("it did not answer for 50 s"), "Thread 1:\n  File \"job.py\"\n");
        assert_eq!(
            hung,
            "slot process 2 (pid 77) was ended: it did not answer for 50 s\nWhat its threads were at:\nThread 1:\n  File \"job.py\""
        );
    }
}
