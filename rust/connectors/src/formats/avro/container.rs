//! The frame of a file: a head with the schema, then blocks of records, each followed by the file's own marker.

use std::io::Read;

use penstock_core::Result;

use crate::formats::InputFile;

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

/// Where the block with a record begins, and how many records are before it; the first block begins at `start`.
pub(super) fn block_with(file: &InputFile, start: u64, record: i64) -> Result<(u64, i64)> {
    let (mut at, mut before) = (start, 0);
    let length = file.length()?;
    while at < length {
        // Two numbers of at most ten bytes.
        let begin = file.range(at..length.min(at + 20))?;
        let mut rest = &begin[..];
        let numbers = long(&mut rest).zip(long(&mut rest));
        let (count, size) = numbers
            .filter(|(count, size)| *count >= 0 && *size >= 0)
            .ok_or_else(|| file.failed(format!("the block at byte {at} is damaged")))?;
        if before + count > record {
            break;
        }
        before += count;
        at += (begin.len() - rest.len()) as u64 + size as u64 + 16;
    }
    Ok((at, before))
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_long(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

/// A number in groups of seven bits, the lowest first, its sign in the lowest bit.
fn put_long(number: i64, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn long(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        bytes.read_exact(&mut byte).ok()?;
        number |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Some((number >> 1) as i64 ^ -((number & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, -1, 1, 63, 64, -65, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put_long(number, &mut bytes);
            assert_eq!(long(&mut &bytes[..]), Some(number));
            assert_eq!(long(&mut &bytes[..bytes.len() - 1]), None);
        }
    }
}
