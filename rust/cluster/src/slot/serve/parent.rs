//! A slot process ends with the process that has started it.

/// Has the kernel end this process when the thread that has started it ends. Whoever is late finds its control
/// connection closed.
pub(super) fn die_with_it() {
    #[cfg(target_os = "linux")]
    // SAFETY: sets a number of this process.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
    // A kill point stands for the end of the whole job, wherever it is.
    penstock_core::kill_point::also_end(std::os::unix::process::parent_id());
}

/// Ends this process, whatever its threads are at.
pub(super) fn leave_at_once(because: &str) -> ! {
    tracing::warn!("A slot process ends: {because}.");
    // SAFETY: never returns, and runs nothing on the way.
    unsafe { libc::_exit(1) }
}
