//! Requests about transactions, each to the coordinator of its transactional id.

use std::collections::HashMap;
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    DescribeTransactionsRequest, EndTxnRequest, InitProducerIdRequest, ListTransactionsRequest,
};
use kafka_protocol::protocol::StrBytes;

use super::Cluster;
use super::error::{WireError, check};
use crate::kafka::native::Identity;

/// Kafka's word for a transaction that was neither committed nor aborted.
const ONGOING: &str = "Ongoing";

/// What a coordinator knows of a transactional id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionPhase {
    /// Nothing: it was never used, or so long ago that it was forgotten.
    Unknown,
    /// Somebody holds it and has not written yet.
    Empty,
    /// Records were written that are neither committed nor aborted.
    Ongoing,
    /// It is being committed or aborted right now.
    Ending,
    /// It was committed or aborted, and not used since.
    Complete,
}

/// Phase and holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TransactionState {
    pub(crate) phase: TransactionPhase,
    pub(crate) identity: Identity,
    /// Whether the last transaction was aborted, or is being aborted.
    pub(crate) aborted: bool,
}

impl Cluster {
    /// What is known of each id, in order.
    pub(crate) async fn describe(&mut self, ids: &[String]) -> Result<Vec<TransactionState>, WireError> {
        if let [id] = ids {
            let request = describe_request(ids.iter());
            let response = self.ask_coordinator(id, &request, 0).await?;
            let state = response.transaction_states.first().ok_or_else(missing)?;
            return Ok(vec![read(state).inspect_err(|_| self.forget_coordinator(id))?]);
        }
        let addresses = self.find_coordinators(ids).await?;
        let mut by_broker: HashMap<_, Vec<&String>> = HashMap::new();
        for (id, address) in ids.iter().zip(addresses) {
            by_broker.entry(address).or_default().push(id);
        }
        let mut states = HashMap::new();
        for (address, its_ids) in by_broker {
            let request = describe_request(its_ids.into_iter());
            let response = self.ask_at(&address, &request, 0).await?;
            for state in &response.transaction_states {
                states.insert(state.transactional_id.to_string(), read(state)?);
            }
        }
        ids.iter().map(|id| states.get(id).copied().ok_or_else(missing)).collect()
    }

    /// The ids of all open transactions of the cluster that we may see; `None` if it cannot list them.
    pub(crate) async fn ongoing_transactions(&mut self) -> Result<Option<Vec<String>>, WireError> {
        let mut pauses = Pauses::new();
        loop {
            match self.list_ongoing().await {
                Err(WireError::Unsupported(_)) => return Ok(None),
                Err(error) if error.is_retriable() && pauses.wait().await => {}
                answer => return answer.map(Some),
            }
        }
    }

    async fn list_ongoing(&mut self) -> Result<Vec<String>, WireError> {
        let request = ListTransactionsRequest::default().with_state_filters(vec![StrBytes::from_static_str(ONGOING)]);
        let mut ids = Vec::new();
        // Each broker knows the transactions that it coordinates.
        for (_, address) in self.brokers().await? {
            let response = self.ask_at(&address, &request, 0).await?;
            check(response.error_code)?;
            ids.extend(response.transaction_states.iter().map(|state| state.transactional_id.to_string()));
        }
        Ok(ids)
    }

    /// Takes over a transactional id: aborts what is open under it and fences whoever holds it. The epoch is 0 if the
    /// id was not in use before.
    pub(crate) async fn take_over(&mut self, id: &str, timeout_ms: i32) -> Result<Identity, WireError> {
        let request = InitProducerIdRequest::default()
            .with_transactional_id(Some(StrBytes::from_string(id.to_owned()).into()))
            .with_transaction_timeout_ms(timeout_ms)
            .with_producer_id((-1).into())
            .with_producer_epoch(-1);
        let response = self.ask_coordinator(id, &request, 4).await?;
        self.checked(id, response.error_code)?;
        Ok(Identity { producer_id: response.producer_id.0, epoch: response.producer_epoch })
    }

    /// Commits the transaction that `identity` has open. Saying it twice is fine.
    pub(crate) async fn commit(&mut self, id: &str, identity: Identity) -> Result<(), WireError> {
        let request = EndTxnRequest::default()
            .with_transactional_id(StrBytes::from_string(id.to_owned()).into())
            .with_producer_id(identity.producer_id.into())
            .with_producer_epoch(identity.epoch)
            .with_committed(true);
        // Version 5 would give the transaction a new epoch, which librdkafka's producers do not expect.
        let response = self.ask_coordinator(id, &request, 3).await?;
        self.checked(id, response.error_code)
    }

    fn checked(&mut self, id: &str, code: i16) -> Result<(), WireError> {
        check(code).inspect_err(|error| {
            if error.is_moved() {
                self.forget_coordinator(id);
            }
        })
    }
}

fn missing() -> WireError {
    WireError::Garbled("a transaction is missing from the answer".to_owned())
}

fn describe_request<'a>(ids: impl Iterator<Item = &'a String>) -> DescribeTransactionsRequest {
    DescribeTransactionsRequest::default()
        .with_transactional_ids(ids.map(|id| StrBytes::from_string(id.clone()).into()).collect())
}

fn read(
    state: &kafka_protocol::messages::describe_transactions_response::TransactionState,
) -> Result<TransactionState, WireError> {
    let identity = Identity { producer_id: state.producer_id.0, epoch: state.producer_epoch };
    let phase = match check(state.error_code) {
        Err(WireError::Broker(ResponseError::TransactionalIdNotFound)) => TransactionPhase::Unknown,
        Err(error) => return Err(error),
        Ok(()) => phase(&state.transaction_state)?,
    };
    Ok(TransactionState { phase, identity, aborted: state.transaction_state.ends_with("Abort") })
}

fn phase(name: &str) -> Result<TransactionPhase, WireError> {
    Ok(match name {
        "Empty" => TransactionPhase::Empty,
        ONGOING => TransactionPhase::Ongoing,
        "PrepareCommit" | "PrepareAbort" | "PrepareEpochFence" => TransactionPhase::Ending,
        "CompleteCommit" | "CompleteAbort" => TransactionPhase::Complete,
        "Dead" => TransactionPhase::Unknown,
        other => return Err(WireError::Garbled(format!("unknown transaction state {other}"))),
    })
}

/// How long a question is repeated that the broker cannot answer yet.
const PATIENCE: Duration = Duration::from_secs(20);

impl Cluster {
    /// Whether transactions can be described: Kafka 3.0 and newer can, librdkafka's mock cluster cannot.
    pub(crate) async fn describes_transactions(&mut self, id: &str) -> Result<bool, WireError> {
        let mut pauses = Pauses::new();
        loop {
            match self.coordinator_supports::<DescribeTransactionsRequest>(id).await {
                Err(error) if error.is_retriable() && pauses.wait().await => {}
                answer => return answer,
            }
        }
    }

    /// As [`Cluster::take_over`], waiting until what was open is aborted.
    pub(crate) async fn take_over_patiently(&mut self, id: &str, timeout_ms: i32) -> Result<Identity, WireError> {
        let mut pauses = Pauses::new();
        loop {
            match self.take_over(id, timeout_ms).await {
                Err(error) if error.is_retriable() && pauses.wait().await => {}
                answer => return answer,
            }
        }
    }

    /// As [`Cluster::describe`], over restarts of brokers.
    pub(crate) async fn describe_patiently(&mut self, ids: &[String]) -> Result<Vec<TransactionState>, WireError> {
        let mut pauses = Pauses::new();
        loop {
            match self.describe(ids).await {
                Err(error) if error.is_retriable() && pauses.wait().await => {}
                answer => return answer,
            }
        }
    }
}

/// Longer and longer pauses, up to a limit of time.
struct Pauses {
    deadline: tokio::time::Instant,
    next: Duration,
}

impl Pauses {
    fn new() -> Self {
        Self { deadline: tokio::time::Instant::now() + PATIENCE, next: Duration::from_millis(5) }
    }

    /// Pauses; says whether it is worth trying again.
    async fn wait(&mut self) -> bool {
        if tokio::time::Instant::now() >= self.deadline {
            return false;
        }
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(Duration::from_millis(500));
        true
    }
}
