//! What can go wrong on a connection, sorted by what to do about it.

use kafka_protocol::ResponseError;
use std::fmt;

/// An error of one request.
#[derive(Debug, Clone)]
pub(crate) enum WireError {
    /// The network or the broker's end of it; another try may work.
    Io(String),
    /// The broker does not know this kind of request.
    Unsupported(&'static str),
    /// The broker did not let us in.
    Refused(String),
    /// The broker answered with an error.
    Broker(ResponseError),
    /// The broker's answer could not be read.
    Garbled(String),
}

impl WireError {
    /// Whether the same request may succeed a little later.
    pub(crate) fn is_retriable(&self) -> bool {
        match self {
            Self::Io(_) => true,
            Self::Broker(error) => error.is_retriable() || matches!(error, ResponseError::ConcurrentTransactions),
            Self::Unsupported(_) | Self::Refused(_) | Self::Garbled(_) => false,
        }
    }

    /// Whether the coordinator has to be looked up again.
    pub(crate) fn is_moved(&self) -> bool {
        let moved =
            |e: &ResponseError| matches!(e, ResponseError::NotCoordinator | ResponseError::CoordinatorNotAvailable);
        match self {
            Self::Io(_) => true,
            Self::Broker(error) => moved(error),
            _ => false,
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(text) | Self::Refused(text) => f.write_str(text),
            Self::Unsupported(api) => write!(f, "the broker does not support {api} requests"),
            Self::Broker(error) => write!(f, "the broker answered {error}"),
            Self::Garbled(text) => write!(f, "the broker's answer could not be read: {text}"),
        }
    }
}

/// The error of a response, if its code says one.
pub(crate) fn check(code: i16) -> Result<(), WireError> {
    ResponseError::try_from_code(code).map_or(Ok(()), |error| Err(WireError::Broker(error)))
}
