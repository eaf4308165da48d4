//! Keyed state as a file: the same for every backend, so that a job can change its backend with its next start.
//!
//! # File format, version 1
//!
//! ```text
//! file      = magic "PSTKEYED", blocks, directory, footer
//! block     = entries of one key group, states in the order of the directory
//! entry     = number: state's index in the directory * 2 + 1 if the key is that of the entry before
//!             key, unless it is that of the entry before
//!             map key, if the state's kind has map keys
//!             value
//! directory = list of states: kind, name, declared types
//!             list of blocks: key group, length, number of entries, CRC-32C
//! footer    = length of the directory (8 bytes), CRC-32C of the directory (4), version (4), magic "PSTKEYED"
//! ```
//!
//! Numbers are varints, except in the footer and for checksums (fixed, little endian); byte strings and texts have their
//! length in front. Blocks follow each other in order of their key groups; a key group without entries has none. The
//! directory is at the end, so that a snapshot is written in one go; a reader that wants a range of key groups reads the
//! footer, the directory and the blocks of that range.

mod directory;
mod entries;
mod restore;
mod upload;
mod write;

pub use directory::{Block, Directory, read_footer};
pub(crate) use directory::{put_state, read_state};
pub use entries::{Entry, EntryReader};
pub(crate) use restore::target;
pub use restore::{Restored, Target, apply_block, restore_keyed};
pub use upload::upload_keyed;
pub use write::write_keyed_snapshot;

const MAGIC: &[u8; 8] = b"PSTKEYED";
const VERSION: u32 = 1;
/// Length of the footer.
pub const FOOTER: usize = 24;
