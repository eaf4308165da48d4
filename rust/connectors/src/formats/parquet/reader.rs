//! Reads the rows of one file.

use std::sync::Arc;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use penstock_core::Result;

use super::input::Pieces;
use crate::formats::wanted::Wanted;
use crate::formats::{InputFile, RecordReader, Records};

pub(crate) struct ParquetReader {
    file: InputFile,
    wanted: Wanted,
    batches: ParquetRecordBatchReader,
    /// Rows given so far.
    position: i64,
    /// About how many bytes of the file a row takes.
    bytes_per_row: f64,
}

impl ParquetReader {
    pub(crate) fn open(file: &InputFile, position: i64, wanted: &Wanted) -> Result<Self> {
        let failed = |e: parquet::errors::ParquetError| file.failed(e);
        // What a file says about Arrow is of no use: it would only have the same values lie in more ways.
        let arrow = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder =
            ParquetRecordBatchReaderBuilder::try_new_with_options(Pieces::of(file)?, arrow).map_err(failed)?;
        let metadata = Arc::clone(builder.metadata());
        let (groups, skipped) = groups_from(&metadata, position);
        let mask = match wanted.roots(builder.schema().fields()) {
            Some(roots) => ProjectionMask::roots(builder.parquet_schema(), roots),
            None => ProjectionMask::all(),
        };
        check_codecs(file, &metadata, &mask)?;
        let rows: i64 = metadata.row_groups().iter().map(RowGroupMetaData::num_rows).sum();
        let bytes: i64 = metadata.row_groups().iter().map(RowGroupMetaData::compressed_size).sum();
        let batches = builder
            .with_row_groups(groups)
            .with_offset(skipped)
            .with_projection(mask)
            .with_batch_size(wanted.batch_size())
            .build()
            .map_err(failed)?;
        let bytes_per_row = bytes as f64 / rows.max(1) as f64;
        Ok(Self { file: file.clone(), wanted: wanted.clone(), batches, position, bytes_per_row })
    }
}

/// The row groups from a row on, and how many rows of the first are before it.
fn groups_from(metadata: &ParquetMetaData, position: i64) -> (Vec<usize>, usize) {
    let mut before = 0;
    for (at, group) in metadata.row_groups().iter().enumerate() {
        if before + group.num_rows() > position {
            return ((at..metadata.num_row_groups()).collect(), (position - before) as usize);
        }
        before += group.num_rows();
    }
    (Vec::new(), 0)
}

/// Whether all that is read is compressed in a way that is built in.
fn check_codecs(file: &InputFile, metadata: &ParquetMetaData, mask: &ProjectionMask) -> Result<()> {
    let wanted = metadata.row_groups().iter().flat_map(|group| group.columns().iter().enumerate());
    for (_, column) in wanted.filter(|(leaf, _)| mask.leaf_included(*leaf)) {
        let codec = match column.compression() {
            Compression::BROTLI(_) => "BROTLI",
            Compression::LZO => "LZO",
            _ => continue,
        };
        return Err(file.failed(format!(
            "its column '{}' is compressed with {codec}, which is not built in; write it with SNAPPY, ZSTD, GZIP, LZ4 or without",
            column.column_path().string()
        )));
    }
    Ok(())
}

impl RecordReader for ParquetReader {
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
