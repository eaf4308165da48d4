//! A waiting record as bytes: key group, length of the key, key, time, channel, input, value.

use std::cmp::Ordering;

use penstock_core::{Error, Result};

/// The first bytes of a key, as a number that has their order: bytes are signed, as they are to Flink.
pub(super) fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (first, byte) in first.iter_mut().zip(key) {
        *first = byte ^ 0x80;
    }
    u64::from_be_bytes(first)
}

/// Appends all of a record but its value.
pub(super) fn begin(group: u16, key: &[u8], timestamp: i64, channel: u32, input: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&group.to_le_bytes());
    out.extend_from_slice(&(key.len() as u32).to_le_bytes());
    out.extend_from_slice(key);
    out.extend_from_slice(&timestamp.to_le_bytes());
    out.extend_from_slice(&channel.to_le_bytes());
    out.push(input);
}

/// A record that is read.
pub(super) struct Record<'a> {
    pub group: u16,
    pub key: &'a [u8],
    pub timestamp: i64,
    pub channel: usize,
    pub input: usize,
    pub value: &'a [u8],
}

impl<'a> Record<'a> {
    /// Takes a record apart.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        parts(bytes).ok_or_else(|| Error::internal("a sorted record is cut off"))
    }
}

fn parts(bytes: &[u8]) -> Option<Record<'_>> {
    let (group, rest) = bytes.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    let (timestamp, rest) = rest.split_first_chunk()?;
    let (channel, rest) = rest.split_first_chunk()?;
    let (input, value) = rest.split_first()?;
    Some(Record {
        group: u16::from_le_bytes(*group),
        key,
        timestamp: i64::from_le_bytes(*timestamp),
        channel: u32::from_le_bytes(*channel) as usize,
        input: usize::from(*input),
        value,
    })
}

fn signed(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().map(|byte| byte ^ 0x80)
}

/// By key, then by time.
pub(super) fn order(a: &[u8], b: &[u8]) -> Ordering {
    match (parts(a), parts(b)) {
        (Some(a), Some(b)) => signed(a.key).cmp(signed(b.key)).then(a.timestamp.cmp(&b.timestamp)),
        // Reading it will be an error.
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
