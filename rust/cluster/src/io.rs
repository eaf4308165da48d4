//! The I/O runtime: made once per process, shared by all jobs. Network and storage live here; records do not.

use std::sync::OnceLock;

use penstock_core::{Error, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// Threads for I/O. They wait nearly all the time.
const WORKERS: usize = 2;

/// The process's I/O runtime.
pub fn runtime() -> Result<Handle> {
    // Kept for the life of the process: tasks of one job must not die with another's runtime.
    static RUNTIME: OnceLock<Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let made = Builder::new_multi_thread().worker_threads(WORKERS).thread_name("penstock-io").enable_all().build();
        made.map_err(|e| Error::external(format!("the I/O threads could not be started: {e}")))
    });
    made.as_ref().map(|runtime| runtime.handle().clone()).map_err(Clone::clone)
}
