//! Reads the files of one subtask, one after the other.

use std::collections::VecDeque;

use penstock_core::Result;
use penstock_core::source::{Poll, SourceReader, Split};

use super::charset::Charset;
use super::open::OpenFile;

pub(super) struct FileReader {
    charset: Charset,
    waiting: VecDeque<Split>,
    open: Option<OpenFile>,
    complete: bool,
}

impl FileReader {
    pub(super) fn new(charset: Charset) -> Self {
        Self { charset, waiting: VecDeque::new(), open: None, complete: false }
    }
}

impl SourceReader for FileReader {
    fn add_splits(&mut self, splits: Vec<Split>) -> Result<()> {
        self.waiting.extend(splits);
        Ok(())
    }

    fn no_more_splits(&mut self) {
        self.complete = true;
    }

    fn poll(&mut self, max_records: usize) -> Result<Poll> {
        if self.open.is_none() {
            let Some(split) = self.waiting.pop_front() else {
                return Ok(if self.complete { Poll::Finished } else { Poll::Pending });
            };
            self.open = Some(OpenFile::open(&split.id, split.position)?);
        }
        let file = self.open.as_mut().expect("opened above");
        if let Some(batch) = file.next(self.charset, max_records.max(1))? {
            return Ok(Poll::Batch(batch));
        }
        let id = file.id().to_string();
        self.open = None;
        Ok(Poll::SplitFinished(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    /// Lines with the positions after them.
    fn read(path: &std::path::Path, position: i64, max_records: usize) -> Vec<(String, i64)> {
        let mut reader = FileReader::new(Charset::Utf8);
        reader.add_splits(vec![Split { id: path.display().to_string(), position, data: Vec::new() }]).unwrap();
        reader.no_more_splits();
        let mut lines = Vec::new();
        loop {
            match reader.poll(max_records).unwrap() {
                Poll::Batch(batch) => {
                    assert!(batch.len() <= max_records);
                    let values =
                        batch.values.as_string::<i32>().iter().map(|v| v.unwrap().to_owned()).collect::<Vec<_>>();
                    lines.extend(values.into_iter().zip(batch.positions));
                }
                Poll::SplitFinished(_) => {}
                Poll::Objects(_) => panic!("a file has no objects"),
                Poll::Finished | Poll::Pending => return lines,
            }
        }
    }

    fn pairs(of: &[(&str, i64)]) -> Vec<(String, i64)> {
        of.iter().map(|(text, position)| ((*text).to_owned(), *position)).collect()
    }

    #[test]
    fn lines_come_with_byte_positions_to_go_on_from() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.txt");
        std::fs::write(&file, "one\nzwö\r\n\nlast").unwrap();
        assert_eq!(read(&file, 0, 2), pairs(&[("one", 4), ("zwö", 10), ("", 11), ("last", 15)]));
        assert_eq!(read(&file, 4, 9), pairs(&[("zwö", 10), ("", 11), ("last", 15)]));
        assert_eq!(read(&file, 15, 9), []);
    }

    #[test]
    fn lines_longer_than_a_chunk_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("long.txt");
        let long = "x".repeat(700_000);
        std::fs::write(&file, format!("{long}\nshort\n")).unwrap();
        assert_eq!(read(&file, 0, 10), pairs(&[(long.as_str(), 700_001), ("short", 700_007)]));
    }

    #[test]
    fn compressed_files_have_positions_in_their_text() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.txt.gz");
        let mut encoder = GzEncoder::new(std::fs::File::create(&file).unwrap(), Compression::fast());
        encoder.write_all(b"one\ntwo\nthree\n").unwrap();
        encoder.finish().unwrap();
        assert_eq!(read(&file, 4, 10), pairs(&[("two", 8), ("three", 14)]));
    }

    #[test]
    fn a_file_that_is_gone_is_named() {
        let mut reader = FileReader::new(Charset::Utf8);
        reader.add_splits(vec![Split { id: "/gone/away".to_owned(), position: 0, data: Vec::new() }]).unwrap();
        assert!(reader.poll(1).unwrap_err().to_string().contains("/gone/away"));
    }
}
