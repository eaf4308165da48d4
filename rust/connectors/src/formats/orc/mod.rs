//! ORC files. A position is the number of rows before it.

mod input;
mod reader;
mod writer;

pub(super) use reader::OrcReader;
pub(super) use writer::OrcWriter;
