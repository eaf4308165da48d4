use super::*;
use crate::chain::{ChainNode, Edge, OperatorIdentity};
use crate::context::{OperatorContext, TaskInfo};
use crate::native_lane::NativeLane;
use arrow_array::Int64Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parking_lot::Mutex;
use penstock_core::event::StreamEvent;
use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::task_cell::TaskCell;

/// Ten times each number, or, where it filters, those that are even. Says which batches it was called with.
struct Times10 {
    filters: bool,
    calls: Seen,
}

type Seen = Arc<Mutex<Vec<String>>>;

impl BatchFunction for Times10 {
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    fn call(&mut self, records: &BatchValues) -> Result<BatchResult> {
        let numbers = numbers(records);
        self.calls.lock().push(format!("call {numbers:?}"));
        if self.filters {
            let kept = numbers.iter().enumerate().filter(|(_, n)| *n % 2 == 0).map(|(row, _)| row);
            return Ok(BatchResult::Kept(kept.collect()));
        }
        let results: Vec<i64> = numbers.iter().map(|n| n * 10).collect();
        Ok(BatchResult::Values(
            match records {
                BatchValues::Objects(_) => BatchValues::Objects(results.into_iter().map(Object::from_value).collect()),
                BatchValues::Columns(_) => BatchValues::Columns(columns(&results, None).data().clone()),
            },
            None,
        ))
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

fn numbers(records: &BatchValues) -> Vec<i64> {
    match records {
        BatchValues::Objects(objects) => objects.iter().map(|o| *o.downcast_ref::<i64>().unwrap()).collect(),
        BatchValues::Columns(batch) => batch.column(0).as_primitive::<Int64Type>().values().to_vec(),
    }
}

fn columns(values: &[i64], times: Option<Vec<i64>>) -> ColumnBatch {
    ColumnBatch::of_records(Arc::new(Int64Array::from(values.to_vec())), times).unwrap()
}

/// Writes down what arrives.
struct Writing(Seen);

impl Operator for Writing {
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, _out: &mut Outputs) -> Result<()> {
        self.0.lock().push(format!("{}@{timestamp}", value.downcast_ref::<i64>().unwrap()));
        Ok(())
    }

    fn process_columns(&mut self, batch: &ColumnBatch, _out: &mut Outputs) -> Result<()> {
        let values = numbers(&BatchValues::Columns(batch.data().clone()));
        self.0.lock().push(format!("{values:?}@{:?}", batch.timestamps().unwrap_or_default()));
        Ok(())
    }

    fn watermark(&mut self, time: i64, _out: &mut Outputs) -> Result<()> {
        self.0.lock().push(format!("w {time}"));
        Ok(())
    }
}

/// Runs words through an operator of batches of at most 3 records that may wait for 10 ms, at the time 0: `3@30` is a
/// record, `[1, 2]` are columns, `w 5` a watermark, `at 7` a look at the timers at that time.
fn run(filters: bool, words: &str) -> String {
    let seen = Seen::default();
    let (clock, metrics) = (Clock::manual(0), MetricGroup::new(&Registry::default(), [("name", "n")]));
    let function = Box::new(Times10 { filters, calls: Arc::clone(&seen) });
    let bounds = BatchBounds { batch_size: 3, max_wait_ms: 10 };
    let info = TaskInfo {
        operator_name: "f".to_owned(),
        task_name: "f".to_owned(),
        subtask: 0,
        parallelism: 1,
        max_parallelism: 1,
        attempt: 0,
        job_id: String::new(),
        job_parameters: Arc::default(),
    };
    let context = Arc::new(TaskCell::new(OperatorContext::new(info, clock.clone(), metrics.clone())));
    let operator = BatchesOperator::new(function, context, Arc::new(NativeLane), &clock, bounds);
    let id = |name: &str| {
        let (uid_hash, name) = (String::new(), name.to_owned());
        OperatorIdentity { uid_hash, name, subtask: 0, parallelism: 1 }
    };
    let end = ChainNode::new(id("end"), Box::new(Writing(Arc::clone(&seen))), vec![], vec![], &metrics);
    let mut node = ChainNode::new(id("f"), Box::new(operator), vec![Edge::Chained(Box::new(end))], vec![], &metrics);
    for word in words.split(", ") {
        match word.split_once(' ').unwrap_or((word, "")) {
            ("w", time) => node.handle(&StreamEvent::Watermark(time.parse().unwrap())),
            ("at", time) => {
                clock.set_millis(time.parse().unwrap());
                node.for_each(&mut |_, operator, out| operator.fire_timers(clock.now_millis(), out))
            }
            ("barrier", _) => node.for_each(&mut |_, operator, out| operator.flush(out)),
            ("idle", _) => node.handle(&StreamEvent::Idle),
            ("end", _) => node.handle(&StreamEvent::EndOfData { drain: false }),
            ("c", values) => {
                let values: Vec<i64> = values.split(' ').map(|value| value.parse().unwrap()).collect();
                node.process_columns(&columns(&values, Some(values.clone())))
            }
            (record, _) => {
                let (value, time) = record.split_once('@').unwrap();
                node.process(0, Object::from_value(value.parse::<i64>().unwrap()), time.parse().unwrap())
            }
        }
        .unwrap();
    }
    let seen = seen.lock();
    seen.join(", ")
}

#[test]
fn a_batch_is_processed_when_it_is_full_or_has_waited() {
    assert_eq!(run(false, "1@1, 2@2, 3@3, 4@4"), "call [1, 2, 3], 10@1, 20@2, 30@3");
    assert_eq!(run(false, "at 5, 1@1, at 14"), "");
    assert_eq!(run(false, "at 5, 1@1, at 15"), "call [1], 10@1");
    assert_eq!(run(false, "at 0, 1@1, 2@2, 3@3, at 5, 4@4, at 14"), run(false, "1@1, 2@2, 3@3"), "a time of its own");
}

#[test]
fn a_watermark_waits_for_the_records_before_it_and_for_no_other() {
    assert_eq!(run(false, "w 1, 2@2, w 2, 3@3, w 3, at 10"), "w 1, call [2, 3], 20@2, 30@3, w 3");
    assert_eq!(run(false, "2@2, w 2, at 10, w 4"), "call [2], 20@2, w 2, w 4");
}

#[test]
fn nothing_waits_across_a_barrier_an_idle_input_or_the_end() {
    for word in ["barrier", "idle", "end"] {
        assert_eq!(run(false, &format!("1@1, w 1, {word}, at 10")), "call [1], 10@1, w 1", "{word}");
    }
}

#[test]
fn columns_are_cut_and_put_together_and_kept_apart_from_objects() {
    assert_eq!(
        run(false, "c 1 2, c 3 4 5 6 7, end"),
        "call [1, 2, 3], [10, 20, 30]@[1, 2, 3], call [4, 5, 6], [40, 50, 60]@[4, 5, 6], call [7], [70]@[7]"
    );
    assert_eq!(run(false, "1@1, c 2, 3@3, end"), "call [1], 10@1, call [2], [20]@[2], call [3], 30@3");
}

#[test]
fn what_a_filter_keeps_keeps_its_time() {
    assert_eq!(run(true, "1@7, 2@8, 4@9"), "call [1, 2, 4], 2@8, 4@9");
    assert_eq!(run(true, "c 1 2 4, c 1, end"), "call [1, 2, 4], [2, 4]@[2, 4], call [1]");
}
