//! What a checkpoint or savepoint consists of: the content of its `_metadata` file.
//!
//! # File format, version 3
//!
//! | bytes | what |
//! |---|---|
//! | 8 | magic `PSTKMETA` |
//! | 4 | format version, little endian |
//! | 8 | length of the body, little endian |
//! | n | body |
//! | 4 | CRC-32C of everything before, little endian |
//!
//! The body is written field by field in the order of the structs below. A number is a varint (seven bits a byte, lowest
//! first), a text or byte string has its length in front, a list its number of items, an optional field a byte 0 or 1.
//! A later version may add fields at the end of the body, after a new version number; older readers refuse it by name.
//!
//! Version 2 had no channels at the end of a subtask's state, version 1 neither databases (location 2) nor the list of
//! earlier jobs at the end; both are still read.
//!
//! Locations of state files are relative to the folder that holds `_metadata`, so that the folder can be moved whole.
//! Files that several checkpoints share are named by their job, and lie in `<job id>/shared` beside or above that
//! folder: such a checkpoint can be moved only with the whole directory.

mod channels;
mod database;
mod decode;
mod encode;

pub use channels::{ChannelHandle, EdgeName};
pub(crate) use database::is_table;
pub use database::{DatabaseFile, DatabaseFiles, FilePlace, SharedFile, is_database_file};
pub(crate) use decode::peek_job_name;

use std::ops::RangeInclusive;

use bytes::Bytes;

/// The version that is written.
pub const FORMAT_VERSION: u32 = 3;
const MAGIC: &[u8; 8] = b"PSTKMETA";
const HEADER: usize = 20;
const CHECKSUM: usize = 4;

/// A whole checkpoint or savepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointMetadata {
    /// Version of the file it was read from; [`FORMAT_VERSION`] for a new one.
    pub format_version: u32,
    /// The job that wrote it, 32 hex digits.
    pub job_id: String,
    /// The job's name, by which a later run finds its predecessor.
    pub job_name: String,
    /// The checkpoint's number.
    pub checkpoint_id: u64,
    /// When it was triggered, in milliseconds since the epoch.
    pub timestamp: i64,
    /// Whether a user asked for it and owns it.
    pub is_savepoint: bool,
    /// What each operator contributes.
    pub operators: Vec<OperatorState>,
    /// Earlier jobs whose folders belong to this one, because it went on from their last checkpoint.
    pub earlier_jobs: Vec<String>,
}

/// The state of one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorState {
    /// Identifies the operator over restarts, 32 hex digits.
    pub uid_hash: String,
    /// The uid the user gave.
    pub uid: Option<String>,
    /// The operator's name, for messages.
    pub name: String,
    /// Number of subtasks.
    pub parallelism: u32,
    /// Number of key groups.
    pub max_parallelism: u32,
    /// State of the operator's coordinator, such as a source's enumerator.
    pub coordinator: Option<Vec<u8>>,
    /// What each subtask contributes.
    pub subtasks: Vec<SubtaskState>,
}

/// The state of one subtask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubtaskState {
    /// Index of the subtask, from 0.
    pub index: u32,
    /// Keyed state, in as many pieces as were written.
    pub keyed: Vec<KeyedHandle>,
    /// Operator state by name.
    pub operator_states: Vec<OperatorStateEntry>,
    /// Whether the subtask had finished.
    pub finished: bool,
    /// What was on its way to the subtask; only of a vertex's first operator, in unaligned checkpoints.
    pub channels: Vec<ChannelHandle>,
}

/// Keyed state of a range of key groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedHandle {
    /// Where it is.
    pub location: StateLocation,
    /// Its length in bytes.
    pub length: u64,
    /// The key groups it holds.
    pub key_groups: RangeInclusive<u16>,
}

/// Where the bytes of a state are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateLocation {
    /// A file, relative to the folder of `_metadata`.
    File(String),
    /// In `_metadata` itself.
    Inline(Bytes),
    /// The files of a database.
    Database(Box<DatabaseFiles>),
}

/// An operator state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorStateEntry {
    /// Its name.
    pub name: String,
    /// How it is distributed on restore.
    pub mode: OperatorStateMode,
    /// Its elements.
    pub elements: Vec<Vec<u8>>,
}

/// How the elements of an operator state are distributed over the subtasks on restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorStateMode {
    /// Each element goes to one subtask.
    Split,
    /// Every subtask gets all elements of all.
    Union,
    /// Every subtask has the same and gets it back.
    Broadcast,
}

/// Whether a location is a relative path that stays in its folder.
#[must_use]
pub fn is_safe_location(location: &str) -> bool {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    location.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::StateDescriptor;

    fn database() -> DatabaseFiles {
        let file = |name: &str, place| DatabaseFile { name: name.into(), place, length: 9, checksum: 0xdead_beef };
        let (job, name) = ("0123456789abcdef0123456789abcdef".into(), "41-0f0f".into());
        let kind = crate::backend::StateKind::Map;
        DatabaseFiles {
            states: vec![StateDescriptor { name: "counts".into(), kind, declared: "MAP<STRING, BIGINT>".into() }],
            files: vec![
                file("CURRENT", FilePlace::Inline(Bytes::from_static(b"MANIFEST-4"))),
                file("MANIFEST-000004", FilePlace::Own("a2".into())),
                file("000012.sst", FilePlace::Shared(SharedFile { job, name })),
            ],
        }
    }

    pub(super) fn example() -> CheckpointMetadata {
        let keyed = |location| KeyedHandle { location, length: 4, key_groups: 0..=63 };
        let element = |mode, elements| OperatorStateEntry { name: format!("{mode:?}"), mode, elements };
        let subtask = SubtaskState {
            index: 0,
            keyed: vec![
                keyed(StateLocation::File("a1".into())),
                keyed(StateLocation::Inline(Bytes::from_static(b"data"))),
                keyed(StateLocation::Database(Box::new(database()))),
            ],
            operator_states: vec![
                element(OperatorStateMode::Split, vec![vec![1], vec![]]),
                element(OperatorStateMode::Union, vec![]),
                element(OperatorStateMode::Broadcast, vec![vec![0; 300]]),
            ],
            finished: false,
            channels: vec![ChannelHandle {
                edge: EdgeName {
                    from: "00112233445566778899aabbccddeeff".into(),
                    side: Some("late".into()),
                    input: 1,
                    number: 0,
                    exchange: "hash".into(),
                    declared: "STRING".into(),
                },
                persisted: 7,
                location: StateLocation::File("a3".into()),
                length: 40,
            }],
        };
        let source = OperatorState {
            uid_hash: "00112233445566778899aabbccddeeff".into(),
            uid: Some("source".into()),
            name: "Quelle: Ümläute".into(),
            parallelism: 2,
            max_parallelism: 128,
            coordinator: Some(vec![9, 8, 7]),
            subtasks: vec![subtask, SubtaskState { index: 1, finished: true, ..SubtaskState::default() }],
        };
        let sink = OperatorState { uid: None, coordinator: None, subtasks: vec![], ..source.clone() };
        CheckpointMetadata {
            format_version: FORMAT_VERSION,
            job_id: "0123456789abcdef0123456789abcdef".into(),
            job_name: "sessions".into(),
            checkpoint_id: 42,
            timestamp: 1_700_000_000_123,
            is_savepoint: false,
            operators: vec![source, sink],
            earlier_jobs: vec!["ffeeddccbbaa99887766554433221100".into()],
        }
    }

    #[test]
    fn metadata_comes_back() {
        let bytes = example().encode();
        assert_eq!(CheckpointMetadata::decode(&bytes, "test").expect("whole"), example());
        assert_eq!(&bytes[..8], MAGIC);
    }

    #[test]
    fn the_versions_before_are_read() {
        let mut example = example();
        example.operators[0].subtasks[0].channels.clear();
        let second = CheckpointMetadata { format_version: 2, ..example.clone() };
        assert_eq!(CheckpointMetadata::decode(&second.encode_version(2), "test").expect("whole"), second);
        example.operators[0].subtasks[0].keyed.pop();
        let first = CheckpointMetadata { format_version: 1, earlier_jobs: vec![], ..example };
        assert_eq!(CheckpointMetadata::decode(&first.encode_version(1), "test").expect("whole"), first);
    }

    #[test]
    fn files_of_a_database_stay_in_their_folders() {
        let damaged = |change: &dyn Fn(&mut DatabaseFile)| {
            let mut metadata = example();
            let mut files = database();
            change(&mut files.files[2]);
            metadata.operators[0].subtasks[0].keyed[2].location = StateLocation::Database(Box::new(files));
            CheckpointMetadata::decode(&metadata.encode(), "test").is_err()
        };
        let shared = |job: &str, name: &str| SharedFile { job: job.into(), name: name.into() };
        assert!(!damaged(&|_| {}));
        assert!(damaged(&|file| file.name = "../000012.sst".into()));
        assert!(damaged(&|file| file.place = FilePlace::Own("../x".into())));
        assert!(damaged(&|file| file.place = FilePlace::Shared(shared("..", "x"))));
        assert!(damaged(&|file| file.place = FilePlace::Shared(shared("", "../x"))));
        assert!(
            !damaged(&|file| file.place = FilePlace::Shared(shared("", "7-x"))),
            "jobs without folders of their own"
        );
    }

    #[test]
    fn every_truncation_is_an_error_that_says_so() {
        let bytes = example().encode();
        for length in 0..bytes.len() {
            let error = CheckpointMetadata::decode(&bytes[..length], "the file").expect_err("truncated").to_string();
            assert!(error.contains("the file"), "{length}: {error}");
        }
    }

    #[test]
    fn a_truncated_file_still_tells_the_jobs_name() {
        let bytes = example().encode();
        assert_eq!(peek_job_name(&bytes[..bytes.len() / 2]).as_deref(), Some("sessions"));
        assert_eq!(peek_job_name(&bytes[..HEADER + 30]), None);
    }

    #[test]
    fn every_flipped_bit_is_an_error() {
        let bytes = example().encode();
        for position in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[position / 8] ^= 1 << (position % 8);
            assert!(CheckpointMetadata::decode(&flipped, "test").is_err(), "bit {position}");
        }
    }

    /// The checksum guards against accidents; the parser has to stand also what carries a right one.
    #[test]
    fn damage_under_a_right_checksum_does_no_harm() {
        let bytes = example().encode();
        let end = bytes.len() - CHECKSUM;
        for position in HEADER..end {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut changed = bytes[..end].to_vec();
                changed[position] = value;
                changed.extend_from_slice(&crc32c::crc32c(&changed).to_le_bytes());
                // Some changes only alter a text or number; what matters is that nothing panics or allocates wildly.
                let _ = CheckpointMetadata::decode(&changed, "test");
            }
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let mut bytes = example().encode();
        bytes[8] = 4;
        let error = CheckpointMetadata::decode(&bytes, "chk-1/_metadata").expect_err("newer").to_string();
        assert!(error.contains("format version 4") && error.contains("newer Penstock"), "{error}");
    }

    #[test]
    fn another_engines_file_is_recognised() {
        let error = CheckpointMetadata::decode(&[0x49, 0x60, 0x67, 0x2d, 0, 0, 0, 4, 0, 0], "x")
            .expect_err("Flink's")
            .to_string();
        assert!(error.contains("Apache Flink"), "{error}");
    }

    #[test]
    fn locations_stay_in_their_folder() {
        for good in ["a", "a/b.sst", "0f0f-12"] {
            assert!(is_safe_location(good), "{good}");
        }
        for bad in ["", "..", "../x", "a/../b", "/etc/passwd", "a//b", "s3://b/x", "a\\b", "./a"] {
            assert!(!is_safe_location(bad), "{bad}");
            let mut metadata = example();
            metadata.operators[0].subtasks[0].keyed[0].location = StateLocation::File(bad.into());
            assert!(CheckpointMetadata::decode(&metadata.encode(), "test").is_err(), "{bad}");
        }
    }
}
