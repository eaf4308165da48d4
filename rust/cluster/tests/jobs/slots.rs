//! Jobs in slot processes: this test program starts itself again as a slot.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use penstock_cluster::slot::{Slot, SlotHost};
use penstock_cluster::{JobHandle, JobResult, submit};
use penstock_core::{Configuration, Result};

use crate::support::*;

const VARIABLE: &str = "PENSTOCK_TESTING_SLOT";

/// Starts slots, and remembers how many and what they have printed.
#[derive(Default)]
struct Host {
    started: AtomicU32,
    printed: Mutex<String>,
}

impl SlotHost for Host {
    fn command(&self, _stacks: &Path) -> Result<Command> {
        self.started.fetch_add(1, Ordering::SeqCst);
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "slots::serve_as_a_slot", "--nocapture"]).env(VARIABLE, "1");
        Ok(command)
    }

    fn show(&self, _to_stderr: bool, lines: &[u8]) -> Result<()> {
        assert_eq!(lines.last(), Some(&b'\n'));
        self.printed.lock().push_str(&String::from_utf8_lossy(lines));
        Ok(())
    }

    fn collect(&self, _record: &[u8]) -> Result<()> {
        Ok(())
    }

    fn log(&self, _record: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// What a slot runs; nothing for whoever runs the tests.
#[test]
fn serve_as_a_slot() {
    if std::env::var_os(VARIABLE).is_some() {
        let control = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
        let slot = Slot::connect(UnixStream::from(control)).unwrap();
        slot.serve(Arc::new(lane(&Switches::default()))).unwrap();
    }
}

fn start_in_slots(to: i64, parallelism: u32, config: &Configuration) -> (JobHandle, Arc<Host>) {
    let host = Arc::new(Host::default());
    let mut submission = submission(counting(to, parallelism, &discard()), config.clone(), lane(&Switches::default()));
    submission.slots = Some(Arc::<Host>::clone(&host));
    (submit(submission).unwrap(), host)
}

#[test]
fn a_job_is_counted_right_across_processes() {
    let (job, host) = start_in_slots(99_999, 3, &config(&[]));
    let result = wait(&job);
    assert!(matches!(result, JobResult::Finished { .. }), "{result:?}");
    let progress = job.progress();
    assert_eq!((progress.records_in, progress.records_out), (100_000, 100_000), "metrics of all slots arrive");
    assert_eq!(host.started.load(Ordering::SeqCst), 3);
    assert_eq!(host.printed.lock().matches("running 1 test").count(), 3);
}

#[test]
fn threads_do_where_there_is_one_slot() {
    let (job, host) = start_in_slots(99, 1, &config(&[]));
    assert!(matches!(wait(&job), JobResult::Finished { .. }));
    assert_eq!(host.started.load(Ordering::SeqCst), 0);
}

#[test]
fn checkpoints_are_restored_in_other_processes_and_in_threads() {
    let dir = tempfile::tempdir().unwrap();
    for backend in ["hashmap", "rocksdb"] {
        let mut config = config(&[
            ("execution.checkpointing.interval", "10 ms"),
            ("execution.savepoint.path", "latest"),
            ("state.backend.type", backend),
        ]);
        config.set("execution.checkpointing.dir", dir.path().join(backend).to_str().unwrap());
        let mut last = 0;
        for mode in ["process", "thread", "process"] {
            config.set("python.execution-mode", mode);
            let (job, host) = start_in_slots(i64::MAX - 1, 2, &config);
            until(&job, "newer checkpoints", || checkpoint(&job) > last + 3);
            assert!(job.shutdown(std::time::Duration::from_secs(20)));
            assert_eq!(host.started.load(Ordering::SeqCst), if mode == "process" { 2 } else { 0 });
            last = checkpoint(&job);
        }
    }
}
