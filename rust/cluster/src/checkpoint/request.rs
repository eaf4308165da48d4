//! Snapshots that somebody asks a running job for.

use penstock_core::{Error, Result};
use tokio::sync::oneshot;

use super::decide::Kind;
use crate::source::Stop;

/// How the state of a savepoint is written. Both are self-contained, can be moved, and can be restored at any parallelism
/// and by any state backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SavepointFormat {
    /// The same for every state backend.
    #[default]
    Canonical,
    /// The state backend's own files, whole: the same backend takes them over as they are, which is faster. Where a
    /// backend has none it is the same as canonical.
    Native,
}

impl SavepointFormat {
    /// Flink's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canonical => "CANONICAL",
            Self::Native => "NATIVE",
        }
    }

    /// The format of this name, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Canonical, Self::Native].into_iter().find(|format| text.eq_ignore_ascii_case(format.as_str()))
    }
}

/// What becomes of the job when its savepoint is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Afterwards {
    /// It goes on.
    #[default]
    GoOn,
    /// It is cancelled: what its sinks have prepared for the savepoint is committed by whoever restores it.
    Cancel,
    /// It ends with all its output committed; nothing is read after the savepoint.
    Stop {
        /// Whether event time goes to its end first, so that every timer and window fires.
        drain: bool,
    },
}

/// A savepoint that is wanted.
#[derive(Debug, Clone, Default)]
pub struct SavepointRequest {
    /// The directory in which the savepoint gets its folder; `None`: `execution.checkpointing.savepoint-dir`.
    pub directory: Option<String>,
    /// How it is written.
    pub format: SavepointFormat,
    /// What becomes of the job.
    pub afterwards: Afterwards,
}

/// Where the answer goes. Nobody may wait for it any more.
pub(crate) type Reply<T> = oneshot::Sender<Result<T>>;

/// What somebody asks for, and who.
pub(crate) enum Request {
    /// A checkpoint outside of the interval; the answer is its number.
    Checkpoint(Reply<u64>),
    /// A savepoint; the answer is its path.
    Savepoint(SavepointRequest, Reply<String>),
}

impl Request {
    /// The kind of snapshot.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Checkpoint(_) => Kind::Checkpoint,
            Self::Savepoint(SavepointRequest { afterwards: Afterwards::Stop { .. }, .. }, _) => Kind::StopWithSavepoint,
            Self::Savepoint(..) => Kind::Savepoint,
        }
    }

    /// What the sources are told.
    pub(super) fn stop(&self) -> Option<Stop> {
        match self {
            Self::Savepoint(SavepointRequest { afterwards: Afterwards::Stop { drain }, .. }, _) => {
                Some(Stop { drain: *drain })
            }
            _ => None,
        }
    }

    /// Whether the job is cancelled once it is complete.
    pub(super) fn cancels(&self) -> bool {
        matches!(self, Self::Savepoint(SavepointRequest { afterwards: Afterwards::Cancel, .. }, _))
    }

    /// The format of a savepoint.
    pub(super) fn format(&self) -> Option<SavepointFormat> {
        match self {
            Self::Checkpoint(_) => None,
            Self::Savepoint(request, _) => Some(request.format),
        }
    }

    /// Nothing comes of it.
    pub(crate) fn refuse(self, error: Error) {
        // Whoever asked may be gone.
        match self {
            Self::Checkpoint(reply) => drop(reply.send(Err(error))),
            Self::Savepoint(_, reply) => drop(reply.send(Err(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_decides_the_kind() {
        let savepoint = |afterwards| {
            Request::Savepoint(SavepointRequest { afterwards, ..SavepointRequest::default() }, oneshot::channel().0)
        };
        let stop = savepoint(Afterwards::Stop { drain: true });
        assert_eq!((stop.kind(), stop.stop()), (Kind::StopWithSavepoint, Some(Stop { drain: true })));
        let cancel = savepoint(Afterwards::Cancel);
        assert_eq!((cancel.kind(), cancel.stop(), cancel.cancels()), (Kind::Savepoint, None, true));
        let checkpoint = Request::Checkpoint(oneshot::channel().0);
        assert_eq!((checkpoint.kind(), checkpoint.format()), (Kind::Checkpoint, None));
    }

    #[test]
    fn formats_are_known_in_any_case() {
        assert_eq!(SavepointFormat::parse("native"), Some(SavepointFormat::Native));
        assert_eq!(SavepointFormat::parse("CANONICAL"), Some(SavepointFormat::Canonical));
        assert_eq!(SavepointFormat::parse("flink"), None);
    }
}
