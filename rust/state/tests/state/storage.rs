//! Checkpoint folders on a local disk and in an object store in memory.

use std::path::Path;

use bytes::Bytes;
use penstock_core::{Configuration, Error};
use penstock_state::{CheckpointMetadata, CheckpointStorage, StateLocation, newest_of};

use crate::snapshots::block_on;

const JOB: &str = "0123456789abcdef0123456789abcdef";
const OTHER_JOB: &str = "ffffffffffffffffffffffffffffffff";

fn metadata(job_id: &str, job_name: &str, checkpoint_id: u64, timestamp: i64) -> CheckpointMetadata {
    let (job_id, job_name) = (job_id.to_owned(), job_name.to_owned());
    CheckpointMetadata {
        format_version: 3,
        job_id,
        job_name,
        checkpoint_id,
        timestamp,
        is_savepoint: false,
        operators: vec![],
        earlier_jobs: vec![],
    }
}

fn local(dir: &Path) -> CheckpointStorage {
    CheckpointStorage::open(&dir.display().to_string(), &Configuration::default()).expect("a local path")
}

/// Runs a test on a directory and on an object store.
fn on_each(test: impl AsyncFn(CheckpointStorage)) {
    let dir = tempfile::tempdir().expect("a directory");
    block_on(test(local(&dir.path().join("not/there/yet"))));
    block_on(test(CheckpointStorage::in_memory()));
}

#[test]
fn state_and_metadata_come_back() {
    on_each(async |storage| {
        storage.check_writable().await.expect("writable");
        let job = storage.for_job(JOB).expect("a job id");
        job.prepare().await.expect("prepared");
        let folder = job.checkpoint(7);
        let location = folder.write_state(Bytes::from_static(b"0123456789")).await.expect("written");
        let empty = folder.write_state(Bytes::new()).await.expect("written");
        let url = folder.write_metadata(&metadata(JOB, "name", 7, 1)).await.expect("written");
        assert!(url.ends_with(&format!("{JOB}/chk-7")), "{url}");

        assert_eq!(folder.read_metadata().await.expect("read"), metadata(JOB, "name", 7, 1));
        let StateLocation::File(name) = &location else { panic!("a file") };
        assert_eq!(folder.read(name, 2..5).await.expect("read"), "234");
        assert!(folder.read(name, 5..11).await.is_err(), "beyond the end");
        assert_eq!(folder.read_state(&location).await.expect("read"), "0123456789");
        assert_eq!(folder.read_state(&empty).await.expect("read"), "");
        assert!(folder.read("../../secret", 0..1).await.is_err());
    });
}

#[test]
fn a_checkpoint_is_completed_once() {
    on_each(async |storage| {
        let folder = storage.for_job(JOB).expect("a job id").checkpoint(1);
        folder.write_metadata(&metadata(JOB, "a", 1, 1)).await.expect("first");
        folder.write_metadata(&metadata(JOB, "a", 1, 1)).await.expect("the same again, as after a lost answer");
        let error = folder.write_metadata(&metadata(JOB, "b", 1, 2)).await.expect_err("another writer").to_string();
        assert!(error.contains("exists already"), "{error}");
        assert_eq!(folder.read_metadata().await.expect("read").job_name, "a");
    });
}

#[test]
fn completed_checkpoints_are_listed_newest_first() {
    on_each(async |storage| {
        for (job, name, id, time) in
            [(JOB, "a", 1, 10), (JOB, "a", 2, 30), (OTHER_JOB, "b", 9, 20), (OTHER_JOB, "b", 10, 40)]
        {
            storage
                .for_job(job)
                .expect("a job id")
                .checkpoint(id)
                .write_metadata(&metadata(job, name, id, time))
                .await
                .expect("written");
        }
        let incomplete = storage.for_job(JOB).expect("a job id").checkpoint(3);
        incomplete.write_state(Bytes::from_static(b"x")).await.expect("written");
        let listed = storage.list_completed().await.expect("listed");
        assert_eq!(listed.iter().map(|c| c.checkpoint_id).collect::<Vec<_>>(), [10, 2, 9, 1]);
        assert_eq!(newest_of(&listed, "a").map(|c| (c.job_id.as_str(), c.checkpoint_id)), Some((JOB, 2)));
        assert!(newest_of(&listed, "c").is_none());
        let error = incomplete.read_metadata().await.expect_err("incomplete").to_string();
        assert!(error.contains("was never completed"), "{error}");
    });
}

#[test]
fn nothing_is_listed_where_nothing_is() {
    on_each(async |storage| assert!(storage.list_completed().await.expect("listed").is_empty()));
}

#[test]
fn discarding_removes_the_folder_and_nothing_else() {
    on_each(async |storage| {
        let job = storage.for_job(JOB).expect("a job id");
        for id in [1, 10] {
            job.checkpoint(id).write_state(Bytes::from_static(b"x")).await.expect("written");
            job.checkpoint(id).write_metadata(&metadata(JOB, "a", id, 1)).await.expect("written");
        }
        job.checkpoint(1).discard().await.expect("discarded");
        job.checkpoint(1).discard().await.expect("twice does no harm");
        assert!(job.checkpoint(1).read_metadata().await.is_err());
        job.checkpoint(10).read_metadata().await.expect("chk-10 is not chk-1");
        job.discard_all().await.expect("discarded");
        assert!(storage.list_completed().await.expect("listed").is_empty());
    });
}

#[test]
fn a_damaged_newest_checkpoint_is_not_passed_over() {
    let dir = tempfile::tempdir().expect("a directory");
    block_on(async {
        let storage = local(dir.path());
        for id in [1, 2] {
            storage
                .for_job(JOB)
                .expect("a job id")
                .checkpoint(id)
                .write_metadata(&metadata(JOB, "a", id, id as i64))
                .await
                .expect("written");
        }
        let file = dir.path().join(JOB).join("chk-2/_metadata");
        let bytes = std::fs::read(&file).expect("read");
        for damaged in [&bytes[..bytes.len() - 3], &bytes[..10], &[]] {
            std::fs::write(&file, damaged).expect("written");
            let listed = storage.list_completed().await.expect("listed");
            let newest = newest_of(&listed, "a").expect("found");
            assert_eq!(newest.checkpoint_id, 2);
            let error = newest.metadata.as_ref().expect_err("damaged").to_string();
            assert!(error.contains("chk-2/_metadata is damaged"), "{error}");
        }
    });
}

#[test]
fn a_path_may_be_the_folder_or_the_file_in_any_spelling() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = Configuration::default();
    block_on(async {
        let folder = local(dir.path()).for_job(JOB).expect("a job id").checkpoint(4);
        folder.write_metadata(&metadata(JOB, "a", 4, 1)).await.expect("written");
        let path = dir.path().join(JOB).join("chk-4").display().to_string();
        for text in [
            path.clone(),
            format!("{path}/"),
            format!("{path}/_metadata"),
            format!("file://{path}"),
            format!("file://{path}/_metadata"),
        ] {
            let opened = CheckpointStorage::checkpoint_at(&text, &config).expect("a path");
            assert_eq!(opened.read_metadata().await.expect(&text).checkpoint_id, 4);
        }
        let above =
            CheckpointStorage::checkpoint_at(&dir.path().join(JOB).display().to_string(), &config).expect("a path");
        let error = above.read_metadata().await.expect_err("the job's folder").to_string();
        assert!(error.contains("holds chk-4: name one of these"), "{error}");
        let nowhere = CheckpointStorage::checkpoint_at("/nowhere/chk-1", &config).expect("a path");
        let error = nowhere.read_metadata().await.expect_err("nothing there").to_string();
        assert!(error.contains("there is no checkpoint at file:///nowhere/chk-1"), "{error}");
        assert!(CheckpointStorage::checkpoint_at(" ", &config).is_err());
    });
}

#[test]
fn a_checkpoint_moves_with_its_folder() {
    let dir = tempfile::tempdir().expect("a directory");
    block_on(async {
        let folder = local(dir.path()).for_job(JOB).expect("a job id").checkpoint(4);
        let location = folder.write_state(Bytes::from_static(b"state")).await.expect("written");
        folder.write_metadata(&metadata(JOB, "a", 4, 1)).await.expect("written");
        let moved = dir.path().join("moved");
        std::fs::rename(dir.path().join(JOB).join("chk-4"), &moved).expect("moved");
        let opened =
            CheckpointStorage::checkpoint_at(&moved.display().to_string(), &Configuration::default()).expect("a path");
        opened.read_metadata().await.expect("read");
        assert_eq!(opened.read_state(&location).await.expect("read"), "state");
    });
}

#[test]
fn a_directory_that_cannot_be_written_is_named_with_its_key() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let dir = file.path().join("below-a-file");
    let error = block_on(local(&dir).check_writable()).expect_err("not a directory");
    assert!(matches!(error, Error::Invalid(_)));
    let text = error.to_string();
    assert!(text.starts_with("execution.checkpointing.dir: ") && text.contains(&dir.display().to_string()), "{text}");
}

#[test]
fn an_unfinished_file_goes_away() {
    let dir = tempfile::tempdir().expect("a directory");
    block_on(async {
        let folder = local(dir.path()).for_job(JOB).expect("a job id").checkpoint(1);
        let mut aborted = folder.state_writer().await.expect("begun");
        aborted.write(Bytes::from_static(b"x")).await.expect("written");
        aborted.abort().await;
        drop(folder.state_writer().await.expect("begun"));
        let left = std::fs::read_dir(dir.path().join(JOB).join("chk-1")).expect("the folder").count();
        assert_eq!(left, 0);
    });
}

#[test]
fn the_configuration_says_where() {
    let config = |entries: &[(&str, &str)]| {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Configuration>()
    };
    let url = |entries: &[(&str, &str)]| {
        CheckpointStorage::from_config(&config(entries)).map(|s| (s.url().to_owned(), s.is_durable()))
    };
    assert_eq!(url(&[]).expect("memory"), ("memory://".into(), false));
    assert_eq!(url(&[("state.checkpoints.dir", "/a/b/")]).expect("old name"), ("file:///a/b".into(), true));
    assert!(
        !url(&[("execution.checkpointing.dir", "/a"), ("execution.checkpointing.storage", "jobmanager")])
            .expect("memory")
            .1
    );
    assert!(url(&[("execution.checkpointing.dir", "hdfs://a/b")]).is_err());
}

#[test]
fn savepoints_have_folders_of_their_own() {
    on_each(async |storage| {
        let (one, two) = (storage.savepoint(JOB), storage.savepoint(JOB));
        assert_ne!(one.url(), two.url());
        let name = one.url().rsplit('/').next().map(str::to_owned).expect("a name");
        assert!(name.starts_with("savepoint-012345-") && name.len() == 29, "{name}");
        one.write_metadata(&CheckpointMetadata { is_savepoint: true, ..metadata(JOB, "a", 1, 1) })
            .await
            .expect("written");
        assert!(storage.list_completed().await.expect("listed").is_empty(), "savepoints are not found by themselves");
    });
}

#[test]
fn a_job_id_is_no_path() {
    let storage = CheckpointStorage::in_memory();
    for bad in ["", "..", "../../../../../../../../../../etc/", "0123456789abcdef0123456789abcde/"] {
        assert!(storage.for_job(bad).is_err(), "{bad}");
    }
}
