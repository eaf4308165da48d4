//! The HTTP sink: records are posted in batches, at least once.
//!
//! A response of the class 2xx stores a batch. Requests that get none, or 408, 425, 429 or 5xx, are tried again, later and
//! later, or when the server says (`Retry-After`). Any other response ends the job: the server does not take the data.

mod body;
mod options;
mod request;
mod writer;

use std::sync::Arc;

use penstock_core::sink::{Committer, Sink, SinkWriter, WriterContext};
use penstock_core::{Error, Result};

pub use options::SinkOptions;
use request::Endpoint;
use writer::HttpWriter;

/// An HTTP sink, configured.
pub struct HttpSink {
    options: SinkOptions,
    endpoint: Arc<Endpoint>,
}

impl HttpSink {
    /// Checks the options.
    pub fn new(options: SinkOptions) -> Result<Self> {
        if options.batch_size == 0 || options.max_in_flight == 0 || options.max_batch_bytes == 0 {
            return Err(Error::invalid("an HTTP sink sends batches of at least one record, one at a time at least"));
        }
        let endpoint = Arc::new(Endpoint::new(&options)?);
        Ok(Self { options, endpoint })
    }
}

impl Sink for HttpSink {
    fn writer(&self, context: WriterContext) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(HttpWriter::start(&self.options, &self.endpoint, &context)))
    }

    fn committer(&self, _context: &WriterContext) -> Result<Option<Box<dyn Committer>>> {
        Ok(None)
    }
}
