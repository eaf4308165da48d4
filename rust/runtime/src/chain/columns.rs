//! The column lane in a chain: whole batches go from operator to operator, by reference.

use penstock_core::Result;
use penstock_core::columns::ColumnBatch;

use super::{ChainNode, Edge, Outputs};

impl ChainNode {
    /// Takes a batch of columns.
    pub fn process_columns(&mut self, batch: &ColumnBatch) -> Result<()> {
        self.records_in += batch.num_rows() as u64;
        let processed = self.operator.process_columns(batch, &mut self.out);
        processed.map_err(|e| e.located(&self.id.name, self.id.subtask, self.id.parallelism))
    }
}

impl Outputs {
    /// Emits a batch of columns to the main output.
    pub fn emit_columns(&mut self, batch: &ColumnBatch) -> Result<()> {
        self.records_out += batch.num_rows() as u64;
        for edge in &mut self.main {
            match edge {
                Edge::Chained(node) => node.process_columns(batch)?,
                Edge::Channels(writer) => writer.push_columns(batch)?,
            }
        }
        Ok(())
    }
}
