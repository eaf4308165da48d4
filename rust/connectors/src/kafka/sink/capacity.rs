//! Wakes a task when its producer has room again. Producers do not report what they have stored, so somebody has to
//! look; that is only done while the task waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use penstock_core::source::Wake;
use tokio::runtime::Handle;

use crate::kafka::native::{Client, in_flight};

const LOOK_EVERY: Duration = Duration::from_millis(1);

pub(super) struct CapacityWatch {
    io: Handle,
    wake: Wake,
    /// Whether somebody is looking already.
    armed: Arc<AtomicBool>,
}

impl CapacityWatch {
    pub(super) fn new(io: Handle, wake: Wake) -> Self {
        Self { io, wake, armed: Arc::default() }
    }

    /// Wakes the task once, as soon as at most `low` records are in flight.
    pub(super) fn arm(&self, client: &Arc<Client>, low: usize) {
        if self.armed.swap(true, Ordering::SeqCst) {
            return;
        }
        let (client, armed, wake) = (Arc::downgrade(client), Arc::clone(&self.armed), Arc::clone(&self.wake));
        self.io.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                if client.upgrade().is_none_or(|client| in_flight(&client) <= low) {
                    break;
                }
            }
            armed.store(false, Ordering::SeqCst);
            wake();
        });
    }
}
