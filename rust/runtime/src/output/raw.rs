//! Raw records at the end of a chain: their only channel takes them as they are, for a consumer that makes objects of
//! them.

use penstock_core::Result;
use penstock_core::event::{RawRecords, StreamElement};

use super::ChannelWriter;

impl ChannelWriter {
    /// How many raw records to send together.
    #[must_use]
    pub fn raw_limit(&self) -> usize {
        self.targets.first().map_or(1, |target| target.limit)
    }

    /// Sends raw records.
    pub fn push_raw(&mut self, records: RawRecords) -> Result<()> {
        let target = &mut self.targets[0];
        target.sender.send(StreamElement::Raw(records))?;
        target.adjust_limit();
        if !target.sender.has_capacity() {
            self.signal.raise_locally();
        }
        Ok(())
    }
}
