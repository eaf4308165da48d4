//! What an incremental checkpoint of a large state costs: how long the backend stands still, and how much is uploaded.
//!
//! `cargo run --release -p penstock-state --example incremental_pause -- 1024 1` fills a RocksDB backend with 1,024 MB of
//! values of 100 bytes, changes 1 % of them ten times, uniformly, and takes a checkpoint after each time; then it restores
//! the last one. Printed are the median and the maximum of the ten.

use std::time::{Duration, Instant};

use penstock_core::config::StateBackendKind;
use penstock_core::{Configuration, Result};
use penstock_state::{
    BackendContext, CheckpointStorage, KeyRef, KeyedHandle, KeyedStateBackend, StateDescriptor, StateId, StateKind,
    StateLocation, create_backend, restore_keyed, upload_keyed,
};

const VALUE: usize = 100;
const ROUNDS: u64 = 10;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or(0));
    let (megabytes, percent) = (arguments.next().unwrap_or(64).max(1), arguments.next().unwrap_or(1).clamp(1, 100));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let directory = std::env::temp_dir().join(format!("penstock-incremental-{}", std::process::id()));
    let measured = runtime.block_on(measure(&directory, (megabytes << 20) / VALUE as u64, percent));
    if let Err(error) = std::fs::remove_dir_all(&directory) {
        println!("{} is left: {error}", directory.display());
    }
    measured
}

async fn measure(directory: &std::path::Path, entries: u64, percent: u64) -> Result<()> {
    let config: Configuration =
        [("execution.checkpointing.incremental".to_owned(), "true".to_owned())].into_iter().collect();
    let storage = CheckpointStorage::open(&directory.join("checkpoints").display().to_string(), &config)?;
    let job = storage.for_job(&"0".repeat(32))?;
    let mut backend = open(directory, &config)?;
    let descriptor = StateDescriptor { name: "values".into(), kind: StateKind::Value, declared: "bytes".into() };
    let state = backend.register(&descriptor)?;

    let started = Instant::now();
    (0..entries).try_for_each(|key| put(&mut *backend, state, key, 0))?;
    println!("{entries} values of {VALUE} bytes written in {:.1} s", started.elapsed().as_secs_f64());
    let mut random = 1_u64;
    let (mut pauses, mut brought, mut last) = (Vec::new(), Vec::new(), None);
    for checkpoint in 0..=ROUNDS {
        let changed = if checkpoint == 0 { 0 } else { entries * percent / 100 };
        for _ in 0..changed {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            put(&mut *backend, state, (random >> 20) % entries, checkpoint)?;
        }
        let started = Instant::now();
        let frozen = backend.freeze()?;
        let pause = started.elapsed();
        let folder = job.checkpoint(checkpoint);
        let handle = upload_keyed(frozen, &folder, 20 << 10).await?.expect("there is a state");
        backend.checkpoint_complete(checkpoint);
        if checkpoint == 0 {
            println!("the first checkpoint has {} MB; pause {pause:?}", new_bytes(&handle, 0) >> 20);
        } else {
            pauses.push(pause);
            brought.push(new_bytes(&handle, checkpoint) as f64 / handle.length as f64);
        }
        last = Some((folder, handle));
    }
    pauses.sort();
    brought.sort_by(f64::total_cmp);
    let (median, most): (Duration, Duration) = (pauses[pauses.len() / 2], pauses[pauses.len() - 1]);
    println!("pause: median {median:?}, maximum {most:?}");
    let (median, most) = (brought[brought.len() / 2] * 100.0, brought[brought.len() - 1] * 100.0);
    println!("uploaded, of a full checkpoint: median {median:.1} %, maximum {most:.1} %");

    let (folder, handle) = last.expect("there were checkpoints");
    drop(backend);
    let mut restored = open(directory, &config)?;
    let started = Instant::now();
    restore_keyed(&mut *restored, &folder, std::slice::from_ref(&handle), 0..=127).await?;
    let seconds = started.elapsed().as_secs_f64();
    println!("restored {} MB in {seconds:.1} s: {:.0} MB/s", handle.length >> 20, handle.length as f64 / seconds / 1e6);
    Ok(())
}

fn open(directory: &std::path::Path, config: &Configuration) -> Result<Box<dyn KeyedStateBackend>> {
    let context = BackendContext {
        operator: "measured".into(),
        subtask: 0,
        key_groups: 0..=127,
        max_parallelism: 128,
        processes: 1,
        tmp_dirs: vec![directory.join("local")],
        config: config.clone(),
    };
    create_backend(StateBackendKind::Rocksdb, &context)
}

fn put(backend: &mut dyn KeyedStateBackend, state: StateId, key: u64, round: u64) -> Result<()> {
    // Mixed, so that neighbours among the keys are far from each other in the database, and values do not compress.
    let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut value = [0; VALUE];
    for (n, part) in value.chunks_mut(8).enumerate() {
        let bits = (mixed ^ round).wrapping_add(n as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(29);
        part.copy_from_slice(&bits.to_be_bytes()[..part.len()]);
    }
    backend.put(state, KeyRef { group: (mixed >> 57) as u16, bytes: &mixed.to_be_bytes() }, &[], &value)
}

/// Bytes that a checkpoint brought itself.
fn new_bytes(handle: &KeyedHandle, checkpoint: u64) -> u64 {
    let StateLocation::Database(database) = &handle.location else { return handle.length };
    let earlier: u64 =
        database.files.iter().filter(|file| is_of_another(file, checkpoint)).map(|file| file.length).sum();
    handle.length - earlier
}

fn is_of_another(file: &penstock_state::DatabaseFile, checkpoint: u64) -> bool {
    matches!(&file.place, penstock_state::FilePlace::Shared(shared) if shared.checkpoint() != Some(checkpoint))
}
