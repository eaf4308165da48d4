//! Prepared transactions: what a checkpoint keeps of one, and how those are found that no checkpoint knows.

use std::sync::Arc;
use std::time::Duration;

use penstock_core::Result;
use penstock_core::sink::{Committable, WriterContext};
use serde::{Deserialize, Serialize};

use super::Settings;
use super::errors::explain;
use super::naming::{is_lingering, literal};
use crate::{bridge, encoding};

const VERSION: u8 = 1;
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A transaction that waits for `COMMIT PREPARED`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prepared {
    pub(super) transaction: String,
}

impl Prepared {
    pub(super) fn new(transaction: String) -> Self {
        Self { transaction }
    }

    pub(super) fn encode(&self) -> Committable {
        Committable(encoding::encode(VERSION, self))
    }

    pub(super) fn decode(committable: &Committable) -> Result<Self> {
        encoding::decode("a prepared PostgreSQL transaction", VERSION, &committable.0)
    }
}

/// Rolls back what was prepared for checkpoints that were never completed.
pub(super) fn roll_back_lingering(settings: &Arc<Settings>, context: &WriterContext) -> Result<()> {
    let settings = Arc::clone(settings);
    let (subtask, parallelism, restored) = (context.subtask, context.parallelism, context.restored_checkpoint);
    bridge::wait_for(&context.io, "rolling back prepared PostgreSQL transactions", START_TIMEOUT, async move {
        let what = "the PostgreSQL transactions that an earlier run has left prepared cannot be rolled back";
        let client = settings.target.connect().await?;
        let all = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
        for row in client.query(all, &[]).await.map_err(|e| explain(what, &e))? {
            let name: String = row.try_get(0).map_err(|e| explain(what, &e))?;
            if is_lingering(&name, &settings.prefix, subtask, parallelism, restored) {
                let roll_back = format!("ROLLBACK PREPARED {}", literal(&name));
                client.batch_execute(&roll_back).await.map_err(|e| explain(what, &e))?;
                tracing::info!("PostgreSQL sink: rolled back {name}, which no checkpoint knows.");
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_its_encoding() {
        let prepared = Prepared::new("job-0-7".to_owned());
        assert_eq!(Prepared::decode(&prepared.encode()).unwrap(), prepared);
        assert!(Prepared::decode(&Committable(vec![9, b'{', b'}'])).unwrap_err().to_string().contains("version 9"));
    }
}
