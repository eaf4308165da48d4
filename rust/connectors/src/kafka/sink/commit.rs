//! What to do about the broker's answer to a commit.

use kafka_protocol::ResponseError;

use crate::kafka::wire::WireError;

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The transaction is committed.
    Done,
    /// It may be, later.
    TryAgain,
    /// It never will be, for a known reason: the transaction is over, one way or the other. As in Flink, the job goes
    /// on, for no restart could change it.
    Gone,
    /// It never will be, and nobody knows why.
    Fail,
}

pub(super) fn judge(answer: &Result<(), WireError>) -> Verdict {
    match answer {
        Ok(()) => Verdict::Done,
        Err(WireError::Broker(
            ResponseError::ProducerFenced
            | ResponseError::InvalidProducerEpoch
            | ResponseError::InvalidTxnState
            | ResponseError::InvalidProducerIdMapping
            | ResponseError::UnknownProducerId,
        )) => Verdict::Gone,
        Err(error) if error.is_retriable() => Verdict::TryAgain,
        Err(_) => Verdict::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_as_in_flink() {
        let broker = |error| judge(&Err(WireError::Broker(error)));
        assert_eq!(judge(&Ok(())), Verdict::Done);
        assert_eq!(broker(ResponseError::ConcurrentTransactions), Verdict::TryAgain);
        assert_eq!(broker(ResponseError::CoordinatorLoadInProgress), Verdict::TryAgain);
        assert_eq!(broker(ResponseError::NotCoordinator), Verdict::TryAgain);
        assert_eq!(judge(&Err(WireError::Io("gone".to_owned()))), Verdict::TryAgain);
        assert_eq!(broker(ResponseError::ProducerFenced), Verdict::Gone);
        assert_eq!(broker(ResponseError::InvalidProducerEpoch), Verdict::Gone);
        assert_eq!(broker(ResponseError::InvalidTxnState), Verdict::Gone);
        assert_eq!(broker(ResponseError::InvalidProducerIdMapping), Verdict::Gone);
        assert_eq!(broker(ResponseError::TransactionalIdAuthorizationFailed), Verdict::Fail);
        assert_eq!(judge(&Err(WireError::Refused("no".to_owned()))), Verdict::Fail);
    }
}
