//! Reads the rows of one file.

use orc_rust::projection::ProjectionMask;
use orc_rust::row_selection::RowSelector;
use orc_rust::{ArrowReader, ArrowReaderBuilder};
use penstock_core::Result;

use super::input::Pieces;
use crate::formats::wanted::Wanted;
use crate::formats::{InputFile, RecordReader, Records};

pub(crate) struct OrcReader {
    file: InputFile,
    wanted: Wanted,
    batches: ArrowReader<Pieces>,
    /// Rows given so far.
    position: i64,
    /// About how many bytes of the file a row takes.
    bytes_per_row: f64,
}

impl OrcReader {
    pub(crate) fn open(file: &InputFile, position: i64, wanted: &Wanted) -> Result<Self> {
        let builder = ArrowReaderBuilder::try_new(Pieces::of(file)?).map_err(|e| file.failed(e))?;
        let root = builder.file_metadata().root_data_type();
        let mask = match wanted.roots(builder.schema().fields()) {
            Some(roots) => {
                ProjectionMask::roots(root, roots.into_iter().map(|at| root.children()[at].data_type().column_index()))
            }
            None => ProjectionMask::all(),
        };
        let rows = builder.file_metadata().number_of_rows() as usize;
        let skipped = usize::try_from(position).unwrap_or(0).min(rows);
        let selection = vec![RowSelector::skip(skipped), RowSelector::select(rows - skipped)];
        let bytes_per_row = file.length()? as f64 / rows.max(1) as f64;
        let batches = builder
            .with_projection(mask)
            .with_batch_size(wanted.batch_size())
            .with_row_selection(selection.into())
            .build();
        Ok(Self { file: file.clone(), wanted: wanted.clone(), batches, position, bytes_per_row })
    }
}

impl RecordReader for OrcReader {
    /// Gives as many rows as the format's batch size says.
    fn next(&mut self, _max_records: usize) -> Result<Option<Records>> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        let batch = batch.map_err(|e| self.file.failed(e))?;
        let count = batch.num_rows() as i64;
        let values = self.wanted.row(&self.file, &batch)?;
        let positions = (self.position + 1..=self.position + count).collect();
        self.position += count;
        Ok(Some(Records { values, positions, num_bytes: (self.bytes_per_row * count as f64) as u64 }))
    }
}
