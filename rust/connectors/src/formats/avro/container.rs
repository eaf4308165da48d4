//! The frame of a file: a head with the schema, then blocks of records, each followed by the file's own marker.

use std::io::Read;

use penstock_core::Result;

use super::codec::Codec;
use super::numbers::{long, put_bytes, put_long};
use crate::formats::InputFile;

/// A block or a head that says that it is longer is damaged.
const LONGEST: i64 = 1 << 30;

/// What ends a block.
pub(super) type Marker = [u8; 16];

/// The head of a file.
pub(super) fn head(schema: &str, marker: &Marker) -> Vec<u8> {
    let mut out = b"Obj\x01".to_vec();
    put_long(2, &mut out);
    for (key, value) in [("avro.schema", schema), ("avro.codec", "null")] {
        put_bytes(key.as_bytes(), &mut out);
        put_bytes(value.as_bytes(), &mut out);
    }
    put_long(0, &mut out);
    out.extend_from_slice(marker);
    out
}

/// Appends a block of so many records.
pub(super) fn put_block(count: usize, datums: &[u8], marker: &Marker, out: &mut Vec<u8>) {
    put_long(count as i64, out);
    put_bytes(datums, out);
    out.extend_from_slice(marker);
}

/// What the head of a file says.
pub(super) struct Head {
    pub(super) schema: String,
    pub(super) codec: Codec,
    pub(super) marker: Marker,
    /// Where the first block begins.
    pub(super) length: u64,
}

/// A block of a file.
pub(super) struct Block {
    pub(super) count: i64,
    /// Where its records begin, and how many bytes they take as they are in the file.
    pub(super) start: u64,
    pub(super) size: u64,
}

impl Block {
    /// Where the next block begins.
    pub(super) fn end(&self) -> u64 {
        self.start + self.size + size_of::<Marker>() as u64
    }
}

/// Reads the head of a file.
pub(super) fn read_head(file: &InputFile) -> Result<Head> {
    let length = file.length()?;
    let mut wanted = 64 << 10;
    loop {
        let bytes = file.range(0..length.min(wanted))?;
        let mut rest = &bytes[..];
        match parse_head(&mut rest) {
            Ok(Some(mut head)) => {
                head.length = (bytes.len() - rest.len()) as u64;
                return Ok(head);
            }
            // Longer than what was read.
            Ok(None) if wanted < length && wanted < LONGEST as u64 => wanted *= 16,
            Ok(None) => return Err(file.failed("it ends within its head")),
            Err(problem) => return Err(file.failed(problem)),
        }
    }
}

/// The head at the beginning of some bytes, which are left at its end; `None` if it is not there as a whole.
fn parse_head(rest: &mut &[u8]) -> std::result::Result<Option<Head>, String> {
    let mut magic = [0; 4];
    if rest.read_exact(&mut magic).is_err() {
        return Ok(None);
    }
    if &magic != b"Obj\x01" {
        return Err("it is no Avro file".to_owned());
    }
    let (mut schema, mut codec) = (None, Codec::Null);
    loop {
        let Some(mut count) = long(rest) else { return Ok(None) };
        if count < 0 {
            count = count.saturating_neg();
            if long(rest).is_none() {
                return Ok(None);
            }
        }
        if count == 0 {
            break;
        }
        for _ in 0..count {
            let (Some(key), Some(value)) = (taken(rest)?, taken(rest)?) else { return Ok(None) };
            match key {
                b"avro.schema" => {
                    let text = std::str::from_utf8(value).map_err(|_| "its schema is no text".to_owned())?;
                    schema = Some(text.to_owned());
                }
                b"avro.codec" => codec = Codec::named(&String::from_utf8_lossy(value))?,
                _ => {}
            }
        }
    }
    let mut marker = Marker::default();
    if rest.read_exact(&mut marker).is_err() {
        return Ok(None);
    }
    let schema = schema.ok_or_else(|| "its head has no schema".to_owned())?;
    Ok(Some(Head { schema, codec, marker, length: 0 }))
}

/// Bytes behind their length; `None` if they are not all there.
fn taken<'a>(rest: &mut &'a [u8]) -> std::result::Result<Option<&'a [u8]>, String> {
    let Some(length) = long(rest) else { return Ok(None) };
    if !(0..=LONGEST).contains(&length) {
        return Err("its head is damaged".to_owned());
    }
    let Some((found, behind)) = rest.split_at_checked(length as usize) else { return Ok(None) };
    *rest = behind;
    Ok(Some(found))
}

/// What stands before a block; `None` at the end of the file.
pub(super) fn read_block(file: &InputFile, at: u64, length: u64) -> Result<Option<Block>> {
    if at >= length {
        return Ok(None);
    }
    // Two numbers of at most ten bytes.
    let begin = file.range(at..length.min(at + 20))?;
    let mut rest = &begin[..];
    let numbers = long(&mut rest).zip(long(&mut rest));
    let start = at + (begin.len() - rest.len()) as u64;
    let most = length.saturating_sub(start + size_of::<Marker>() as u64);
    numbers
        .filter(|(count, size)| *count >= 0 && (0..=LONGEST).contains(size) && *size as u64 <= most)
        .map(|(count, size)| Some(Block { count, start, size: size as u64 }))
        .ok_or_else(|| file.failed(format!("the block at byte {at} is damaged, or the file ends within it")))
}
