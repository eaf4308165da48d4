//! From task threads, which wait, to tokio, which does not.

use std::future::Future;
use std::sync::mpsc;
use std::time::Duration;

use penstock_core::{Error, Result};
use tokio::runtime::Handle;

/// Runs a future on the I/O runtime and waits for it at most `timeout`. Unlike `Handle::block_on` it may be called
/// from any thread; `what` names it in the error.
pub(crate) fn wait_for<T: Send + 'static>(
    io: &Handle,
    what: &str,
    timeout: Duration,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let task = io.spawn(async move {
        // The receiver may have given up waiting; then nobody wants the answer.
        let _ = sender.send(future.await);
    });
    receiver.recv_timeout(timeout).unwrap_or_else(|_| {
        task.abort();
        Err(Error::external(format!("{what} took longer than {} s", timeout.as_secs_f64())))
    })
}

/// As [`wait_for`], for callers that have no I/O runtime at hand: one is made for this call.
pub(crate) fn run_alone<T: Send + 'static>(future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let thread = std::thread::Builder::new().name("penstock-preflight".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::external(format!("no I/O runtime could be started: {e}")))?;
        runtime.block_on(future)
    });
    let thread = thread.map_err(|e| Error::external(format!("no thread could be started: {e}")))?;
    thread.join().unwrap_or_else(|_| Err(Error::internal("a thread that talked to a broker panicked")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_and_a_late_one_is_an_error() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let answer = wait_for(runtime.handle(), "it", Duration::from_secs(5), async { Ok(7) });
        assert_eq!(answer.unwrap(), 7);
        let never =
            wait_for::<()>(runtime.handle(), "asking the broker", Duration::from_millis(20), std::future::pending());
        assert_eq!(never.unwrap_err().to_string(), "asking the broker took longer than 0.02 s");
    }

    #[test]
    fn alone_it_works_inside_a_runtime_too() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        assert_eq!(runtime.block_on(async { run_alone(async { Ok(1) }) }).unwrap(), 1);
    }
}
