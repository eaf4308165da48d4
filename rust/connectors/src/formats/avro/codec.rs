//! How blocks are compressed.

use std::io::Read;

use bzip2::read::BzDecoder;
use flate2::read::DeflateDecoder;
use lzma_rust2::XzReader;

use crate::formats::compression::XZ_MEMORY_KIB;

/// A block that is longer when it is unpacked is none that somebody wrote.
const LONGEST: u64 = 1 << 30;

/// A codec that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Null,
    Deflate,
    Snappy,
    Bzip2,
    Xz,
    Zstandard,
}

impl Codec {
    /// By the name in the head of a file.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "null" => Self::Null,
            "deflate" => Self::Deflate,
            "snappy" => Self::Snappy,
            "bzip2" => Self::Bzip2,
            "xz" => Self::Xz,
            "zstandard" => Self::Zstandard,
            other => {
                return Err(format!(
                    "it is compressed with {other}, which is not built in; write it with deflate, snappy, zstandard, bzip2, xz or without"
                ));
            }
        })
    }

    /// The records of a block.
    pub(super) fn unpacked(self, block: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Null => Ok(block.to_vec()),
            Self::Deflate => read(DeflateDecoder::new(block)),
            Self::Bzip2 => read(BzDecoder::new(block)),
            Self::Xz => read(XzReader::new_mem_limit(block, true, XZ_MEMORY_KIB)),
            Self::Zstandard => read(zstd::Decoder::with_buffer(block).map_err(|e| e.to_string())?),
            Self::Snappy => snappy(block),
        }
    }
}

fn read(decoder: impl Read) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    decoder.take(LONGEST + 1).read_to_end(&mut unpacked).map_err(|e| e.to_string())?;
    if unpacked.len() as u64 > LONGEST { Err(too_long()) } else { Ok(unpacked) }
}

/// A block of snappy ends with the checksum of what is in it.
fn snappy(block: &[u8]) -> Result<Vec<u8>, String> {
    let (packed, checksum) = block.split_last_chunk().ok_or_else(|| "it has no checksum".to_owned())?;
    let length = snap::raw::decompress_len(packed).map_err(|e| e.to_string())?;
    if length as u64 > LONGEST {
        return Err(too_long());
    }
    let unpacked = snap::raw::Decoder::new().decompress_vec(packed).map_err(|e| e.to_string())?;
    let mut crc = flate2::Crc::new();
    crc.update(&unpacked);
    if crc.sum() == u32::from_be_bytes(*checksum) { Ok(unpacked) } else { Err("its checksum does not fit".to_owned()) }
}

fn too_long() -> String {
    format!("it unpacks to more than {} MiB", LONGEST >> 20)
}
