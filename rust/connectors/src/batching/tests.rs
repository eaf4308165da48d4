use std::sync::atomic::{AtomicUsize, Ordering};

use penstock_core::metrics::{MetricGroup, Registry};
use tokio::sync::Semaphore;

use super::*;

/// Takes a batch for each permit that a test gives, and fails at the batch that has this record.
struct Gate {
    permits: Arc<Semaphore>,
    taken: Arc<Mutex<Vec<Vec<u32>>>>,
    bad: Option<u32>,
}

#[async_trait]
impl Destination for Gate {
    type Record = u32;

    async fn send(&self, batch: &[u32]) -> Result<()> {
        self.permits.acquire().await.expect("open").forget();
        if self.bad.is_some_and(|bad| batch.contains(&bad)) {
            return Err(Error::external("the outside is away"));
        }
        self.taken.lock().push(batch.to_vec());
        Ok(())
    }
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    permits: Arc<Semaphore>,
    taken: Arc<Mutex<Vec<Vec<u32>>>>,
    wakes: Arc<AtomicUsize>,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, permits: Arc::new(Semaphore::new(0)), taken: Arc::default(), wakes: Arc::default() }
    }

    fn batcher(&self, records: usize, interval: Option<Duration>, bad: Option<u32>) -> Batcher<Gate> {
        let wakes = Arc::clone(&self.wakes);
        let context = WriterContext {
            subtask: 0,
            parallelism: 1,
            attempt: 0,
            job_id: "0".repeat(32),
            restored_checkpoint: None,
            restored_state: vec![],
            checkpointing: true,
            wake: Arc::new(move || {
                wakes.fetch_add(1, Ordering::SeqCst);
            }),
            io: self.runtime.handle().clone(),
            metrics: MetricGroup::new(&Registry::default(), [("a", "b".to_owned())]),
        };
        let gate = Gate { permits: Arc::clone(&self.permits), taken: Arc::clone(&self.taken), bad };
        Batcher::start(gate, Limits { records, bytes: 100, interval, in_flight: 1 }, &context)
    }
}

fn until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}

#[test]
fn a_batch_goes_when_it_is_full_and_the_rest_with_a_flush() {
    let bench = Bench::new();
    let batcher = bench.batcher(2, None, None);
    bench.permits.add_permits(9);
    for n in 1..=5 {
        batcher.add(n, 1).unwrap();
    }
    batcher.flush().unwrap();
    assert_eq!(*bench.taken.lock(), [vec![1, 2], vec![3, 4], vec![5]]);
    batcher.add(6, 100).unwrap();
    until(|| bench.taken.lock().len() == 4);
}

#[test]
fn while_the_outside_is_slow_nothing_more_is_wanted() {
    let bench = Bench::new();
    let batcher = bench.batcher(1, None, None);
    batcher.add(1, 1).unwrap();
    assert!(batcher.has_capacity(), "one is under way");
    batcher.add(2, 1).unwrap();
    assert!(!batcher.has_capacity(), "and one waits");
    let before = bench.wakes.load(Ordering::SeqCst);
    bench.permits.add_permits(1);
    until(|| bench.wakes.load(Ordering::SeqCst) > before);
    assert!(batcher.has_capacity());
}

#[test]
fn a_record_waits_no_longer_than_the_interval() {
    let bench = Bench::new();
    let batcher = bench.batcher(100, Some(Duration::from_millis(1)), None);
    bench.permits.add_permits(1);
    batcher.add(7, 1).unwrap();
    until(|| *bench.taken.lock() == [[7]]);
}

#[test]
fn after_a_failure_nothing_follows_and_everybody_is_told() {
    let bench = Bench::new();
    let batcher = bench.batcher(1, None, Some(1));
    bench.permits.add_permits(9);
    batcher.add(1, 1).unwrap();
    let _ = batcher.add(2, 1);
    assert_eq!(batcher.flush().unwrap_err().to_string(), "the outside is away");
    assert!(batcher.add(3, 1).is_err() && batcher.has_capacity());
    assert!(bench.taken.lock().is_empty());
}
