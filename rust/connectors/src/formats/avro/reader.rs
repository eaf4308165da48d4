//! Reads the records of one file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, StructArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef};
use penstock_core::{Error, Result};

use super::container::{Head, read_block, read_head};
use super::schema::Schema;
use super::skip::skip;
use crate::formats::{InputFile, RecordReader, Records};

/// Under this name the field of datums has the schema they were written with, as Arrow's metadata.
pub const SCHEMA: &str = "avro.schema";

/// Gives datums as they are in the file: rows of one field, whose metadata have the schema.
pub(crate) struct AvroReader {
    file: InputFile,
    head: Head,
    schema: Schema,
    field: FieldRef,
    length: u64,
    /// Where the next block begins.
    at: u64,
    /// Records before it.
    before: i64,
    /// Records that were given.
    position: i64,
    /// What is left of the block that was read last.
    rest: Buffer,
    left: i64,
    /// Bytes of the file that no records account for yet.
    read: u64,
}

impl AvroReader {
    pub(crate) fn open(file: &InputFile, position: i64) -> Result<Self> {
        let head = read_head(file)?;
        let schema = Schema::of(&head.schema).map_err(|e| file.failed(e))?;
        let metadata = HashMap::from([(SCHEMA.to_owned(), head.schema.clone())]);
        let field = Arc::new(Field::new("datum", DataType::Binary, false).with_metadata(metadata));
        let mut reader = Self {
            file: file.clone(),
            length: file.length()?,
            at: head.length,
            head,
            schema,
            field,
            before: 0,
            position,
            rest: Buffer::from_vec(Vec::<u8>::new()),
            left: 0,
            read: 0,
        };
        reader.go_to(position)?;
        Ok(reader)
    }

    /// Goes to the block with a record, and behind those before it.
    fn go_to(&mut self, position: i64) -> Result<()> {
        while let Some(block) = read_block(&self.file, self.at, self.length)? {
            if self.before + block.count > position {
                break;
            }
            self.before += block.count;
            self.at = block.end();
        }
        let behind = position - self.before;
        if behind > 0 && self.next_block()? {
            self.datums(behind)?;
        }
        Ok(())
    }

    /// Reads and unpacks a block; false at the end of the file.
    fn next_block(&mut self) -> Result<bool> {
        let Some(block) = read_block(&self.file, self.at, self.length)? else { return Ok(false) };
        let damaged = |file: &InputFile, what: &str| file.failed(format!("the block at byte {}: {what}", block.start));
        let bytes = self.file.range(block.start..block.end())?;
        let (packed, marker) = bytes.split_at(block.size as usize);
        if marker != self.head.marker {
            return Err(damaged(&self.file, "what follows it is not the marker of the file"));
        }
        let unpacked = self.head.codec.unpacked(packed).map_err(|e| damaged(&self.file, &e))?;
        self.rest = Buffer::from_vec(unpacked);
        self.left = block.count;
        self.read += block.end() - self.at;
        self.at = block.end();
        self.before += block.count;
        Ok(true)
    }

    /// Takes so many datums from the block.
    fn datums(&mut self, count: i64) -> Result<BinaryArray> {
        let mut offsets = Vec::with_capacity(count as usize + 1);
        offsets.push(0_i32);
        let whole = self.rest.clone();
        let mut bytes = whole.as_slice();
        for _ in 0..count {
            skip(&self.schema, &mut bytes)
                .ok_or_else(|| self.file.failed(format!("a record of the block before byte {} is damaged", self.at)))?;
            // A block has at most 1 GiB.
            offsets.push((whole.len() - bytes.len()) as i32);
        }
        let taken = whole.len() - bytes.len();
        self.rest = whole.slice(taken);
        self.left -= count;
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        BinaryArray::try_new(offsets, whole.slice_with_length(0, taken), None)
            .map_err(|e| Error::internal(format!("datums of an Avro file: {e}")))
    }
}

impl RecordReader for AvroReader {
    fn next(&mut self, max_records: usize) -> Result<Option<Records>> {
        while self.left == 0 {
            if !self.rest.is_empty() {
                return Err(self.file.failed(format!("the block before byte {} has more than its records", self.at)));
            }
            if !self.next_block()? {
                return Ok(None);
            }
        }
        let count = self.left.min(max_records as i64);
        let datums: ArrayRef = Arc::new(self.datums(count)?);
        let positions = (self.position + 1..=self.position + count).collect();
        self.position += count;
        let values = Arc::new(StructArray::from(vec![(Arc::clone(&self.field), datums)]));
        Ok(Some(Records { values, positions, num_bytes: std::mem::take(&mut self.read) }))
    }
}
