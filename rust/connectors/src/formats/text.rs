//! Lines of text. A position is a byte in the text, decompressed.

use arrow_array::builder::StringBuilder;
use penstock_core::Result;
use std::sync::Arc;

use super::charset::Charset;
use super::window::{CHUNK, Window};
use super::{InputFile, RecordReader, Records, lines};

pub(super) struct TextReader {
    window: Window,
    charset: Charset,
}

impl TextReader {
    pub(super) fn open(file: &InputFile, position: i64, charset: Charset) -> Result<Self> {
        Ok(Self { window: Window::open(file, position)?, charset })
    }
}

impl RecordReader for TextReader {
    fn next(&mut self, max_records: usize) -> Result<Option<Records>> {
        while !self.window.at_end() && lines::first(self.window.rest(), false).is_none() {
            self.window.fill()?;
        }
        let began = self.window.position();
        let mut texts = StringBuilder::with_capacity(max_records.min(1024), CHUNK.min(self.window.rest().len()));
        let mut positions = Vec::with_capacity(max_records.min(1024));
        while positions.len() < max_records
            && let Some(line) = lines::first(self.window.rest(), self.window.at_end())
        {
            texts.append_value(self.charset.decode(line.text));
            let length = line.length;
            self.window.consume(length);
            positions.push(self.window.position());
        }
        let num_bytes = (self.window.position() - began) as u64;
        Ok((!positions.is_empty()).then(|| Records { values: Arc::new(texts.finish()), positions, num_bytes }))
    }
}
