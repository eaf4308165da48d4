//! The operator with calls that a test ends by hand. Records are their own times; what leaves is written as `value@time`,
//! watermarks as `W time`.

use parking_lot::Mutex;
use penstock_core::clock::MAX_WATERMARK;
use penstock_core::event::{Alignment, StreamEvent};
use penstock_core::metrics::{MetricGroup, Registry};

use super::*;
use crate::chain::{ChainNode, Edge, OperatorIdentity};
use crate::testing::RustLane;

/// What the function was called with, and the ends that the test has set.
#[derive(Clone, Default)]
struct ByHand(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    begun: Vec<(u64, i64)>,
    ended: Vec<(u64, CallEnd)>,
    /// Whether every call returns as soon as it is waited for.
    at_once: bool,
}

impl ByHand {
    /// Ends the calls for these records.
    fn end(&self, records: &[i64]) {
        let mut state = self.0.lock();
        for record in records {
            let (number, _) = *state.begun.iter().find(|(_, value)| value == record).expect("a call for the record");
            state.ended.push((number, CallEnd::Returned(Object::from_value(record * 100))));
        }
    }

    fn begun(&self) -> Vec<i64> {
        self.0.lock().begun.iter().map(|(_, value)| *value).collect()
    }
}

impl AsyncFunction for ByHand {
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    fn begin(&mut self, records: Vec<(u64, Object)>) -> Result<()> {
        let mut state = self.0.lock();
        for (number, value) in records {
            let value = *value.downcast_ref::<i64>().expect("a number");
            state.begun.push((number, value));
            if state.at_once {
                state.ended.push((number, CallEnd::Returned(Object::from_value(value * 100))));
            }
        }
        Ok(())
    }

    fn has_ended(&self) -> bool {
        !self.0.lock().ended.is_empty()
    }

    fn take_ended(&mut self) -> Vec<(u64, CallEnd)> {
        std::mem::take(&mut self.0.lock().ended)
    }

    fn emit(&mut self, returned: Object, _record: &Object, timestamp: i64, out: &mut Outputs) -> Result<()> {
        out.emit(returned, timestamp)
    }

    fn error(&mut self, _raised: Object, record: &Object) -> Error {
        Error::user("raised", record.downcast_ref::<i64>().map(i64::to_string))
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Writes down what it gets.
struct Written(Arc<Mutex<Vec<String>>>);

impl Operator for Written {
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, _out: &mut Outputs) -> Result<()> {
        let value = value.downcast_ref::<i64>().expect("a number");
        self.0.lock().push(format!("{value}@{timestamp}"));
        Ok(())
    }

    fn watermark(&mut self, time: i64, _out: &mut Outputs) -> Result<()> {
        self.0.lock().push(format!("W {time}"));
        Ok(())
    }
}

struct Harness {
    node: ChainNode,
    calls: ByHand,
    mailbox: Mailbox,
    written: Arc<Mutex<Vec<String>>>,
}

impl Harness {
    fn new(ordered: bool, capacity: usize, restored: &RestoredOperator) -> Self {
        let (calls, mailbox, written) = (ByHand::default(), Mailbox::default(), Arc::default());
        let lane = RustLane::default();
        let parts = AsyncWaitParts {
            function: Box::new(calls.clone()),
            codec: lane.load(&[]).unwrap().codec(None).unwrap(),
            lane: Arc::new(lane),
            mailbox: mailbox.clone(),
            capacity,
            ordered,
            keeps_bytes: false,
        };
        let metrics = MetricGroup::new(&Registry::default(), [("job_id", "j")]);
        let identity = |name: &str| OperatorIdentity {
            uid_hash: name.to_owned(),
            name: name.to_owned(),
            subtask: 0,
            parallelism: 1,
        };
        let sink = Box::new(Written(Arc::clone(&written)));
        let sink = ChainNode::new(identity("written"), sink, Vec::new(), Vec::new(), &metrics);
        let operator = Box::new(AsyncWaitOperator::new(parts, restored).unwrap());
        let edges = vec![Edge::Chained(Box::new(sink))];
        let mut node = ChainNode::new(identity("async wait operator"), operator, edges, Vec::new(), &metrics);
        node.open().unwrap();
        Self { node, calls, mailbox, written }
    }

    fn records(&mut self, records: &[i64]) {
        for record in records {
            self.node.process(0, Object::from_value(*record), *record).unwrap();
        }
        self.node.end_of_batch(Instant::now()).unwrap();
    }

    fn watermark(&mut self, time: i64) {
        self.node.handle(&StreamEvent::Watermark(time)).unwrap();
    }

    /// Ends the calls for these records and says what has left since the last time.
    fn end(&mut self, records: &[i64]) -> String {
        self.calls.end(records);
        while self.node.operator.has_completed() {
            self.mailbox.signal().lower();
            self.node.operator.take_completed(&mut self.node.out).unwrap();
        }
        std::mem::take(&mut *self.written.lock()).join(", ")
    }

    fn snapshot(&mut self) -> RestoredOperator {
        let barrier = Barrier { checkpoint_id: 1, timestamp: 0, native: false, alignment: Alignment::Aligned };
        let operator = self.node.operator.snapshot(&barrier).unwrap().operator;
        RestoredOperator { checkpoint_id: Some(1), operator }
    }
}

#[test]
fn unordered_results_overtake_each_other_but_no_watermark() {
    let mut harness = Harness::new(false, 10, &RestoredOperator::default());
    harness.watermark(0);
    harness.records(&[1, 2, 3]);
    harness.watermark(5);
    harness.records(&[6, 7]);
    harness.watermark(9);
    assert_eq!(harness.end(&[7, 3]), "W 0, 300@3");
    assert_eq!(harness.end(&[1]), "100@1");
    assert_eq!(harness.end(&[2]), "200@2, W 5, 700@7");
    assert_eq!(harness.end(&[6]), "600@6, W 9");
}

#[test]
fn ordered_results_leave_in_the_order_of_records() {
    let mut harness = Harness::new(true, 10, &RestoredOperator::default());
    harness.records(&[1, 2]);
    harness.watermark(5);
    harness.records(&[6]);
    assert_eq!(harness.end(&[6, 2]), "");
    assert_eq!(harness.end(&[1]), "100@1, 200@2, W 5, 600@6");
}

#[test]
fn a_full_queue_takes_nothing_and_asks_for_attention() {
    let mut harness = Harness::new(false, 2, &RestoredOperator::default());
    harness.records(&[1]);
    assert!(harness.node.has_capacity() && !harness.mailbox.signal().is_raised());
    harness.node.process(0, Object::from_value(2_i64), 2).unwrap();
    assert!(!harness.node.has_capacity() && harness.mailbox.signal().is_raised());
    assert_eq!(harness.calls.begun(), [1, 2]);
    assert_eq!(harness.end(&[2]), "200@2");
    assert!(harness.node.has_capacity());
}

#[test]
fn calls_begin_before_a_checkpoint_is_taken() {
    let mut harness = Harness::new(true, 10, &RestoredOperator::default());
    harness.node.process(0, Object::from_value(1_i64), 1).unwrap();
    assert!(harness.calls.begun().is_empty());
    harness.node.operator.flush(&mut harness.node.out).unwrap();
    assert_eq!(harness.calls.begun(), [1]);
}

#[test]
fn records_without_a_result_are_called_with_again_after_a_restore() {
    let mut harness = Harness::new(true, 10, &RestoredOperator::default());
    harness.records(&[1, 2, 3]);
    assert_eq!(harness.end(&[1, 3]), "100@1");
    let mut restored = Harness::new(true, 10, &harness.snapshot());
    assert_eq!(restored.calls.begun(), [2, 3]);
    restored.records(&[4]);
    assert_eq!(restored.end(&[4, 3, 2]), "200@2, 300@3, 400@4");
    assert!(restored.snapshot().elements(WAITING_STATE).is_empty());
}

#[test]
fn the_end_of_data_waits_for_all_results() {
    let mut harness = Harness::new(false, 2, &RestoredOperator::default());
    harness.records(&[1]);
    harness.watermark(MAX_WATERMARK);
    let calls = harness.calls.clone();
    let signal = harness.mailbox.signal().clone();
    let other = std::thread::spawn(move || {
        calls.end(&[1]);
        signal.raise();
    });
    harness.node.handle(&StreamEvent::EndOfData { drain: true }).unwrap();
    assert_eq!(harness.end(&[]), format!("100@1, W {MAX_WATERMARK}"));
    other.join().unwrap();
}

#[test]
fn a_record_that_yields_many_waits_for_room_until_it_is_cancelled() {
    let mut harness = Harness::new(false, 2, &RestoredOperator::default());
    harness.calls.0.lock().at_once = true;
    for record in 0..1_000 {
        harness.node.process(0, Object::from_value(record), record).unwrap();
    }
    harness.calls.0.lock().at_once = false;
    harness.mailbox.send(crate::mailbox::Mail::Cancel);
    let cancelled = (0..10_000).find_map(|n| harness.node.process(0, Object::from_value(n), n).err());
    assert!(matches!(cancelled, Some(Error::Cancelled)));
}

#[test]
fn what_a_call_raises_names_its_record() {
    let mut harness = Harness::new(true, 2, &RestoredOperator::default());
    harness.records(&[1, 2]);
    let number = harness.calls.0.lock().begun[1].0;
    harness.calls.0.lock().ended.push((number, CallEnd::Raised(Object::from_value(0_i64))));
    let error = harness.node.operator.take_completed(&mut harness.node.out).unwrap_err();
    assert!(error.to_string().contains("while processing the record 2"), "{error}");
}
