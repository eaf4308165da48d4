//! The frames of a control connection: a message as JSON, and bytes that belong to it.
//!
//! | bytes | what |
//! |---|---|
//! | 2 | magic `PC` |
//! | 2 | version, 1, little endian |
//! | 4 | length of the message, little endian |
//! | 4 | length of what is attached, little endian |
//! | 4 | CRC-32C of both, little endian |
//! | n | the message |
//! | m | what is attached |

use std::io::Read;

use penstock_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt};

const MAGIC: [u8; 2] = *b"PC";
const VERSION: u16 = 1;
const HEADER: usize = 16;
/// Most bytes of a message together with what is attached.
const MOST: usize = 1 << 30;
/// How much is asked for at once, whatever a header says.
const CHUNK: usize = 1 << 20;

/// The bytes of a message.
pub(super) fn frame(message: &impl Serialize, attached: &[u8]) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(message).map_err(|e| Error::internal(format!("a message has no text: {e}")))?;
    let len = json.len() + attached.len();
    if len > MOST {
        return Err(Error::invalid(format!(
            "{len} bytes are to go to or from a slot process in one piece, which takes {MOST} at most; \
             python.execution-mode: thread needs no such message"
        )));
    }
    let mut frame = Vec::with_capacity(HEADER + len);
    frame.extend_from_slice(&MAGIC);
    frame.extend_from_slice(&VERSION.to_le_bytes());
    frame.extend_from_slice(&(json.len() as u32).to_le_bytes());
    frame.extend_from_slice(&(attached.len() as u32).to_le_bytes());
    frame.extend_from_slice(&crc32c::crc32c_append(crc32c::crc32c(&json), attached).to_le_bytes());
    frame.extend_from_slice(&json);
    frame.extend_from_slice(attached);
    Ok(frame)
}

struct Header {
    json: usize,
    attached: usize,
    checksum: u32,
}

impl Header {
    fn parse(bytes: [u8; HEADER]) -> Result<Self> {
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if bytes[..2] != MAGIC || u16::from_le_bytes([bytes[2], bytes[3]]) != VERSION {
            return Err(damaged("what came is no message of this version"));
        }
        let header = Self { json: number(4) as usize, attached: number(8) as usize, checksum: number(12) };
        if header.len() > MOST {
            return Err(damaged("a message is too long"));
        }
        Ok(header)
    }

    fn len(&self) -> usize {
        self.json + self.attached
    }

    fn message<T: DeserializeOwned>(&self, mut bytes: Vec<u8>) -> Result<Option<(T, Vec<u8>)>> {
        if bytes.len() < self.len() {
            return Ok(None);
        }
        if crc32c::crc32c(&bytes) != self.checksum {
            return Err(damaged("a checksum is wrong"));
        }
        let attached = bytes.split_off(self.json);
        let message = serde_json::from_slice(&bytes).map_err(|e| damaged(&format!("a message cannot be read: {e}")))?;
        Ok(Some((message, attached)))
    }
}

/// The next message; `None`: the other side is gone.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<(T, Vec<u8>)>> {
    let mut header = [0; HEADER];
    if from.read_exact(&mut header).is_err() {
        return Ok(None);
    }
    let header = Header::parse(header)?;
    let mut bytes = Vec::with_capacity(header.len().min(CHUNK));
    match from.take(header.len() as u64).read_to_end(&mut bytes) {
        Ok(_) => header.message(bytes),
        Err(_) => Ok(None),
    }
}

/// The same on tokio.
pub(super) async fn read_async<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<(T, Vec<u8>)>> {
    let mut header = [0; HEADER];
    if from.read_exact(&mut header).await.is_err() {
        return Ok(None);
    }
    let header = Header::parse(header)?;
    let mut bytes = Vec::with_capacity(header.len().min(CHUNK));
    match from.take(header.len() as u64).read_to_end(&mut bytes).await {
        Ok(_) => header.message(bytes),
        Err(_) => Ok(None),
    }
}

fn damaged(what: &str) -> Error {
    Error::internal(format!("the control connection of a slot process is damaged: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::message::{FromSlot, ToSlot};

    #[test]
    fn a_message_comes_back_with_what_is_attached() {
        let mut bytes = frame(&ToSlot::Ping, b"abc").unwrap();
        bytes.extend(frame(&ToSlot::Leave, b"").unwrap());
        let mut from = &bytes[..];
        let (first, attached) = read::<ToSlot>(&mut from).unwrap().unwrap();
        assert!(matches!(first, ToSlot::Ping) && attached == b"abc");
        assert!(matches!(read::<ToSlot>(&mut from).unwrap().unwrap(), (ToSlot::Leave, rest) if rest.is_empty()));
        assert!(read::<ToSlot>(&mut from).unwrap().is_none());
    }

    #[test]
    fn whatever_is_damaged_is_noticed() {
        let whole = frame(&FromSlot::Pong, b"abc").unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(read::<FromSlot>(&mut &bytes[..]), Ok(Some(_))), "bit {bit}");
        }
    }
}
