//! Raw records at the end of a chain: their only channel takes them as they are, for a consumer that makes objects of
//! them.

use penstock_core::Result;
use penstock_core::event::{RawRecords, StreamElement};

use super::ChannelWriter;

impl ChannelWriter {
    /// How many raw records to send together.
    #[must_use]
    pub fn raw_limit(&self) -> usize {
        self.targets[0].limit
    }

    /// Sends raw records.
    pub fn push_raw(&mut self, records: RawRecords) -> Result<()> {
        self.send_records(0, StreamElement::Raw(records))?;
        self.targets[0].adjust_limit();
        Ok(())
    }
}
