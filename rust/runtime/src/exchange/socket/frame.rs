//! What goes over a connection: frames of a bounded size, each with its channel, its length and a checksum.
//!
//! | bytes | what |
//! |---|---|
//! | 2 | magic `PX` |
//! | 1 | version, 1 |
//! | 1 | kind |
//! | 4 | channel, little endian |
//! | 4 | length of the payload, little endian |
//! | 4 | CRC-32C of the payload, little endian |
//! | n | payload |

use std::io::{Read, Write};

use penstock_core::columns::ColumnBatch;
use penstock_core::event::StreamEvent;
use penstock_core::{Error, Result};

const MAGIC: [u8; 2] = *b"PX";
const VERSION: u8 = 1;
/// Bytes before the payload.
pub(super) const HEADER: usize = 16;
/// Longest payload. A single record cannot be larger.
pub const MAX_FRAME: usize = 256 << 20;
/// How much is asked for at once, whatever a header says.
const CHUNK: usize = 1 << 20;

/// What a consumer says about its end of a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Elements that it has taken since the channel began: the producer may have so many more on their way.
    pub consumed: u64,
    /// What it takes for a record, in nanoseconds.
    pub nanos_per_record: u32,
    /// It had nothing to do when it said this.
    pub idle: bool,
    /// It reads no more.
    pub closed: bool,
}

/// One frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Records, as [`super::batch`] writes them.
    Batch(Vec<u8>),
    /// Columns, as a `ColumnBatch` writes itself.
    Columns(Vec<u8>),
    Event(StreamEvent),
    Feedback(Feedback),
    /// The last frame of a connection.
    Goodbye,
}

const BATCH: u8 = 1;
const EVENT: u8 = 2;
const FEEDBACK: u8 = 3;
const GOODBYE: u8 = 4;
/// No flipped bit makes another kind of it.
const COLUMNS: u8 = 14;

/// Makes room for the header of a frame whose payload is about to be appended.
pub(super) fn begin(out: &mut Vec<u8>) {
    out.clear();
    out.resize(HEADER, 0);
}

/// Writes the header of a frame of records that [`begin`] began.
pub(super) fn finish_batch(frame: &mut [u8], channel: u32) -> Result<()> {
    finish(frame, channel, BATCH)
}

/// The bytes of a batch of columns.
pub(super) fn columns(channel: u32, batch: &ColumnBatch) -> Result<Vec<u8>> {
    let mut frame = Vec::new();
    begin(&mut frame);
    batch.encode(&mut frame)?;
    finish(&mut frame, channel, COLUMNS)?;
    Ok(frame)
}

fn finish(frame: &mut [u8], channel: u32, kind: u8) -> Result<()> {
    let (header, payload) = frame.split_at_mut(HEADER);
    if payload.len() > MAX_FRAME {
        return Err(too_large(payload.len()));
    }
    header[..2].copy_from_slice(&MAGIC);
    header[2..4].copy_from_slice(&[VERSION, kind]);
    header[4..8].copy_from_slice(&channel.to_le_bytes());
    header[8..12].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    header[12..].copy_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    Ok(())
}

/// The error of a record that does not fit into a frame.
#[cold]
pub(super) fn too_large(bytes: usize) -> Error {
    Error::invalid(format!(
        "a record of {bytes} bytes is on its way to another slot process, which takes {MAX_FRAME} bytes at most; \
         python.execution-mode: thread has no such limit"
    ))
}

/// The bytes of an event.
pub(super) fn event(channel: u32, event: &StreamEvent) -> Result<Vec<u8>> {
    let payload = serde_json::to_vec(event).map_err(|e| Error::internal(format!("an event has no bytes: {e}")))?;
    small(channel, EVENT, &payload)
}

/// The bytes of a consumer's words.
pub(super) fn feedback(channel: u32, feedback: &Feedback) -> Result<Vec<u8>> {
    let mut payload = [0; 14];
    payload[..8].copy_from_slice(&feedback.consumed.to_le_bytes());
    payload[8..12].copy_from_slice(&feedback.nanos_per_record.to_le_bytes());
    payload[12..].copy_from_slice(&[feedback.idle.into(), feedback.closed.into()]);
    small(channel, FEEDBACK, &payload)
}

/// The bytes of a connection's last frame.
pub(super) fn goodbye() -> Result<Vec<u8>> {
    small(0, GOODBYE, &[])
}

fn small(channel: u32, kind: u8, payload: &[u8]) -> Result<Vec<u8>> {
    let mut frame = Vec::with_capacity(HEADER + payload.len());
    begin(&mut frame);
    frame.extend_from_slice(payload);
    finish(&mut frame, channel, kind)?;
    Ok(frame)
}

/// Writes a frame that is whole.
pub(super) fn write(mut to: impl Write, frame: &[u8]) -> std::io::Result<()> {
    to.write_all(frame)
}

/// Reads the next frame and its channel; `None`: the other side is gone.
pub(super) fn read(from: &mut impl Read) -> Result<Option<(u32, Frame)>> {
    let mut header = [0; HEADER];
    if !fill(from, &mut header)? {
        return Ok(None);
    }
    if header[..2] != MAGIC || header[2] != VERSION {
        return Err(damaged("what came is no frame of this version"));
    }
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let (channel, len, checksum) = (number(4), number(8) as usize, number(12));
    if len > MAX_FRAME {
        return Err(damaged(&format!("a frame of {len} bytes")));
    }
    let mut payload = Vec::with_capacity(len.min(CHUNK));
    let read = from.take(len as u64).read_to_end(&mut payload);
    if read.map_err(|e| lost(&e))? < len {
        return Ok(None);
    }
    if crc32c::crc32c(&payload) != checksum {
        return Err(damaged("a checksum is wrong"));
    }
    Ok(Some((channel, parse(header[3], payload)?)))
}

/// Whether the buffer could be filled.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        // A peer that died with unread data: the same as its end.
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => Ok(false),
        Err(e) => Err(lost(&e)),
    }
}

fn parse(kind: u8, payload: Vec<u8>) -> Result<Frame> {
    let short = || damaged("a feedback of another length");
    match kind {
        BATCH => Ok(Frame::Batch(payload)),
        COLUMNS => Ok(Frame::Columns(payload)),
        EVENT => serde_json::from_slice(&payload)
            .map(Frame::Event)
            .map_err(|e| damaged(&format!("an event cannot be read: {e}"))),
        FEEDBACK => {
            let (consumed, rest) = payload.split_first_chunk().ok_or_else(short)?;
            let (nanos, rest) = rest.split_first_chunk().ok_or_else(short)?;
            let [idle, closed] = *rest else { return Err(short()) };
            Ok(Frame::Feedback(Feedback {
                consumed: u64::from_le_bytes(*consumed),
                nanos_per_record: u32::from_le_bytes(*nanos),
                idle: idle != 0,
                closed: closed != 0,
            }))
        }
        GOODBYE => Ok(Frame::Goodbye),
        other => Err(damaged(&format!("a frame of the unknown kind {other}"))),
    }
}

fn damaged(what: &str) -> Error {
    Error::internal(format!("the connection between two slot processes is damaged: {what}"))
}

fn lost(error: &std::io::Error) -> Error {
    Error::external(format!("the connection between two slot processes cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_core::event::{Alignment, Barrier};

    fn batch(payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        begin(&mut frame);
        frame.extend_from_slice(payload);
        finish_batch(&mut frame, 7).unwrap();
        frame
    }

    #[test]
    fn frames_come_back_as_they_were() {
        let barrier = StreamEvent::Barrier(Barrier {
            checkpoint_id: 5,
            timestamp: -1,
            native: false,
            alignment: Alignment::Unaligned { from: 3 },
        });
        let words = Feedback { consumed: u64::MAX, nanos_per_record: 9, idle: true, closed: false };
        let mut bytes = batch(b"records");
        bytes.extend(event(8, &barrier).unwrap());
        bytes.extend(feedback(9, &words).unwrap());
        bytes.extend(goodbye().unwrap());
        let mut from = &bytes[..];
        let mut next = || read(&mut from).unwrap();
        assert_eq!(next(), Some((7, Frame::Batch(b"records".to_vec()))));
        assert_eq!(next(), Some((8, Frame::Event(barrier))));
        assert_eq!(next(), Some((9, Frame::Feedback(words))));
        assert_eq!(next(), Some((0, Frame::Goodbye)));
        assert_eq!(next(), None);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = batch(b"records");
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = read(&mut &bytes[..]);
            // The channel is not covered; whoever gets a frame of a channel it does not know refuses it.
            let channel_alone = (4..8).contains(&(bit / 8));
            // A longer payload than there is looks like a peer that died.
            let noticed = matches!(read, Err(_) | Ok(None | Some((_, Frame::Feedback(_) | Frame::Goodbye))));
            assert!(noticed || channel_alone, "bit {bit}: {read:?}");
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_read() {
        let mut bytes = batch(b"");
        bytes[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&mut &bytes[..]).unwrap_err().to_string().contains("4294967295 bytes"));
    }
}
