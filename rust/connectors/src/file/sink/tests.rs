//! The sink as a task uses it, over several lives.

use std::path::Path;

use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::sink::SinkRecord;
use serde_json::{Value, json};

use super::*;

struct Place {
    dir: tempfile::TempDir,
    clock: Clock,
    runtime: tokio::runtime::Runtime,
}

impl Place {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { dir: tempfile::tempdir().unwrap(), clock: Clock::manual(0), runtime }
    }

    fn sink(&self, more: &Value) -> FileSink {
        let mut options = json!({"path": self.dir.path(), "bucket": "base-path"});
        for (name, value) in more.as_object().unwrap() {
            options[name] = value.clone();
        }
        let options = serde_json::from_value(options).unwrap();
        FileSink::with_clock(options, &Configuration::default(), self.clock.clone()).unwrap()
    }

    fn context(&self, subtask: u32, restored_state: Vec<Vec<u8>>) -> WriterContext {
        WriterContext {
            subtask,
            parallelism: 1,
            attempt: 0,
            job_id: "0".repeat(32),
            restored_checkpoint: None,
            restored_state,
            checkpointing: true,
            wake: Arc::new(|| {}),
            io: self.runtime.handle().clone(),
            metrics: MetricGroup::new(&Registry::default(), [("subtask_index", "0")]),
        }
    }

    fn writer(&self, sink: &FileSink, restored_state: Vec<Vec<u8>>) -> Box<dyn SinkWriter> {
        sink.writer(self.context(0, restored_state)).unwrap()
    }

    fn committer(&self) -> FileCommitter {
        FileCommitter { place: place::Place::Disk(self.dir.path().to_owned()) }
    }

    /// Visible files below the directory with their texts.
    fn visible(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        visit(self.dir.path(), &mut |path| {
            let name = path.strip_prefix(self.dir.path()).unwrap().display().to_string();
            if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
                found.push((name, std::fs::read_to_string(path).unwrap()));
            }
        });
        found.sort();
        found
    }

    fn hidden(&self) -> usize {
        let mut count = 0;
        visit(self.dir.path(), &mut |path| {
            count += usize::from(path.file_name().unwrap().to_string_lossy().starts_with('.'));
        });
        count
    }
}

fn visit(path: &Path, f: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { visit(&path, f) } else { f(&path) }
    }
}

fn write(writer: &mut dyn SinkWriter, lines: &[&str]) {
    for line in lines {
        writer.write(&SinkRecord { value: Some(line.as_bytes()), ..SinkRecord::default() }).unwrap();
    }
}

/// A barrier: what is to be committed, and the state.
fn checkpoint(
    writer: &mut dyn SinkWriter,
    id: u64,
    end_of_input: bool,
) -> (Vec<penstock_core::sink::Committable>, Vec<Vec<u8>>) {
    writer.flush(end_of_input).unwrap();
    (writer.prepare_commit(id).unwrap(), writer.snapshot(id).unwrap())
}

fn files(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn lines_become_visible_when_their_checkpoint_is_complete() {
    let place = Place::new();
    let sink = place.sink(&json!({"rolling": {"on_checkpoint": true}, "suffix": ".txt"}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["a", "b"]);
    let (committables, _) = checkpoint(writer.as_mut(), 1, false);
    write(writer.as_mut(), &["c"]);
    assert_eq!(place.visible(), []);
    place.committer().commit(&committables).unwrap();
    place.committer().commit(&committables).unwrap();
    assert_eq!(place.visible(), files(&[("part-0-0.txt", "a\nb\n")]));
}

#[test]
fn a_part_that_was_open_is_cut_back_after_a_kill() {
    let place = Place::new();
    let sink = place.sink(&json!({}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["kept"]);
    let (committables, state) = checkpoint(writer.as_mut(), 1, false);
    assert!(committables.is_empty(), "the part is neither old nor large");
    write(writer.as_mut(), &["written after the checkpoint"]);
    writer.flush(false).unwrap();
    std::mem::forget(writer);

    let mut writer = place.writer(&sink, state);
    write(writer.as_mut(), &["again"]);
    let (committables, _) = checkpoint(writer.as_mut(), 2, true);
    place.committer().commit(&committables).unwrap();
    assert_eq!(place.visible(), files(&[("part-0-0", "kept\n"), ("part-0-1", "again\n")]));
    assert_eq!(place.hidden(), 0);
}

#[test]
fn prepared_parts_are_committed_by_the_next_life() {
    let place = Place::new();
    let sink = place.sink(&json!({"rolling": {"on_checkpoint": true}}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["a"]);
    let (committables, state) = checkpoint(writer.as_mut(), 1, false);
    std::mem::forget(writer);
    let writer = place.writer(&sink, state);
    place.committer().commit(&committables).unwrap();
    assert_eq!(place.visible(), files(&[("part-0-0", "a\n")]));
    drop(writer);
}

#[test]
fn parts_roll_by_size_and_age() {
    let place = Place::new();
    let sink =
        place.sink(&json!({"rolling": {"part_size": 4, "rollover_interval_ms": 1000, "inactivity_interval_ms": 1000}}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["one", "two", "x"]);
    let (first, _) = checkpoint(writer.as_mut(), 1, false);
    assert_eq!(first.len(), 1, "8 bytes are more than 4, so 'x' is in a new part");
    place.clock.set_millis(1000);
    let (second, _) = checkpoint(writer.as_mut(), 2, false);
    place.committer().commit(&[first, second].concat()).unwrap();
    assert_eq!(place.visible(), files(&[("part-0-0", "one\ntwo\n"), ("part-0-1", "x\n")]));
}

#[test]
fn files_of_a_bulk_format_are_closed_at_checkpoints_and_have_a_head() {
    let place = Place::new();
    let format = json!({"format": "lines", "head": "id,s", "end": "\r\n", "bulk": true});
    let sink = place.sink(&json!({"format": format, "rolling": {"part_size": 1}}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["1,a", "2,b"]);
    let (first, _) = checkpoint(writer.as_mut(), 1, false);
    write(writer.as_mut(), &["3,c"]);
    let (second, _) = checkpoint(writer.as_mut(), 2, true);
    place.committer().commit(&[first, second].concat()).unwrap();
    let expected = files(&[("part-0-0", "id,s\r\n1,a\r\n2,b\r\n"), ("part-0-1", "id,s\r\n3,c\r\n")]);
    assert_eq!(place.visible(), expected);
}

#[test]
fn buckets_are_directories_by_the_hour() {
    let place = Place::new();
    let sink = place.sink(&json!({"bucket": "date-time", "zone": "UTC"}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["early"]);
    place.clock.set_millis(3_600_000);
    write(writer.as_mut(), &["late"]);
    let (committables, _) = checkpoint(writer.as_mut(), 1, true);
    place.committer().commit(&committables).unwrap();
    assert_eq!(
        place.visible(),
        files(&[("1970-01-01--00/part-0-0", "early\n"), ("1970-01-01--01/part-0-0", "late\n")])
    );
}

#[test]
fn names_of_an_earlier_job_are_not_reused() {
    let place = Place::new();
    std::fs::write(place.dir.path().join("part-0-4"), "old\n").unwrap();
    let sink = place.sink(&json!({}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["new"]);
    let (committables, _) = checkpoint(writer.as_mut(), 1, true);
    place.committer().commit(&committables).unwrap();
    assert_eq!(place.visible(), files(&[("part-0-4", "old\n"), ("part-0-5", "new\n")]));
}

#[test]
fn what_no_checkpoint_has_is_removed_on_close_and_the_rest_stays() {
    let place = Place::new();
    let sink = place.sink(&json!({}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["a"]);
    writer.close();
    assert_eq!(place.hidden(), 0);
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["b"]);
    checkpoint(writer.as_mut(), 1, false);
    writer.close();
    assert_eq!(place.hidden(), 1, "a checkpoint has this part");
}

#[test]
fn lost_and_damaged_parts_are_named() {
    let place = Place::new();
    let sink = place.sink(&json!({"rolling": {"on_checkpoint": true}}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["a"]);
    let (committables, _) = checkpoint(writer.as_mut(), 1, false);
    visit(place.dir.path(), &mut |path| std::fs::remove_file(path).unwrap());
    let error = place.committer().commit(&committables).unwrap_err().to_string();
    assert!(error.contains("is gone") && error.contains("part-0-0"), "{error}");

    let sink = place.sink(&json!({}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["a"]);
    let (_, state) = checkpoint(writer.as_mut(), 1, false);
    visit(place.dir.path(), &mut |path| std::fs::write(path, "").unwrap());
    let error = sink.writer(place.context(0, state)).err().unwrap().to_string();
    assert!(error.contains("was damaged"), "{error}");
}

#[test]
fn a_directory_that_cannot_be_written_to_is_found_before_the_job_runs() {
    let place = Place::new();
    std::fs::write(place.dir.path().join("file"), "").unwrap();
    let sink = place.sink(&json!({"path": place.dir.path().join("file/below")}));
    assert!(sink.preflight().unwrap_err().to_string().contains("file/below"));
    place.sink(&json!({})).preflight().unwrap();
    assert_eq!(place.hidden(), 0);
    let below = place.dir.path().join("not/there/yet");
    place.sink(&json!({"path": below})).preflight().unwrap();
    assert!(place.dir.path().exists() && !place.dir.path().join("not").exists(), "the trial leaves nothing behind");
}

#[test]
fn small_parts_are_joined_after_some_checkpoints_and_by_the_next_life() {
    let place = Place::new();
    let joining = json!({"rolling": {"on_checkpoint": true}, "compaction": {"checkpoints": 3, "delimiter": [45, 10]}});
    let sink = place.sink(&joining);
    let mut writer = place.writer(&sink, Vec::new());
    let mut state = Vec::new();
    for (id, line) in [(1, "a"), (2, "b")] {
        write(writer.as_mut(), &[line]);
        let (committables, after) = checkpoint(writer.as_mut(), id, false);
        assert!(committables.is_empty(), "they wait for more");
        state = after;
    }
    write(writer.as_mut(), &["never"]);
    let (lost, _) = checkpoint(writer.as_mut(), 3, false);
    assert_eq!(lost.len(), 1);
    std::mem::forget(writer);

    let mut writer = place.writer(&sink, state);
    write(writer.as_mut(), &["c"]);
    let (committables, state) = checkpoint(writer.as_mut(), 3, false);
    assert_eq!((committables.len(), state), (1, Vec::new()));
    assert_eq!(place.visible(), []);
    place.committer().commit(&committables).unwrap();
    place.committer().commit(&committables).unwrap();
    assert_eq!(place.visible(), files(&[("compacted-part-0-0", "a\n-\nb\n-\nc\n")]));
    write(writer.as_mut(), &["d"]);
    let (committables, _) = checkpoint(writer.as_mut(), 4, true);
    place.committer().commit(&committables).unwrap();
    assert_eq!(place.visible().len(), 2, "what is left at the end is not kept back");
    // What the killed life wrote for a checkpoint that never was.
    assert_eq!(place.hidden(), 2);
}

#[test]
fn small_parts_are_joined_when_there_are_enough_bytes() {
    let place = Place::new();
    for (compaction, expected) in [
        (json!({"bytes": 4}), files(&[("compacted-part-0-0", "aa\nb\n")])),
        (json!({"bytes": 4, "identical": true}), files(&[("part-0-0", "aa\n"), ("part-0-1", "b\n")])),
    ] {
        let sink = place.sink(&json!({"rolling": {"on_checkpoint": true}, "compaction": compaction}));
        let mut writer = place.writer(&sink, Vec::new());
        write(writer.as_mut(), &["aa"]);
        assert!(checkpoint(writer.as_mut(), 1, false).0.is_empty());
        write(writer.as_mut(), &["b"]);
        place.committer().commit(&checkpoint(writer.as_mut(), 2, false).0).unwrap();
        assert_eq!(place.visible(), expected);
        assert_eq!(place.hidden(), 0);
        for (name, _) in expected {
            std::fs::remove_file(place.dir.path().join(name)).unwrap();
        }
    }
}

#[test]
fn a_part_that_waited_and_is_gone_is_named() {
    let place = Place::new();
    let sink = place.sink(&json!({"rolling": {"on_checkpoint": true}, "compaction": {"checkpoints": 3}}));
    let mut writer = place.writer(&sink, Vec::new());
    write(writer.as_mut(), &["a"]);
    let (_, state) = checkpoint(writer.as_mut(), 1, false);
    std::mem::forget(writer);
    visit(place.dir.path(), &mut |path| std::fs::remove_file(path).unwrap());
    let error = sink.writer(place.context(0, state)).err().unwrap().to_string();
    assert!(error.contains("part-0-0") && error.contains("has 0 bytes, and not 2"), "{error}");
}

#[test]
fn uploads_are_not_joined() {
    let options = json!({"path": "s3://bucket/out", "compaction": {"checkpoints": 2}});
    let sink = FileSink::new(serde_json::from_value(options).unwrap(), &Configuration::default());
    let error = sink.err().unwrap().to_string();
    assert!(error.contains("enable_compact") && error.contains("s3://bucket/out"), "{error}");
}
