//! What can be checked before the job runs: the database, the statement, and whether it prepares transactions.

use penstock_core::{Error, Result};

use super::Settings;
use super::errors::explain;
use super::options::Guarantee;

/// Connects and lets the server read the statement. Nothing is written.
pub(super) async fn check(settings: &Settings) -> Result<()> {
    // Before a job has begun there is nothing that a restart could mend.
    check_all(settings).await.map_err(|error| match error {
        Error::External(text) => Error::Invalid(text),
        other => other,
    })
}

async fn check_all(settings: &Settings) -> Result<()> {
    let client = settings.target.connect().await?;
    let what = format!("PostgreSQL at {} does not take the statement {}", settings.target.shown, settings.sql);
    let statement = client.prepare(&settings.sql).await.map_err(|e| explain(&what, &e))?;
    let parameters = statement.params().len();
    if parameters != settings.parameters {
        return Err(Error::invalid(format!("{what}: it has {parameters} parameters, not {}", settings.parameters)));
    }
    if settings.guarantee == Guarantee::ExactlyOnce {
        let shown = "SHOW max_prepared_transactions";
        let row = client.query_one(shown, &[]).await.map_err(|e| explain(shown, &e))?;
        let limit: String = row.try_get(0).map_err(|e| explain(shown, &e))?;
        if limit.trim() == "0" {
            return Err(Error::invalid(format!(
                "PostgreSQL at {} prepares no transactions (max_prepared_transactions = 0), which \
                 DeliveryGuarantee.EXACTLY_ONCE needs: set it to at least twice the parallelism of the sink and restart \
                 the server, or use AT_LEAST_ONCE with key columns, whose writes may be repeated",
                settings.target.shown
            )));
        }
    }
    Ok(())
}
