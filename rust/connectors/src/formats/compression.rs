//! Files that are compressed as a whole, known by the ends of their names as in Flink.

use std::io::Read;

use bzip2::read::MultiBzDecoder;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use lzma_rust2::XzReader;
use penstock_core::Result;

use super::InputFile;

/// What a file may make its reader allocate; the strongest preset needs half of it.
pub(super) const XZ_MEMORY_KIB: u32 = 128 << 10;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Deflate,
    Bzip2,
    Xz,
}

impl Compression {
    /// By the end of a file's name.
    pub(super) fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
            Some("gz" | "gzip") => Self::Gzip,
            Some("deflate") => Self::Deflate,
            Some("bz2") => Self::Bzip2,
            Some("xz") => Self::Xz,
            _ => Self::None,
        }
    }

    fn decoder(self, bytes: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Self::None => bytes,
            Self::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Self::Deflate => Box::new(ZlibDecoder::new(bytes)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
            Self::Xz => Box::new(XzReader::new_mem_limit(bytes, true, XZ_MEMORY_KIB)),
        }
    }
}

/// The text of a file from a position in that text on. In compressed files everything before it is unpacked again.
pub(super) fn text_from(file: &InputFile, position: u64) -> Result<Box<dyn Read + Send>> {
    let compression = Compression::of(file.name());
    if compression == Compression::None {
        return file.read_from(position);
    }
    let mut text = compression.decoder(file.read_from(0)?);
    std::io::copy(&mut (&mut text).take(position), &mut std::io::sink()).map_err(|e| file.failed(e))?;
    Ok(text)
}
