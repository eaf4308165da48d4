//! The column lane at a source: a raw batch goes down the chain whole, and mail waits until it is through.

use penstock_core::Result;

use super::{Current, SourceHead, split_of};
use crate::chain::ChainNode;
use crate::raw_columns::ColumnDecoder;

impl SourceHead {
    /// Sends the current batch down the chain.
    pub(super) fn emit_columns(&mut self, decoder: ColumnDecoder, root: &mut ChainNode, now_millis: i64) -> Result<()> {
        let Some(Current { batch: raw, .. }) = self.current.take() else { return Ok(()) };
        let state = split_of(&mut self.splits, &raw.split)?;
        state.tracker.active(now_millis);
        let batch = decoder.decode(&raw).map_err(|e| e.located(&root.id.name, root.id.subtask, root.id.parallelism))?;
        let dropped = raw.len() - batch.num_rows();
        if dropped > 0 {
            self.dropped.add(dropped as i64);
        }
        if let Some(time) = batch.latest_timestamp() {
            state.tracker.record(time);
        }
        root.out.emit_columns(&batch)?;
        if let Some(position) = raw.positions.last() {
            state.split.position = *position;
        }
        self.bytes.add(raw.num_bytes as i64);
        Ok(())
    }
}
