//! Named places where a test can have the process killed, as if by SIGKILL from outside.
//!
//! They are always compiled, so that what is tested is what is shipped, and cost one relaxed load while
//! `PENSTOCK_TESTING_KILL_POINT` is not set. Its value is `name` or `name:n`: the process dies when it comes past
//! `name` for the n-th time.
//!
//! ```
//! penstock_core::kill_point::hit("nobody-asked-for-this-one"); // goes on
//! ```

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The environment variable that arms a kill point.
pub const VARIABLE: &str = "PENSTOCK_TESTING_KILL_POINT";

struct Armed {
    name: String,
    /// How many passes are left before the one that kills.
    left: AtomicU64,
}

static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
/// Another process that dies too; 0: none.
static OTHER: AtomicU32 = AtomicU32::new(0);

/// Has a kill point of this process end another process too, first.
pub fn also_end(pid: u32) {
    OTHER.store(pid, Ordering::SeqCst);
}

/// Kills the process if this is the pass that the environment asks for.
#[inline]
pub fn hit(name: &str) {
    if let Some(armed) = ARMED.get_or_init(|| std::env::var(VARIABLE).ok().as_deref().and_then(parse)) {
        armed.pass(name);
    }
}

fn parse(text: &str) -> Option<Armed> {
    let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
    let nth: u64 = nth.parse().ok().filter(|n| *n > 0)?;
    Some(Armed { name: name.to_owned(), left: AtomicU64::new(nth) })
}

impl Armed {
    fn pass(&self, name: &str) {
        if name == self.name && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            tracing::warn!("kill point {name}: this process ends now");
            die();
        }
    }
}

#[cfg(unix)]
fn die() -> ! {
    unsafe extern "C" {
        fn kill(pid: i32, signal: i32) -> i32;
    }
    const SIGKILL: i32 = 9;
    let other = OTHER.load(Ordering::SeqCst).cast_signed();
    // SAFETY: sends signals; there is nothing to keep valid.
    unsafe {
        if other > 1 {
            kill(other, SIGKILL);
        }
        kill(std::process::id().cast_signed(), SIGKILL);
    }
    std::process::abort()
}

#[cfg(not(unix))]
fn die() -> ! {
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_means_the_first_pass() {
        let armed = parse("after-ack").unwrap();
        assert_eq!((armed.name.as_str(), armed.left.load(Ordering::SeqCst)), ("after-ack", 1));
    }

    #[test]
    fn passes_of_other_names_and_earlier_passes_do_nothing() {
        let armed = parse("after-ack:3").unwrap();
        armed.pass("before-ack");
        armed.pass("after-ack");
        armed.pass("after-ack");
        assert_eq!(armed.left.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn nonsense_arms_nothing() {
        assert!(parse("after-ack:0").is_none());
        assert!(parse("after-ack:soon").is_none());
    }
}
