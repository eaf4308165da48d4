//! The window operators, with records and watermarks as a table and what they emit as another.
//!
//! `a:1 @ 3` is a record of the key `a`, `~ 9` a watermark, `clock 50` moves the machine's clock, and `restore 2` takes a
//! snapshot, from which two subtasks go on.

use std::sync::Arc;

use parking_lot::Mutex;
use penstock_core::event::{Alignment, Barrier, StreamEvent};
use penstock_core::key_group::{assign_key_group, java_bytes_hash};
use penstock_core::metrics::{MetricGroup, Registry};
use penstock_core::task_cell::TaskCell;
use penstock_core::{Clock, Configuration, Object, Result, config::StateBackendKind};
use penstock_plan::{FunctionShape, WindowSpec};
use penstock_state::backend::{FrozenState, KeyRef, KeyedStateBackend};
use penstock_state::keyed::KeyedState;
use penstock_state::{BackendContext, create_backend};
use serde_json::{Value, json};

use super::{Window, WindowParts};
use crate::chain::{ChainNode, Edge, OperatorIdentity, Outputs};
use crate::context::{OperatorContext, TaskInfo};
use crate::lane::{FunctionCall, Functions};
use crate::operators::Operator;
use crate::operators::function::FunctionParts;
use crate::testing::RustLane;
use crate::timers::Timers;

const KEY_GROUPS: u16 = 128;

/// Writes down what it gets.
struct Recorder {
    prefix: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Operator for Recorder {
    fn process(&mut self, _input: usize, value: Object, timestamp: i64, _out: &mut Outputs) -> Result<()> {
        let text = value.downcast_ref::<String>().expect("a text");
        self.lines.lock().push(format!("{}{text} @ {timestamp}", self.prefix));
        Ok(())
    }
}

struct Harness {
    spec: WindowSpec,
    kind: StateBackendKind,
    clock: Clock,
    lines: Arc<Mutex<Vec<String>>>,
    metrics: Registry,
    subtasks: Vec<(std::ops::RangeInclusive<u16>, ChainNode)>,
    watermark: i64,
    checkpoint: u64,
}

impl Harness {
    fn new(spec: &Value, kind: StateBackendKind) -> Self {
        let spec = serde_json::from_value(spec.clone()).expect("a window operator");
        let (lines, metrics) = (Arc::default(), Registry::default());
        let clock = Clock::manual(0);
        let mut made =
            Self { spec, kind, clock, lines, metrics, subtasks: Vec::new(), watermark: i64::MIN, checkpoint: 0 };
        made.start(1, &[]);
        made
    }

    fn node(
        &self,
        name: &str,
        operator: Box<dyn Operator>,
        main: Vec<Edge>,
        side: Vec<(String, Vec<Edge>)>,
    ) -> ChainNode {
        let id = OperatorIdentity { uid_hash: String::new(), name: name.to_owned(), subtask: 0, parallelism: 1 };
        ChainNode::new(id, operator, main, side, &MetricGroup::new(&self.metrics, [("name", name)]))
    }

    fn recorder(&self, prefix: &'static str) -> Vec<Edge> {
        let recorder = Recorder { prefix, lines: Arc::clone(&self.lines) };
        vec![Edge::Chained(Box::new(self.node("recorder", Box::new(recorder), vec![], vec![])))]
    }

    /// Starts subtasks with what `frozen` has.
    fn start(&mut self, parallelism: u16, frozen: &[Box<dyn FrozenState>]) {
        self.subtasks.clear();
        for subtask in 0..parallelism {
            let groups = subtask * KEY_GROUPS / parallelism..=(subtask + 1) * KEY_GROUPS / parallelism - 1;
            let context = BackendContext {
                operator: "windows".to_owned(),
                subtask: subtask.into(),
                key_groups: groups.clone(),
                max_parallelism: KEY_GROUPS.into(),
                tmp_dirs: Vec::new(),
                processes: 1,
                config: Configuration::default(),
            };
            let mut backend = create_backend(self.kind, &context).expect("a backend");
            for frozen in frozen {
                restore(&mut *backend, &**frozen);
            }
            let mut node = self.node("windows", self.operator(backend), self.recorder(""), {
                vec![("late".to_owned(), self.recorder("late: "))]
            });
            node.open().expect("opened");
            if self.watermark > i64::MIN {
                node.handle(&StreamEvent::Watermark(self.watermark)).expect("a watermark");
            }
            self.subtasks.push((groups, node));
        }
    }

    fn operator(&self, mut backend: Box<dyn KeyedStateBackend>) -> Box<dyn Operator> {
        let info = TaskInfo {
            operator_name: "windows".to_owned(),
            task_name: "windows".to_owned(),
            subtask: 0,
            parallelism: 1,
            max_parallelism: KEY_GROUPS.into(),
            attempt: 0,
            job_id: String::new(),
            job_parameters: Arc::default(),
        };
        let mut lane = RustLane::default().with("show", |call| {
            let window = match call.window.expect("a window") {
                Window::Time { start, end } => format!("[{start}, {end})"),
                other => format!("{other:?}"),
            };
            let contents = call.value.downcast_ref::<String>().expect("a text");
            call.emit(Object::from_value(format!("{window} {contents}")))
        });
        let mut context =
            OperatorContext::new(info, self.clock.clone(), MetricGroup::new(&self.metrics, [("name", "windows")]));
        let codec = lane.codec(None).expect("a codec");
        context.timers = Timers::restore(&mut *backend, Arc::clone(&codec), None, true, "windows").expect("timers");
        context.keyed = Some(KeyedState::new(backend, self.clock.clone(), 1 << 20));
        let parts = FunctionParts {
            context: Arc::new(TaskCell::new(context)),
            lane: Arc::new(lane.clone()),
            reduce: None,
            uses_context: false,
            without_key: None,
        };
        let call = FunctionCall { shape: FunctionShape::Window, keyed: true, output_type: None, side_outputs: &[] };
        lane.window("show", &call, WindowParts { spec: self.spec.clone(), codec }, parts).expect("an operator")
    }

    fn line(&mut self, line: &str) {
        if let Some(time) = line.strip_prefix("~ ") {
            self.watermark = time.parse().expect("a time");
            for (_, node) in &mut self.subtasks {
                node.handle(&StreamEvent::Watermark(self.watermark)).expect("a watermark");
            }
        } else if let Some(time) = line.strip_prefix("clock ") {
            self.clock.set_millis(time.parse().expect("a time"));
            let now = self.clock.now_millis();
            for (_, node) in &mut self.subtasks {
                node.operator.fire_timers(now, &mut node.out).expect("timers");
            }
        } else if line == "end of key" {
            let (_, node) = &mut self.subtasks[0];
            node.end_of_key().expect("the windows of the key");
        } else if let Some(parallelism) = line.strip_prefix("restore ") {
            self.checkpoint += 1;
            let (checkpoint_id, alignment) = (self.checkpoint, Alignment::Aligned);
            let barrier = Barrier { checkpoint_id, timestamp: 0, native: false, alignment };
            let frozen: Vec<_> = self
                .subtasks
                .iter_mut()
                .map(|(_, node)| node.operator.snapshot(&barrier).expect("a snapshot").keyed.expect("keyed"))
                .collect();
            self.start(parallelism.parse().expect("a number"), &frozen);
        } else {
            let (record, time) = line.split_once(" @ ").expect("a record");
            self.record(record, time.parse().expect("a time"));
        }
    }

    fn record(&mut self, record: &str, time: i64) {
        let key = record.split(':').next().expect("a key");
        let group = assign_key_group(java_bytes_hash(key.as_bytes()), KEY_GROUPS.into());
        let (_, node) = self.subtasks.iter_mut().find(|(groups, _)| groups.contains(&group)).expect("a subtask");
        let bytes = key.as_bytes();
        node.operator.set_key(Object::from_value(key.to_owned()), KeyRef { group, bytes }, time).expect("a key");
        node.process(0, Object::from_value(record.to_owned()), time).expect("processed");
    }
}

fn restore(backend: &mut dyn KeyedStateBackend, frozen: &dyn FrozenState) {
    let ids: Vec<_> = frozen.descriptors().iter().map(|d| backend.register(d).expect("a state")).collect();
    for group in backend.key_groups().filter(|group| frozen.key_groups().contains(group)) {
        let put = &mut |state: penstock_state::StateId, bytes: &[u8], map_key: &[u8], value: &[u8]| {
            backend.put(ids[usize::from(state.0)], KeyRef { group, bytes }, map_key, value)
        };
        frozen.scan_group(group, put).expect("entries");
    }
}

/// What comes out of a window operator on both backends, line by line.
fn table(spec: &Value, input: &str) -> Vec<String> {
    let run = |kind| {
        let mut harness = Harness::new(spec, kind);
        input.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| harness.line(line));
        harness.lines.lock().clone()
    };
    let lines = run(StateBackendKind::Hashmap);
    assert_eq!(run(StateBackendKind::Rocksdb), lines, "the other backend");
    lines
}

fn spec(assigner: &Value, trigger: &Value) -> Value {
    json!({"assigner": assigner, "trigger": trigger, "contents": "reduce"})
}

fn event_time(assigner: &Value) -> Value {
    spec(assigner, &json!({"kind": "event_time"}))
}

fn tumbling() -> Value {
    event_time(&json!({"kind": "tumbling", "event_time": true, "size": 10}))
}

fn sessions() -> Value {
    event_time(&json!({"kind": "session", "event_time": true, "gap": 10}))
}

fn with(mut spec: Value, name: &str, value: Value) -> Value {
    spec[name] = value;
    spec
}

#[test]
fn tumbling_windows_fire_at_their_end() {
    let input = "
        a:1 @ 3
        b:1 @ 9
        a:2 @ 12
        a:3 @ 5
        ~ 8
        ~ 9
        ~ 30";
    assert_eq!(table(&tumbling(), input), ["[0, 10) a:1 a:3 @ 9", "[0, 10) b:1 @ 9", "[10, 20) a:2 @ 19"]);
}

#[test]
fn late_records_go_to_the_side_or_are_counted() {
    let input = "
        a:1 @ 3
        ~ 9
        a:2 @ 4
        a:3 @ 12
        ~ 20";
    let beside = with(tumbling(), "late_output", json!("late"));
    assert_eq!(table(&beside, input), ["[0, 10) a:1 @ 9", "late: a:2 @ 4", "[10, 20) a:3 @ 19"]);
    let mut counted = Harness::new(&tumbling(), StateBackendKind::Hashmap);
    for line in ["a:1 @ 3", "~ 9", "a:2 @ 4"] {
        counted.line(line);
    }
    let metrics = counted.metrics.snapshot();
    let dropped = metrics.iter().find(|m| m.name == "numLateRecordsDropped").expect("the counter");
    assert_eq!(dropped.value.as_f64().to_string(), "1");
}

#[test]
fn within_the_allowed_lateness_a_record_fires_its_window_again() {
    let lateness = with(with(tumbling(), "allowed_lateness", json!(5)), "late_output", json!("late"));
    let input = "
        a:1 @ 3
        ~ 9
        a:2 @ 4
        ~ 14
        a:3 @ 5";
    assert_eq!(table(&lateness, input), ["[0, 10) a:1 @ 9", "[0, 10) a:1 a:2 @ 4", "late: a:3 @ 5"]);
    let purging = spec(&lateness["assigner"], &json!({"kind": "purging", "trigger": {"kind": "event_time"}}));
    let purging = with(with(purging, "allowed_lateness", json!(5)), "late_output", json!("late"));
    assert_eq!(table(&purging, input), ["[0, 10) a:1 @ 9", "[0, 10) a:2 @ 4", "late: a:3 @ 5"]);
}

/// Sums differ by nothing but who adds: each record to all its windows, or once to its slice.
#[test]
fn sliding_windows_with_slices_and_without_are_the_same() {
    let input = "
        a:1 @ 3
        a:2 @ 17
        b:1 @ 4
        a:3 @ 12
        ~ 10
        a:4 @ 5
        a:5 @ 11
        restore 3
        ~ 14
        a:6 @ 29
        a:7 @ 6
        a:8 @ 20
        ~ 19
        restore 1
        a:9 @ 100
        ~ 70
        ~ 200";
    for (size, slide, offset) in [(10, 5, 0), (20, 5, 0), (20, 5, 2), (15, 6, 1), (7, 5, 0)] {
        let sliding = json!({"kind": "sliding", "event_time": true, "size": size, "slide": slide, "offset": offset});
        let plain = with(with(event_time(&sliding), "late_output", json!("late")), "contents", json!("aggregate"));
        let sliced = table(&with(plain.clone(), "slices", json!(true)), input);
        // Records of a slice are merged in the order of slices, not of their coming.
        let sorted = |lines: Vec<String>| -> Vec<String> {
            let words = |line: &String| {
                let (window, rest) = line.split_once(") ").unwrap_or(("", line));
                let (contents, time) = rest.split_once(" @ ").expect("a time");
                let mut contents: Vec<_> = contents.split(' ').collect();
                contents.sort_unstable();
                format!("{window}) {} @ {time}", contents.join(" "))
            };
            let mut lines: Vec<_> = lines.iter().map(words).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(sliced), sorted(table(&plain, input)), "{sliding}");
    }
}

#[test]
fn sessions_merge_in_any_order() {
    let input = "
        a:1 @ 0
        a:2 @ 18
        a:3 @ 9
        b:1 @ 40
        ~ 27
        ~ 60";
    assert_eq!(table(&sessions(), input), ["[0, 28) a:1 a:2 a:3 @ 27", "[40, 50) b:1 @ 49"]);
}

/// Merging goes on where it was, also when the sessions of a key were moved to another subtask in between.
#[test]
fn sessions_merge_across_restores_and_other_parallelisms() {
    let records = [
        "a:1 @ 30", "b:1 @ 5", "c:1 @ 12", "a:2 @ 0", "c:2 @ 31", "b:2 @ 14", "a:3 @ 9", "d:1 @ 3", "c:3 @ 22",
        "a:4 @ 18", "b:3 @ 40", "a:5 @ 25", "d:2 @ 60",
    ];
    let ends = ["~ 20", "~ 39", "~ 200"];
    let plain: Vec<&str> = records.iter().chain(&ends).copied().collect();
    let expected = sorted(table(&sessions(), &plain.join("\n")));
    assert!(expected.contains(&"[0, 40) a:1 a:2 a:3 a:4 a:5 @ 39".to_owned()), "{expected:?}");
    let restores = ["restore 3", "restore 1", "restore 2", "restore 4"];
    let mut interrupted = Vec::new();
    for (line, restore) in plain.iter().zip(restores.iter().cycle()) {
        interrupted.extend([*line, restore]);
    }
    assert_eq!(sorted(table(&sessions(), &interrupted.join("\n"))), expected);
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn a_session_that_is_late_is_not_kept() {
    let late = with(sessions(), "late_output", json!("late"));
    let input = "
        a:1 @ 26
        ~ 25
        a:2 @ 3
        a:3 @ 16
        ~ 50";
    // The third record's own session would be over, but what it joins is not.
    assert_eq!(table(&late, input), ["late: a:2 @ 3", "[16, 36) a:1 a:3 @ 35"]);
}

#[test]
fn triggers_of_merging_windows_merge() {
    let counting = spec(&sessions()["assigner"], &json!({"kind": "count", "size": 3}));
    let input = "
        a:1 @ 0
        a:2 @ 18
        a:3 @ 9
        a:4 @ 11
        ~ 60";
    assert_eq!(table(&counting, input), ["[0, 28) a:1 a:2 a:3 @ 9"]);
    let continuous = spec(&sessions()["assigner"], &json!({"kind": "continuous_event_time", "interval": 10}));
    let input = "
        a:1 @ 3
        a:2 @ 11
        ~ 10
        a:3 @ 19
        ~ 25
        ~ 40";
    assert_eq!(
        table(&continuous, input),
        ["[3, 21) a:1 a:2 @ 10", "[3, 29) a:1 a:2 a:3 @ 20", "[3, 29) a:1 a:2 a:3 @ 28"]
    );
}

#[test]
fn windows_of_processing_time_follow_the_clock() {
    let clock =
        spec(&json!({"kind": "tumbling", "event_time": false, "size": 10}), &json!({"kind": "processing_time"}));
    let input = "
        clock 3
        a:1 @ 1000
        restore 2
        clock 8
        a:2 @ 0
        clock 9
        a:3 @ 0
        clock 25";
    let no_time = i64::MIN;
    assert_eq!(table(&clock, input), [format!("[0, 10) a:1 a:2 @ {no_time}"), format!("[0, 10) a:3 @ {no_time}")]);
}

#[test]
fn count_windows_count_per_key() {
    let counting = |assigner: Value, size: i64| spec(&assigner, &json!({"kind": "count", "size": size}));
    let input = "
        a:1 @ 0
        b:1 @ 0
        a:2 @ 0
        restore 2
        a:3 @ 0
        a:4 @ 0
        b:2 @ 1";
    let two = counting(json!({"kind": "count_tumbling", "size": 2}), 2);
    assert_eq!(table(&two, input), ["Count(0) a:1 a:2 @ 0", "Count(1) a:3 a:4 @ 0", "Count(0) b:1 b:2 @ 1"]);
    let sliding = counting(json!({"kind": "count_sliding", "size": 3, "slide": 1}), 3);
    assert_eq!(table(&sliding, input), ["Count(0) a:1 a:2 a:3 @ 0", "Count(1) a:2 a:3 a:4 @ 0"]);
    let purging = json!({"kind": "purging", "trigger": {"kind": "count", "size": 2}});
    let global = spec(&json!({"kind": "global"}), &purging);
    assert_eq!(table(&global, input), ["Global a:1 a:2 @ 0", "Global a:3 a:4 @ 0", "Global b:1 b:2 @ 1"]);
}

/// BATCH: all windows of a key fire when its last record has come, and nothing is left of it.
#[test]
fn the_end_of_a_key_ends_its_windows() {
    let input = "
        a:1 @ 12
        a:2 @ 13
        a:3 @ 25
        end of key
        b:1 @ 3
        end of key
        a:4 @ 14
        end of key";
    let tumbled = ["[10, 20) a:1 a:2 @ 19", "[20, 30) a:3 @ 29", "[0, 10) b:1 @ 9", "[10, 20) a:4 @ 19"];
    assert_eq!(table(&tumbling(), input), tumbled);
    let in_sessions = ["[12, 23) a:1 a:2 @ 22", "[25, 35) a:3 @ 34", "[3, 13) b:1 @ 12", "[14, 24) a:4 @ 23"];
    assert_eq!(table(&sessions(), input), in_sessions);
    let sliding = event_time(&json!({"kind": "sliding", "event_time": true, "size": 20, "slide": 10}));
    let sliding = with(sliding, "contents", json!("aggregate"));
    let sliced = table(&with(sliding.clone(), "slices", json!(true)), input);
    assert_eq!(sliced, table(&sliding, input));
    assert_eq!(sliced[..3], ["[0, 20) a:1 a:2 @ 19", "[10, 30) a:1 a:2 a:3 @ 29", "[20, 40) a:3 @ 39"]);
    let two = spec(&json!({"kind": "count_tumbling", "size": 2}), &json!({"kind": "count", "size": 2}));
    assert_eq!(table(&two, input), ["Count(0) a:1 a:2 @ 13"], "what is not full never fires");
    let always = json!({"kind": "continuous_processing_time", "interval": 10});
    let no_time = i64::MIN;
    let once = table(&spec(&json!({"kind": "global"}), &always), input);
    let lines = ["a:1 a:2 a:3", "b:1", "a:4"].map(|contents| format!("Global {contents} @ {no_time}"));
    assert_eq!(once, lines, "a trigger does not go on after the end");
}
