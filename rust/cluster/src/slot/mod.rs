//! Slot processes: each runs one slot of a job, that is the subtasks of one index, with an interpreter of its own.
//!
//! The JobMaster, the checkpoint coordinator and the enumerators stay where the job was submitted. What they say to a
//! slot and what they hear from it are [`message`]s, which know nothing of what carries them; here that is the pair of
//! sockets that a process is started with. Records go from slot to slot directly
//! ([`penstock_runtime::exchange::socket`]).
//!
//! A slot process outlives the attempts of the regions that it has tasks of. One that dies or hangs is replaced when the
//! next attempt begins, and all end with their parent: the kernel sees to it, and so does the end of the control connection.

mod console;
mod control;
mod exit;
mod line;
mod message;
mod mode;
mod placement;
mod process;
mod samples;
mod scratch;
mod serve;
mod slots;

use std::path::Path;
use std::process::Command;

use penstock_core::Result;

pub(crate) use exit::SlotExit;
pub(crate) use message::Destination;
pub(crate) use mode::wants_processes;
pub(crate) use placement::Placement;
pub use serve::{Slot, SlotPort};
pub(crate) use slots::Slots;

/// The side of slot processes that knows the language of the user functions, where the job was submitted.
pub trait SlotHost: Send + Sync {
    /// The command that starts a process which serves as a slot: its standard input is the control connection. Should
    /// it crash, it writes what its threads were at to `stacks`.
    fn command(&self, stacks: &Path) -> Result<Command>;
    /// Shows whole lines that the process has written to its standard output or error.
    fn show(&self, to_stderr: bool, lines: &[u8]) -> Result<()>;
    /// Takes a record of the `collect` sink, in the lane's own encoding.
    fn collect(&self, record: &[u8]) -> Result<()>;
    /// Takes a log record of user code, in the lane's own encoding.
    fn log(&self, record: &[u8]) -> Result<()>;
}
