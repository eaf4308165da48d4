//! The reader as a task uses it.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use flate2::{Compression, write::GzEncoder};
use penstock_core::metrics::{MetricGroup, Registry};
use serde_json::{Value, json};

use super::*;
use crate::formats::{BadRecords, Format};

struct Task {
    reader: FileReader,
    woken: Receiver<()>,
    metrics: MetricGroup,
    _runtime: tokio::runtime::Runtime,
}

impl Task {
    fn new(format: &Value) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (wake, woken) = channel();
        let metrics = MetricGroup::new(&Registry::default(), [("subtask_index", "0")]);
        let context = ReaderContext {
            subtask: 0,
            parallelism: 1,
            wake: Arc::new(move || {
                let _ = wake.send(());
            }),
            io: runtime.handle().clone(),
            metrics: metrics.clone(),
        };
        let format = Format::of(format.as_object().unwrap()).unwrap();
        let (bad, io) = (BadRecords::new(&metrics), runtime.handle().clone());
        let opener = Opener { locations: Vec::new(), format, bad, io };
        Self { reader: FileReader::start(opener, &context).unwrap(), woken, metrics, _runtime: runtime }
    }

    /// The batches of a file from a position on.
    fn batches(&mut self, path: &Path, position: i64) -> Result<Vec<RawBatch>> {
        let id = path.display().to_string();
        self.reader.add_splits(vec![Split { id, position, data: Vec::new() }])?;
        let mut batches = Vec::new();
        loop {
            match self.reader.poll(10)? {
                Poll::Batch(batch) => batches.push(batch),
                Poll::SplitFinished(_) => return Ok(batches),
                Poll::Pending => self.woken.recv_timeout(Duration::from_secs(20)).unwrap(),
                Poll::Objects(_) => panic!("a file has no objects"),
                Poll::Finished => panic!("the split was not finished"),
            }
        }
    }

    /// Lines with the positions after them.
    fn lines(&mut self, path: &Path, position: i64) -> Vec<(String, i64)> {
        let batches = self.batches(path, position).unwrap();
        let pairs = batches.iter().flat_map(|batch| {
            let texts = batch.values.as_string::<i32>().iter().map(|text| text.unwrap().to_owned());
            texts.zip(batch.positions.clone()).collect::<Vec<_>>()
        });
        pairs.collect()
    }
}

fn text() -> Task {
    Task::new(&json!({"format": "text_line"}))
}

fn pairs(of: &[(&str, i64)]) -> Vec<(String, i64)> {
    of.iter().map(|(text, position)| ((*text).to_owned(), *position)).collect()
}

#[test]
fn lines_come_with_byte_positions_to_go_on_from() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.txt");
    std::fs::write(&file, "one\nzwö\r\n\nlast").unwrap();
    let mut task = text();
    assert_eq!(task.lines(&file, 0), pairs(&[("one", 4), ("zwö", 10), ("", 11), ("last", 15)]));
    assert_eq!(task.lines(&file, 4), pairs(&[("zwö", 10), ("", 11), ("last", 15)]));
    assert_eq!(task.lines(&file, 15), []);
    task.reader.no_more_splits();
    assert!(matches!(task.reader.poll(1).unwrap(), Poll::Finished));
}

#[test]
fn lines_longer_than_a_chunk_are_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("long.txt");
    let long = "x".repeat(700_000);
    std::fs::write(&file, format!("{long}\nshort\n")).unwrap();
    assert_eq!(text().lines(&file, 0), pairs(&[(long.as_str(), 700_001), ("short", 700_007)]));
}

#[test]
fn compressed_files_have_positions_in_their_text() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.txt.gz");
    let mut encoder = GzEncoder::new(std::fs::File::create(&file).unwrap(), Compression::fast());
    encoder.write_all(b"one\ntwo\nthree\n").unwrap();
    encoder.finish().unwrap();
    assert_eq!(text().lines(&file, 4), pairs(&[("two", 8), ("three", 14)]));
}

#[test]
fn a_file_that_is_gone_or_damaged_is_named() {
    assert!(text().batches(Path::new("/gone/away"), 0).unwrap_err().to_string().contains("/gone/away"));
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.gz", "a.deflate"] {
        let file = dir.path().join(name);
        std::fs::write(&file, "this is no such thing").unwrap();
        let error = text().batches(&file, 0).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

fn csv(more: &[(&str, Value)]) -> Task {
    let mut format = json!({"format": "csv", "quote": "\"", "columns": [{"name": "id", "type": "BIGINT"},
                            {"name": "s", "type": "STRING"}]});
    for (name, value) in more {
        format[name] = value.clone();
    }
    Task::new(&format)
}

/// Rows with the positions after them.
fn rows(batches: &[RawBatch]) -> Vec<(Option<i64>, String, i64)> {
    let of = |batch: &RawBatch| {
        let ids = batch.values.as_struct().column(0).as_primitive::<arrow_array::types::Int64Type>().clone();
        let texts = batch.values.as_struct().column(1).as_string::<i32>().clone();
        let row =
            |at: usize| (ids.is_valid(at).then(|| ids.value(at)), texts.value(at).to_owned(), batch.positions[at]);
        (0..batch.len()).map(row).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of).collect()
}

#[test]
fn csv_goes_on_from_every_position() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.csv");
    std::fs::write(&file, "\u{feff}id,s\n1,\"a\nb\"\n2,c\n").unwrap();
    let mut task = csv(&[("header", json!(true)), ("strict_header", json!(true))]);
    let all = rows(&task.batches(&file, 0).unwrap());
    assert_eq!(all, [(Some(1), "a\nb".to_owned(), 16), (Some(2), "c".to_owned(), 20)]);
    assert_eq!(rows(&task.batches(&file, 16).unwrap()), all[1..]);
    std::fs::write(&file, "s,id\na,1\n").unwrap();
    let error = task.batches(&file, 0).unwrap_err().to_string();
    assert!(error.contains("its header is s,id, but the columns of the schema are id,s"), "{error}");
}

#[test]
fn bad_records_fail_the_job_or_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.csv");
    std::fs::write(&file, b"1,a\nx,b\n2\n3,c,d\n4,\"e\"f\n5,\xff\n6,g\n7,\"open\n").unwrap();
    let error = csv(&[]).batches(&file, 0).unwrap_err().to_string();
    assert!(error.contains("begins at byte 4: 'x' in the column 'id' is no BIGINT"), "{error}");
    let mut task = csv(&[("ignore_errors", json!(true))]);
    let sound = rows(&task.batches(&file, 0).unwrap());
    assert_eq!(sound, [(Some(1), "a".to_owned(), 27), (Some(6), "g".to_owned(), 31)]);
    assert_eq!(task.metrics.counter("numRecordsInErrors").get(), 6);
    assert_eq!(rows(&task.batches(&file, 27).unwrap()), sound[1..]);
}
