//! The limit of a count on RocksDB: a bare loop that reads and writes what the benchmark's job reads and writes, on the
//! same keys and the same settings, through the backend's own `get` and `put`, and does nothing else.
//!
//! `cargo run --release -p penstock-state --example rocksdb_loop -- 1000000 100000 key=value…`: records, keys, settings.

use penstock_core::config::StateBackendKind;
use penstock_core::{Configuration, Error, Result};
use penstock_state::{BackendContext, KeyRef, StateDescriptor, StateKind, create_backend};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok()).filter(|n| *n > 0);
    let (Some(n), Some(keys)) = (number(), number()) else {
        return Err(Error::invalid("usage: rocksdb_loop <records> <keys> [key=value…]"));
    };
    let setting = |text: String| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    count(n, keys, arguments.filter_map(setting).collect())
}

fn count(n: u64, keys: u64, config: Configuration) -> Result<()> {
    let context = BackendContext {
        operator: "count".into(),
        subtask: 0,
        key_groups: 0..=127,
        max_parallelism: 128,
        tmp_dirs: config.tmp_dirs()?,
        processes: 1,
        config,
    };
    let mut backend = create_backend(StateBackendKind::Rocksdb, &context)?;
    let descriptor = StateDescriptor { name: "count".into(), kind: StateKind::Value, declared: "long".into() };
    let state = backend.register(&descriptor)?;
    for x in 0..n {
        let key = if x < keys { x } else { mixed(x, keys) };
        // The job's keys are spread over the key groups too.
        let at = KeyRef { group: (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as u16, bytes: &key.to_be_bytes() };
        let before = backend.get(state, at, &[])?;
        let count = before.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap_or_default())) + 1;
        backend.put(state, at, &[], &count.to_be_bytes())?;
    }
    Ok(())
}

/// The job's key function.
fn mixed(x: u64, keys: u64) -> u64 {
    let x = u128::from(x);
    (((x * x * x * 0x9e37_79b1) >> 20) % u128::from(keys)) as u64
}
