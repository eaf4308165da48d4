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

use std::ops::{Range, RangeInclusive};

use penstock_core::{Error, Keys, Object, ObjectBatch, Result};

use super::frame::{MAX_FRAME, too_large};
use crate::exchange::EdgeCodecs;

/// A frame is cut when its values have so many bytes.
const CUT: usize = 1 << 20;

/// Records of a batch, or those that are left of one.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// The values.
    pub(crate) values: &'a [Object],
    /// Event time of each value.
    pub(crate) timestamps: &'a [i64],
    /// The keys of the batch, and the row in them of the first value.
    pub(crate) keys: Option<(&'a Keys, usize)>,
}

impl<'a> Rows<'a> {
    /// All records of a batch.
    pub(crate) fn of(batch: &'a ObjectBatch) -> Self {
        Self { values: &batch.values, timestamps: &batch.timestamps, keys: batch.keys.as_ref().map(|keys| (keys, 0)) }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

/// Appends records from `start` on, as many as belong into one frame; gives where the rest begins. The interpreter is
/// held.
pub(crate) fn encode(batch: Rows<'_>, start: usize, codecs: &EdgeCodecs, out: &mut Vec<u8>) -> Result<usize> {
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
    if let Some((keys, first)) = batch.keys {
        encode_keys(keys, rows.start + first..rows.end + first, out);
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
pub(crate) fn decode(payload: &[u8], codecs: &EdgeCodecs) -> Result<ObjectBatch> {
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

/// The records of a payload whose key groups are in a range, as another payload; `None`: there are none.
pub(crate) fn of_key_groups(payload: &[u8], range: &RangeInclusive<u16>) -> Result<Option<Vec<u8>>> {
    let mut rest = Rest(payload);
    let count = rest.number()? as usize;
    if rest.take(1)?[0] == 0 {
        return Err(damaged());
    }
    let timestamps: Vec<[u8; 8]> = rest.array::<8>(count)?.collect();
    let (value_ends, values) = rest.pieces(count)?;
    let groups: Vec<u16> = rest.array::<2>(count)?.map(u16::from_le_bytes).collect();
    let (key_ends, keys) = rest.pieces(count)?;
    if !rest.0.is_empty() {
        return Err(damaged());
    }
    let rows: Vec<usize> = (0..count).filter(|&row| range.contains(&groups[row])).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(payload.len());
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    out.push(1);
    for &row in &rows {
        out.extend_from_slice(&timestamps[row]);
    }
    put_pieces(&rows, &value_ends, values, &mut out);
    for &row in &rows {
        out.extend_from_slice(&groups[row].to_le_bytes());
    }
    put_pieces(&rows, &key_ends, keys, &mut out);
    Ok(Some(out))
}

/// Some of the parts of `bytes`: where each ends, and then they themselves.
fn put_pieces(rows: &[usize], ends: &[u32], bytes: &[u8], out: &mut Vec<u8>) {
    let range = |row: usize| if row == 0 { 0 } else { ends[row - 1] as usize }..ends[row] as usize;
    let mut end = 0;
    for &row in rows {
        end += range(row).len() as u32;
        out.extend_from_slice(&end.to_le_bytes());
    }
    for &row in rows {
        out.extend_from_slice(&bytes[range(row)]);
    }
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
                    assert_eq!(encode(Rows::of(&sent), 0, &codecs(), &mut bytes).unwrap(), texts.len());
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
            at = encode(Rows::of(&sent), at, &codecs(), &mut bytes).unwrap();
            received.extend(shown(&decode(&bytes, &codecs()).unwrap()));
            frames += 1;
        }
        assert_eq!((received, frames), (shown(&sent), 2));
    }

    #[test]
    fn the_rest_of_a_batch_is_as_the_whole_was() {
        let whole = batch(&["a", "bb", "", "d"], true);
        let mut bytes = Vec::new();
        let rest = Rows {
            values: &whole.values[1..],
            timestamps: &whole.timestamps[1..],
            keys: whole.keys.as_ref().map(|keys| (keys, 1)),
        };
        assert_eq!(encode(rest, 0, &codecs(), &mut bytes).unwrap(), 3);
        assert_eq!(shown(&decode(&bytes, &codecs()).unwrap()), shown(&whole)[1..]);
    }

    #[test]
    fn records_are_picked_by_their_key_groups() {
        let (whole, mut bytes) = (batch(&["a", "bb", "", "d"], true), Vec::new());
        encode(Rows::of(&whole), 0, &codecs(), &mut bytes).unwrap();
        for range in [0..=3, 1..=2, 3..=9] {
            let picked = of_key_groups(&bytes, &range).unwrap().unwrap();
            let expected = &shown(&whole)[*range.start() as usize..=(*range.end() as usize).min(3)];
            assert_eq!(shown(&decode(&picked, &codecs()).unwrap()), expected);
        }
        assert_eq!(of_key_groups(&bytes, &(4..=9)).unwrap(), None);
        for len in 0..bytes.len() {
            assert!(of_key_groups(&bytes[..len], &(0..=9)).is_err(), "{len}");
        }
    }

    #[test]
    fn a_damaged_payload_is_an_error() {
        let mut bytes = Vec::new();
        encode(Rows::of(&batch(&["a", "bb"], true)), 0, &codecs(), &mut bytes).unwrap();
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
