//! What was on its way to a subtask when it took its snapshot, as an unaligned checkpoint keeps it.
//!
//! # File format, version 1
//!
//! | bytes | what |
//! |---|---|
//! | 8 | magic `PSTKCHAN` |
//! | 4 | format version, little endian |
//! | n | the channels of one edge |
//! | 4 | CRC-32C of everything before, little endian |
//!
//! Channels are a list; each has the sender's index, the watermark (8 bytes, little endian), whether it was idle (0 or 1), and
//! the list of its elements, oldest first. An element is a byte for its kind and then: records (0) and columns (1) the bytes
//! that go between slot processes, a watermark (2) 8 bytes, idle (3), active (4) and a new epoch (5) nothing. Numbers, lists and
//! byte strings are written as in [`crate::metadata`].
//!
//! ```
//! use penstock_state::in_flight::{ChannelElement, ChannelState, decode, encode};
//! let elements = vec![ChannelElement::Records(b"records".to_vec().into()), ChannelElement::Watermark(7)];
//! let channels = vec![ChannelState { sender: 1, watermark: 3, idle: false, elements }];
//! assert_eq!(decode(&encode(&channels), "the example").unwrap(), channels);
//! ```

use bytes::Bytes;
use penstock_core::Result;

use crate::wire::{Reader, damaged, put_bytes, put_varint};

const MAGIC: &[u8; 8] = b"PSTKCHAN";
const VERSION: u32 = 1;
const CHECKSUM: usize = 4;

/// One element of a channel. Barriers, ends and markers are not kept: whoever restores sends its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelElement {
    /// Records, as they go between slot processes.
    Records(Bytes),
    /// Columns, likewise.
    Columns(Bytes),
    /// A watermark.
    Watermark(i64),
    /// The channel became idle.
    Idle,
    /// The channel took part in the watermark again.
    Active,
    /// What follows is read when all channels of the task have come to a mark like this or have no more: it was sent after
    /// a restore, and what is before was restored.
    NewEpoch,
}

/// A channel at a snapshot of its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelState {
    /// Index of the sending subtask.
    pub sender: u32,
    /// The watermark that the receiver had taken from it.
    pub watermark: i64,
    /// Whether the receiver knew it to be idle.
    pub idle: bool,
    /// What was on its way, oldest first.
    pub elements: Vec<ChannelElement>,
}

impl ChannelElement {
    /// Bytes of records.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Records(bytes) | Self::Columns(bytes) => bytes.len(),
            Self::Watermark(_) | Self::Idle | Self::Active | Self::NewEpoch => 0,
        }
    }

    /// Whether it has no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The bytes of a file.
#[must_use]
pub fn encode(channels: &[ChannelState]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&VERSION.to_le_bytes());
    put_varint(&mut file, channels.len() as u64);
    for channel in channels {
        put_varint(&mut file, channel.sender.into());
        file.extend_from_slice(&channel.watermark.to_le_bytes());
        file.push(u8::from(channel.idle));
        put_varint(&mut file, channel.elements.len() as u64);
        channel.elements.iter().for_each(|element| put_element(&mut file, element));
    }
    file.extend_from_slice(&crc32c::crc32c(&file).to_le_bytes());
    file
}

fn put_element(out: &mut Vec<u8>, element: &ChannelElement) {
    match element {
        ChannelElement::Records(bytes) => {
            out.push(0);
            put_bytes(out, bytes);
        }
        ChannelElement::Columns(bytes) => {
            out.push(1);
            put_bytes(out, bytes);
        }
        ChannelElement::Watermark(time) => {
            out.push(2);
            out.extend_from_slice(&time.to_le_bytes());
        }
        ChannelElement::Idle => out.push(3),
        ChannelElement::Active => out.push(4),
        ChannelElement::NewEpoch => out.push(5),
    }
}

/// Reads the bytes of a file; `what` names it in errors.
pub fn decode(file: &[u8], what: &str) -> Result<Vec<ChannelState>> {
    let content = file.len().checked_sub(CHECKSUM).and_then(|end| file.split_at_checked(end));
    let Some((content, checksum)) = content else {
        return Err(damaged(what, format!("it has only {} bytes", file.len())));
    };
    if crc32c::crc32c(content).to_le_bytes() != checksum {
        return Err(damaged(what, "its checksum does not match its content"));
    }
    let mut reader = Reader::new(content, what);
    if &reader.array::<8>()? != MAGIC {
        return Err(reader.damaged("it does not begin as the records of channels do"));
    }
    let version = reader.u32()?;
    if version != VERSION {
        return Err(reader.damaged(format!("it has version {version}, and this Penstock reads version {VERSION}")));
    }
    let channels = reader.list(channel)?;
    reader.finish()?;
    Ok(channels)
}

fn channel(reader: &mut Reader<'_>) -> Result<ChannelState> {
    Ok(ChannelState {
        sender: reader.varint_u32()?,
        watermark: reader.i64()?,
        idle: reader.u8()? != 0,
        elements: reader.list(element)?,
    })
}

fn element(reader: &mut Reader<'_>) -> Result<ChannelElement> {
    Ok(match reader.u8()? {
        0 => ChannelElement::Records(Bytes::copy_from_slice(reader.bytes()?)),
        1 => ChannelElement::Columns(Bytes::copy_from_slice(reader.bytes()?)),
        2 => ChannelElement::Watermark(reader.i64()?),
        3 => ChannelElement::Idle,
        4 => ChannelElement::Active,
        5 => ChannelElement::NewEpoch,
        other => return Err(reader.damaged(format!("{other} is no kind of element"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Vec<u8> {
        let elements = vec![
            ChannelElement::Records(Bytes::from_static(b"records")),
            ChannelElement::Columns(Bytes::from_static(b"columns")),
            ChannelElement::Watermark(-5),
            ChannelElement::Idle,
            ChannelElement::Active,
            ChannelElement::NewEpoch,
        ];
        let channel = |sender, elements| ChannelState { sender, watermark: i64::MIN, idle: sender == 0, elements };
        encode(&[channel(0, elements), channel(300, vec![])])
    }

    #[test]
    fn whatever_is_missing_or_flipped_is_noticed() {
        let whole = example();
        assert_eq!(encode(&decode(&whole, "test").unwrap()), whole);
        for length in 0..whole.len() {
            assert!(decode(&whole[..length], "test").is_err(), "{length}");
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&flipped, "test").is_err(), "bit {bit}");
        }
    }

    #[test]
    fn damage_under_a_right_checksum_does_no_harm() {
        let whole = example();
        let content = &whole[..whole.len() - CHECKSUM];
        for position in MAGIC.len()..content.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut changed = content.to_vec();
                changed[position] = value;
                changed.extend_from_slice(&crc32c::crc32c(&changed).to_le_bytes());
                // What matters is that nothing panics or allocates wildly.
                let _ = decode(&changed, "test");
            }
        }
    }
}
