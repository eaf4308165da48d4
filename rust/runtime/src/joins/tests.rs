//! The operator on both backends. Records are texts `key:name`; what leaves is written as `left+right@time`, late records
//! as `late name`.

use std::sync::Arc;

use parking_lot::Mutex;
use penstock_core::config::StateBackendKind;
use penstock_core::event::{Alignment, Barrier, StreamEvent};
use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::task_cell::TaskCell;
use penstock_core::{Clock, Configuration, NO_TIMESTAMP, Object, Result};
use penstock_state::backend::{FrozenState, KeyRef, KeyedStateBackend};
use penstock_state::keyed::KeyedState;
use penstock_state::{BackendContext, create_backend};

use super::interval::{IntervalJoin, SideParts};
use crate::chain::{ChainNode, Edge, OperatorIdentity, Outputs};
use crate::context::{OperatorContext, SharedContext, TaskInfo};
use crate::lane::{JoinFunction, ObjectLane};
use crate::operators::Operator;
use crate::operators::function::{FunctionParts, function_operator};
use crate::testing::RustLane;
use crate::timers::{TimeDomain, Timers};

const BACKENDS: [StateBackendKind; 2] = [StateBackendKind::Hashmap, StateBackendKind::Rocksdb];

fn name(value: &Object) -> &str {
    let text = value.downcast_ref::<String>().expect("a text");
    text.split_once(':').map_or("", |(_, name)| name)
}

struct Pairs;

impl JoinFunction for Pairs {
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    fn join(&mut self, [left, right]: [&Object; 2], times: [i64; 2], out: &mut Outputs) -> Result<()> {
        out.emit(Object::from_value(format!("{}+{}", name(left), name(right))), times[0].max(times[1]))
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Writes down what it gets.
struct Written(Arc<Mutex<Vec<String>>>, bool);

impl Operator for Written {
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, _out: &mut Outputs) -> Result<()> {
        let text = value.downcast_ref::<String>().expect("a text");
        self.0.lock().push(if self.1 { format!("late {}", name(&value)) } else { format!("{text}@{timestamp}") });
        Ok(())
    }
}

struct Harness {
    node: ChainNode,
    context: SharedContext,
    written: Arc<Mutex<Vec<String>>>,
}

fn identity(name: &str) -> OperatorIdentity {
    OperatorIdentity { uid_hash: name.to_owned(), name: name.to_owned(), subtask: 0, parallelism: 1 }
}

impl Harness {
    fn new(
        kind: StateBackendKind,
        bounds: (i64, i64),
        late_output: Option<&str>,
        frozen: Option<&dyn FrozenState>,
    ) -> Self {
        let lane = RustLane::default();
        let codec = || lane.load(&[]).unwrap().codec(None).unwrap();
        let mut backend = create_backend(kind, &backend_context()).unwrap();
        if let Some(frozen) = frozen {
            copy(frozen, &mut *backend);
        }
        let info = TaskInfo {
            operator_name: "Interval Join".to_owned(),
            task_name: "Interval Join".to_owned(),
            subtask: 0,
            parallelism: 1,
            max_parallelism: 128,
            attempt: 0,
            job_id: String::new(),
            job_parameters: Arc::default(),
        };
        let metrics = MetricGroup::new(&Registry::default(), [("job_id", "j")]);
        let mut context = OperatorContext::new(info, Clock::manual(0), metrics.clone());
        context.timers = Timers::restore(&mut *backend, codec(), None, false, "Interval Join").unwrap();
        context.keyed = Some(KeyedState::new(backend, Clock::manual(0), 1 << 20));
        let context = Arc::new(TaskCell::new(context));
        let side = || SideParts { codec: codec(), declared: None, late_output: late_output.map(ToOwned::to_owned) };
        let join = IntervalJoin::new(Box::new(Pairs), Arc::clone(&context), bounds, [side(), side()]).unwrap();
        let parts = FunctionParts {
            context: Arc::clone(&context),
            lane: Arc::new(lane),
            reduce: None,
            uses_context: false,
            without_key: None,
        };
        let written = Arc::default();
        let into = |name: &str, late| {
            let sink = Box::new(Written(Arc::clone(&written), late));
            Edge::Chained(Box::new(ChainNode::new(identity(name), sink, Vec::new(), Vec::new(), &metrics)))
        };
        let (main, side) = (vec![into("pairs", false)], vec![("late".to_owned(), vec![into("late", true)])]);
        let mut node = ChainNode::new(identity("join"), function_operator(join, parts), main, side, &metrics);
        node.open().unwrap();
        Self { node, context, written }
    }

    /// Takes a record of an input and says what leaves.
    fn record(&mut self, input: usize, record: &str, time: i64) -> String {
        let key = record.split(':').next().unwrap_or_default();
        let reference = KeyRef { group: 7, bytes: key.as_bytes() };
        self.node.operator.set_key(Object::from_value(key.to_owned()), reference, time).unwrap();
        self.node.process(input, Object::from_value(record.to_owned()), time).unwrap();
        std::mem::take(&mut *self.written.lock()).join(", ")
    }

    fn watermark(&mut self, time: i64) {
        self.node.handle(&StreamEvent::Watermark(time)).unwrap();
    }

    fn frozen(&mut self) -> Box<dyn FrozenState> {
        let barrier = Barrier { checkpoint_id: 1, timestamp: 0, native: false, alignment: Alignment::Aligned };
        self.node.operator.snapshot(&barrier).unwrap().keyed.expect("keyed state")
    }

    /// How many records and timers are kept.
    fn kept(&mut self) -> (usize, bool) {
        let frozen = self.frozen();
        let mut entries = 0;
        let buffers: Vec<_> = frozen.descriptors().iter().map(|d| d.name.ends_with("_BUFFER")).collect();
        for group in frozen.key_groups() {
            let count = &mut |state: penstock_state::StateId, _: &[u8], _: &[u8], _: &[u8]| {
                entries += usize::from(buffers[state.0 as usize]);
                Ok(())
            };
            frozen.scan_group(group, count).unwrap();
        }
        let timers = self.context.with(|c| c.timers.next(TimeDomain::EventTime).is_some()).unwrap();
        (entries, timers)
    }
}

fn backend_context() -> BackendContext {
    BackendContext {
        operator: "join".to_owned(),
        subtask: 0,
        key_groups: 0..=127,
        max_parallelism: 128,
        tmp_dirs: Vec::new(),
        processes: 1,
        config: Configuration::default(),
    }
}

/// Brings the entries of a snapshot into another backend, as a restore does.
fn copy(frozen: &dyn FrozenState, backend: &mut dyn KeyedStateBackend) {
    let ids: Vec<_> = frozen.descriptors().iter().map(|d| backend.register(d).unwrap()).collect();
    for group in frozen.key_groups() {
        frozen
            .scan_group(group, &mut |state, bytes, map_key, value| {
                backend.put(ids[state.0 as usize], KeyRef { group, bytes }, map_key, value)
            })
            .unwrap();
    }
}

#[test]
fn partners_are_within_the_bounds_and_of_one_key() {
    for kind in BACKENDS {
        let mut join = Harness::new(kind, (-2, 1), None, None);
        assert_eq!(join.record(0, "k:a", 10), "");
        assert_eq!(join.record(1, "k:v", 7), "", "too early");
        assert_eq!(join.record(1, "k:w", 8), "a+w@10");
        assert_eq!(join.record(1, "k:x", 11), "a+x@11");
        assert_eq!(join.record(1, "k:y", 12), "", "too late");
        assert_eq!(join.record(1, "other:z", 10), "", "another key");
        assert_eq!(join.record(0, "k:b", 10), "b+w@10, b+x@11");
        assert_eq!(join.record(1, "k:u", 9), "a+u@10, b+u@10", "records of the same time, in their order");
    }
}

#[test]
fn records_go_when_no_partner_can_come() {
    for kind in BACKENDS {
        let mut join = Harness::new(kind, (5, 10), None, None);
        for n in 0..20 {
            join.record(0, &format!("k:{n}"), n / 10);
            join.record(1, &format!("k:{n}"), n / 10);
        }
        assert_eq!(join.kept(), (40, true));
        join.watermark(9);
        assert_eq!(join.kept(), (20, true), "right records pair only with earlier ones");
        join.watermark(10);
        assert_eq!(join.kept(), (10, true));
        assert_eq!(join.record(1, "k:last", 10).split(", ").count(), 10);
        join.watermark(11);
        assert_eq!(join.kept(), (0, false));
    }
}

#[test]
fn late_records_are_dropped_or_go_to_their_side_output() {
    for late_output in [None, Some("late")] {
        let mut join = Harness::new(StateBackendKind::Hashmap, (-5, 5), late_output, None);
        assert_eq!(join.record(0, "k:a", 3), "");
        join.watermark(5);
        assert_eq!(join.record(1, "k:b", 5), "a+b@5", "not behind the watermark");
        let late = if late_output.is_some() { "late c" } else { "" };
        assert_eq!(join.record(1, "k:c", 4), late);
        let dropped = join.context.with(|c| c.metrics.counter("numLateRecordsDropped").get()).unwrap();
        assert_eq!(dropped, i64::from(late_output.is_none()));
    }
}

#[test]
fn a_record_without_event_time_is_an_error() {
    let mut join = Harness::new(StateBackendKind::Hashmap, (0, 5), None, None);
    let reference = KeyRef { group: 7, bytes: b"k" };
    join.node.operator.set_key(Object::from_value("k".to_owned()), reference, NO_TIMESTAMP).unwrap();
    let error = join.node.process(0, Object::from_value("k:a".to_owned()), NO_TIMESTAMP).unwrap_err();
    assert!(error.to_string().contains("assign_timestamps_and_watermarks"), "{error}");
}

#[test]
fn buffers_and_timers_outlive_a_restore_on_either_backend() {
    for (before, after) in [(BACKENDS[0], BACKENDS[1]), (BACKENDS[1], BACKENDS[0])] {
        let mut join = Harness::new(before, (-5, 5), None, None);
        join.record(0, "k:a", 3);
        join.record(0, "k:b", 3);
        let frozen = join.frozen();
        let mut restored = Harness::new(after, (-5, 5), None, Some(&*frozen));
        assert_eq!(restored.record(0, "k:c", 3), "");
        assert_eq!(restored.record(1, "k:x", 4), "a+x@4, b+x@4, c+x@4");
        restored.watermark(9);
        assert_eq!(restored.kept(), (0, false));
    }
}
