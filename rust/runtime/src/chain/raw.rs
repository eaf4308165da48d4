//! Raw records that leave a source as they are, into the one channel behind it.

use penstock_core::event::RawRecords;
use penstock_core::metrics::Counter;
use penstock_core::source::RawBatch;
use penstock_core::{Error, Result};

use super::{Edge, Outputs};
use crate::output::ChannelWriter;

impl Outputs {
    /// How many raw records to emit together.
    pub fn raw_limit(&mut self) -> Result<usize> {
        self.only_writer().map(|writer| writer.raw_limit())
    }

    /// Emits raw records. Whoever makes objects of them counts them, and those that the schema drops.
    pub fn emit_raw(&mut self, batch: RawBatch, dropped: &Counter) -> Result<()> {
        let records = RawRecords { batch, emitted: self.records_out_total.clone(), dropped: dropped.clone() };
        self.only_writer()?.push_raw(records)
    }

    fn only_writer(&mut self) -> Result<&mut ChannelWriter> {
        match self.main.as_mut_slice() {
            [Edge::Channels(writer)] => Ok(writer),
            _ => Err(Error::internal("raw records leave through one channel")),
        }
    }
}
