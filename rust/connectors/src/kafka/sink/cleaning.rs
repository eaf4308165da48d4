//! What a writer does before it opens its first transaction: it aborts what earlier lives left open, under the current
//! prefix and every earlier one.

use std::sync::Arc;

use penstock_core::sink::WriterContext;
use penstock_core::{Error, Result};

use super::listing::{Found, Name, Owner, abort_listed};
use super::naming::transactional_id;
use super::probing::{Probe, Search, abort_lingering};
use super::state::Earlier;
use super::{START_TIMEOUT, Shared};
use crate::bridge;
use crate::kafka::native::Identity;
use crate::kafka::options::Naming;
use crate::kafka::wire::{Cluster, WireError};

/// What a writer knows when it starts.
pub(super) struct CleanedUp {
    /// For later questions.
    pub(super) cluster: Cluster,
    pub(super) timeout_ms: i32,
    pub(super) describes: bool,
    /// Prepared transactions of this subtask that are not committed yet.
    pub(super) kept: Vec<(u64, Identity)>,
}

/// Finds the timeout, and aborts what was left open.
pub(super) fn clean_up(shared: &Arc<Shared>, context: &WriterContext, first: u64) -> Result<CleanedUp> {
    let earlier = Earlier::read(&shared.prefix, shared.naming, &context.restored_state)?;
    let (subtask, parallelism) = (context.subtask, context.parallelism);
    let mut cluster = shared.cluster(subtask)?;
    let shared = Arc::clone(shared);
    bridge::wait_for(
        &context.io,
        "aborting the transactions that an earlier run left open",
        START_TIMEOUT,
        async move {
            let timeout_ms = shared.transaction_timeout(&mut cluster).await?.millis;
            let mut kept = Vec::new();
            for (prefix, older_are_prepared) in &earlier.prefixes {
                let owner = Owner {
                    prefix: prefix.clone(),
                    subtask,
                    parallelism,
                    first,
                    older_are_prepared: *older_are_prepared,
                };
                let names = abort_open(&mut cluster, &owner, &earlier, shared.naming, timeout_ms).await?;
                if *prefix == shared.prefix {
                    let own = names.iter().filter(|name| name.subtask == u64::from(subtask));
                    kept.extend(own.map(|name| name.offset));
                }
            }
            let describes = cluster
                .describes_transactions(&transactional_id(&shared.prefix, subtask, first))
                .await
                .map_err(|e| failed(&e))?;
            if !describes && subtask == 0 {
                tracing::warn!(
                    "this Kafka cluster cannot describe transactions (Kafka 3.0 and newer can, librdkafka's mock cannot): a transaction that the broker \
                 ended too early is noticed only when it is committed"
                );
            }
            let unknown = Identity { producer_id: -1, epoch: -1 };
            let holder = |offset| {
                let id = transactional_id(&shared.prefix, subtask, offset);
                (offset, earlier.in_flight.get(&id).copied().unwrap_or(unknown))
            };
            let kept = kept.into_iter().map(holder).collect();
            Ok(CleanedUp { cluster, timeout_ms, describes, kept })
        },
    )
}

fn failed(error: &WireError) -> Error {
    Error::external(format!("the Kafka transactions that an earlier run left open cannot be aborted: {error}"))
}

/// Aborts what is open under one prefix: what the brokers list, and with names that count up also what is found by trying
/// names, for brokers that list nothing. Gives the names of prepared transactions.
async fn abort_open(
    cluster: &mut Cluster,
    owner: &Owner,
    earlier: &Earlier,
    naming: Naming,
    timeout_ms: i32,
) -> Result<Vec<Name>> {
    let listed = abort_listed(cluster, owner, &earlier.in_flight, timeout_ms).await.map_err(|e| failed(&e))?;
    if naming == Naming::Pooling && listed.is_none() {
        return Err(cannot_list());
    }
    let Found { aborted, kept } = listed.unwrap_or_default();
    if !aborted.is_empty() {
        let (number, names) = (aborted.len(), aborted.join(", "));
        tracing::info!("Kafka sink: aborted {number} transactions that an earlier run had left open: {names}");
    }
    if naming == Naming::Incrementing && (owner.older_are_prepared || kept.is_empty()) {
        let Owner { prefix, subtask, parallelism, first, .. } = owner.clone();
        let search = Search { prefix, subtask, parallelism, first };
        let found = abort_lingering(&mut Probe { cluster, timeout_ms }, &search).await.map_err(|e| failed(&e))?;
        if found > 0 {
            tracing::info!(
                "Kafka sink: looked at {found} transactions of '{}' after checkpoint {}; none of them is open any more",
                search.prefix,
                first - 1
            );
        }
    }
    Ok(kept)
}

fn cannot_list() -> Error {
    Error::invalid(
        "TransactionNamingStrategy.POOLING needs a Kafka cluster that lists and describes transactions (Kafka 3.0 and newer do); \
         use TransactionNamingStrategy.INCREMENTING",
    )
}
