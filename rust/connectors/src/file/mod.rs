//! Files of text lines on a file system of this machine, or one that is mounted on it.

mod location;
mod sink;
mod source;

pub use sink::{FileSink, FileSinkOptions};
pub use source::{FileSource, FileSourceOptions};
