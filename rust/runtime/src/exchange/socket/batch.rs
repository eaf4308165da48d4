//! Records as the payload of a frame.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | number of records n |
//! | 1 | whether there are keys |
//! | 8·n | timestamps |
//! | 4·n | where each value ends |
//! | | the values |
//! | 2·n | key groups, if there are keys |
//! | 4·n | where each key ends |
//! | | the keys' canonical bytes, of which the receiver makes the keys' objects |
//!
//! All numbers are little endian.

use std::ops::Range;

use penstock_core::{Error, Keys, ObjectBatch, Result};

use super::frame::{MAX_FRAME, too_large};
use crate::exchange::EdgeCodecs;

/// A frame is cut when its values have so many bytes.
const CUT: usize = 1 << 20;

/// Appends records from `start` on, as many as belong into one frame; gives where the rest begins. The interpreter is
/// held.
pub(super) fn encode(batch: &ObjectBatch, start: usize, codecs: &EdgeCodecs, out: &mut Vec<u8>) -> Result<usize> {
    let (mut values, mut ends) = (Vec::with_capacity(4096), Vec::with_capacity(batch.len() - start));
    let mut end = start;
    while end < batch.len() && (end == start || values.len() < CUT) {
        codecs.value.encode(&batch.values[end], &mut values)?;
        let len = u32::try_from(values.len()).ok().filter(|len| *len as usize <= MAX_FRAME);
        ends.push(len.ok_or_else(|| too_large(values.len()))?);
        end += 1;
    }
    let rows = start..end;
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    out.push(u8::from(batch.keys.is_some()));
    for t in &batch.timestamps[rows.clone()] {
        out.extend_from_slice(&t.to_le_bytes());
    }
    for end in &ends {
        out.extend_from_slice(&end.to_le_bytes());
    }
    out.extend_from_slice(&values);
    if let Some(keys) = &batch.keys {
        encode_keys(keys, rows, out);
    }
    Ok(end)
}

fn encode_keys(keys: &Keys, rows: Range<usize>, out: &mut Vec<u8>) {
    let first = if rows.start == 0 { 0 } else { keys.ends[rows.start - 1] };
    for group in &keys.groups[rows.clone()] {
        out.extend_from_slice(&group.to_le_bytes());
    }
    for end in &keys.ends[rows.clone()] {
        out.extend_from_slice(&(end - first).to_le_bytes());
    }
    out.extend_from_slice(&keys.bytes[first as usize..keys.ends[rows.end - 1] as usize]);
}

/// The records of a payload. Nothing is believed: every length is held against what is there. The interpreter is held.
pub(super) fn decode(payload: &[u8], codecs: &EdgeCodecs) -> Result<ObjectBatch> {
    let mut rest = Rest(payload);
    let count = rest.number()? as usize;
    let keyed = rest.take(1)?[0] != 0;
    let timestamps = rest.array::<8>(count)?.map(i64::from_le_bytes).collect();
    let (ends, bytes) = rest.pieces(count)?;
    let values = pieces(&ends, bytes).map(|value| codecs.value.decode(value)).collect::<Result<_>>()?;
    let keys = if keyed { Some(decode_keys(&mut rest, count, codecs)?) } else { None };
    if !rest.0.is_empty() {
        return Err(damaged());
    }
    Ok(ObjectBatch { values, timestamps, keys })
}

fn decode_keys(rest: &mut Rest<'_>, count: usize, codecs: &EdgeCodecs) -> Result<Keys> {
    let codec = codecs.key.as_ref().ok_or_else(damaged)?;
    let groups = rest.array::<2>(count)?.map(u16::from_le_bytes).collect();
    let (ends, bytes) = rest.pieces(count)?;
    let objects = pieces(&ends, bytes).map(|key| codec.decode(key)).collect::<Result<_>>()?;
    Ok(Keys { objects, groups, bytes: bytes.to_vec(), ends })
}

/// The parts of `bytes` that end where `ends` says; these were checked.
fn pieces<'a>(ends: &'a [u32], bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, end)| &bytes[start as usize..*end as usize])
}

/// What was not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32> {
        self.take(4)?.try_into().map(u32::from_le_bytes).map_err(|_| damaged())
    }

    fn array<const N: usize>(&mut self, count: usize) -> Result<impl Iterator<Item = [u8; N]> + use<'a, N>> {
        let bytes = self.take(count.checked_mul(N).ok_or_else(damaged)?)?;
        Ok(bytes.as_chunks::<N>().0.iter().copied())
    }

    /// Ends that never fall, and the bytes up to the last.
    fn pieces(&mut self, count: usize) -> Result<(Vec<u32>, &'a [u8])> {
        let ends: Vec<u32> = self.array::<4>(count)?.map(u32::from_le_bytes).collect();
        if !ends.is_sorted() {
            return Err(damaged());
        }
        let bytes = self.take(ends.last().map_or(0, |end| *end as usize))?;
        Ok((ends, bytes))
    }
}

#[cold]
fn damaged() -> Error {
    Error::internal("the bytes of a batch are damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Functions;
    use crate::testing::RustLane;
    use penstock_core::Object;

    fn codecs() -> EdgeCodecs {
        let lane = RustLane::default();
        EdgeCodecs { value: lane.codec(None).unwrap(), key: Some(lane.key_codec(None).unwrap()) }
    }

    fn batch(texts: &[&str], keyed: bool) -> ObjectBatch {
        let mut batch = ObjectBatch { keys: keyed.then(Keys::default), ..ObjectBatch::default() };
        for (row, text) in texts.iter().enumerate() {
            batch.values.push(Object::from_value((*text).to_owned()));
            batch.timestamps.push(row as i64 - 1);
            if let Some(keys) = &mut batch.keys {
                keys.push(Object::from_value((*text).to_owned()), row as u16, text.as_bytes());
            }
        }
        batch
    }

    fn shown(batch: &ObjectBatch) -> Vec<String> {
        let text = |object: &Object| object.downcast_ref::<String>().unwrap().clone();
        let key = |row: usize| match &batch.keys {
            Some(keys) => format!(" {}={:?} in {}", text(&keys.objects[row]), keys.bytes_of(row), keys.groups[row]),
            None => String::new(),
        };
        (0..batch.len())
            .map(|row| format!("{}@{}{}", text(&batch.values[row]), batch.timestamps[row], key(row)))
            .collect()
    }

    #[test]
    fn records_and_keys_come_back() {
        for keyed in [false, true] {
            for texts in [&[][..], &["", "b", "cc"]] {
                let (sent, mut bytes) = (batch(texts, keyed), Vec::new());
                if !texts.is_empty() {
                    assert_eq!(encode(&sent, 0, &codecs(), &mut bytes).unwrap(), texts.len());
                    assert_eq!(shown(&decode(&bytes, &codecs()).unwrap()), shown(&sent));
                }
            }
        }
    }

    #[test]
    fn large_records_are_cut_into_several_frames() {
        let large = "x".repeat(CUT / 2 + 1);
        let (sent, mut at, mut received) = (batch(&[&large, "b", &large, "d"], true), 0, Vec::new());
        let mut frames = 0;
        while at < sent.len() {
            let mut bytes = Vec::new();
            at = encode(&sent, at, &codecs(), &mut bytes).unwrap();
            received.extend(shown(&decode(&bytes, &codecs()).unwrap()));
            frames += 1;
        }
        assert_eq!((received, frames), (shown(&sent), 2));
    }

    #[test]
    fn a_damaged_payload_is_an_error() {
        let mut bytes = Vec::new();
        encode(&batch(&["a", "bb"], true), 0, &codecs(), &mut bytes).unwrap();
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len], &codecs()).is_err(), "{len}");
        }
        for byte in 0..5 {
            let mut bytes = bytes.clone();
            bytes[byte] = 0xff;
            assert!(decode(&bytes, &codecs()).is_err() || byte == 4, "{byte}");
        }
    }
}
