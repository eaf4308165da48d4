//! A source whose consumer makes the objects: raw records go on as they are, as many at once as the consumer works on
//! between two looks at its mail.

use penstock_core::{Error, Result};

use super::{Current, SourceHead, Stop, split_of};
use crate::chain::ChainNode;
use crate::signal::TaskSignal;

impl SourceHead {
    /// Sends the current batch on until it is done or something else is to do.
    pub(super) fn emit_raw(&mut self, root: &mut ChainNode, signal: &TaskSignal) -> Result<Stop> {
        let Some(Current { batch, row, objects }) = &mut self.current else { return Ok(Stop::BatchDone) };
        if objects.is_some() {
            return Err(Error::internal("a source of raw records gave objects"));
        }
        let state = split_of(&mut self.splits, &batch.split)?;
        while *row < batch.len() {
            let end = batch.len().min(*row + root.out.raw_limit()?);
            root.out.emit_raw(batch.slice(*row..end), &self.dropped)?;
            *row = end;
            state.split.position = batch.positions[end - 1];
            if signal.is_raised() {
                return Ok(Stop::Attention);
            }
        }
        self.bytes.add(batch.num_bytes as i64);
        self.current = None;
        Ok(Stop::BatchDone)
    }
}
