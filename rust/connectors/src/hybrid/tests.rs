use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::source::Poll;

use super::*;
use crate::sequence::{SequenceOptions, SequenceSource};

fn numbers(from: i64, to: i64) -> Arc<dyn Source> {
    Arc::new(SequenceSource::new(&SequenceOptions { from, to }).unwrap())
}

fn hybrid() -> HybridSource {
    HybridSource::new(vec![numbers(1, 2), numbers(11, 12), numbers(21, 21)]).unwrap()
}

fn ids(splits: &[Split]) -> Vec<&str> {
    splits.iter().map(|split| split.id.as_str()).collect()
}

fn reader(source: &HybridSource, runtime: &tokio::runtime::Runtime) -> Box<dyn SourceReader> {
    let context = ReaderContext {
        subtask: 0,
        parallelism: 1,
        wake: Arc::new(|| {}),
        io: runtime.handle().clone(),
        metrics: MetricGroup::new(&Registry::default(), [("a", "b".to_owned())]),
    };
    source.reader(context).unwrap()
}

#[test]
fn the_next_source_begins_when_all_splits_of_one_were_read() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut enumerator = hybrid().enumerator(2, None).unwrap();
    let look = |enumerator: &mut Box<dyn SplitEnumerator>| runtime.block_on(enumerator.discover()).unwrap();
    assert_eq!(ids(&look(&mut enumerator)), ["0|0", "0|1"]);
    assert!(!enumerator.split_finished("0|0"), "one is still read");
    assert!(enumerator.split_finished("0|1") && !enumerator.is_complete());
    assert_eq!(ids(&look(&mut enumerator)), ["1|0", "1|1"]);
    assert!(!enumerator.split_finished("0|1"), "that is over");
    assert!(!enumerator.split_finished("1|0") && enumerator.split_finished("1|1"));
    assert_eq!(ids(&look(&mut enumerator)), ["2|0"]);
    assert!(enumerator.is_complete());
    assert!(!enumerator.split_finished("2|0"), "nothing comes behind the last");
}

#[test]
fn a_restored_enumerator_waits_for_what_readers_had() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut enumerator = hybrid().enumerator(2, None).unwrap();
    let found = runtime.block_on(enumerator.discover()).unwrap();
    let snapshot = enumerator.snapshot();

    let mut restored = hybrid().enumerator(1, Some(&snapshot)).unwrap();
    restored.restored(&found[1..]);
    assert!(runtime.block_on(restored.discover()).unwrap().is_empty(), "the other was read before the checkpoint");
    assert!(restored.split_finished("0|1"));

    let mut restored = hybrid().enumerator(1, Some(&snapshot)).unwrap();
    restored.restored(&[]);
    assert_eq!(ids(&runtime.block_on(restored.discover()).unwrap()), ["1|0"], "all was read before the checkpoint");
    let fewer = HybridSource::new(vec![numbers(1, 2)]).unwrap();
    let error = fewer.enumerator(1, Some(&restored.snapshot())).err().unwrap().to_string();
    assert_eq!(error, "the checkpoint is at source 2 of a hybrid source that has 1 now");
}

#[test]
fn a_reader_gives_the_records_of_each_source_under_its_own_splits() {
    let (runtime, source) = (tokio::runtime::Runtime::new().unwrap(), hybrid());
    let mut enumerator = source.enumerator(1, None).unwrap();
    let mut reader = reader(&source, &runtime);
    let mut seen = Vec::new();
    reader.add_splits(runtime.block_on(enumerator.discover()).unwrap()).unwrap();
    loop {
        match reader.poll(10).unwrap() {
            Poll::Batch(batch) => seen.push(format!("{} of {}", batch.len(), batch.split)),
            Poll::SplitFinished(id) => {
                if enumerator.split_finished(&id) {
                    reader.add_splits(runtime.block_on(enumerator.discover()).unwrap()).unwrap();
                }
                if enumerator.is_complete() {
                    reader.no_more_splits();
                }
            }
            Poll::Finished => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["2 of 0|0", "2 of 1|0", "1 of 2|0"]);
}
