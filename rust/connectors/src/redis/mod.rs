//! The Redis sink: each record is some commands, sent in pipelines.
//!
//! Commands since the last checkpoint are sent again after a failure. The effect is that of once where repeating them
//! changes nothing, which the commands that the Python package lets through have in common.

mod command;
mod destination;
mod options;
mod writer;

use std::sync::Arc;

use penstock_core::sink::{Committer, Sink, SinkWriter, WriterContext};
use penstock_core::{Error, Result};

use crate::bridge;
use destination::Server;
pub use options::SinkOptions;
use writer::RedisWriter;

/// A Redis sink, configured.
pub struct RedisSink {
    options: SinkOptions,
    server: Arc<Server>,
}

impl RedisSink {
    /// Checks the options.
    pub fn new(options: SinkOptions) -> Result<Self> {
        if options.batch_size == 0 {
            return Err(Error::invalid("a Redis sink sends batches of at least one record"));
        }
        let server = Arc::new(Server::new(&options)?);
        Ok(Self { options, server })
    }
}

impl Sink for RedisSink {
    fn preflight(&self) -> Result<()> {
        let server = Arc::clone(&self.server);
        // Before a job has begun there is nothing that a restart could mend.
        bridge::run_alone(async move { server.ping().await }).map_err(|error| match error {
            Error::External(text) => Error::Invalid(text),
            other => other,
        })
    }

    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(RedisWriter::start(&self.options, &self.server, &context)))
    }

    fn committer(&self, _context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        Ok(None)
    }
}
