//! Ends prepared transactions, over connections of its own: the producer that wrote them may be long gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::metrics::Counter;
use penstock_core::sink::{Committable, Committer, WriterContext};
use penstock_core::{Error, Result};
use tokio::runtime::Handle;

use super::commit::{Verdict, judge};
use super::committable::{Prepared, life};
use crate::bridge;
use crate::kafka::wire::{Cluster, TransactionPhase, WireError};

/// How long a commit is tried again before the job is told; a broker that restarts is back by then.
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct KafkaCommitter {
    cluster: Arc<tokio::sync::Mutex<Cluster>>,
    io: Handle,
    /// Whose committer this is.
    life: String,
    counts: Counts,
}

/// Under Flink's names.
#[derive(Clone)]
struct Counts {
    total: Counter,
    success: Counter,
    already: Counter,
    retry: Counter,
    failure: Counter,
    /// Ours: records of transactions that never will be committed.
    records_lost: Counter,
}

impl KafkaCommitter {
    pub(super) fn new(cluster: Cluster, context: &WriterContext) -> Self {
        let metrics = &context.metrics;
        let counts = Counts {
            total: metrics.counter("numCommittablesTotal"),
            success: metrics.counter("numCommittablesSuccess"),
            already: metrics.counter("numCommittablesAlreadyCommitted"),
            retry: metrics.counter("numCommittablesRetry"),
            failure: metrics.counter("numCommittablesFailure"),
            records_lost: metrics.counter("numRecordsLost"),
        };
        let (io, life) = (context.io.clone(), life(context));
        Self { cluster: Arc::new(tokio::sync::Mutex::new(cluster)), io, life, counts }
    }
}

impl Committer for KafkaCommitter {
    fn commit(&mut self, committables: &[Committable]) -> Result<()> {
        if committables.is_empty() {
            return Ok(());
        }
        let prepared: Vec<Prepared> = committables.iter().map(Prepared::decode).collect::<Result<_>>()?;
        let limit = (PATIENCE + Duration::from_secs(30)) * prepared.len() as u32;
        let (cluster, counts, life) = (Arc::clone(&self.cluster), self.counts.clone(), self.life.clone());
        crate::kill_point("kafka-before-commit");
        bridge::wait_for(&self.io, "committing Kafka transactions", limit, async move {
            let mut cluster = cluster.lock().await;
            for transaction in &prepared {
                commit_one(&mut cluster, transaction, &life, &counts).await?;
                crate::kill_point("kafka-between-commits");
            }
            Ok(())
        })?;
        crate::kill_point("kafka-after-commit");
        Ok(())
    }
}

async fn commit_one(cluster: &mut Cluster, prepared: &Prepared, life: &str, counts: &Counts) -> Result<()> {
    counts.total.add(1);
    let (started, mut pause) = (Instant::now(), FIRST_PAUSE);
    loop {
        let answer = cluster.commit(&prepared.transactional_id, prepared.identity()).await;
        match (judge(&answer), answer) {
            (Verdict::Done, _) | (_, Ok(())) => {
                counts.success.add(1);
                return Ok(());
            }
            (Verdict::TryAgain, Err(_)) if started.elapsed() < PATIENCE => {
                counts.retry.add(1);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            (Verdict::Gone, Err(_)) if was_committed_before(cluster, prepared, life).await => {
                counts.already.add(1);
                tracing::info!(
                    "The Kafka transaction {} is over: the run that prepared it has committed it and used its name again.",
                    prepared.transactional_id
                );
                return Ok(());
            }
            (Verdict::Gone, Err(error)) => {
                counts.failure.add(1);
                counts.records_lost.add(i64::try_from(prepared.written.records).unwrap_or(i64::MAX));
                tell_gone(prepared, &error);
                return Ok(());
            }
            (_, Err(error)) => {
                counts.failure.add(1);
                return Err(Error::external(format!(
                    "the Kafka transaction {} could not be committed: {error}",
                    prepared.transactional_id
                )));
            }
        }
    }
}

/// Whether a transaction that is over was committed by the life that prepared it, which then used its name again: that
/// life does so only once a transaction has ended, and would have told of one that was lost. A name whose last transaction
/// was aborted was not used again, as far as anybody can know.
async fn was_committed_before(cluster: &mut Cluster, prepared: &Prepared, life: &str) -> bool {
    if prepared.written.reused_by.as_deref().is_none_or(|by| by == life) {
        return false;
    }
    let states = cluster.describe_patiently(std::slice::from_ref(&prepared.transactional_id)).await;
    states.is_ok_and(|states| states.iter().all(|s| !s.aborted && s.phase != TransactionPhase::Unknown))
}

/// Said once: the committable is given up with that.
fn tell_gone(prepared: &Prepared, error: &WireError) {
    let Prepared { transactional_id, written, .. } = prepared;
    tracing::error!(
        "the Kafka transaction {transactional_id} with {} records for {} could not be committed for a known reason ({error}), and the job goes on. \
         If it was committed in an earlier run, nothing is lost; if the broker ended it because more than transaction.timeout.ms passed before this \
         commit, or another job with the same transactional id prefix took it over, these records are lost",
        written.records,
        if written.topics.is_empty() {
            "its topics".to_owned()
        } else {
            format!("topic {}", written.topics.join(", "))
        },
    );
}
