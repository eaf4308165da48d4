//! An execution of the query, on the I/O runtime: its rows come through a short queue, which holds the server back.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use penstock_core::Result;
use penstock_core::source::Wake;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::super::row::Row;
use super::Query;

/// How many rows travel together, and how many bytes of them at most before the next parcel begins.
const ROWS: usize = 1000;
const BYTES: usize = 1 << 20;
/// How many parcels may wait.
const WAITING: usize = 2;

/// Rows as JSON.
pub(super) type Parcel = Vec<String>;

/// Begins an execution; rows that were given before are left out.
pub(super) fn start(
    io: &tokio::runtime::Handle,
    query: Arc<Query>,
    parameters: Row,
    given: i64,
    wake: Wake,
) -> Receiver<Result<Parcel>> {
    let (parcels, received) = channel(WAITING);
    io.spawn(async move {
        if let Err(error) = run(&query, parameters, given, &parcels, &wake).await {
            // Nobody listens any more where the reader was closed.
            let _ = parcels.send(Err(error)).await;
        }
        drop(parcels);
        wake();
    });
    received
}

async fn run(query: &Query, parameters: Row, given: i64, parcels: &Sender<Result<Parcel>>, wake: &Wake) -> Result<()> {
    let client = query.target.connect().await?;
    let rows = client.query_raw(query.sql.as_str(), parameters).await.map_err(|e| query.explain(&e))?;
    let mut rows = pin!(rows.skip(given as usize));
    let (mut parcel, mut bytes) = (Parcel::new(), 0);
    while let Some(row) = rows.next().await {
        let json: String = row.and_then(|row| row.try_get(0)).map_err(|e| query.explain(&e))?;
        bytes += json.len();
        parcel.push(json);
        if parcel.len() == ROWS || bytes >= BYTES {
            bytes = 0;
            if parcels.send(Ok(std::mem::take(&mut parcel))).await.is_err() {
                return Ok(());
            }
            wake();
        }
    }
    // Nobody listens any more where the reader was closed.
    let _ = parcels.send(Ok(parcel)).await;
    Ok(())
}
