//! Named places where a test can have the process killed, as if by SIGKILL from outside.
//!
//! They are always compiled, so that what is tested is what is shipped, and cost one relaxed load while
//! `PENSTOCK_TESTING_KILL_POINT` is not set. Its value is `name` or `name:n`: the process dies when it comes past
//! `name` for the n-th time, and with it the whole job. With `name:n:alone` a slot process dies alone. Several of them
//! are separated by commas. With `PENSTOCK_TESTING_KILL_POINT_MARKS`, a folder, each kills once, whichever process of
//! the job comes past it and however often they are started: it leaves a file there whose name is its place in the list.
//!
//! ```
//! penstock_core::kill_point::hit("nobody-asked-for-this-one"); // goes on
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The environment variable that arms kill points.
pub const VARIABLE: &str = "PENSTOCK_TESTING_KILL_POINT";
/// The environment variable with the folder in which they leave that they have killed.
pub const MARKS: &str = "PENSTOCK_TESTING_KILL_POINT_MARKS";

struct Armed {
    name: String,
    /// How many passes are left before the one that kills.
    left: AtomicU64,
    /// Whether the rest of the job lives on.
    alone: bool,
    /// The file that is there once it has killed.
    mark: Option<PathBuf>,
}

static ARMED: OnceLock<Vec<Armed>> = OnceLock::new();
/// Another process that dies too; 0: none.
static OTHER: AtomicU32 = AtomicU32::new(0);

/// Has a kill point of this process end another process too, first.
pub fn also_end(pid: u32) {
    OTHER.store(pid, Ordering::SeqCst);
}

/// Kills the process if this is the pass that the environment asks for.
#[inline]
pub fn hit(name: &str) {
    for armed in ARMED.get_or_init(of_environment) {
        armed.pass(name);
    }
}

fn of_environment() -> Vec<Armed> {
    let marks = std::env::var_os(MARKS).map(PathBuf::from);
    parse(&std::env::var(VARIABLE).unwrap_or_default(), marks.as_deref())
}

fn parse(text: &str, marks: Option<&Path>) -> Vec<Armed> {
    let one = |(place, text): (usize, &str)| {
        let mut words = text.split(':');
        let name = words.next().filter(|name| !name.is_empty())?.to_owned();
        let nth: u64 = words.next().unwrap_or("1").parse().ok().filter(|n| *n > 0)?;
        let alone = match words.next() {
            None => false,
            Some("alone") => true,
            Some(_) => return None,
        };
        Some(Armed { name, left: AtomicU64::new(nth), alone, mark: marks.map(|folder| folder.join(place.to_string())) })
    };
    text.split(',').enumerate().filter_map(one).collect()
}

impl Armed {
    fn pass(&self, name: &str) {
        if name == self.name && self.left.fetch_sub(1, Ordering::SeqCst) == 1 && self.is_first() {
            tracing::warn!("kill point {name}: this process ends now");
            if !self.alone {
                end(OTHER.load(Ordering::SeqCst));
            }
            end(std::process::id());
            std::process::abort()
        }
    }

    /// Whether no process was killed here before.
    fn is_first(&self) -> bool {
        let Some(mark) = &self.mark else { return true };
        match std::fs::File::create_new(mark) {
            Ok(_) => true,
            Err(error) => {
                if error.kind() != ErrorKind::AlreadyExists {
                    tracing::error!("kill point {}: {} cannot be written: {error}", self.name, mark.display());
                }
                false
            }
        }
    }
}

#[cfg(unix)]
fn end(pid: u32) {
    unsafe extern "C" {
        fn kill(pid: i32, signal: i32) -> i32;
    }
    const SIGKILL: i32 = 9;
    if pid > 1 {
        // SAFETY: sends a signal; there is nothing to keep valid.
        unsafe { kill(pid.cast_signed(), SIGKILL) };
    }
}

#[cfg(not(unix))]
fn end(_pid: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Vec<(String, u64, bool)> {
        let fact = |armed: Armed| (armed.name, armed.left.into_inner(), armed.alone);
        parse(text, None).into_iter().map(fact).collect()
    }

    #[test]
    fn a_name_alone_means_the_first_pass_and_the_whole_job() {
        assert_eq!(facts("after-ack"), [("after-ack".to_owned(), 1, false)]);
        let both = [("after-ack".to_owned(), 2, true), ("before-ack".to_owned(), 3, false)];
        assert_eq!(facts("after-ack:2:alone,before-ack:3"), both);
    }

    #[test]
    fn passes_of_other_names_and_earlier_passes_do_nothing() {
        let armed = &parse("after-ack:3", None)[0];
        armed.pass("before-ack");
        armed.pass("after-ack");
        armed.pass("after-ack");
        assert_eq!(armed.left.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn with_a_mark_it_kills_once() {
        let folder = tempfile::tempdir().unwrap();
        let armed = &parse("other,after-ack", Some(folder.path()))[1];
        assert!(armed.is_first() && !armed.is_first());
        assert!(folder.path().join("1").exists());
        armed.pass("after-ack"); // goes on
    }

    #[test]
    fn nonsense_arms_nothing() {
        for text in ["", ",", "after-ack:0", "after-ack:soon", "after-ack:1:together"] {
            assert!(parse(text, None).is_empty(), "{text}");
        }
    }
}
