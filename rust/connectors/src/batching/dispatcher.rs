//! Hands batches to their destination, in their order, and no more at once than there may be.

use std::sync::Arc;
use std::time::Duration;

use penstock_core::Error;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Destination, Limits, Shared};

/// Stands for an interval that never ends.
const NEVER: Duration = Duration::from_secs(30 * 24 * 3600);

pub(super) struct Dispatcher<D: Destination> {
    destination: Arc<D>,
    interval: Duration,
    in_flight: usize,
    shared: Arc<Shared<D>>,
    batches: UnboundedReceiver<Vec<D::Record>>,
    /// Dropping it gives up what is under way.
    sending: JoinSet<()>,
}

impl<D: Destination> Dispatcher<D> {
    pub(super) fn new(
        destination: D,
        limits: Limits,
        shared: Arc<Shared<D>>,
        batches: UnboundedReceiver<Vec<D::Record>>,
    ) -> Self {
        let interval = limits.interval.unwrap_or(NEVER);
        let in_flight = limits.in_flight.max(1);
        Self { destination: Arc::new(destination), interval, in_flight, shared, batches, sending: JoinSet::new() }
    }

    /// Serves until the writer aborts it.
    pub(super) async fn run(mut self) {
        let mut tick = Instant::now() + self.interval;
        loop {
            tokio::select! {
                Some(sent) = self.sending.join_next(), if !self.sending.is_empty() => {
                    if let Err(error) = sent {
                        self.shared.done(Err(Error::internal(format!("a batch of a sink was lost: {error}"))));
                    }
                }
                Some(batch) = self.batches.recv(), if self.sending.len() < self.in_flight => self.send(batch),
                () = sleep_until(tick) => {
                    self.shared.send_off(&mut self.shared.state.lock());
                    tick = Instant::now() + self.interval;
                }
            }
        }
    }

    fn send(&mut self, batch: Vec<D::Record>) {
        let (destination, shared) = (Arc::clone(&self.destination), Arc::clone(&self.shared));
        self.sending.spawn(async move {
            // After a failure nothing is written any more, so that later records do not come without earlier ones.
            let failure = shared.state.lock().failure.clone();
            let sent = match failure {
                Some(failure) => Err(failure),
                None => destination.send(&batch).await,
            };
            shared.done(sent);
        });
    }
}
